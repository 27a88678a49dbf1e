/* SPDX-License-Identifier: MIT */
#include <elf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <muslin/db.h>
#include <muslin/error.h>

#include "core/hash.h"
#include "db/names.h"
#include "db/tables.h"

static uint32_t libc_mask(enum mu_machine_id m, const char *name)
{
	size_t n = strlen(name);

	return mu_db_libc_mask(m, name, n, mu_hash(name, n));
}

static bool has(enum mu_machine_id m, const char *variant, const char *name)
{
	int v = mu_variant_find(variant);

	assert_true(v >= 0);
	return libc_mask(m, name) >> v & 1;
}

static bool maps(const char *variant, const char *name, const char **ret_to)
{
	size_t n = strlen(name);
	int v = mu_variant_find(variant);

	assert_true(v >= 0);
	return mu_db_lfs64_mask(name, n, mu_hash(name, n), ret_to) >> v & 1;
}

#define X64 MU_MACHINE_X86_64

/* ---- machines --------------------------------------------------------- */

static void machines_by_name(void **state)
{
	static const struct {
		const char *name;
		enum mu_machine_id id;
		const char *interp;
	} rows[] = {
		{"x86_64", X64, "/lib/ld-musl-x86_64.so.1"},
		{"amd64", X64, "/lib/ld-musl-x86_64.so.1"},
		{"i686", MU_MACHINE_X86, "/lib/ld-musl-i386.so.1"},
		{"arm64", MU_MACHINE_AARCH64, "/lib/ld-musl-aarch64.so.1"},
		{"armv7", MU_MACHINE_ARMHF, "/lib/ld-musl-armhf.so.1"},
		{"armel", MU_MACHINE_ARMEL, "/lib/ld-musl-arm.so.1"},
		{"ppc64el", MU_MACHINE_PPC64LE, "/lib/ld-musl-powerpc64le.so.1"},
		{"mips64el", MU_MACHINE_MIPS64EL, "/lib/ld-musl-mips64el.so.1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct mu_machine *m = mu_machine_by_name(rows[i].name);
		assert_non_null(m);
		assert_int_equal(m->id, rows[i].id);
		assert_string_equal(m->musl_interp, rows[i].interp);
		assert_ptr_equal(mu_machine_at(m->id), m);
	}
	assert_null(mu_machine_by_name("vax"));
	assert_null(mu_machine_by_name(""));
}

static void machines_by_header(void **state)
{
	(void)state;
	assert_int_equal(mu_machine_of_elf(EM_X86_64, 64, true, 0)->id, X64);
	assert_null(mu_machine_of_elf(EM_X86_64, 32, true, 0)); /* x32 */
	assert_int_equal(mu_machine_of_elf(EM_386, 32, true, 0)->id, MU_MACHINE_X86);
	assert_int_equal(
		mu_machine_of_elf(EM_ARM, 32, true, 0x5000400)->id, MU_MACHINE_ARMHF);
	assert_int_equal(
		mu_machine_of_elf(EM_ARM, 32, true, 0x5000200)->id, MU_MACHINE_ARMEL);
	assert_int_equal(mu_machine_of_elf(EM_ARM, 32, true, 0)->id, MU_MACHINE_ARMHF);
	assert_int_equal(mu_machine_of_elf(EM_S390, 64, false, 0)->id, MU_MACHINE_S390X);
	assert_null(mu_machine_of_elf(EM_S390, 32, false, 0));
	assert_null(mu_machine_of_elf(EM_PPC64, 64, false, 0));
	assert_int_equal(
		mu_machine_of_elf(EM_PPC64, 64, true, 2)->id, MU_MACHINE_PPC64LE);
	assert_int_equal(mu_machine_of_elf(258, 64, true, 0)->id, MU_MACHINE_LOONGARCH64);
}

/* ---- musl ------------------------------------------------------------- */

static void symbols_everywhere(void **state)
{
	(void)state;
	for (int m = 0; m < MU_MACHINE_COUNT; m++) {
		uint32_t all = mu_db_libc_all((enum mu_machine_id)m);
		assert_int_not_equal(all, 0);
		assert_int_equal(libc_mask((enum mu_machine_id)m, "malloc"), all);
		assert_int_equal(
			libc_mask((enum mu_machine_id)m, "__libc_start_main"), all);
		assert_int_equal(libc_mask((enum mu_machine_id)m, "__printf_chk"), 0);
		assert_int_equal(libc_mask((enum mu_machine_id)m, "no such name"), 0);
		assert_int_equal(libc_mask((enum mu_machine_id)m, ""), 0);
		/* Section symbols and locals are there for nobody. */
		assert_int_equal(libc_mask((enum mu_machine_id)m, ".eh_frame"), 0);
	}
}

struct presence {
	const char *name;
	const char *variant;
	bool there;
};

static const struct presence on_x86_64[] = {
	{"qsort_r", "musl:1.2.2", false},
	{"qsort_r", "musl:1.2.3", true},
	{"qsort_r", "musl:1.2.6", true},
	{"qsort_r", "alpine:3.15", true},
	{"gettid", "musl:1.1.24", false},
	{"gettid", "musl:1.2.2", true},
	{"reallocarray", "musl:1.1.24", false},
	{"reallocarray", "alpine:3.15", true},
	{"stat64", "musl:1.1.24", true},
	{"stat64", "musl:1.2.3", true},
	{"stat64", "musl:1.2.4", false},
	{"stat64", "musl-debian:1.2.5", false},
	{"stat64", "alpine:3.18", true},
	{"stat64", "alpine:3.23", false},
	{"posix_fallocate64", "alpine:3.18", true},
	{"posix_fallocate64", "musl:1.2.5", false},
	{"crypt", "musl:1.2.3", true},
	{"crypt", "musl-debian:1.2.2", true},
	{"crypt", "musl-debian:1.2.3", false},
	{"crypt", "musl-debian:1.2.5", true},
	{"setkey", "musl-debian:1.2.3", false},
	{"fts_open", "musl:1.2.5", false},
	{"fts_open", "musl-debian:1.2.2", false},
	{"fts_open", "musl-debian:1.2.3", true},
	{"fts_open", "alpine:3.24", false},
	{"renameat2", "musl:1.2.5", false},
	{"renameat2", "musl:1.2.6", true},
	{"renameat2", "musl-debian:1.2.5", true},
	{"renameat2", "alpine:3.23", false},
	{"statx", "musl:1.2.4", false},
	{"statx", "musl:1.2.5", true},
	{"posix_getdents", "musl:1.2.5", false},
	{"posix_getdents", "alpine:3.23", true},
	{"pthread_mutexattr_setprioceiling", "musl:1.2.6", false},
	{"pthread_mutexattr_setprioceiling", "alpine:3.23", true},
	{"pthread_mutexattr_setprioceiling", "alpine:3.24", true},
	{"__time64", "musl:1.2.5", false},
	{"__xstat", "musl:1.2.3", true},
};

static void symbols_by_variant(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(on_x86_64) / sizeof(*on_x86_64); i++) {
		const struct presence *p = &on_x86_64[i];
		if (has(X64, p->variant, p->name) != p->there)
			fail_msg("%s in %s: not %d", p->name, p->variant, p->there);
	}
}

