/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include <muslin/advice.h>

#include "core/text.h"
#include "explain.h"

/* As many frames of one function are no chance. */
#define MIN_FRAMES 3

static bool begins(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

static bool is_glibc_loader(const char *base)
{
	return begins(base, "ld-linux") || begins(base, "ld64.so") ||
	       begins(base, "ld-lsb") || !strcmp(base, "ld.so.1");
}

static bool is_musl_name(const char *base)
{
	return begins(base, "libc.musl-") || begins(base, "ld-musl-");
}

/* Whether a layer puts a file of that name into the target. */
static bool layer_has(
	const struct mu_explanation *x, enum mu_layer layer, const char *name)
{
	const struct mu_layer_file *l;

	if (!x->release)
		return false;
	for (size_t i = 0; (l = mu_layer_file_at(i)); i++)
		if (l->layer == layer && mu_layer_file_in(l, x->release) &&
			!strcmp(mu_text_base(l->path), name))
			return true;
	return false;
}

/* One of glibc's own libraries that musl does not stand for by itself. */
static int of_glibc(struct mu_explanation *x, const char *base, struct draft *d)
{
	if (layer_has(x, MU_LAYER_GCOMPAT, base) ||
		layer_has(x, MU_LAYER_LIBC6_COMPAT, base))
		return draft_text(d, "soname-glibc-layer");
	return draft_text(d, "soname-glibc");
}

/* No package of this release; perhaps of another one, or under another number. */
static int elsewhere(struct mu_explanation *x, const char *name, struct draft *d)
{
	uint32_t releases = mu_soname_releases(name);
	struct mu_provider p;
	const struct mu_release *r;

	if (!x->release)
		return draft_text(d, "soname-unknown");
	d->place[PLACE_NAME] = mu_soname_other(name, x->release, &p);
	if (d->place[PLACE_NAME])
		d->place[PLACE_PACKAGE] = p.package;
	for (int i = 0; (r = mu_release_at(i)); i++)
		if (releases & mu_release_bit(r) && r->eol) {
			d->since = r;
			d->place[PLACE_SINCE] = r->name;
		}
	if (d->since)
		return draft_text(d, "soname-other-release");
	return draft_text(
		d, d->place[PLACE_NAME] ? "soname-other-abi" : "soname-unknown");
}

/* A library by the name that a run time knows it by, with or without lib, .so and a
 * number: "libgdiplus", "liblibgdiplus.so", "magic", "gobject-2.0-0". */
static int by_bare_name(struct mu_explanation *x, const char *name, struct draft *d)
{
	struct mu_arena *a = &x->arena;
	size_t n = strlen(name);
	struct mu_provider p;
	const char *stem, *other;

	if (!x->release)
		return 0;
	if (begins(name, "liblib"))
		name += 3;
	n = strlen(name);
	if (mu_text_ends(name, n, ".so"))
		n -= 3;
	else if (n > 2 && name[n - 2] == '-' && name[n - 1] >= '0' && name[n - 1] <= '9')
		n -= 2;
	stem = mu_arena_printf(
		a, "%s%.*s.so", begins(name, "lib") ? "" : "lib", (int)n, name);
	if (!stem)
		return -ENOMEM;
	other = mu_soname_other(stem, x->release, &p);
	if (other && !strchr(name, '/')) {
		d->place[PLACE_PACKAGE] = p.package;
		return draft_package(x, d, p.package);
	}
	stem = mu_arena_strndup(a, name, n);
	if (!stem)
		return -ENOMEM;
	if (!mu_package_repo(stem, x->release))
		return 0;
	d->place[PLACE_PACKAGE] = stem;
	return draft_package(x, d, stem);
}

/* A name without a number is nobody's soname: the library is known by what it begins
 * with. */
static bool has_number(const char *name)
{
	const char *so = strstr(name, ".so.");

	return so && so[4];
}

static int native(struct mu_explanation *x, const struct find *f, struct draft *d)
{
	const char *name = f->group[GROUP_SUBJECT];
	int e;

	if (!name)
		return 0;
	name = mu_text_base(name);
	e = draft_providers(x, d, MU_PROVIDED_SONAME, name);
	if (!e && !has_number(name))
		e = by_bare_name(x, name, d);
	return e;
}

int resolve_soname(struct mu_explanation *x, const struct find *f, struct draft *d)
{
	const char *name = f->group[GROUP_SUBJECT], *base;
	const struct mu_library *l;
	int e;

	if (!name)
		return 0;
	base = mu_text_base(name);
	d->software = mu_software_of(MU_SOFTWARE_SONAME, base);
	if (is_glibc_loader(base))
		return draft_text(d, "soname-glibc-loader");
	if (is_musl_name(base))
		return draft_text(d, "soname-musl");
	if (begins(base, "libstdc++.so") || begins(base, "libgcc_s.so")) {
		draft_package(x, d, begins(base, "libs") ? "libstdc++" : "libgcc");
		return draft_text(d, "soname-gcc");
	}
	l = mu_library_of(base);
	if (l && begins(base, "libgcompat"))
		return draft_package(x, d, "gcompat") < 0
			       ? -ENOMEM
			       : draft_text(d, "soname-package");
	if (l && !begins(base, "libucontext") && !begins(base, "libobstack"))
		return of_glibc(x, base, d);
	e = native(x, f, d);
	if (e)
		return e < 0 ? e : draft_text(d, "soname-package");
	if (d->software)
		return draft_text(d, "soname-software");
	return elsewhere(x, base, d);
}

/* glibc's loader, or the linker, misses it: the system is not musl's, or is meant so. */
int resolve_glibc_soname(struct mu_explanation *x, const struct find *f, struct draft *d)
{
	const char *name = f->group[GROUP_SUBJECT];
	int e;

	if (!name)
		return 0;
	if (is_musl_name(mu_text_base(name)))
		return draft_text(d, "soname-musl");
	/* Alpine's log after all: its packages are the answer */
	if (x->context.release && !x->context.glibc)
		return resolve_soname(x, f, d);
	if (is_glibc_loader(mu_text_base(name)))
		return draft_text(d, "soname-glibc-loader");
	e = draft_providers(x, d, MU_PROVIDED_SONAME, mu_text_base(name));
	return e < 0 ? e : draft_text(d, "soname-on-glibc");
}

/* A crash tells no cause: only where two libcs meet is there something to say. */
int resolve_crash(struct mu_explanation *x, const struct find *f, struct draft *d)
{
	const char *object = f->group[GROUP_OBJECT];

	if (!d->place[PLACE_SUBJECT])
		d->place[PLACE_SUBJECT] = object;
	if (x->context.glibc && !x->context.alpine)
		return 0;
	if (!object)
		return x->context.alpine ? draft_text(d, f->pattern->text) : 0;
	if (!is_glibc_loader(object) && !is_musl_name(object) &&
		!begins(object, "libgcompat") && !x->context.alpine)
		return 0;
	return draft_text(d, f->pattern->text);
}

/* Nothing is said of a crash unless gcompat was brought before it. */
int resolve_gcompat_crash(struct mu_explanation *x, const struct find *f, struct draft *d)
{
	return x->context.gcompat ? draft_text(d, f->pattern->text) : 0;
}

/* A function that calls itself again and again, in a thread that musl started. */
int resolve_frames(struct mu_explanation *x, const struct find *f, struct draft *d)
{
	if (f->nlines < MIN_FRAMES || !x->context.alpine)
		return 0;
	return draft_text(d, f->pattern->text);
}

int resolve_native(struct mu_explanation *x, const struct find *f, struct draft *d)
{
	int e = native(x, f, d);

	return e < 0 ? e : draft_text(d, e ? "soname-package" : f->pattern->text);
}

int resolve_native_known(struct mu_explanation *x, const struct find *f, struct draft *d)
{
	int e = native(x, f, d);

	return e > 0 ? draft_text(d, "soname-package") : e;
}
