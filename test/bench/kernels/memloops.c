/* Copies and fills as C programs have them where the library's are missing: by bytes and by double words, forwards and back. */
#include "kernel.h"

#define BYTES 65536

static u8 from[BYTES], to[BYTES];

static NOINLINE void fill(u8 *at, u8 value, u32 count)
{
  for (u32 i = 0; i < count; i++) {
    at[i] = value;
    __asm__ volatile("");
  }
}

static NOINLINE void copy_bytes(u8 *target, const u8 *source, u32 count)
{
  for (u32 i = count; i > 0; i--) {
    target[i - 1] = source[i - 1];
    __asm__ volatile("");
  }
}

static NOINLINE void copy_words(u32 *target, const u32 *source, u32 count)
{
  for (u32 i = 0; i < count; i++) {
    target[i] = source[i];
    __asm__ volatile("");
  }
}

u32 work(u32 rounds)
{
  u32 sum = 0;
  for (u32 round = 0; round < rounds; round++) {
    fill(from, round, BYTES / 2);
    fill(from + BYTES / 2, round * 3, BYTES / 2);
    copy_words((u32 *)to, (const u32 *)from, BYTES / 4);
    copy_bytes(from + 1, to, BYTES - 1);
    for (u32 i = 0; i < BYTES; i += 256) sum = mix(sum, from[i]);
  }
  return sum;
}
