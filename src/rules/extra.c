/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <muslin/import.h>

#include "core/hash.h"
#include "db/loaded.h"
#include "run.h"

int extra_open(struct mu_check *run, struct mu_error *err)
{
	int e = 0;

	for (size_t i = 0; i < run->opts.ndb_files && !e; i++)
		e = mu_db_load(run->opts.db_files[i], err);
	return e;
}

static struct extra_libc *find(struct mu_check *run, const char *name)
{
	for (size_t i = 0; i < run->nextra; i++)
		if (!strcmp(run->extra[i].name, name))
			return &run->extra[i];
	return NULL;
}

/* The file that was loaded last counts, with all that it says of the target. */
static const struct mu_loaded_libc *last_of(const char *name)
{
	const struct mu_loaded_libc *c, *last = NULL;

	for (size_t i = 0; (c = mu_loaded_libc_at(i)); i++)
		if (!strcmp(c->target, name))
			last = c;
	return last;
}

static int add_symbols(struct mu_elf *elf, const mu_loaded_rows *symbols)
{
	for (size_t i = 0; i < symbols->n; i++) {
		const char *name = symbols->v[i];
		int e = mu_exports_add(
			&elf->exports, mu_hash(name, strlen(name)), MU_ANSWER_DEF);
		if (e)
			return e;
	}
	return 0;
}

static int add_libc(
	struct mu_check *run, struct extra_libc *x, const struct mu_loaded_libc *c)
{
	struct mu_elf **elf = &x->elf[c->machine->id];

	if (!*elf)
		*elf = mu_elf_virtual(c->machine, "libc.so");
	if (!*elf || add_symbols(*elf, &c->symbols))
		return -ENOMEM;
	x->view = mu_store_add_libc(run->store, *elf, x->view, x->variant);
	return x->view < 0 ? x->view : 0;
}

static int build(struct mu_check *run, const struct mu_loaded_libc *last)
{
	struct extra_libc *x = &run->extra[run->nextra];
	const struct mu_loaded_libc *c;
	int e = 0;

	if (run->nextra == MAX_EXTRA)
		return -MU_E_LIMIT;
	run->nextra++;
	snprintf(x->name, sizeof x->name, "%s", last->target);
	snprintf(x->version, sizeof x->version, "%s", last->version);
	x->variant = variant_of_version(last->version);
	x->view = -1;
	for (size_t i = 0; (c = mu_loaded_libc_at(i)) && !e; i++)
		if (c->file == last->file && !strcmp(c->target, last->target))
			e = add_libc(run, x, c);
	return e;
}

int extra_target(struct mu_check *run, const char *name, struct target *t)
{
	const struct mu_loaded_libc *last = last_of(name);
	const struct extra_libc *x = find(run, name);

	if (!last)
		return 0;
	if (!x) {
		int e = build(run, last);
		if (e)
			return e;
		x = &run->extra[run->nextra - 1];
	}
	memset(t, 0, sizeof *t);
	snprintf(t->name, sizeof t->name, "%s", name);
	t->bare = true;
	t->view = x->view;
	t->variant = x->variant;
	t->pub.libc_version = x->version;
	return 1;
}

void extra_close(struct mu_check *run)
{
	for (size_t i = 0; i < run->nextra; i++)
		for (int m = 0; m < MU_MACHINE_COUNT; m++)
			if (run->extra[i].elf[m])
				mu_object_free(&run->extra[i].elf[m]->facts);
}
