/* What every kernel is made of. A kernel gives `work`; the runtime calls it and tells the harness. */
#ifndef KERNEL_H
#define KERNEL_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;

#define NOINLINE __attribute__((noinline))
#define ALIGNED(bytes) __attribute__((aligned(bytes)))
/** The compiler takes the value as one that it knows nothing about. */
#define OPAQUE(value) __asm__ volatile("" : "+r"(value))

/** What is timed: does the same `rounds` times over, and gives a checksum of all that it found. */
u32 work(u32 rounds);
/** What has to be there before and is not timed. A kernel that needs nothing leaves it out. */
void prepare(void);
/** A line for people behind the checksum, that may differ from run to run. */
void note(const char *name, u32 value);

/** The next of a row of numbers: full period, high bits best. */
static inline u32 next_random(u32 seed) { return seed * 1664525u + 1013904223u; }
static inline u32 mix(u32 sum, u32 value) { return sum * 31 + value; }

static inline void out8(u16 port, u8 value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }
static inline u8 in8(u16 port)
{
  u8 value;
  __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}

/** An interrupt or trap gate; `privilege`: the least that INT n may have. */
void set_gate(u32 vector, void (*handler)(void), u32 privilege);

#endif
