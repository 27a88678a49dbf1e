/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/hash.h"
#include "elf/elf.h"
#include "elfbuild.h"

static uint64_t hash(const char *s)
{
	return mu_hash(s, strlen(s));
}

/* ---- the set of exports ------------------------------------------------------- */

static void exports_remember_the_first(void **state)
{
	struct mu_exports e = {0};

	(void)state;
	assert_int_equal(mu_exports_find(&e, hash("a")), MU_ANSWER_NONE);
	assert_int_equal(mu_exports_add(&e, hash("a"), MU_ANSWER_UND), 0);
	assert_int_equal(mu_exports_add(&e, hash("a"), MU_ANSWER_DEF), 0);
	assert_int_equal(mu_exports_find(&e, hash("a")), MU_ANSWER_UND);
	assert_true(mu_exports_resolve(&e, hash("a"), false));
	assert_false(mu_exports_resolve(&e, hash("a"), true));
	/* a version that is not the default makes room for one that is */
	assert_int_equal(mu_exports_add(&e, hash("b"), MU_ANSWER_HIDDEN), 0);
	assert_false(mu_exports_resolve(&e, hash("b"), false));
	assert_int_equal(mu_exports_add(&e, hash("b"), MU_ANSWER_DEF), 0);
	assert_true(mu_exports_resolve(&e, hash("b"), true));
	assert_int_equal(e.n, 2);
	free(e.slots);
}

static void exports_grow(void **state)
{
	struct mu_exports e = {0};
	char name[16];

	(void)state;
	assert_int_equal(mu_exports_add(&e, 0, MU_ANSWER_DEF), 0);
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof name, "s%d", i);
		assert_int_equal(mu_exports_add(&e, hash(name), MU_ANSWER_DEF), 0);
	}
	assert_int_equal(e.n, 5001);
	assert_true(mu_exports_resolve(&e, 0, true));
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof name, "s%d", i);
		assert_true(mu_exports_resolve(&e, hash(name), true));
		snprintf(name, sizeof name, "t%d", i);
		assert_int_equal(mu_exports_find(&e, hash(name)), MU_ANSWER_NONE);
	}
	free(e.slots);
}

/* ---- reading -------------------------------------------------------------------- */

static struct mu_object *read_spec(const struct elf_spec *spec)
{
	struct elf_image image = elf_build(spec);
	struct mu_object *o = NULL;
	struct mu_error err = {0};

	if (mu_elf_read_memory(image.p, image.n, "x", &o, &err))
		fail_msg("%s", err.msg);
	free(image.p);
	return o;
}

static const struct elf_spec program = {
	.interp = "/lib64/ld-linux-x86-64.so.2",
	.needed = {"libz.so.1", "libc.so.6"},
	.runpath = "$ORIGIN/lib",
	.symbols = {{"puts", "GLIBC_2.9", "libc.so.6"},
		{"exit", "GLIBC_2.34", "libc.so.6"},
		{"own", .defined = true, .value = 0x1000}},
	.relocs = {{7, 1, true}, {6, 2}, {6, 3}},
	.dt_flags_1 = 0x08000000,
};

static void a_program_has_its_facts(void **state)
{
	struct mu_object *o = read_spec(&program);
	const struct mu_elf *e = mu_elf_of(o);

	(void)state;
	assert_int_equal(o->kind, MU_KIND_EXECUTABLE);
	assert_int_equal(o->libc, MU_LIBC_GLIBC);
	assert_string_equal(o->interpreter, "/lib64/ld-linux-x86-64.so.2");
	assert_int_equal(o->nneeded, 2);
	assert_string_equal(o->needed[0], "libz.so.1");
	assert_string_equal(o->runpath, "$ORIGIN/lib");
	assert_null(o->rpath);
	/* numbers, not letters: 2.34 is newer than 2.9 */
	assert_string_equal(o->glibc_required, "2.34");
	assert_true(o->pie);
	/* its own symbol asks nobody else */
	assert_int_equal(e->nrefs, 2);
	assert_string_equal(e->refs[0].name, "puts");
	assert_string_equal(e->refs[0].version, "GLIBC_2.9");
	assert_string_equal(e->refs[0].file, "libc.so.6");
	assert_true(e->refs[0].how & MU_REF_PLT);
	assert_true(e->refs[1].how & MU_REF_GOT);
	assert_true(mu_exports_resolve(&e->exports, hash("own"), true));
	mu_object_free(o);
}

