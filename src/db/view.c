/* SPDX-License-Identifier: MIT */
#include "view.h"

#include <elf.h>
#include <errno.h>
#include <muslin/error.h>
#include <string.h>

#include "core/hash.h"
#include "core/text.h"
#include "names.h"
#include "tables.h"

static bool starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

const struct mu_release *mu_view_release(const char *name)
{
	return mu_release_find(starts_with(name, "alpine:") ? name + 7 : name);
}

static bool knows_symbol(const char *name)
{
	return mu_name_number(name) >= 0 || mu_gcompat_find(name) || mu_db_host_of(name);
}

static bool looks_like_library(const char *name)
{
	const char *so = strstr(name, ".so");

	return so && (so[3] == '\0' || so[3] == '.');
}

const struct mu_software *mu_view_software(const char *name)
{
	static const enum mu_software_mark marks[] = {MU_SOFTWARE_SONAME,
		MU_SOFTWARE_SYMBOL, MU_SOFTWARE_PACKAGE, MU_SOFTWARE_FILE};
	const struct mu_software *s;

	for (size_t i = 0; (s = mu_software_at(i)); i++)
		if (strcmp(s->id, name) == 0)
			return s;
	for (size_t i = 0; i < sizeof marks / sizeof *marks && !s; i++)
		s = mu_software_of(marks[i], name);
	return s;
}

/* "cmd:git" asks for one kind alone. */
static const struct {
	const char *prefix;
	enum mu_view_kind kind;
} prefixes[] = {
	{"so:", MU_VIEW_SONAME},
	{"apk:", MU_VIEW_PACKAGE},
	{"cmd:", MU_VIEW_COMMAND},
	{"pc:", MU_VIEW_PKGCONFIG},
	{"virtual:", MU_VIEW_VIRTUAL},
	{"deb:", MU_VIEW_DEBIAN},
};

static bool is_package(const char *name)
{
	struct mu_package p;

	return mu_package_find(name, &p) == 0;
}

/* What Alpine has under the same name says more than a guess by that name. */
static bool is_debian(const char *name)
{
	struct mu_deb d;

	return mu_deb_map(name, NULL, &d) == 0 && d.way != MU_DEB_BY_NAME;
}

static bool is_provided(const char *name, enum mu_view_kind kind)
{
	return mu_provider_releases(mu_view_provided(kind), name, MU_CERTAINTY_POSSIBLE);
}

static bool is_kind(const char *name, enum mu_view_kind kind)
{
	switch (kind) {
	case MU_VIEW_SYMBOL:
		return knows_symbol(name);
	case MU_VIEW_LIBRARY:
		return mu_library_of(name);
	case MU_VIEW_RELEASE:
		return mu_view_release(name);
	case MU_VIEW_VARIANT:
		return mu_variant_find(name) >= 0;
	case MU_VIEW_PACKAGE:
		return is_package(name);
	case MU_VIEW_SONAME:
	case MU_VIEW_COMMAND:
	case MU_VIEW_PKGCONFIG:
	case MU_VIEW_VIRTUAL:
		return is_provided(name, kind);
	case MU_VIEW_DEBIAN:
		return is_debian(name);
	case MU_VIEW_SOFTWARE:
		return mu_view_software(name);
	case MU_VIEW_UNKNOWN:
		break;
	}
	return false;
}

/* A name that musl takes for itself is in no package, whatever an index says. */
static uint32_t library_kinds(const char *name)
{
	const struct mu_library *l = mu_library_of(name);
	uint32_t kinds = l ? 1u << MU_VIEW_LIBRARY : 0;

	if (!(l && l->reserved) && is_kind(name, MU_VIEW_SONAME))
		kinds |= 1u << MU_VIEW_SONAME;
	if (mu_view_software(name))
		kinds |= 1u << MU_VIEW_SOFTWARE;
	return kinds;
}

static uint32_t bare_kinds(const char *name)
{
	uint32_t kinds = 0;

	if (is_kind(name, MU_VIEW_RELEASE))
		return 1u << MU_VIEW_RELEASE;
	if (is_kind(name, MU_VIEW_VARIANT))
		return 1u << MU_VIEW_VARIANT;
	if (looks_like_library(name))
		return library_kinds(name);
	for (int k = MU_VIEW_PACKAGE; k < MU_VIEW_UNKNOWN; k++) {
		if (is_kind(name, (enum mu_view_kind)k))
			kinds |= 1u << k;
	}
	return kinds | (knows_symbol(name) ? 1u << MU_VIEW_SYMBOL : 0);
}

uint32_t mu_view_kinds(const char *name, const char **ret_name)
{
	uint32_t kinds = 0;

	*ret_name = name;
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
		const char *rest = name + strlen(prefixes[i].prefix);
		if (!starts_with(name, prefixes[i].prefix))
			continue;
		*ret_name = rest;
		kinds = is_kind(rest, prefixes[i].kind) ? 1u << prefixes[i].kind : 0;
		return kinds ? kinds : 1u << MU_VIEW_UNKNOWN;
	}
	kinds = bare_kinds(name);
	return kinds ? kinds : 1u << MU_VIEW_UNKNOWN;
}

