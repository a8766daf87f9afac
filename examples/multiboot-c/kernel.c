/* A small kernel in C: prints what the boot loader told it, and the first prime numbers. */
#include <stdint.h>

#define LOADER_MAGIC 0x2badb002u
#define COLUMNS 80
#define ROWS 25
#define LIMIT 100
#define DEBUG_CONSOLE 0xe9

/* The beginning of what a Multiboot loader passes (Multiboot Specification 0.6.96, section 3.3). */
struct multiboot_info {
    uint32_t flags;
    uint32_t mem_lower; /* KiB from 0 */
    uint32_t mem_upper; /* KiB from 1 MiB */
};

static volatile uint16_t *const screen = (volatile uint16_t *)0xb8000;
static unsigned cursor;

static void out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static void put(char c)
{
    out8(DEBUG_CONSOLE, (uint8_t)c);
    if (c == '\n')
        cursor += COLUMNS - cursor % COLUMNS;
    else
        screen[cursor++] = (uint16_t)(0x0700 | (uint8_t)c);
    if (cursor >= COLUMNS * ROWS)
        cursor = 0;
}

static void print(const char *text)
{
    while (*text != 0)
        put(*text++);
}

static void print_number(unsigned value)
{
    if (value >= 10)
        print_number(value / 10);
    put((char)('0' + value % 10));
}

static int is_prime(unsigned n)
{
    for (unsigned d = 2; d * d <= n; d++)
        if (n % d == 0)
            return 0;
    return n >= 2;
}

void kernel(uint32_t magic, const struct multiboot_info *info)
{
    for (unsigned i = 0; i < COLUMNS * ROWS; i++)
        screen[i] = 0x0720;
    if (magic != LOADER_MAGIC) {
        print("No Multiboot loader started this kernel.\n");
        return;
    }
    if (info->flags & 1) {
        print("Memory: ");
        print_number(info->mem_lower);
        print(" KiB below, ");
        print_number(info->mem_upper);
        print(" KiB above 1 MiB.\n");
    }
    print("Primes:");
    for (unsigned n = 2; n < LIMIT; n++) {
        if (!is_prime(n))
            continue;
        put(' ');
        print_number(n);
    }
    print("\n");
}