static void both_classes_and_byte_orders(void **state)
{
	static const struct {
		unsigned bits;
		bool big;
		uint16_t machine;
		const char *name;
	} rows[] = {
		{64, false, EM_X86_64, "x86_64"},
		{64, true, EM_S390, "s390x"},
		{32, false, EM_386, "x86"},
		{64, false, EM_AARCH64, "aarch64"},
		{32, true, EM_PPC, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct elf_spec spec = program;
		struct mu_object *o;
		spec.bits = rows[i].bits;
		spec.big = rows[i].big;
		spec.machine = rows[i].machine;
		memset(spec.relocs, 0, sizeof spec.relocs);
		o = read_spec(&spec);
		assert_int_equal(o->bits, rows[i].bits);
		assert_int_equal(o->little, !rows[i].big);
		assert_string_equal(o->glibc_required, "2.34");
		assert_string_equal(o->needed[1], "libc.so.6");
		if (rows[i].name)
			assert_string_equal(o->machine->name, rows[i].name);
		else
			assert_null(o->machine);
		mu_object_free(o);
	}
}

static void kinds(void **state)
{
	struct elf_spec library = {.soname = "libx.so.1"},
			fixed = {.type = ET_EXEC, .is_static = true},
			pie = {.dt_flags_1 = 0x08000000};
	const struct {
		struct elf_spec *spec;
		enum mu_kind kind;
	} rows[] = {{&library, MU_KIND_SHARED_LIBRARY},
		{&fixed, MU_KIND_STATIC_EXECUTABLE}, {&pie, MU_KIND_STATIC_PIE}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mu_object *o = read_spec(rows[i].spec);
		assert_int_equal(o->kind, rows[i].kind);
		mu_object_free(o);
	}
}

static void what_is_no_elf(void **state)
{
	static const struct {
		const char *text;
		enum mu_kind kind;
		const char *interpreter;
	} rows[] = {
		{"", MU_KIND_NOT_ELF, NULL},
		{"text", MU_KIND_NOT_ELF, NULL},
		{"!<arch>\nx", MU_KIND_ARCHIVE, NULL},
		{"#!/bin/sh\n", MU_KIND_SCRIPT, "/bin/sh"},
		{"#! \t/usr/bin/env python3\n", MU_KIND_SCRIPT, "/usr/bin/env"},
		{"#!", MU_KIND_SCRIPT, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mu_object *o = NULL;
		assert_int_equal(mu_elf_read_memory(rows[i].text, strlen(rows[i].text),
					 "x", &o, NULL),
			0);
		assert_int_equal(o->kind, rows[i].kind);
		if (rows[i].interpreter)
			assert_string_equal(o->interpreter, rows[i].interpreter);
		else
			assert_null(o->interpreter);
		mu_object_free(o);
	}
}

static void a_hidden_version_is_no_answer(void **state)
{
	static const struct elf_spec spec = {
		.soname = "libv.so.1",
		.symbols = {{"lost", .defined = true, .unlisted = true, .value = 48},
			{"old", "V_1", .defined = true, .hidden = true, .value = 16},
			{"new", "V_2", .defined = true, .value = 32},
			{"fast", .defined = true, .type = STT_GNU_IFUNC,
				.bind = STB_GLOBAL, .value = 64}},
	};

	(void)state;
	for (int sysv = 0; sysv < 2; sysv++) {
		struct elf_spec s = spec;
		struct mu_object *o;
		const struct mu_exports *e;
		s.sysv = sysv;
		if (sysv)
			s.symbols[0].unlisted = false;
		o = read_spec(&s);
		e = &mu_elf_of(o)->exports;
		assert_int_equal(mu_exports_find(e, hash("old")), MU_ANSWER_HIDDEN);
		assert_int_equal(mu_exports_find(e, hash("new")), MU_ANSWER_DEF);
		assert_int_equal(mu_exports_find(e, hash("fast")), MU_ANSWER_UNFIT);
		if (!sysv)
			assert_int_equal(
				mu_exports_find(e, hash("lost")), MU_ANSWER_NONE);
		mu_object_free(o);
	}
}

/* Whatever is cut off: an answer or an error with words, and nothing read beyond. */
static void cut_at_every_byte(void **state)
{
	struct elf_image image = elf_build(&program);
	size_t errors = 0;

	(void)state;
	for (size_t n = 0; n < image.n; n++) {
		/* its own block, so that the sanitizer sees one byte too many */
		unsigned char *cut = malloc(n ? n : 1);
		struct mu_object *o = NULL;
		struct mu_error err = {0};
		assert_non_null(cut);
		memcpy(cut, image.p, n);
		if (mu_elf_read_memory(cut, n, "x", &o, &err)) {
			assert_null(o);
			assert_true(err.code < 0);
			assert_true(*err.msg);
			errors++;
		}
		mu_object_free(o);
		free(cut);
	}
	/* less than a header is no ELF file; all the rest lacks something */
	assert_true(errors > image.n / 2);
	free(image.p);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(exports_remember_the_first),
		cmocka_unit_test(exports_grow),
		cmocka_unit_test(a_program_has_its_facts),
		cmocka_unit_test(both_classes_and_byte_orders),
		cmocka_unit_test(kinds),
		cmocka_unit_test(what_is_no_elf),
		cmocka_unit_test(a_hidden_version_is_no_answer),
		cmocka_unit_test(cut_at_every_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