enum mu_provided mu_view_provided(enum mu_view_kind kind)
{
	static const enum mu_provided provided[] = {
		[MU_VIEW_SONAME] = MU_PROVIDED_SONAME,
		[MU_VIEW_COMMAND] = MU_PROVIDED_COMMAND,
		[MU_VIEW_PKGCONFIG] = MU_PROVIDED_PKGCONFIG,
		[MU_VIEW_VIRTUAL] = MU_PROVIDED_VIRTUAL,
	};

	return provided[kind];
}

bool mu_view_same_deb(const struct mu_deb *a, const struct mu_deb *b)
{
	bool same = a->package_count == b->package_count &&
		    a->certainty == b->certainty && a->way == b->way;

	for (unsigned i = 0; same && i < a->package_count; i++)
		same = a->packages[i].package == b->packages[i].package &&
		       a->packages[i].repo == b->packages[i].repo;
	return same;
}

uint32_t mu_view_releases(const struct mu_db_query *q)
{
	return q->release ? mu_release_bit(q->release) : UINT32_MAX;
}

uint32_t mu_view_machines(const struct mu_db_query *q)
{
	return q->machine < 0 ? (1u << MU_MACHINE_COUNT) - 1 : 1u << q->machine;
}

static bool same_libc(const struct mu_libc_symbol *a, const struct mu_libc_symbol *b)
{
	return a->variants == b->variants && a->type == b->type && a->bind == b->bind &&
	       a->size == b->size;
}

/* A variant that a machine has not cannot part it from the others. */
static uint32_t common_variants(uint32_t machines)
{
	uint32_t mask = UINT32_MAX;

	for (int m = 0; m < MU_MACHINE_COUNT; m++) {
		if (machines >> m & 1)
			mask &= mu_db_libc_all((enum mu_machine_id)m);
	}
	return mask;
}

static bool joins_libc(
	const struct mu_view_libc *row, int m, const struct mu_libc_symbol *s)
{
	uint32_t mask = common_variants(row->machines | 1u << m);
	struct mu_libc_symbol a = row->symbol, b = *s;

	a.variants &= mask;
	b.variants &= mask;
	return same_libc(&a, &b);
}

int mu_view_libc(const char *name, uint32_t machines, struct mu_view_libc *ret)
{
	int n = 0;

	for (int m = 0; m < MU_MACHINE_COUNT; m++) {
		struct mu_libc_symbol s;
		int i = 0;
		if (!(machines >> m & 1) ||
			mu_db_libc_symbol((enum mu_machine_id)m, name, &s) < 0)
			continue;
		while (i < n && !joins_libc(&ret[i], m, &s))
			i++;
		if (i == n)
			ret[n++] = (struct mu_view_libc){.symbol = s};
		ret[i].machines |= 1u << m;
		ret[i].symbol.variants |= s.variants;
	}
	return n;
}

static bool same_glibc(const char *name, enum mu_machine_id a, enum mu_machine_id b)
{
	struct mu_glibc_symbol x, y;
	unsigned i = 0, k = 0;

	for (;;) {
		int more = mu_db_glibc_next(a, name, &i, &x);
		if (more != mu_db_glibc_next(b, name, &k, &y))
			return false;
		if (!more)
			return true;
		/* Strings of the pool: equal text is the same address. */
		if (x.library != y.library || x.version != y.version || x.kind != y.kind)
			return false;
	}
}

int mu_view_glibc(const char *name, uint32_t machines, struct mu_view_glibc *ret)
{
	int n = 0;

	for (int m = 0; m < MU_MACHINE_COUNT; m++) {
		enum mu_machine_id id = (enum mu_machine_id)m;
		int i = 0;
		if (!(machines >> m & 1) || !mu_db_glibc_has(id, name))
			continue;
		while (i < n && !same_glibc(name, ret[i].as, id))
			i++;
		if (i == n)
			ret[n++] = (struct mu_view_glibc){.as = id};
		ret[i].machines |= 1u << m;
	}
	return n;
}

uint32_t mu_view_lfs64(const char *name, const char **ret_maps_to)
{
	size_t len = strlen(name);

	return mu_db_lfs64_mask(name, len, mu_hash(name, len), ret_maps_to);
}

const struct mu_family *mu_view_family(const char *name, uint32_t machines)
{
	size_t len = strlen(name);
	uint64_t hash = mu_hash(name, len);

	for (int m = 0; m < MU_MACHINE_COUNT; m++) {
		enum mu_machine_id id = (enum mu_machine_id)m;
		if (machines >> m & 1 &&
			mu_db_libc_mask(id, name, len, hash) != mu_db_libc_all(id))
			return mu_family_of(name);
	}
	return NULL;
}

static enum mu_view_answer gcompat_answer(const char *name, const char *version)
{
	const struct mu_gcompat_symbol *s = mu_gcompat_find(name);