/* 64-bit time has names of its own on 32-bit machines only, since 1.2.0. */
static void time64_names(void **state)
{
	(void)state;
	assert_true(has(MU_MACHINE_X86, "musl:1.2.2", "__time64"));
	assert_true(has(MU_MACHINE_ARMHF, "musl:1.2.6", "__stat_time64"));
	assert_false(has(MU_MACHINE_X86, "musl:1.1.24", "__time64"));
	assert_false(has(MU_MACHINE_ARMEL, "musl:1.1.24", "__stat_time64"));
	assert_int_equal(libc_mask(MU_MACHINE_AARCH64, "__time64"), 0);
	assert_false(has(MU_MACHINE_X86, "musl:1.2.3", "__xstat"));
	assert_true(has(MU_MACHINE_X86, "musl:1.2.4", "__xstat"));
	assert_false(has(MU_MACHINE_X86, "alpine:3.18", "__xstat"));
	assert_true(has(MU_MACHINE_X86, "musl:1.1.24", "__xstat"));
}

static void known_and_derived(void **state)
{
	int v = mu_variant_find("musl:1.1.24");
	const struct mu_variant *old = mu_variant_at(v);

	(void)state;
	assert_int_equal(old->known, 1u << X64);
	assert_true(old->derived >> MU_MACHINE_ARMHF & 1);
	/* musl runs on loongarch64 since 1.2.5. */
	assert_int_equal((old->known | old->derived) >> MU_MACHINE_LOONGARCH64 & 1, 0);
	assert_int_equal(mu_db_libc_all(MU_MACHINE_LOONGARCH64) >> v & 1, 0);
	assert_int_equal(mu_variant_at(mu_variant_find("alpine:3.23"))->known,
		1u << MU_MACHINE_AARCH64);
	assert_int_equal(mu_variant_find("musl:9.9.9"), -1);
	assert_null(mu_variant_at(-1));
	assert_null(mu_variant_at(mu_variant_count()));
	assert_in_range(mu_variant_count(), 1, MU_VARIANT_MAX);
	for (int i = 0; i < mu_variant_count(); i++)
		assert_int_equal(mu_variant_at(i)->known & mu_variant_at(i)->derived, 0);
}

