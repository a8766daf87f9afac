/* Trees of calls through four functions, one of them by a pointer, with four arguments each on the stack. */
#include "kernel.h"

#define DEPTH 16
#define FUNCTION static NOINLINE __attribute__((noclone)) u32

typedef u32 Walk(u32 depth, u32 a, u32 b, u32 c);

static u32 add(u32, u32, u32, u32), turn(u32, u32, u32, u32), choose(u32, u32, u32, u32);
static Walk *const CHOICES[2] = {add, turn};

FUNCTION leaf(u32 a, u32 b, u32 c, u32 d) { return (a ^ b) + (c ^ d); }

FUNCTION add(u32 depth, u32 a, u32 b, u32 c)
{
  if (depth == 0) return leaf(a, b, c, 1);
  const u32 left = turn(depth - 1, a + b, b, c);
  return left + choose(depth - 1, a, b + c, left);
}

FUNCTION turn(u32 depth, u32 a, u32 b, u32 c)
{
  if (depth == 0) return leaf(c, b, a, 2);
  const u32 left = choose(depth - 1, b, c, a);
  return left ^ add(depth - 1, c, a, b + left);
}

FUNCTION choose(u32 depth, u32 a, u32 b, u32 c)
{
  if (depth == 0) return leaf(b, c, a, 3);
  const u32 left = CHOICES[a >> 7 & 1](depth - 1, a, b, c + 1);
  return left + add(depth - 1, left, a, b);
}

u32 work(u32 rounds)
{
  u32 sum = 0;
  for (u32 round = 0; round < rounds; round++) sum = mix(sum, add(DEPTH, round, 2, 3));
  return sum;
}
