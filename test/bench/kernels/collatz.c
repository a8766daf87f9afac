/* Lengths of Collatz sequences: additions, shifts and branches that are hard to foresee, all in registers. */
#include "kernel.h"

#define NUMBERS 20000

u32 work(u32 rounds)
{
  u32 sum = 0;
  for (u32 round = 0; round < rounds; round++)
    for (u32 number = 1; number <= NUMBERS; number++)
      for (u32 term = number; term != 1; sum++) term = term & 1 ? term * 3 + 1 : term >> 1;
  return sum;
}
