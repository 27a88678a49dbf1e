/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <muslin/advice.h>

#include "core/hash.h"
#include "core/text.h"
#include "explain.h"

/* ---- what musl knows ------------------------------------------------------------------
 */

/* Releases whose libc has a symbol, out of the variants that have it. */
static uint32_t releases_of(uint32_t variants)
{
	const struct mu_release *r;
	uint32_t releases = 0;

	for (int i = 0; (r = mu_release_at(i)); i++)
		if (variants >> r->variant & 1)
			releases |= mu_release_bit(r);
	return releases;
}

static uint32_t musl_mask(const struct mu_machine *m, const char *name)
{
	size_t n = strlen(name);

	return mu_db_libc_mask(m->id, name, n, mu_hash(name, n));
}

static bool in_some_glibc(const char *name)
{
	for (int m = 0; m < MU_MACHINE_COUNT; m++)
		if (mu_db_glibc_has((enum mu_machine_id)m, name))
			return true;
	return false;
}

/* Where the text does not tell the machine: one whose musl ever had the symbol. */
static const struct mu_machine *machine_of(
	const struct mu_explanation *x, const char *name)
{
	static const enum mu_machine_id others[] = {
		MU_MACHINE_ARMHF, MU_MACHINE_X86, MU_MACHINE_AARCH64};

	if (x->opts->check.arch || x->context.machine || musl_mask(x->machine, name))
		return x->machine;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (musl_mask(mu_machine_at(others[i]), name))
			return mu_machine_at(others[i]);
	return x->machine;
}

/* A symbol that some musl has: which one is it, that says it has not? */
static int known_to_musl(uint32_t mask, uint32_t lfs64, struct draft *d)
{
	const struct mu_release *since = release_since(releases_of(mask | lfs64));
	const struct mu_release *oldest = mu_release_at(0);

	if (lfs64)
		return draft_text(d, "symbol-lfs64");
	if (!since)
		return draft_text(d, "symbol-dropped");
	d->since = since;
	d->place[PLACE_SINCE] = since->name;
	d->place[PLACE_VERSION] = mu_variant_at(since->variant)->version;
	return draft_text(d, since == oldest ? "symbol-in-musl" : "symbol-too-old");
}

/* ---- where it is missing
 * ---------------------------------------------------------------- */

static bool is_glibc_folder(const char *path)
{
	return strstr(path, "-linux-gnu") || strstr(path, "/glibc") ||
	       strstr(path, "/lib64/ld-linux");
}

/* Libraries of GCC, zlib and the like, built for glibc and put where musl programs
 * find them. */
static bool is_usual_library(const char *base)
{
	static const char *const names[] = {"libstdc++.so", "libgcc_s.so", "libz.so",
		"libgomp.so", "libatomic.so", "libgfortran.so", "libssl.so",
		"libcrypto.so", "libcurl.so", "libcrypt.so"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strncmp(base, names[i], strlen(names[i])))
			return true;
	return false;
}

static bool is_glibc_part(const char *base)
{
	const struct mu_library *l = mu_library_of(base);

	if (!strncmp(base, "libc-2.", 7) || !strncmp(base, "libm-2.", 7) ||
		!strncmp(base, "ld-2.", 5))
		return true;
	return l && strncmp(base, "libgcompat", 10) && strncmp(base, "libucontext", 11) &&
	       strncmp(base, "libobstack", 10) && strncmp(base, "libc.musl", 9);
}

/* A path that Alpine's packages use. */
static bool is_packaged_path(const char *path)
{
	return !strncmp(path, "/usr/lib/lib", 12) || !strncmp(path, "/lib/lib", 8) ||
	       !strncmp(path, "/usr/bin/", 9) || !strncmp(path, "/bin/", 5) ||
	       !strncmp(path, "/sbin/", 6) || !strncmp(path, "/usr/sbin/", 10);
}

/* ---- names of other worlds
 * --------------------------------------------------------------- */

