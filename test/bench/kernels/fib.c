/* Fibonacci numbers by recursion: calls and returns with little between them. */
#include "kernel.h"

#define INDEX 24

static NOINLINE __attribute__((noclone, optimize("no-optimize-sibling-calls"))) u32 fib(u32 n)
{
  if (n < 2) return n;
  const u32 before = fib(n - 1);
  return before + fib(n - 2);
}

u32 work(u32 rounds)
{
  u32 sum = 0;
  for (u32 round = 0; round < rounds; round++) sum += fib(INDEX);
  return sum;
}
