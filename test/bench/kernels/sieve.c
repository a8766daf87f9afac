/* The sieve of Eratosthenes: stores of bytes with a stride. The sum counts the primes. */
#include "kernel.h"

#define LIMIT 200000

static u8 composite[LIMIT];

u32 work(u32 rounds)
{
  u32 sum = 0;
  for (u32 round = 0; round < rounds; round++) {
    for (u32 i = 0; i < LIMIT; i++) composite[i] = 0;
    for (u32 i = 2; i * i < LIMIT; i++)
      if (!composite[i])
        for (u32 multiple = i * i; multiple < LIMIT; multiple += i) composite[multiple] = 1;
    for (u32 i = 2; i < LIMIT; i++) sum += !composite[i];
  }
  return sum;
}
