/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SCAN_MKIMAGE_H
#define TESTS_SCAN_MKIMAGE_H

#include <stdint.h>
#include <stdio.h>

enum compression { PLAIN, GZIP, ZSTD };

/* One file of the store: a layer, a configuration, a manifest. */
struct blob {
	char digest[65];
	char diff[65]; /* of a layer: the digest before it was compressed */
	uint64_t size;
	char *path; /* where it is on disk until it is packed */
};

/** die: one line on stderr, then exit(1) */
void die(const char *form, ...) __attribute__((format(printf, 1, 2), noreturn));

/** print: a string made by printf; never NULL */
char *print(const char *form, ...) __attribute__((format(printf, 1, 2)));

/** layer_write: pack one layer
 * @spec: a folder, or a list of entries (mkimage.c tells its form)
 * @path: the file that is written
 */
void layer_write(const char *spec, enum compression how, int level, const char *path,
	struct blob *ret);

#endif
