/*
 * An interpreter of bytecode with a table of jumps: indirect jumps to many places. The program that it runs makes 10,000
 * random numbers and mixes those with bit 16 set into a sum.
 */
#include "kernel.h"

enum { LOAD, MULTIPLY, ADD, SHIFT, AND, JUMP_ZERO, MIX, COUNT, JUMP, END };

#define STEPS 10000

/* Registers: 0 seed, 1 scratch, 2 sum, 3 steps left. */
static const u8 SOURCE[] = {
  MULTIPLY, 0,              /* 0: seed = seed * 1664525 */
  ADD, 0,                   /* 2: seed = seed + 1013904223 */
  LOAD, 1, 0,               /* 4: scratch = seed */
  SHIFT, 1, 16,             /* 7 */
  AND, 1, 1,                /* 10 */
  JUMP_ZERO, 1, 19,         /* 13 */
  MIX, 2, 0,                /* 16 */
  COUNT, 3, 24,             /* 19: to 24 when no step is left */
  JUMP, 0,                  /* 22 */
  END,                      /* 24 */
};
static u8 code[sizeof SOURCE];
static u32 registers[4];

static NOINLINE void interpret(void)
{
  const u8 *pc = code;
  OPAQUE(pc);
  for (;;) {
    switch (*pc) {
      case LOAD: registers[pc[1]] = registers[pc[2]]; pc += 3; break;
      case MULTIPLY: registers[pc[1]] *= 1664525u; pc += 2; break;
      case ADD: registers[pc[1]] += 1013904223u; pc += 2; break;
      case SHIFT: registers[pc[1]] >>= pc[2]; pc += 3; break;
      case AND: registers[pc[1]] &= pc[2]; pc += 3; break;
      case JUMP_ZERO: pc = registers[pc[1]] == 0 ? code + pc[2] : pc + 3; break;
      case MIX: registers[pc[1]] = mix(registers[pc[1]], registers[pc[2]]); pc += 3; break;
      case COUNT: pc = --registers[pc[1]] == 0 ? code + pc[2] : pc + 3; break;
      case JUMP: pc = code + pc[1]; break;
      default: return;
    }
  }
}

void prepare(void)
{
  for (u32 i = 0; i < sizeof code; i++) code[i] = SOURCE[i];
  registers[0] = 1;
}

u32 work(u32 rounds)
{
  for (u32 round = 0; round < rounds; round++) {
    registers[3] = STEPS;
    interpret();
  }
  return registers[2];
}
