/* sha256_x86.h: the compression of SHA-256 by the processor's own instructions, where it has them; crypto.c alone uses it. */
#ifndef HL_BASE_SHA256_X86_H
#define HL_BASE_SHA256_X86_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether this processor has the instructions. Any thread. */
bool hl_sha256_x86(void);
/* Takes n blocks of 64 bytes into the state h (FIPS 180-4). Only where hl_sha256_x86 is true. */
void hl_sha256_x86_blocks(uint32_t h[8], const unsigned char *data, size_t n);
/* The same for two messages of n blocks each, side by side. */
void hl_sha256_x86_two(uint32_t g[8], const unsigned char *a, uint32_t h[8], const unsigned char *b, size_t n);

#endif
