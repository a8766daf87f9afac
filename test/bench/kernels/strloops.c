/* strlen, strcpy, strcmp and strchr as loops over bytes, on strings of 0 to 255 characters. */
#include "kernel.h"

#define LONGEST 255

static char from[LONGEST + 1], to[LONGEST + 1];

static NOINLINE u32 length(const char *text)
{
  const char *at = text;
  while (*at != 0) at++;
  return at - text;
}

static NOINLINE void copy(char *target, const char *source)
{
  while ((*target++ = *source++) != 0) {
  }
}

static NOINLINE int compare(const char *a, const char *b)
{
  while (*a != 0 && *a == *b) a++, b++;
  return *a - *b;
}

static NOINLINE const char *find(const char *text, char wanted)
{
  while (*text != 0 && *text != wanted) text++;
  return text;
}

u32 work(u32 rounds)
{
  u32 sum = 0;
  for (u32 round = 0; round < rounds; round++) {
    for (u32 bytes = 0; bytes <= LONGEST; bytes++) {
      for (u32 i = bytes > 4 ? bytes - 4 : 0; i < bytes; i++) from[i] = 'a' + ((i + round) & 15);
      from[bytes] = 0;
      copy(to, from);
      to[bytes >> 1] = 'z';
      sum = mix(sum, length(from) + compare(from, to) + (find(to, 'z') - to));
    }
  }
  return sum;
}