static bool begins(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

static bool is_cxx_runtime(const char *name)
{
	static const char *const starts[] = {"_ZNSt", "_ZNKSt", "_ZSt", "_ZTISt",
		"_ZTVSt", "_ZTSSt", "_ZTTSt", "_ZTVN10__cxxabiv1", "_ZTIN10__cxxabiv1",
		"_ZnwmSt", "_ZdlPvSt", "__cxa_", "__gxx_personality", "_ZN9__gnu_cxx",
		"_ZNKSt", "_ZN10__cxxabiv1", "_ZTIS", "_ZTVS"};
	static const char *const whole[] = {"_Znwm", "_Znam", "_Znwj", "_Znaj", "_ZdlPv",
		"_ZdaPv", "_ZdlPvm", "_ZdaPvm", "_ZdlPvj", "_ZTIi", "_ZTIPKc", "_ZTIv",
		"_ZTIPc", "_ZTIb"};

	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
		if (begins(name, starts[i]))
			return strcmp(name, "__cxa_thread_atexit_impl") &&
			       strcmp(name, "__cxa_atexit") &&
			       strcmp(name, "__cxa_finalize");
	for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
		if (!strcmp(name, whole[i]))
			return true;
	return false;
}

static bool is_gcc_runtime(const char *name)
{
	static const char *const starts[] = {"_Unwind_", "__register_frame",
		"__deregister_frame", "__divti3", "__udivti3", "__umodti3", "__modti3",
		"__emutls_", "__cpu_model", "__gcc_personality"};

	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
		if (begins(name, starts[i]))
			return true;
	return false;
}

static int of_cxx(struct mu_explanation *x, const char *name, struct draft *d)
{
	const char *object = d->place[PLACE_OBJECT];

	if (mu_libstdcxx_lacks(name))
		return draft_text(d, "symbol-cxx-lacks");
	draft_package(x, d, "libstdc++");
	/* the library is there, and is too old */
	if (object && begins(mu_text_base(object), "libstdc++"))
		return draft_text(d, "symbol-mixed");
	return draft_text(d, is_gcc_runtime(name) ? "symbol-gcc" : "symbol-cxx");
}

static int of_host(struct mu_explanation *x, const struct find *f, struct draft *d)
{
	(void)x;
	return draft_text(
		d, f->group[GROUP_WRAP] ? "symbol-host-version" : "symbol-host");
}

static int of_glibc(struct mu_explanation *x, const char *name, struct draft *d)
{
	const struct mu_family *family = mu_family_of(name);
	const char *object = d->place[PLACE_OBJECT];
	const char *base = object ? mu_text_base(object) : NULL;

	d->symbol = name;
	d->place[PLACE_FAMILY] = family ? family->title : NULL;
	d->place[PLACE_ADVICE] = family ? family->advice : NULL;
	if (object && (is_glibc_folder(object) || is_usual_library(base)))
		return draft_text(d, "symbol-foreign-library");
	(void)x;
	if (!mu_gcompat_find(name))
		return draft_text(d, "symbol-glibc");
	return draft_text(d, d->module ? "symbol-gcompat-module" : "symbol-gcompat");
}

static int of_others(struct mu_explanation *x, const char *name, struct draft *d)
{
	const char *object = d->place[PLACE_OBJECT];
	const struct mu_software *s = mu_software_of(MU_SOFTWARE_SYMBOL, name);

	(void)x;
	d->software = s;
	if (object && is_glibc_folder(object))
		return draft_text(d, "symbol-foreign-library");
	if (object && is_packaged_path(object))
		return draft_text(d, "symbol-mixed");
	return draft_text(d, "symbol-unknown");
}

int resolve_symbol(struct mu_explanation *x, const struct find *f, struct draft *d)
{
	const char *name = f->group[GROUP_SUBJECT], *object = f->group[GROUP_OBJECT];
	const char *at = name ? strchr(name, '@') : NULL;
	const struct mu_machine *m;
	uint32_t mask, lfs64;
	size_t n;

	if (!name)
		return 0;
	if (at && at > name) { /* glibc's ldd and nm: name@VERSION */
		name = mu_arena_strndup(&x->arena, name, (size_t)(at - name));
		if (!name)
			return -ENOMEM;
		d->place[PLACE_SUBJECT] = name;
	}
	if (object && is_glibc_part(mu_text_base(object)))
		return draft_text(d, "symbol-glibc-part");
	d->place[PLACE_HOST] = mu_db_host_of(name);
	if (d->place[PLACE_HOST])
		return of_host(x, f, d);
	m = machine_of(x, name);
	n = strlen(name);
	mask = musl_mask(m, name);
	lfs64 = mu_db_lfs64_mask(name, n, mu_hash(name, n), &d->place[PLACE_NAME]);
	if (mask || lfs64)
		return known_to_musl(mask, lfs64, d);
	if (is_cxx_runtime(name) || is_gcc_runtime(name))
		return of_cxx(x, name, d);
	if (in_some_glibc(name) || mu_family_of(name))
		return of_glibc(x, name, d);
	return of_others(x, name, d);
}

/* The linker's words: only what has to do with the libc is ours to explain. */
int resolve_link_symbol(struct mu_explanation *x, const struct find *f, struct draft *d)
{
	const char *name = f->group[GROUP_SUBJECT];
	struct mu_companion c;
	const char *maps;
	uint32_t mask;
	size_t n;

	if (!name || mu_db_host_of(name))
		return 0;
	d->symbol = name;
	if (!mu_companion_of(name, x->release, &c)) {
		d->place[PLACE_NAME] = c.flag;
		if (c.dev)
			draft_package(x, d, c.dev);
		return draft_text(d, "link-companion");
	}
	n = strlen(name);
	if (mu_db_lfs64_mask(name, n, mu_hash(name, n), &maps)) {
		d->place[PLACE_NAME] = maps;
		return draft_text(d, "lfs64-source");
	}
	mask = musl_mask(x->machine, name);
	if (mask && release_since(releases_of(mask)) != mu_release_at(0))
		return known_to_musl(mask, 0, d);
	if (mask || is_cxx_runtime(name) || !in_some_glibc(name))
		return 0;
	d->place[PLACE_FAMILY] = mu_family_of(name) ? mu_family_of(name)->title : NULL;
	d->place[PLACE_ADVICE] = mu_family_of(name) ? mu_family_of(name)->advice : NULL;
	return draft_text(d, "link-glibc");
}

/* ---- relocations, symbol versions
 * ------------------------------------------------------------ */

int resolve_relocation(struct mu_explanation *x, const struct find *f, struct draft *d)
{
	const char *object = f->group[GROUP_OBJECT], *number = f->group[GROUP_SUBJECT];
	const struct mu_reloc_type *t = NULL;
	unsigned long type;
	char *end;

	if (!number)
		return 0;
	type = strtoul(number, &end, 10);
	if (!*end && type <= UINT32_MAX)
		t = mu_db_reloc(x->machine->id, (uint32_t)type);
	if (t)
		d->place[PLACE_NAME] = t->name;
	if (object && (is_glibc_part(mu_text_base(object)) || is_glibc_folder(object)))
		return draft_text(d, "relocation-glibc-part");
	if (t && strstr(t->name, "IRELATIVE"))
		return draft_text(d, "relocation-ifunc");
	return draft_text(d, "relocation-other");
}

int resolve_tag(struct mu_explanation *x, const struct find *f, struct draft *d)
{
	const char *tag = f->group[GROUP_SUBJECT], *gcc;

	if (!tag)
		return 0;
	if (begins(tag, "GLIBC_")) {
		d->place[PLACE_VERSION] = tag + 6;
		/* musl's loader never says so: there is a glibc on this Alpine */
		if (f->nlines && x->context.alpine && !x->context.glibc)
			return draft_text(d, "glibc-compat-package");
		return draft_text(d, f->pattern->text);
	}
	gcc = mu_gcc_of_tag(tag);
	d->place[PLACE_VERSION] = gcc;
	return draft_text(d, gcc ? "tag-gcc" : "tag-gcc-unknown");
}
