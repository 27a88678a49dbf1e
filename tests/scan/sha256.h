/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SCAN_SHA256_H
#define TESTS_SCAN_SHA256_H

#include <stddef.h>
#include <stdint.h>

/* FIPS 180-4, for the names of blobs. */
struct sha256 {
	uint32_t h[8];
	uint64_t total;
	unsigned char block[64];
};

void sha256_start(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *data, size_t n);

/** sha256_end: the digest as 64 hexadecimal digits and a NUL */
void sha256_end(struct sha256 *s, char hex[65]);

#endif