static void symbol_details(void **state)
{
	struct mu_libc_symbol s;

	(void)state;
	assert_int_equal(mu_db_libc_symbol(X64, "stdout", &s), 0);
	assert_string_equal(s.name, "stdout");
	assert_int_equal(s.size, 8);
	assert_int_equal(s.type, STT_OBJECT);
	assert_int_equal(s.variants, mu_db_libc_all(X64));
	assert_int_equal(mu_db_libc_symbol(MU_MACHINE_X86, "stdout", &s), 0);
	assert_int_equal(s.size, 4);
	/* Weak since 1.2.2, global before: the newest counts. */
	assert_int_equal(mu_db_libc_symbol(X64, "malloc", &s), 0);
	assert_int_equal(s.bind, STB_WEAK);
	assert_int_equal(s.size, 0);
	assert_int_equal(mu_db_libc_symbol(X64, "_dlstart", &s), 0);
	assert_int_equal(s.type, STT_FUNC);
	assert_int_equal(mu_db_libc_symbol(X64, "backtrace", &s), -ENOENT);
	assert_int_equal(mu_db_libc_symbol(X64, "nothing at all", &s), -ENOENT);
}

static void loader_names(void **state)
{
	const char *to = NULL;

	(void)state;
	assert_false(maps("musl:1.2.3", "stat64", NULL));
	assert_true(maps("musl:1.2.4", "stat64", &to));
	assert_string_equal(to, "stat");
	assert_true(maps("musl-debian:1.2.5", "open64", NULL));
	assert_true(maps("alpine:3.23", "readdir64_r", &to));
	assert_string_equal(to, "readdir_r");
	assert_false(maps("musl:1.2.5", "posix_fallocate64", NULL));
	assert_true(maps("musl:1.2.6", "posix_fallocate64", &to));
	assert_string_equal(to, "posix_fallocate");
	/* Alpine 3.18 has the symbols and took the loader's list out. */
	assert_false(maps("alpine:3.18", "stat64", NULL));
	to = "untouched";
	assert_false(maps("musl:1.2.6", "fcntl64", &to));
	assert_false(maps("musl:1.2.6", "malloc", &to));
	assert_false(maps("musl:1.2.6", "no such name", &to));
	assert_string_equal(to, "untouched");
}

/* Rows that each table had when it was read: the tables in data/ lost none. */
static void table_sizes(void **state)
{
	static const struct {
		const char *variant;
		enum mu_machine_id m;
		unsigned rows;
	} rows[] = {
		{"musl:1.1.24", X64, 1697},
		{"musl:1.2.2", X64, 1702},
		{"musl:1.2.3", X64, 1704},
		{"musl:1.2.4", X64, 1644},
		{"musl:1.2.5", X64, 1647},
		{"musl:1.2.6", X64, 1650},
		{"musl:1.2.5", MU_MACHINE_X86, 1711},
		{"musl:1.2.5", MU_MACHINE_ARMEL, 1722},
		{"musl:1.2.6", MU_MACHINE_S390X, 1648},
		{"musl:1.2.5", MU_MACHINE_LOONGARCH64, 1646 - 2}, /* less two sections */
		{"musl-debian:1.2.3", MU_MACHINE_MIPS64EL, 1708},
		{"musl-debian:1.2.5", MU_MACHINE_RISCV64, 1655},
		{"alpine:3.15", MU_MACHINE_ARMHF, 1774},
		{"alpine:3.18", X64, 1704},
		{"alpine:3.23", MU_MACHINE_AARCH64, 1646},
		{"alpine:3.24", X64, 1651},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int v = mu_variant_find(rows[i].variant);
		unsigned n = 0;
		for (uint32_t k = 0; k < mu_tab_name_count; k++)
			n += libc_mask(rows[i].m, mu_tab_strings + mu_tab_names[k]) >> v &
			     1;
		if (n != rows[i].rows)
			fail_msg("%s: %u rows, not %u", rows[i].variant, n, rows[i].rows);
	}
}

