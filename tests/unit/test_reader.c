/* SPDX-License-Identifier: MIT */
/* What the reader makes of each table of a file, and of tables that cannot be. */
#include <elf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <muslin/object.h>

#include "core/hash.h"
#include "elf/elf.h"
#include "elfbuild.h"
#include "scratch.h"

#define N(a) (sizeof(a) / sizeof *(a))

static enum mu_answer answer(const struct mu_elf *e, const char *name)
{
	return mu_exports_find(&e->exports, mu_hash(name, strlen(name)));
}

static struct mu_elf *read_spec(const struct elf_spec *spec)
{
	struct elf_image image = elf_build(spec);
	struct mu_object *o = NULL;
	struct mu_error err = {0};

	if (mu_elf_read_memory(image.p, image.n, "image", &o, &err))
		fail_msg("%s", err.msg);
	free(image.p);
	return (struct mu_elf *)o;
}

static int code_of(const void *data, size_t n)
{
	struct mu_object *o = NULL;
	struct mu_error err = {0};
	int e = mu_elf_read_memory(data, n, "data", &o, &err);

	assert_int_equal(err.code, e);
	assert_int_equal(e == 0, o != NULL);
	mu_object_free(o);
	return e;
}

/* Something of everything. */
static const struct elf_spec everything = {
	.interp = "/lib64/ld-linux-x86-64.so.2",
	.soname = "libeverything.so.1",
	.rpath = "/a:/b",
	.runpath = "$ORIGIN/../lib",
	.needed = {"libc.so.6", "libz.so.1"},
	.symbols = {{.name = "puts", .version = "GLIBC_2.2.5", .file = "libc.so.6"},
		{.name = "crc32", .version = "ZLIB_1.2", .file = "libz.so.1"},
		{.name = "maybe", .bind = STB_WEAK}, {.name = "plain"},
		{.name = "mine", .defined = true, .value = 0x100},
		{.name = "old",
			.version = "V1",
			.defined = true,
			.hidden = true,
			.value = 0x100}},
	.relocs = {{R_X86_64_JUMP_SLOT, 1, true}, {R_X86_64_GLOB_DAT, 2, false},
		{R_X86_64_GLOB_DAT, 3, false}, {R_X86_64_64, 4, false},
		{R_X86_64_64, 5, false}, {R_X86_64_RELATIVE, 0, false}},
	.relr = true,
	.tls = true,
	.stack = true,
	.exec_stack = true,
	.stack_size = 0x123000,
	.dt_flags = DF_STATIC_TLS,
	.dt_flags_1 = DF_1_NOW,
	.textrel = true,
};

/* ---- facts ------------------------------------------------------------------------ */

static void flags_and_sizes(void **state)
{
	static const struct elf_spec nothing = {.stack = true};
	struct mu_elf *e = read_spec(&everything);
	const struct mu_object *o = &e->facts;

	(void)state;
	assert_int_equal(o->kind, MU_KIND_SHARED_LIBRARY);
	assert_string_equal(o->soname, "libeverything.so.1");
	assert_string_equal(o->rpath, "/a:/b");
	assert_true(o->has_dynamic && o->has_relr && o->textrel && o->static_tls);
	assert_true(o->has_tls && o->bind_now && o->has_gnu_stack && o->exec_stack);
	assert_true(o->interp_mapped);
	assert_int_equal(o->stack_size, 0x123000);
	assert_false(o->hollow || o->pie || o->setuid || o->defines_libc);
	mu_object_free(&e->facts);
	e = read_spec(&nothing);
	o = &e->facts;
	assert_true(o->has_dynamic && o->has_gnu_stack);
	assert_false(o->exec_stack || o->has_relr || o->textrel || o->static_tls);
	assert_false(o->has_tls || o->bind_now || o->pie);
	assert_true(!o->interpreter && !o->soname && !o->rpath && !o->runpath);
	assert_true(!o->glibc_required && !o->language && !o->compiler);
	assert_int_equal(e->nrefs, 0);
	mu_object_free(&e->facts);
}

