/*
 * Paging: 4 MiB mapped one to one and a window of 64 pages whose mapping changes all the time. Each round reads and writes
 * through the window, moves all of it to other frames by new entries, and makes the CPU look at them: by INVLPG for each
 * page where INVLPG is defined (80486), else by a load of CR3.
 */
#include "kernel.h"

#define PAGE 4096
#define ENTRIES 1024
#define PRESENT_WRITABLE 3
#define WINDOW_PAGES 64
#define WINDOW 0x40000000
#define FRAMES 256
#define CR0_PG 0x80000000

static u32 directory[ENTRIES] ALIGNED(PAGE), identity[2][ENTRIES] ALIGNED(PAGE), window[ENTRIES] ALIGNED(PAGE);
static u8 frames[FRAMES][PAGE] ALIGNED(PAGE);

static inline void load_cr3(void) { __asm__ volatile("mov %0, %%cr3" : : "r"(directory) : "memory"); }

/** Maps page `n` of the window to a frame. */
static void map(u32 n, u32 frame)
{
  window[n] = (u32)frames[frame % FRAMES] | PRESENT_WRITABLE;
#ifdef INVLPG
  __asm__ volatile("invlpg (%0)" : : "r"(WINDOW + n * PAGE) : "memory");
#endif
}

void prepare(void)
{
  for (u32 i = 0; i < 2 * ENTRIES; i++) identity[i / ENTRIES][i % ENTRIES] = i * PAGE | PRESENT_WRITABLE;
  for (u32 i = 0; i < 2; i++) directory[i] = (u32)identity[i] | PRESENT_WRITABLE;
  directory[WINDOW >> 22] = (u32)window | PRESENT_WRITABLE;
  for (u32 n = 0; n < WINDOW_PAGES; n++) map(n, n);
}

u32 work(u32 rounds)
{
  u32 sum = 0, cr0;
  load_cr3();
  __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
  __asm__ volatile("mov %0, %%cr0" : : "r"(cr0 | CR0_PG) : "memory");
  for (u32 round = 0; round < rounds; round++) {
    for (u32 n = 0; n < WINDOW_PAGES; n++) {
      volatile u32 *page = (volatile u32 *)(WINDOW + n * PAGE);
      for (u32 i = 0; i < PAGE / 4; i += 64) page[i] += round + n;
      sum = mix(sum, page[0]);
      map(n, n * 7 + round);
    }
    load_cr3();
  }
  __asm__ volatile("mov %0, %%cr0" : : "r"(cr0) : "memory");
  return sum;
}
