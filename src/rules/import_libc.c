/* SPDX-License-Identifier: MIT */
#include <muslin/import.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "tree/member.h"

#define MAX_LIBC_FILE ((size_t)64 << 20)

struct mu_libc_import {
	struct mu_object *object; /* owned */
	char target[64], version[32];
};

const char *mu_libc_import_target(const struct mu_libc_import *libc)
{
	return libc->target;
}

const char *mu_libc_import_machine(const struct mu_libc_import *libc)
{
	return libc->object->machine->name;
}

size_t mu_libc_import_symbols(const struct mu_libc_import *libc)
{
	return mu_elf_of(libc->object)->names.n;
}

void mu_libc_import_free(struct mu_libc_import *libc)
{
	if (!libc)
		return;
	mu_object_free(libc->object);
	free(libc);
}

static bool is_target(const char *s)
{
	static const char ok[] = "abcdefghijklmnopqrstuvwxyz0123456789.:_+-";

	return !strncmp(s, "musl", 4) && strchr(s, ':') && !s[strspn(s, ok)];
}

/* A libc is what starts programs; of musl it is if it says a version as musl does. */
static int look_at(struct mu_libc_import *libc, const char *path, const char *target,
	struct mu_error *err)
{
	const struct mu_object *o = libc->object;
	int n;

	if (o->kind == MU_KIND_NOT_ELF || !o->defines_libc || !*libc->version)
		return mu_error_set(err, -EINVAL, path, "is no libc.so of musl");
	if (!o->machine)
		return mu_error_set(err, -MU_E_UNKNOWN_MACHINE, path, NULL);
	n = snprintf(libc->target, sizeof libc->target, "%s%s",
		target ? "" : "musl:", target ? target : libc->version);
	if (n < 0 || (size_t)n >= sizeof libc->target || !is_target(libc->target))
		return mu_error_set(err, -MU_E_USAGE, NULL,
			"'%s' is no name of a target: it is like musl:1.2.7", target);
	return 0;
}

static int read_libc(struct mu_libc_import *libc, const char *path, const char *target,
	struct mu_error *err)
{
	char *data;
	size_t n;
	int e = mu_input_read(path, MAX_LIBC_FILE, &data, &n, err);

	if (e)
		return e;
	musl_version_in(data, n, libc->version, sizeof libc->version);
	e = mu_elf_read_names(data, n, path, &libc->object, err);
	free(data);
	return e ? e : look_at(libc, path, target, err);
}

int mu_libc_import_read(const char *path, const char *target, struct mu_libc_import **ret,
	struct mu_error *err)
{
	struct mu_libc_import *libc = calloc(1, sizeof *libc);
	int e = libc ? read_libc(libc, path, target, err) : -ENOMEM;

	if (e) {
		mu_libc_import_free(libc);
		return mu_error_set(err, e, path, NULL);
	}
	*ret = libc;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int mu_libc_import_write(
	const struct mu_libc_import *libc, FILE *out, struct mu_error *err)
{
	const struct mu_elf *elf = mu_elf_of(libc->object);

	if (elf->names.n)
		qsort(elf->names.v, elf->names.n, sizeof *elf->names.v, by_name);
	fprintf(out,
		"#muslin-db 1\n# by muslin db import, see muslin-db(1)\n"
		"libc\t%s\t%s\t%s\n",
		libc->target, libc->version, libc->object->machine->name);
	for (size_t i = 0; i < elf->names.n; i++)
		/* whatever is defined, the reader of data files takes plain names */
		if (!elf->names.v[i][strcspn(elf->names.v[i], "\t\r\n")])
			fprintf(out, "symbol\t%s\n", elf->names.v[i]);
	return fflush(out) || ferror(out) ? mu_error_set(err, -EIO, NULL, NULL) : 0;
}
