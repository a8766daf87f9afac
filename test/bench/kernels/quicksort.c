/* Quicksort of random numbers: recursion, compares and branches that are hard to foresee, loads and stores. */
#include "kernel.h"

#define NUMBERS 20000

static u32 numbers[NUMBERS];

static NOINLINE void sort(u32 *from, u32 *to)
{
  while (from < to) {
    const u32 pivot = from[(to - from) / 2];
    u32 *low = from, *high = to;
    while (low <= high) {
      while (*low < pivot) low++;
      while (*high > pivot) high--;
      if (low > high) break;
      const u32 kept = *low;
      *low++ = *high;
      *high-- = kept;
    }
    sort(from, high);
    from = low;
  }
}

u32 work(u32 rounds)
{
  u32 sum = 0, seed = 1;
  for (u32 round = 0; round < rounds; round++) {
    for (u32 i = 0; i < NUMBERS; i++) numbers[i] = seed = next_random(seed);
    sort(numbers, numbers + NUMBERS - 1);
    for (u32 i = 0; i < NUMBERS; i++) sum = mix(sum, numbers[i]);
  }
  return sum;
}
