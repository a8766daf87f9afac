/*
 * SHA-256 (FIPS 180-4) of 4096 bytes: rotations and additions, many of them alive at once. The bytes are 0, 1, 2, ...
 * with the number of the round in the first one; the sum mixes the first words of the digests.
 */
#include "kernel.h"

#define BYTES 4096
#define ROTATE(word, bits) ((word) >> (bits) | (word) << (32 - (bits)))

static const u32 CONSTANTS[64] = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};
static const u32 START[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

static u8 message[BYTES + 64];

static void compress(u32 *hash, const u8 *block)
{
  u32 words[64];
  u32 state[8];
  for (u32 i = 0; i < 16; i++)
    words[i] = (u32)block[4 * i] << 24 | block[4 * i + 1] << 16 | block[4 * i + 2] << 8 | block[4 * i + 3];
  for (u32 i = 16; i < 64; i++) {
    const u32 a = words[i - 15], b = words[i - 2];
    words[i] = words[i - 16] + words[i - 7] + (ROTATE(a, 7) ^ ROTATE(a, 18) ^ a >> 3) +
               (ROTATE(b, 17) ^ ROTATE(b, 19) ^ b >> 10);
  }
  for (u32 i = 0; i < 8; i++) state[i] = hash[i];
  for (u32 i = 0; i < 64; i++) {
    const u32 a = state[0], b = state[1], c = state[2], e = state[4], f = state[5], g = state[6];
    const u32 first =
      state[7] + (ROTATE(e, 6) ^ ROTATE(e, 11) ^ ROTATE(e, 25)) + ((e & f) ^ (~e & g)) + CONSTANTS[i] + words[i];
    const u32 second = (ROTATE(a, 2) ^ ROTATE(a, 13) ^ ROTATE(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    for (u32 n = 7; n > 0; n--) state[n] = state[n - 1];
    state[4] += first;
    state[0] = first + second;
  }
  for (u32 i = 0; i < 8; i++) hash[i] += state[i];
}

void prepare(void)
{
  for (u32 i = 0; i < BYTES; i++) message[i] = i;
  message[BYTES] = 0x80;
  message[BYTES + 62] = BYTES * 8 >> 8;
}

u32 work(u32 rounds)
{
  u32 sum = 0;
  for (u32 round = 0; round < rounds; round++) {
    u32 hash[8];
    message[0] = round;
    for (u32 i = 0; i < 8; i++) hash[i] = START[i];
    for (u32 at = 0; at < sizeof message; at += 64) compress(hash, message + at);
    sum = mix(sum, hash[0]);
  }
  return sum;
}
