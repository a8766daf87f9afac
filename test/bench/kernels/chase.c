/* Pointers followed one after the other in random order through NODES nodes of 64 bytes: nothing but dependent loads. */
#include "kernel.h"

#define STEPS 500000

typedef struct Node { struct Node *next; u32 value; u32 unused[14]; } Node;

static Node nodes[NODES];

/* Sattolo's algorithm: a permutation that is one cycle. */
void prepare(void)
{
  static u32 order[NODES];
  u32 seed = 1;
  for (u32 i = 0; i < NODES; i++) order[i] = i;
  for (u32 i = NODES - 1; i > 0; i--) {
    seed = next_random(seed);
    const u32 other = (seed >> 8) % i, kept = order[i];
    order[i] = order[other];
    order[other] = kept;
  }
  for (u32 i = 0; i < NODES; i++) {
    nodes[i].next = &nodes[order[i]];
    nodes[i].value = i;
  }
}

u32 work(u32 rounds)
{
  u32 sum = 0;
  const Node *node = nodes;
  for (u32 round = 0; round < rounds; round++)
    for (u32 step = 0; step < STEPS; step++) {
      sum = sum * 3 + node->value;
      node = node->next;
    }
  return sum;
}