	for (int i = 0; version && mu_gcompat_version(i); i++) {
		if (strcmp(mu_gcompat_version(i), version) == 0)
			return s && s->versions >> i & 1 ? MU_VIEW_YES : MU_VIEW_NO;
	}
	return version ? MU_VIEW_NOT_KNOWN : MU_VIEW_NO;
}

void mu_view_in_release(const char *name, uint32_t machines,
	const struct mu_release *release, struct mu_view_in_release *ret)
{
	uint32_t bit = 1u << release->variant;
	bool mapped = mu_view_lfs64(name, NULL) & bit;

	*ret = (struct mu_view_in_release){.release = release};
	ret->gcompat = gcompat_answer(name, release->gcompat);
	for (int m = 0; m < MU_MACHINE_COUNT; m++) {
		const struct mu_machine *machine = mu_machine_at((enum mu_machine_id)m);
		bool there = machines >> m & 1 && machine->alpine &&
			     mu_db_libc_all(machine->id) & bit;
		if (!there)
			continue;
		if (mu_view_in_variant(release->variant, machine->id, name))
			ret->symbol |= 1u << m;
		else if (mapped)
			ret->loader |= 1u << m;
		else
			ret->absent |= 1u << m;
	}
}

/* Machines that only one of two releases has say nothing. */
bool mu_view_same(const struct mu_view_in_release *a, const struct mu_view_in_release *b)
{
	uint32_t in_a = a->symbol | a->loader | a->absent;
	uint32_t both = in_a & (b->symbol | b->loader | b->absent);
	/* Where libc has it everywhere, gcompat makes no difference. */
	bool gcompat = a->gcompat == b->gcompat || (!a->absent && !b->absent);

	return gcompat && (a->symbol & both) == (b->symbol & both) &&
	       (a->loader & both) == (b->loader & both) &&
	       (a->absent & both) == (b->absent & both);
}

const char *mu_view_name_at(size_t i)
{
	return i < mu_tab_libc_name_count ? mu_tab_strings + mu_tab_names[i] : NULL;
}

bool mu_view_in_variant(int v, enum mu_machine_id m, const char *name)
{
	size_t len = strlen(name);

	return mu_db_libc_mask(m, name, len, mu_hash(name, len)) >> v & 1;
}

static size_t flavour_length(const char *name)
{
	return strcspn(name, ":");
}

int mu_view_base(int v)
{
	const struct mu_variant *mine = mu_variant_at(v);
	size_t n = flavour_length(mine->name);
	bool upstream = starts_with(mine->name, "musl:");

	for (int i = v - 1; i >= 0; i--) {
		const struct mu_variant *other = mu_variant_at(i);
		bool same = flavour_length(other->name) == n &&
			    strncmp(other->name, mine->name, n) == 0;
		if (upstream ? same
			     : starts_with(other->name, "musl:") &&
					strcmp(other->version, mine->version) == 0)
			return i;
	}
	return -1;
}

bool mu_view_file_is(
	const struct mu_layer_file *file, uint32_t machines, const char *soname)
{
	const char *part = mu_text_base(file->path);

	if (strcmp(part, "{interp}") != 0)
		return strcmp(part, soname) == 0;
	for (int m = 0; m < MU_MACHINE_COUNT; m++) {
		const struct mu_machine *machine = mu_machine_at((enum mu_machine_id)m);
		if (machines >> m & 1 &&
			strcmp(mu_text_base(machine->glibc_interp), soname) == 0)
			return true;
	}
	return false;
}

const char *mu_view_type(unsigned stt)
{
	static const char *const names[] = {
		[STT_NOTYPE] = "no type",
		[STT_OBJECT] = "object",
		[STT_FUNC] = "function",
		[STT_COMMON] = "common",
		[STT_TLS] = "thread-local object",
	};

	return stt < sizeof(names) / sizeof(*names) && names[stt] ? names[stt] : "other";
}

const char *mu_view_bind(unsigned stb)
{
	return stb == STB_WEAK ? "weak" : stb == STB_GLOBAL ? "global" : "other";
}

static int report(int result, FILE *out, struct mu_error *err)
{
	if (result >= 0 && (fflush(out) != 0 || ferror(out)))
		result = -EIO;
	return result < 0 ? mu_error_set(err, result, NULL, NULL) : result;
}

int mu_db_list(const struct mu_db_query *q, FILE *out, struct mu_error *err)
{
	static int (*const writers[])(const struct mu_db_query *, FILE *) = {
		[MU_DB_TEXT] = mu_db_list_text,
		[MU_DB_JSON] = mu_db_list_json,
	};

	return report(writers[q->format](q, out), out, err);
}

int mu_db_show(const char *const *names, size_t count, const struct mu_db_query *q,
	FILE *out, struct mu_error *err)
{
	static int (*const writers[])(
		const char *const *, size_t, const struct mu_db_query *, FILE *) = {
		[MU_DB_TEXT] = mu_db_show_text,
		[MU_DB_JSON] = mu_db_show_json,
	};

	return report(writers[q->format](names, count, q, out), out, err);
}