static void kinds(void **state)
{
	static const struct {
		struct elf_spec spec;
		enum mu_kind kind;
	} rows[] = {
		{{.type = ET_EXEC, .interp = "/lib/x"}, MU_KIND_EXECUTABLE},
		{{.type = ET_EXEC}, MU_KIND_EXECUTABLE},
		{{.interp = "/lib/x", .dt_flags_1 = DF_1_PIE}, MU_KIND_EXECUTABLE},
		{{.interp = "/lib/x"}, MU_KIND_EXECUTABLE},
		/* a library that can also be started */
		{{.interp = "/lib/x", .soname = "libc.so.6"}, MU_KIND_SHARED_LIBRARY},
		{{.is_static = true}, MU_KIND_STATIC_PIE},
		{{.type = ET_REL}, MU_KIND_RELOCATABLE},
		{{.type = ET_CORE}, MU_KIND_CORE},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct mu_elf *e = read_spec(&rows[i].spec);
		assert_string_equal(
			mu_kind_name(e->facts.kind), mu_kind_name(rows[i].kind));
		mu_object_free(&e->facts);
	}
}

static void libc_of_a_file(void **state)
{
	static const struct {
		struct elf_spec spec;
		enum mu_libc libc;
	} rows[] = {
		{{.interp = "/lib64/ld-linux-x86-64.so.2"}, MU_LIBC_GLIBC},
		{{.interp = "/lib/ld-musl-x86_64.so.1"}, MU_LIBC_MUSL},
		{{.interp = "/lib/ld64-uClibc.so.1"}, MU_LIBC_UCLIBC},
		{{.interp = "/system/bin/linker64"}, MU_LIBC_BIONIC},
		{{.needed = {"libm.so.6", "libc.so.6"}}, MU_LIBC_GLIBC},
		{{.needed = {"libc.musl-x86_64.so.1"}}, MU_LIBC_MUSL},
		{{.needed = {"libc.so"}}, MU_LIBC_MUSL},
		{{.needed = {"libc.so"},
			 .symbols =
				 {{.name = "f", .version = "LIBC", .file = "libc.so"}}},
			MU_LIBC_BIONIC},
		{{.needed = {"libz.so.1"}}, MU_LIBC_NONE},
		{{.soname = "ld-musl-aarch64.so.1"}, MU_LIBC_MUSL},
		/* what it was linked with counts more than what was written into it */
		{{.interp = "/lib/ld-musl-x86_64.so.1",
			 .symbols = {{.name = "f",
				 .version = "GLIBC_2.4",
				 .file = "libc.so.6"}}},
			MU_LIBC_GLIBC},
		{{.is_static = true, .note = "GNU"}, MU_LIBC_GLIBC},
		{{.is_static = true, .note = "Android"}, MU_LIBC_BIONIC},
		{{.is_static = true, .note = "Go"}, MU_LIBC_NONE},
		{{.is_static = true}, MU_LIBC_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct mu_elf *e = read_spec(&rows[i].spec);
		if (e->facts.libc != rows[i].libc)
			fail_msg("row %zu: %s", i, mu_libc_name(e->facts.libc));
		mu_object_free(&e->facts);
	}
}

/* Number by number, not letter by letter; other names tell no release. */
static void highest_glibc(void **state)
{
	static const struct {
		const char *versions[4], *highest;
	} rows[] = {
		{{"GLIBC_2.9", "GLIBC_2.17", "GLIBC_2.2.5"}, "2.17"},
		{{"GLIBC_2.17", "GLIBC_2.9"}, "2.17"},
		{{"GLIBC_2.2.5", "GLIBC_2.2"}, "2.2.5"},
		{{"GLIBC_2.3", "GLIBC_PRIVATE", "GLIBC_ABI_DT_RELR"}, "2.3"},
		{{"GLIBCXX_3.4.30", "CXXABI_1.3"}, NULL},
		{{"GLIBC_"}, NULL},
		{{"glibc_2.3"}, NULL},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct elf_spec spec = {0};
		struct mu_elf *e;
		for (size_t k = 0; k < 4 && rows[i].versions[k]; k++)
			spec.symbols[k] = (struct elf_symbol){.name = "f",
				.version = rows[i].versions[k],
				.file = "libc.so.6"};
		e = read_spec(&spec);
		if (rows[i].highest)
			assert_string_equal(e->facts.glibc_required, rows[i].highest);
		else
			assert_null(e->facts.glibc_required);
		mu_object_free(&e->facts);
	}
}

/* ---- references ------------------------------------------------------------------- */

/* MU_REF_* in the order of its bits, as letters. */
static const char *how_in_letters(unsigned how)
{
	static const char all[] = "PGDCTdF";
	static char text[sizeof all];
	size_t n = 0;

	for (size_t i = 0; all[i]; i++)
		if (how >> i & 1)
			text[n++] = all[i];
	text[n] = 0;
	return text;
}

/* As "name:how", in order. */
static void check_refs(const struct elf_spec *spec, const char *want)
{
	struct mu_elf *e = read_spec(spec);
	char got[256] = "";

	for (size_t i = 0; i < e->nrefs; i++) {
		size_t n = strlen(got);
		assert_int_equal(e->refs[i].len, strlen(e->refs[i].name));
		assert_true(e->refs[i].hash == mu_hash(e->refs[i].name, e->refs[i].len));
		snprintf(got + n, sizeof got - n, "%s%s:%s", n ? " " : "",
			e->refs[i].name, how_in_letters(e->refs[i].how));
	}
	assert_string_equal(got, want);
	mu_object_free(&e->facts);
}

static void references(void **state)
{
	static const struct elf_spec order = {
		.symbols = {{.name = "a", .bind = STB_GLOBAL},
			{.name = "b", .bind = STB_GLOBAL},
			{.name = "c", .bind = STB_GLOBAL}},
		.relocs = {{R_X86_64_64, 3, false}, {R_X86_64_64, 1, false},
			{R_X86_64_JUMP_SLOT, 2, true}, {R_X86_64_JUMP_SLOT, 3, true},
			{R_X86_64_GLOB_DAT, 3, false}},
	};
	static const struct elf_spec copy = {
		.symbols = {{.name = "stdout",
			.defined = true,
			.bind = STB_GLOBAL,
			.type = STT_OBJECT,
			.value = 0x10,
			.size = 8}},
		.relocs = {{R_X86_64_COPY, 1, false}, {R_X86_64_64, 1, false}},
	};
	static const struct elf_spec unlisted = {
		.symbols =
			{{.name = "here", .defined = true, .unlisted = true, .value = 1},
				{.name = "inside",
					.defined = true,
					.unlisted = true,
					.local = true,
					.value = 1}},
		.relocs = {{R_X86_64_64, 1, false}, {R_X86_64_64, 2, false}},
	};
	static const struct elf_spec tls = {
		.symbols = {{.name = "v", .bind = STB_GLOBAL, .type = STT_TLS}},
		.relocs = {{R_X86_64_TPOFF64, 1, false}},
	};

	(void)state;
	/* undefined weak ones may stay away; what the file answers is no question */
	check_refs(&everything, "puts:PF crc32:GF plain:DF");
	/* JMPREL first; a symbol as a slot and as data is two questions */
	check_refs(&order, "b:P c:P c:GD a:D");
	/* a copy asks everybody else */
	check_refs(&copy, "stdout:Cd");
	/* defined, but not where the loader looks */
	check_refs(&unlisted, "here:DdF");
	check_refs(&tls, "v:DT");
}

static void tls_of_its_own(void **state)
{
	static const struct elf_spec own = {.relocs = {{R_X86_64_TPOFF64, 0, false}}};
	struct mu_elf *e = read_spec(&own);

	(void)state;
	assert_true(e->local_tpoff);
	mu_object_free(&e->facts);
	e = read_spec(&everything);
	assert_false(e->local_tpoff);
	mu_object_free(&e->facts);
}

static void unknown_relocations(void **state)
{
	static const struct elf_spec spec = {
		.symbols = {{.name = "f"}},
		.relocs = {{R_X86_64_IRELATIVE, 0, false}, {R_X86_64_IRELATIVE, 0, false},
			{250, 1, false}, {R_X86_64_RELATIVE, 0, false}},
	};
	struct mu_elf *e = read_spec(&spec);

	(void)state;
	assert_int_equal(e->nodd, 2);
	assert_int_equal(e->odd[0].type, R_X86_64_IRELATIVE);
	assert_int_equal(e->odd[0].ref, MU_NO_REF);
	assert_int_equal(e->odd[1].type, 250);
	assert_string_equal(e->refs[e->odd[1].ref].name, "f");
	mu_object_free(&e->facts);
}

/* Slots of every machine, by REL and by RELA. */
static void machines(void **state)
{
	static const struct {
		uint16_t e_machine;
		unsigned bits;
		bool big, rel;
		uint32_t slot;
		const char *machine; /* NULL: none that is known */
	} rows[] = {
		{EM_X86_64, 64, false, false, R_X86_64_JUMP_SLOT, "x86_64"},
		{EM_386, 32, false, true, R_386_JMP_SLOT, "x86"},
		{EM_AARCH64, 64, false, false, R_AARCH64_JUMP_SLOT, "aarch64"},
		{EM_ARM, 32, false, true, R_ARM_JUMP_SLOT, "armhf"},
		{EM_PPC64, 64, false, false, R_PPC64_JMP_SLOT, "ppc64le"},
		{EM_RISCV, 64, false, false, R_RISCV_JUMP_SLOT, "riscv64"},
		{EM_S390, 64, true, false, R_390_JMP_SLOT, "s390x"},
		{EM_S390, 32, true, false, R_390_JMP_SLOT, NULL},
		{EM_PPC64, 64, true, false, R_PPC64_JMP_SLOT, NULL},
		{EM_X86_64, 32, false, false, R_X86_64_JUMP_SLOT, NULL},
	};

	(void)state;
	for (size_t i = 0; i < 2 * N(rows); i++) {
		const struct elf_spec spec = {
			.machine = rows[i / 2].e_machine,
			.bits = rows[i / 2].bits,
			.big = rows[i / 2].big,
			.rel = rows[i / 2].rel,
			.sysv = i & 1,
			.symbols = {{.name = "f",
					    .version = "GLIBC_2.17",
					    .file = "libc.so.6"},
				{.name = "g", .defined = true, .value = 0x1234}},
			.relocs = {{rows[i / 2].slot, 1, true}},
			.stack = true,
			.stack_size = 0x10000,
		};
		const char *name = rows[i / 2].machine;
		struct mu_elf *e = read_spec(&spec);
		assert_int_equal(e->facts.stack_size, 0x10000);
		assert_int_equal(e->facts.machine != NULL, name != NULL);
		/* what its relocations mean is known for a known machine only */
		assert_int_equal(e->nrefs, name != NULL);
		if (name) {
			assert_string_equal(e->facts.machine->name, name);
			assert_string_equal(e->refs[0].version, "GLIBC_2.17");
			assert_int_equal(e->refs[0].how, MU_REF_PLT | MU_REF_FUNC);
			assert_int_equal(answer(e, "g"), MU_ANSWER_DEF);
		}
		mu_object_free(&e->facts);
	}
}

/* ---- answers ----------------------------------------------------------------------- */

/* What musl's filter says of each definition, with each kind of hash table. */
static void answers(void **state)
{
	static const struct {
		struct elf_symbol symbol;
		enum mu_answer answer;
	} rows[] = {
		{{.value = 1}, MU_ANSWER_DEF},
		{{.value = 1, .bind = STB_WEAK}, MU_ANSWER_DEF},
		{{.value = 1, .bind = STB_GNU_UNIQUE}, MU_ANSWER_DEF},
		{{.value = 1, .local = true}, MU_ANSWER_UNFIT},
		{{.value = 1, .bind = 13}, MU_ANSWER_UNFIT},
		{{.value = 1, .bind = STB_GLOBAL, .type = STT_GNU_IFUNC},
			MU_ANSWER_UNFIT},
		{{.value = 1, .bind = STB_GLOBAL, .type = STT_SECTION}, MU_ANSWER_UNFIT},
		{{.value = 1, .bind = STB_GLOBAL, .type = STT_COMMON}, MU_ANSWER_DEF},
		{{.value = 0}, MU_ANSWER_UNFIT},
		{{.value = 0, .bind = STB_GLOBAL, .type = STT_TLS}, MU_ANSWER_DEF},
		{{.value = 1, .version = "V"}, MU_ANSWER_DEF},
		{{.value = 1, .version = "V", .hidden = true}, MU_ANSWER_HIDDEN},
	};

	(void)state;
	for (size_t i = 0; i < 3 * N(rows); i++) {
		struct elf_spec spec = {.sysv = i >= N(rows)};
		struct mu_elf *e;
		if (i >= 2 * N(rows)) { /* SysV tables of wide words */
			spec.machine = EM_S390;
			spec.big = true;
		}
		spec.symbols[0] = rows[i % N(rows)].symbol;
		spec.symbols[0].name = "s";
		spec.symbols[0].defined = true;
		e = read_spec(&spec);
		if (answer(e, "s") != rows[i % N(rows)].answer)
			fail_msg("row %zu: %d", i, (int)answer(e, "s"));
		assert_int_equal(answer(e, "t"), MU_ANSWER_NONE);
		mu_object_free(&e->facts);
	}
}

/* Both names are needed to be taken for a libc. */
static void a_libc_is_recognised(void **state)
{
	struct elf_spec spec = {
		.symbols = {{.name = "__libc_start_main", .defined = true, .value = 1},
			{.name = "stdin", .defined = true, .value = 1}},
	};
	struct mu_elf *e = read_spec(&spec);

	(void)state;
	assert_true(e->facts.defines_libc);
	mu_object_free(&e->facts);
	spec.symbols[1].name = "stdout";
	e = read_spec(&spec);
	assert_false(e->facts.defines_libc);
	mu_object_free(&e->facts);
}

/* ---- damage -------------------------------------------------------------------------
 */

/* The dynamic section stands last: nothing that is cut off can be a whole file. Each
 * piece is a block of its own, so that a sanitizer sees its end. */
static void cut_at_every_byte(void **state)
{
	(void)state;
	for (unsigned k = 0; k < 8; k++) {
		struct elf_spec spec = everything;
		struct elf_image image;
		spec.bits = k & 1 ? 32 : 64;
		spec.big = k & 2;
		spec.sysv = k & 4;
		spec.machine = spec.big ? EM_S390 : spec.bits == 32 ? EM_386 : EM_X86_64;
		if (spec.machine != EM_X86_64)
			memset(spec.relocs, 0, sizeof spec.relocs);
		image = elf_build(&spec);
		assert_int_equal(code_of(image.p, image.n), 0);
		for (size_t n = 0; n < image.n; n++) {
			unsigned char *piece = malloc(n ? n : 1);
			int e;
			assert_non_null(piece);
			memcpy(piece, image.p, n);
			e = code_of(piece, n);
			if (n < SELFMAG)
				assert_int_equal(e, 0);
			else
				assert_true(e == -MU_E_TRUNCATED || e == -MU_E_MALFORMED);
			free(piece);
		}
		free(image.p);
	}
}

/* Whatever a byte becomes, the file is read or refused, and the reader lives on. */
static void every_byte_changed(void **state)
{
	static const unsigned char values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
	struct elf_image image = elf_build(&everything);
	unsigned refused = 0, taken = 0;

	(void)state;
	for (size_t i = 0; i < image.n; i++) {
		unsigned char was = image.p[i];
		for (size_t k = 0; k < N(values); k++) {
			image.p[i] = values[k];
			if (code_of(image.p, image.n))
				refused++;
			else
				taken++;
		}
		image.p[i] = was;
	}
	assert_true(refused > 100);
	assert_true(taken > 100);
	free(image.p);
}

static void impossible_headers(void **state)
{
	static const struct {
		size_t at;
		unsigned char value;
		int code;
	} rows[] = {
		{EI_CLASS, 0, -MU_E_MALFORMED},
		{EI_CLASS, 3, -MU_E_MALFORMED},
		{EI_DATA, 0, -MU_E_MALFORMED},
		{EI_DATA, 3, -MU_E_MALFORMED},
		{offsetof(Elf64_Ehdr, e_type), 0, -MU_E_MALFORMED},
		{offsetof(Elf64_Ehdr, e_type), 9, -MU_E_MALFORMED},
		{offsetof(Elf64_Ehdr, e_phentsize), 55, -MU_E_MALFORMED},
		{offsetof(Elf64_Ehdr, e_phnum) + 1, 0xff, -MU_E_MALFORMED},
		{offsetof(Elf64_Ehdr, e_phoff) + 7, 0x80, -MU_E_TRUNCATED},
		/* the first segment has more in the file than in memory, or has no end */
		{sizeof(Elf64_Ehdr) + offsetof(Elf64_Phdr, p_filesz) + 6, 1,
			-MU_E_MALFORMED},
		{sizeof(Elf64_Ehdr) + offsetof(Elf64_Phdr, p_vaddr) + 7, 1,
			-MU_E_MALFORMED},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct elf_image image = elf_build(&everything);
		image.p[rows[i].at] = rows[i].value;
		assert_int_equal(code_of(image.p, image.n), rows[i].code);
		free(image.p);
	}
}

static void set_dynamic(struct elf_image *image, int64_t tag, uint64_t value)
{
	Elf64_Phdr ph;
	Elf64_Dyn d;

	memcpy(&ph, image->p + sizeof(Elf64_Ehdr) + sizeof ph, sizeof ph);
	assert_int_equal(ph.p_type, PT_DYNAMIC);
	for (size_t at = ph.p_offset; at + sizeof d <= image->n; at += sizeof d) {
		memcpy(&d, image->p + at, sizeof d);
		if (d.d_tag != tag)
			continue;
		d.d_un.d_val = value;
		memcpy(image->p + at, &d, sizeof d);
		return;
	}
	fail_msg("the image has no tag %lld", (long long)tag);
}

static void impossible_tables(void **state)
{
	static const int64_t addresses[] = {DT_STRTAB, DT_SYMTAB, DT_GNU_HASH, DT_RELA,
		DT_JMPREL, DT_VERSYM, DT_VERNEED, DT_VERDEF, DT_NEEDED, DT_SONAME,
		DT_RPATH, DT_RUNPATH, DT_RELASZ, DT_PLTRELSZ};
	static const uint64_t values[] = {
		0x1000000, UINT64_MAX, UINT64_MAX - 7, UINT64_C(1) << 63, UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < N(addresses) * N(values); i++) {
		struct elf_image image = elf_build(&everything);
		int e;
		set_dynamic(&image, addresses[i / N(values)], values[i % N(values)]);
		e = code_of(image.p, image.n);
		if (e != -MU_E_MALFORMED && e != -MU_E_TRUNCATED)
			fail_msg("tag %lld, value %llx: %d",
				(long long)addresses[i / N(values)],
				(unsigned long long)values[i % N(values)], e);
		free(image.p);
	}
}

static void relocation_outside_the_symbols(void **state)
{
	static const struct elf_spec spec = {
		.symbols = {{.name = "f"}}, .relocs = {{R_X86_64_64, 1000000, false}}};
	struct elf_image image = elf_build(&spec);

	(void)state;
	assert_int_equal(code_of(image.p, image.n), -MU_E_MALFORMED);
	free(image.p);
}

/* ---- files ------------------------------------------------------------------------- */

static void files_on_disk(void **state)
{
	struct mu_object *o = NULL;
	struct mu_error err = {0};
	int fd[2];
	FILE *f;

	(void)state;
	elf_write("file", &everything);
	assert_int_equal(chmod("file", 04755), 0);
	f = fopen("file", "r+");
	assert_non_null(f);
	/* where the descriptor stands is nobody's business */
	assert_int_equal(lseek(fileno(f), 100, SEEK_SET), 100);
	assert_int_equal(mu_object_read(fileno(f), "file", &o, NULL), 0);
	assert_int_equal(lseek(fileno(f), 0, SEEK_CUR), 100);
	assert_string_equal(o->soname, "libeverything.so.1");
	assert_true(o->setuid);
	mu_object_free(o);
	o = NULL;
	assert_int_equal(ftruncate(fileno(f), 100), 0);
	assert_int_equal(mu_object_read(fileno(f), "file", &o, &err), -MU_E_TRUNCATED);
	assert_int_equal(err.code, -MU_E_TRUNCATED);
	assert_string_equal(err.path, "file");
	fclose(f);
	assert_int_equal(mu_object_read(-1, "x", &o, NULL), -EBADF);
	assert_int_equal(pipe(fd), 0);
	assert_int_equal(mu_object_read(fd[0], "pipe", &o, NULL), -MU_E_NOT_REGULAR);
	assert_null(o);
	close(fd[0]);
	close(fd[1]);
	mu_object_free(NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_and_sizes),
		cmocka_unit_test(kinds),
		cmocka_unit_test(libc_of_a_file),
		cmocka_unit_test(highest_glibc),
		cmocka_unit_test(references),
		cmocka_unit_test(tls_of_its_own),
		cmocka_unit_test(unknown_relocations),
		cmocka_unit_test(machines),
		cmocka_unit_test(answers),
		cmocka_unit_test(a_libc_is_recognised),
		cmocka_unit_test(cut_at_every_byte),
		cmocka_unit_test(every_byte_changed),
		cmocka_unit_test(impossible_headers),
		cmocka_unit_test(impossible_tables),
		cmocka_unit_test(relocation_outside_the_symbols),
		cmocka_unit_test_setup_teardown(
			files_on_disk, scratch_setup, scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
