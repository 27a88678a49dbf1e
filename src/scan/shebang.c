/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "shebang.h"

#define MAX_LINE 4096

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The next word of the line; "" at its end. */
static const char *next_word(char **at)
{
	char *s = *at + strspn(*at, " \t");

	*at = s + strcspn(s, " \t");
	if (**at)
		*(*at)++ = 0;
	return s;
}

/*
 * "/usr/bin/env -S -i A=b python3 -u": env's options and variables come before the
 * program. Those with an argument of their own are few.
 */
static const char *behind_env(char *rest)
{
	const char *word;

	while (*(word = next_word(&rest))) {
		if (!strcmp(word, "-u") || !strcmp(word, "-C") ||
			!strcmp(word, "--unset") || !strcmp(word, "--chdir"))
			next_word(&rest);
		else if (!strncmp(word, "-S", 2) && word[2])
			return base_of(word + 2);
		else if (!strncmp(word, "--split-string=", 15))
			return base_of(word + 15);
		else if (*word != '-' && !strchr(word, '='))
			return base_of(word);
	}
	return NULL;
}

int shebang_read(const char *data, size_t n, struct mu_arena *arena, struct shebang *ret)
{
	char *line, *rest;
	const char *base;
	size_t len;

	if (n < 3 || data[0] != '#' || data[1] != '!')
		return -ENOENT;
	len = n - 2 < MAX_LINE ? n - 2 : MAX_LINE;
	line = mu_arena_strndup(arena, data + 2, len);
	if (!line)
		return -ENOMEM;
	line[strcspn(line, "\n")] = 0;
	len = strlen(line);
	*ret = (struct shebang){.carriage_return = len && line[len - 1] == '\r'};
	if (ret->carriage_return)
		line[len - 1] = 0;
	rest = line;
	ret->interpreter = next_word(&rest);
	if (!*ret->interpreter)
		return -ENOENT;
	base = base_of(ret->interpreter);
	ret->program = base;
	if (!strcmp(base, "env"))
		ret->program = behind_env(rest);
	else if (!strcmp(base, "busybox"))
		ret->program = *next_word(&rest) ? "sh" : base;
	return 0;
}
