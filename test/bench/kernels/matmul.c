/* Products of matrices of integers: three loops, multiplications, one operand read down its columns. */
#include "kernel.h"

#define SIZE 64

static u32 left[SIZE][SIZE], right[SIZE][SIZE], product[SIZE][SIZE];

void prepare(void)
{
  u32 seed = 1;
  for (u32 i = 0; i < SIZE; i++)
    for (u32 j = 0; j < SIZE; j++) {
      seed = next_random(seed);
      left[i][j] = seed >> 5;
      seed = next_random(seed);
      right[i][j] = seed >> 5;
    }
}

u32 work(u32 rounds)
{
  u32 sum = 0;
  for (u32 round = 0; round < rounds; round++) {
    for (u32 i = 0; i < SIZE; i++)
      for (u32 j = 0; j < SIZE; j++) {
        u32 value = 0;
        for (u32 k = 0; k < SIZE; k++) value += left[i][k] * right[k][j];
        product[i][j] = value;
      }
    for (u32 i = 0; i < SIZE; i++)
      for (u32 j = 0; j < SIZE; j++) {
        sum = mix(sum, product[i][j]);
        left[i][j] ^= round;
      }
  }
  return sum;
}