/* ---- the hash index --------------------------------------------------- */

static void every_name_is_found(void **state)
{
	char text[256];

	(void)state;
	assert_true(mu_tab_libc_name_count < mu_tab_name_count);
	for (uint32_t i = 0; i < mu_tab_name_count; i++) {
		const char *name = mu_tab_strings + mu_tab_names[i];
		size_t n = strlen(name);
		assert_int_equal(mu_name_find(name, n, mu_hash(name, n)), i);
		/* A name that need not end in NUL. */
		assert_true(n + 1 < sizeof(text));
		memcpy(text, name, n);
		text[n] = '!';
		assert_int_equal(mu_name_find(text, n, mu_hash(text, n)), i);
		assert_int_equal(mu_name_find(text, n + 1, mu_hash(text, n + 1)), -1);
	}
}

static void a_hash_alone_is_no_match(void **state)
{
	(void)state;
	assert_int_equal(mu_name_find("nalloc", 6, mu_hash("malloc", 6)), -1);
	assert_int_equal(mu_name_find("malloc", 5, mu_hash("malloc", 6)), -1);
	assert_int_equal(mu_name_find("", 0, mu_hash("", 0)), -1);
}

/* ---- relocations ------------------------------------------------------ */

static void relocations(void **state)
{
	static const struct {
		enum mu_machine_id m;
		uint32_t number;
		enum mu_reloc_role role;
		const char *name, *since;
	} rows[] = {
		{X64, 6, MU_RELOC_GOT, "R_X86_64_GLOB_DAT", NULL},
		{X64, 2, MU_RELOC_OFFSET32, "R_X86_64_PC32", NULL},
		{X64, 37, MU_RELOC_UNSUPPORTED, "R_X86_64_IRELATIVE", NULL},
		{X64, 38, MU_RELOC_UNSUPPORTED, "R_X86_64_RELATIVE64", NULL},
		{MU_MACHINE_X86, 37, MU_RELOC_TPOFF_NEG, "R_386_TLS_TPOFF32", NULL},
		{MU_MACHINE_X86, 42, MU_RELOC_UNSUPPORTED, "R_386_IRELATIVE", NULL},
		{MU_MACHINE_AARCH64, 1032, MU_RELOC_UNSUPPORTED, "R_AARCH64_IRELATIVE",
			NULL},
		{MU_MACHINE_ARMHF, 23, MU_RELOC_RELATIVE, "R_ARM_RELATIVE", NULL},
		{MU_MACHINE_ARMEL, 23, MU_RELOC_RELATIVE, "R_ARM_RELATIVE", NULL},
		{MU_MACHINE_ARMEL, 160, MU_RELOC_UNSUPPORTED, "R_ARM_IRELATIVE", NULL},
		{MU_MACHINE_PPC64LE, 248, MU_RELOC_UNSUPPORTED, "R_PPC64_IRELATIVE",
			NULL},
		{MU_MACHINE_S390X, 61, MU_RELOC_UNSUPPORTED, "R_390_IRELATIVE", NULL},
		{MU_MACHINE_RISCV64, 58, MU_RELOC_UNSUPPORTED, "R_RISCV_IRELATIVE", NULL},
		{MU_MACHINE_RISCV64, 12, MU_RELOC_TLSDESC, "R_RISCV_TLSDESC", "1.2.5"},
		{MU_MACHINE_LOONGARCH64, 12, MU_RELOC_UNSUPPORTED, "R_LARCH_IRELATIVE",
			NULL},
		{MU_MACHINE_LOONGARCH64, 14, MU_RELOC_TLSDESC, "R_LARCH_TLS_DESC64",
			"1.2.6"},
		{MU_MACHINE_MIPS64EL, 4611, MU_RELOC_SYM_OR_REL, "R_MIPS_REL32+R_MIPS_64",
			NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct mu_reloc_type *r = mu_db_reloc(rows[i].m, rows[i].number);
		assert_non_null(r);
		assert_int_equal(r->number, rows[i].number);
		assert_int_equal(r->role, rows[i].role);
		assert_string_equal(r->name, rows[i].name);
		if (rows[i].since)
			assert_string_equal(r->since, rows[i].since);
		else
			assert_null(r->since);
	}
	assert_null(mu_db_reloc(X64, 0));
	assert_null(mu_db_reloc(X64, 250));
	assert_null(mu_db_reloc(MU_MACHINE_AARCH64, UINT32_MAX));
}

/* ---- layers ----------------------------------------------------------- */

static void gcompat_symbols(void **state)
{
	const struct mu_gcompat_symbol *s, *before = NULL;
	size_t n = 0;

	(void)state;
	s = mu_gcompat_find("__printf_chk");
	assert_non_null(s);
	assert_string_equal(s->library, "libgcompat.so.0");
	assert_int_equal(s->versions, 3);
	assert_int_equal(mu_gcompat_find("__dprintf_chk")->versions, 2);
	assert_int_equal(mu_gcompat_find("freelocale")->versions, 1);
	assert_string_equal(mu_gcompat_find("obstack_free")->library, "libobstack.so.1");
	assert_null(mu_gcompat_find("fcntl64"));
	assert_null(mu_gcompat_find("malloc"));
	assert_null(mu_gcompat_find(""));
	assert_null(mu_gcompat_find("~"));
	for (; (s = mu_gcompat_symbol_at(n)); n++) {
		if (before)
			assert_true(strcmp(before->name, s->name) <= 0);
		assert_string_equal(mu_gcompat_find(s->name)->name, s->name);
		before = s;
	}
	assert_int_equal(n, 293);
	assert_string_equal(mu_gcompat_version(0), "1.0.0");
	assert_string_equal(mu_gcompat_version(1), "1.1.0");
	assert_null(mu_gcompat_version(2));
	assert_null(mu_gcompat_version(3));
	assert_null(mu_gcompat_version(-1));
}

static bool layer_brings(enum mu_layer layer, const char *path, const char *release)
{
	const struct mu_release *r = mu_release_find(release);
	const struct mu_layer_file *f;

	assert_non_null(r);
	for (size_t i = 0; (f = mu_layer_file_at(i)); i++) {
		if (f->layer == layer && strcmp(f->path, path) == 0)
			return mu_layer_file_in(f, r);
	}
	return false;
}

static void layer_files(void **state)
{
	(void)state;
	for (int i = 0; i < MU_LAYER_COUNT; i++)
		assert_int_equal(mu_layer_by_name(mu_layer_name((enum mu_layer)i)), i);
	assert_int_equal(mu_layer_by_name("glibc"), -1);
	assert_true(layer_brings(MU_LAYER_GCOMPAT, "{interp}", "3.16"));
	assert_true(layer_brings(MU_LAYER_GCOMPAT, "/lib/libgcompat.so.0", "edge"));
	assert_false(layer_brings(MU_LAYER_GCOMPAT, "/lib/libresolv.so.2", "3.16"));
	assert_true(layer_brings(MU_LAYER_GCOMPAT, "/lib/libresolv.so.2", "3.19"));
	assert_true(layer_brings(MU_LAYER_LIBC6_COMPAT, "/lib/libcrypt.so.1", "3.18"));
	assert_false(layer_brings(MU_LAYER_LIBC6_COMPAT, "/lib/libcrypt.so.1", "3.19"));
	assert_false(layer_brings(MU_LAYER_LIBC6_COMPAT, "/lib/libresolv.so.2", "3.18"));
	assert_false(layer_brings(MU_LAYER_NONE, "{interp}", "3.22"));
}

static void libraries(void **state)
{
	(void)state;
	assert_true(mu_library_of("libc.so.6")->reserved);
	assert_true(mu_library_of("libpthread.so.0")->reserved);
	assert_true(mu_library_of("libutil.so.1")->reserved);
	assert_false(mu_library_of("libresolv.so.2")->reserved);
	assert_false(mu_library_of("libcrypt.so.1")->reserved);
	assert_false(mu_library_of("ld-linux-x86-64.so.2")->reserved);
	assert_null(mu_library_of("libcurl.so.4"));
	assert_null(mu_library_of("libmagic.so.1"));
	assert_null(mu_library_of("libdlib.so"));
}

/* ---- glibc ------------------------------------------------------------ */

static void glibc_rows(void **state)
{
	struct mu_glibc_symbol s;
	unsigned it = 0;

	(void)state;
	assert_int_equal(mu_db_glibc_next(X64, "memcpy", &it, &s), 1);
	assert_string_equal(s.library, "libc");
	assert_string_equal(s.version, "GLIBC_2.2.5");
	assert_int_equal(s.kind, 'F');
	assert_int_equal(mu_db_glibc_next(X64, "memcpy", &it, &s), 1);
	assert_string_equal(s.version, "GLIBC_2.14");
	assert_int_equal(mu_db_glibc_next(X64, "memcpy", &it, &s), 0);
	assert_int_equal(mu_db_glibc_next(X64, "memcpy", &it, &s), 0);
	it = 0;
	assert_int_equal(mu_db_glibc_next(MU_MACHINE_X86, "memcpy", &it, &s), 1);
	assert_string_equal(s.version, "GLIBC_2.0");
	it = 0;
	assert_int_equal(mu_db_glibc_next(X64, "stdout", &it, &s), 1);
	assert_int_equal(s.kind, 'D');
	assert_int_equal(s.size, 8);
	it = 0;
	assert_int_equal(mu_db_glibc_next(X64, "no such name", &it, &s), 0);
	assert_int_equal(it, 0);
}

static void glibc_has(void **state)
{
	(void)state;
	assert_true(mu_db_glibc_has(X64, "__printf_chk"));
	assert_true(mu_db_glibc_has(X64, "_ZGVbN2v_sin"));
	assert_false(mu_db_glibc_has(MU_MACHINE_X86, "_ZGVbN2v_sin"));
	assert_true(mu_db_glibc_has(MU_MACHINE_ARMEL, "fcntl64"));
	assert_false(mu_db_glibc_has(MU_MACHINE_MIPS64EL, "malloc"));
	assert_false(mu_db_glibc_has(X64, "napi_create_function"));
}

/* Rows by machine, as the abilist files have them. */
static void glibc_sizes(void **state)
{
	static const struct {
		enum mu_machine_id m;
		unsigned rows;
	} sizes[] = {
		{X64, 4729},
		{MU_MACHINE_X86, 4789},
		{MU_MACHINE_AARCH64, 4595},
		{MU_MACHINE_ARMHF, 4183},
		{MU_MACHINE_ARMEL, 4183},
		{MU_MACHINE_PPC64LE, 4815},
		{MU_MACHINE_S390X, 4788},
		{MU_MACHINE_RISCV64, 4304},
		{MU_MACHINE_LOONGARCH64, 3630},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		unsigned n = 0;
		for (uint32_t k = 0; k < mu_tab_name_count; k++) {
			struct mu_glibc_symbol s;
			unsigned it = 0;
			const char *name = mu_tab_strings + mu_tab_names[k];
			while (mu_db_glibc_next(sizes[i].m, name, &it, &s) > 0)
				n++;
		}
		assert_int_equal(n, sizes[i].rows);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(machines_by_name),
		cmocka_unit_test(machines_by_header),
		cmocka_unit_test(symbols_everywhere),
		cmocka_unit_test(symbols_by_variant),
		cmocka_unit_test(time64_names),
		cmocka_unit_test(known_and_derived),
		cmocka_unit_test(symbol_details),
		cmocka_unit_test(loader_names),
		cmocka_unit_test(table_sizes),
		cmocka_unit_test(every_name_is_found),
		cmocka_unit_test(a_hash_alone_is_no_match),
		cmocka_unit_test(relocations),
		cmocka_unit_test(gcompat_symbols),
		cmocka_unit_test(layer_files),
		cmocka_unit_test(libraries),
		cmocka_unit_test(glibc_rows),
		cmocka_unit_test(glibc_has),
		cmocka_unit_test(glibc_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
