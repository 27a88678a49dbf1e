/* SPDX-License-Identifier: MIT */
/* A program built for musl that opens a library: host now|lazy LIBRARY. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	int mode = argc == 3 && !strcmp(argv[1], "lazy") ? RTLD_LAZY : RTLD_NOW;

	if (argc != 3)
		return 2;
	if (dlopen(argv[2], mode)) {
		puts("loads");
		return 0;
	}
	printf("%s\n", dlerror());
	return 0;
}
