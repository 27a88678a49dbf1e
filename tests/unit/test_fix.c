/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
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

#include <muslin/check.h>

#include "elfbuild.h"
#include "scratch.h"

#define N(a) (sizeof(a) / sizeof *(a))

#define GLIBC_INTERP "/lib64/ld-linux-x86-64.so.2"
#define MUSL_INTERP "/lib/ld-musl-x86_64.so.1"
#define NEEDS(...) .needed = {__VA_ARGS__}
#define GLIBC(symbol)                                                        \
	{                                                                    \
		.name = symbol, .version = "GLIBC_2.34", .file = "libc.so.6" \
	}
#define ASKS(...) .symbols = {__VA_ARGS__}, .relocs = {{R_X86_64_JUMP_SLOT, 1, true}}

/* ---- memory that is counted, and runs out ---------------------------------------- */

static size_t allocations, allocated, fails_at; /* fails_at: 0: never */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

static bool runs_out(size_t n)
{
	allocated += n;
	return ++allocations == fails_at;
}

void *__wrap_malloc(size_t n)
{
	return runs_out(n) ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return runs_out(n * size) ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	return runs_out(n) ? NULL : __real_realloc(p, n);
}

/* ---- checking one file ------------------------------------------------------------- */

struct answer {
	struct mu_check *run;
	struct mu_report *report;
};

static struct answer ask_all(
	const char *const *targets, size_t n, unsigned modes, const char *path)
{
	struct mu_check_options o = {
		.targets = targets,
		.ntargets = n,
		.root = "root",
		.threads = 1,
		.modes = modes,
	};
	struct answer a = {0};
	struct mu_error err = {0};

	if (mu_check_open(&o, &a.run, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(mu_check_files(a.run, &path, 1, &a.report), 0);
	assert_null(a.report->unreadable);
	return a;
}

static struct answer ask(const char *target, const char *path)
{
	static const char *kept; /* as long as the run */

	kept = target;
	return ask_all(&kept, 1, 0, path);
}

static void done(struct answer *a)
{
	mu_report_free(a->report);
	mu_check_close(a->run);
}

static void put(const char *path, const struct elf_spec *spec)
{
	char below[PATH_MAX + 8];

	snprintf(below, sizeof below, "root%s", path);
	scratch_file(below, "");
	elf_write(below, spec);
}

/* "gcompat loader-path+set-interpreter": what was simulated, by its steps. */
static const char *shown(const struct mu_report *r)
{
	static char text[1024];
	size_t n = 0;

	*text = 0;
	for (size_t i = 0; i < r->nfixes; i++) {
		const struct mu_fix *f = &r->fixes[i];
		if (f->proof == MU_PROOF_ADVICE)
			continue;
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", n ? " " : "",
			f->nsteps ? "" : f->id);
		for (size_t k = 0; k < f->nsteps; k++)
			n += (size_t)snprintf(text + n, sizeof text - n, "%s%s",
				k ? "+" : "", f->steps[k]);
		n += (size_t)snprintf(
			text + n, sizeof text - n, "%s", f->complete ? "" : "?");
	}
	return text;
}

/* Of the first fix whose id it is. */
static const struct mu_fix *fix_of(const struct mu_report *r, const char *id)
{
	for (size_t i = 0; i < r->nfixes; i++)
		if (r->fixes[i].proof != MU_PROOF_ADVICE && !strcmp(r->fixes[i].id, id))
			return &r->fixes[i];
	return NULL;
}

static bool has_command(const struct mu_fix *f, const char *line)
{
	for (size_t i = 0; f && i < f->ncommands; i++)
		if (!strcmp(f->commands[i], line))
			return true;
	return false;
}

/* ---- which ways, in which order ------------------------------------------------------
 */

/* Steps of each way joined by +, in the order proposed; "?": something remains. */
static void ways_in_order(void **state)
{
	static const struct {
		const char *name;
		struct elf_spec spec;
		const char *target, *ways;
	} rows[] = {
		{"musl's own", {.interp = MUSL_INTERP, NEEDS("libc.so"), ASKS({"puts"})},
			"alpine:3.22", "nothing"},
		{"no libc at all", {.soname = "libx.so"}, "musl:1.2.5", "nothing"},
		{"static", {.type = ET_EXEC, .is_static = true}, "alpine:3.22",
			"nothing"},
		{"an interpreter",
			{.interp = GLIBC_INTERP, NEEDS("libc.so.6"), ASKS(GLIBC("puts"))},
			"alpine:3.22", "gcompat set-interpreter"},
		{"an interpreter, and its names in a package of their own",
			{.interp = GLIBC_INTERP, NEEDS("libc.so.6"), ASKS(GLIBC("puts"))},
			"alpine:3.17", "libc6-compat set-interpreter"},
		{"an interpreter, with nothing to install",
			{.interp = GLIBC_INTERP, NEEDS("libc.so.6"), ASKS(GLIBC("puts"))},
			"musl:1.2.5", "set-interpreter gcompat"},
		{"edge has its packages",
			{.interp = GLIBC_INTERP, NEEDS("libc.so.6"), ASKS(GLIBC("puts"))},
			"alpine:edge", "gcompat set-interpreter"},
		{"a symbol of gcompat's",
			{.interp = GLIBC_INTERP,
				NEEDS("libc.so.6"),
				ASKS(GLIBC("__printf_chk"))},
			"alpine:3.17", "gcompat"},
		{"a symbol that nobody has",
			{.interp = GLIBC_INTERP,
				NEEDS("libc.so.6"),
				ASKS(GLIBC("gnu_get_nothing"))},
			"alpine:3.22", "gcompat?"},
		{"a module of a program of musl's",
			{NEEDS("libc.so.6"),
				.symbols = {GLIBC("__printf_chk"), {"PyModule_Create2"}},
				.relocs = {{R_X86_64_JUMP_SLOT, 1, true},
					{R_X86_64_JUMP_SLOT, 2, true}}},
			"alpine:3.22", "gcompat+add-needed"},
		{"a library may be of a program that gcompat starts",
			{.soname = "libx.so.1",
				NEEDS("libc.so.6"),
				ASKS(GLIBC("__printf_chk"))},
			"alpine:3.22", "gcompat+add-needed gcompat"},
		{"what only the process can have",
			{NEEDS("libc.so.6"), ASKS({"PyModule_Create2"})}, "alpine:3.22",
			"nothing"},
		{"glibc's loader by its name",
			{.soname = "libx.so.1",
				NEEDS("libc.so.6", "ld-linux-x86-64.so.2"),
				ASKS(GLIBC("puts"))},
			"musl:1.2.5", "remove-needed gcompat"},
		{"glibc's loader by its name, in a program",
			{.interp = GLIBC_INTERP,
				NEEDS("libc.so.6", "ld-linux-x86-64.so.2"),
				ASKS(GLIBC("puts"))},
			"musl:1.2.5", "set-interpreter+remove-needed gcompat"},
		{"built for musl: a layer is of no use",
			{.interp = MUSL_INTERP, NEEDS("libc.so"), ASKS({"__printf_chk"})},
			"musl:1.2.5", ""},
		{"a relocation that musl does not know",
			{.soname = "libx.so.1",
				NEEDS("libc.so.6"),
				.symbols = {GLIBC("puts")},
				.relocs = {{R_X86_64_IRELATIVE, 0, false}}},
			"musl:1.2.5", ""},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct answer a;
		put("/opt/x", &rows[i].spec);
		a = ask(rows[i].target, "/opt/x");
		if (strcmp(shown(a.report), rows[i].ways) != 0)
			fail_msg("%s: %s", rows[i].name, shown(a.report));
		done(&a);
	}
}

/* Where gcompat's loader starts musl's by a path that is not there, its library has to
 * be named by the program. */
static void loaders_that_do_not_run(void **state)
{
	static const struct {
		const char *name;
		struct elf_spec spec;
		const char *ways;
	} rows[] = {
		{"armhf",
			{.bits = 32,
				.machine = EM_ARM,
				.flags = EF_ARM_EABI_VER5 | EF_ARM_ABI_FLOAT_HARD,
				.interp = "/lib/ld-linux-armhf.so.3",
				NEEDS("libc.so.6"),
				.symbols = {{"__printf_chk", "GLIBC_2.4", "libc.so.6"}},
				.relocs = {{R_ARM_JUMP_SLOT, 1, true}},
				.rel = true},
			"gcompat+set-interpreter+add-needed"},
		{"ppc64le",
			{.machine = EM_PPC64,
				.flags = 2,
				.interp = "/lib64/ld64.so.2",
				NEEDS("libc.so.6"),
				.symbols = {{"__printf_chk", "GLIBC_2.17", "libc.so.6"}},
				.relocs = {{R_PPC64_JMP_SLOT, 1, true}}},
			"gcompat+set-interpreter+add-needed"},
		{"x86_64",
			{.interp = GLIBC_INTERP,
				NEEDS("libc.so.6"),
				ASKS(GLIBC("__printf_chk"))},
			"gcompat"},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct answer a;
		put("/opt/x", &rows[i].spec);
		a = ask("alpine:3.22", "/opt/x");
		if (strcmp(shown(a.report), rows[i].ways) != 0)
			fail_msg("%s: %s", rows[i].name, shown(a.report));
		done(&a);
	}
}

/* ---- what remains
 * ---------------------------------------------------------------------- */

static void a_part_tells_what_remains(void **state)
{
	static const struct elf_spec spec = {
		.interp = GLIBC_INTERP,
		NEEDS("libc.so.6", "libnowhere.so.7"),
		.symbols = {GLIBC("gnu_get_nothing"), GLIBC("__printf_chk"),
			GLIBC("puts")},
		.relocs = {{R_X86_64_JUMP_SLOT, 1, true}, {R_X86_64_JUMP_SLOT, 2, true},
			{R_X86_64_JUMP_SLOT, 3, true}},
	};
	const struct mu_fix *f;
	struct answer a;

	(void)state;
	put("/opt/x", &spec);
	a = ask("musl:1.2.5", "/opt/x");
	f = fix_of(a.report, "gcompat");
	assert_non_null(f);
	assert_false(f->complete);
	assert_true(mu_fix_is_part(f));
	assert_int_equal(f->after->layer, MU_LAYER_GCOMPAT);
	assert_true(f->after->interpreter_found);
	assert_int_equal(f->after->nmissing_symbols, 1);
	assert_string_equal(f->after->missing_symbols[0].symbol, "gnu_get_nothing");
	assert_int_equal(f->after->nmissing_libraries, 1);
	assert_string_equal(f->after->missing_libraries[0].name, "libnowhere.so.7");
	assert_string_equal(f->summary, "install gcompat; what remains: libnowhere.so.7 "
					"and gnu_get_nothing");
	assert_int_equal(a.report->verdict, MU_VERDICT_INCOMPATIBLE);
	done(&a);
}

static void modes_are_kept(void **state)
{
	static const struct elf_spec opened = {
		.soname = "libx.so.1",
		.tls = true,
		.dt_flags = DF_STATIC_TLS,
		NEEDS("libc.so.6"),
		.symbols = {GLIBC("__printf_chk"),
			{.name = "own", .defined = true, .type = STT_TLS, .size = 8}},
		.relocs = {{R_X86_64_JUMP_SLOT, 1, true}, {R_X86_64_TPOFF64, 2, false}},
	};
	static const char *const target[] = {"alpine:3.22"};
	const struct mu_fix *f;
	struct answer a;

	(void)state;
	put("/opt/libx.so.1", &opened);
	a = ask_all(target, 1, 1u << MU_MODE_DLOPEN_NOW, "/opt/libx.so.1");
	/* gcompat brings the symbol, and nothing the room for the storage */
	assert_string_equal(shown(a.report), "gcompat+add-needed?");
	f = fix_of(a.report, "add-needed");
	assert_int_equal(f->after->mode, MU_MODE_DLOPEN_NOW);
	assert_int_equal(f->after->ntls_errors, 1);
	done(&a);
	a = ask_all(target, 1, 1u << MU_MODE_START, "/opt/libx.so.1");
	assert_string_equal(shown(a.report), "gcompat+add-needed gcompat");
	done(&a);
}

/* One and the same for two targets is told once. */
static void targets_are_merged(void **state)
{
	static const struct elf_spec spec = {
		.interp = GLIBC_INTERP, NEEDS("libc.so.6"), ASKS(GLIBC("puts"))};
	static const char *const targets[] = {
		"alpine:3.21", "alpine:3.22", "alpine:3.17", "musl:1.2.5"};
	const struct mu_fix *f;
	struct answer a;

	(void)state;
	put("/opt/x", &spec);
	a = ask_all(targets, N(targets), 0, "/opt/x");
	f = fix_of(a.report, "libc6-compat");
	assert_non_null(f);
	assert_string_equal(f->target, "alpine:3.17");
	f = fix_of(a.report, "set-interpreter");
	assert_non_null(f);
	assert_null(f->target);
	f = fix_of(a.report, "gcompat");
	assert_non_null(f);
	assert_null(f->target);
	/* of the bare one, which has no command, apart */
	assert_string_equal(
		shown(a.report), "gcompat set-interpreter libc6-compat gcompat");
	done(&a);
}

/* ---- folders
 * ----------------------------------------------------------------------------- */

static const struct elf_spec library = {.soname = "libown.so.1"};

static struct elf_spec program(const char *runpath)
{
	return (struct elf_spec){.interp = GLIBC_INTERP,
		.runpath = runpath,
		NEEDS("libown.so.1", "libc.so.6"),
		ASKS(GLIBC("puts"))};
}

/* The run path that is proposed for /opt/app/bin/x, and the folders of the path file. */
static void folders_are_found(void **state)
{
	static const struct {
		const char *runpath, *library, *set, *folders;
	} rows[] = {
		{NULL, "/opt/app/bin", "'$ORIGIN'", "/opt/app/bin"},
		{NULL, "/opt/app/lib", "'$ORIGIN/../lib'", "/opt/app/lib"},
		{"$ORIGIN/x", "/opt/app/lib", "'$ORIGIN/x:$ORIGIN/../lib'",
			"/opt/app/lib"},
		{"/opt/app/$LIB", "/opt/app/lib/x86_64-linux-gnu",
			"'$ORIGIN/../lib/x86_64-linux-gnu'",
			"/opt/app/lib/x86_64-linux-gnu"},
		{"${ORIGIN}/../${LIB}/own", "/opt/app/lib64/own",
			"'$ORIGIN/../lib64/own'", "/opt/app/lib64/own"},
		{"/srv/$PLATFORM:/srv/lib", "/srv/lib", "/srv/lib", "/srv/lib"},
		{NULL, "/usr/local/lib64", "/usr/local/lib64", "/usr/local/lib64"},
		/* not a place for anything in a run path */
		{"/srv/{origin}/y", "/srv/{origin}/y", "'/srv/{origin}/y'", NULL},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct elf_spec spec = program(rows[i].runpath);
		char path[PATH_MAX], line[PATH_MAX];
		const struct mu_fix *f;
		struct answer a;
		scratch_folder("root/opt/app/lib");
		put("/opt/app/bin/x", &spec);
		snprintf(path, sizeof path, "%s/libown.so.1", rows[i].library);
		put(path, &library);
		a = ask("alpine:3.22", "/opt/app/bin/x");
		f = fix_of(a.report, "set-rpath");
		snprintf(line, sizeof line, "patchelf --set-rpath %s /opt/app/bin/x",
			rows[i].set);
		if (rows[i].folders && !has_command(f, line))
			fail_msg("%s: not %s", rows[i].library, line);
		f = fix_of(a.report, "loader-path");
		snprintf(line, sizeof line,
			"printf '%%s\\n' /lib /usr/local/lib /usr/lib %s > "
			"/etc/ld-musl-x86_64.path",
			rows[i].folders ? rows[i].folders : "");
		if (rows[i].folders && !has_command(f, line))
			fail_msg("%s: not %s", rows[i].library, line);
		/* found by itself: no folder is to be told */
		if (!rows[i].folders && (f || !fix_of(a.report, "gcompat")))
			fail_msg("%s: %s", rows[i].library, shown(a.report));
		done(&a);
		snprintf(path, sizeof path, "root%s/libown.so.1", rows[i].library);
		assert_int_equal(unlink(path), 0);
	}
}

/* An origin that reads like a place of a template is a folder like any other. */
static void templates_stay_templates(void **state)
{
	struct elf_spec spec = program("$ORIGIN/../$LIB");
	const struct mu_fix *f;
	struct answer a;

	(void)state;
	put("/opt/{multiarch}/{origin}/x", &spec);
	put("/opt/{multiarch}/lib64/libown.so.1", &library);
	a = ask("alpine:3.22", "/opt/{multiarch}/{origin}/x");
	f = fix_of(a.report, "set-rpath");
	assert_true(has_command(f, "patchelf --set-rpath '$ORIGIN/../lib64' "
				   "'/opt/{multiarch}/{origin}/x'"));
	f = fix_of(a.report, "loader-path");
	assert_true(has_command(f, "printf '%s\\n' /lib /usr/local/lib /usr/lib "
				   "'/opt/{multiarch}/lib64' > "
				   "/etc/ld-musl-x86_64.path"));
	done(&a);
}

/* The loader does not follow $ORIGIN of a set-id program. */
static void setuid_gets_no_origin(void **state)
{
	struct elf_spec spec = program(NULL);
	const struct mu_fix *f;
	struct answer a;

	(void)state;
	put("/opt/app/x", &spec);
	put("/opt/app/libown.so.1", &library);
	assert_int_equal(chmod("root/opt/app/x", 04755), 0);
	a = ask("alpine:3.22", "/opt/app/x");
	f = fix_of(a.report, "set-rpath");
	assert_true(has_command(f, "patchelf --set-rpath /opt/app /opt/app/x"));
	done(&a);
}

/* What patchelf is told by two runs: one of them writes over the other's strings. */
static void the_run_path_is_set_by_itself(void **state)
{
	static const struct elf_spec spec = {NEEDS("libown.so.1", "libc.so.6"),
		.symbols = {GLIBC("__printf_chk"), {"PyModule_Create2"}},
		.relocs = {{R_X86_64_JUMP_SLOT, 1, true}, {R_X86_64_JUMP_SLOT, 2, true}}};
	const struct mu_fix *f;
	struct answer a;

	(void)state;
	put("/opt/app/m.so", &spec);
	put("/opt/app/libown.so.1", &library);
	a = ask("alpine:3.22", "/opt/app/m.so");
	f = fix_of(a.report, "set-rpath");
	assert_non_null(f);
	assert_int_equal(f->ncommands, 3);
	assert_string_equal(f->commands[0], "apk add --no-cache gcompat");
	assert_string_equal(
		f->commands[1], "patchelf --add-needed libgcompat.so.0 /opt/app/m.so");
	assert_string_equal(
		f->commands[2], "patchelf --set-rpath '$ORIGIN' /opt/app/m.so");
	assert_string_equal(f->dockerfile[1],
		"RUN apk add --no-cache --virtual .patchelf patchelf && "
		"patchelf --add-needed libgcompat.so.0 /opt/app/m.so && "
		"patchelf --set-rpath '$ORIGIN' /opt/app/m.so && apk del .patchelf");
	done(&a);
}

/* ---- what must not get into commands
 * -------------------------------------------------------- */

static void no_release_no_packages(void **state)
{
	static const struct elf_spec spec = {
		.interp = GLIBC_INTERP, NEEDS("libz.so.1", "libc.so.6")};
	struct answer a;

	(void)state;
	put("/opt/x", &spec);
	a = ask("musl:1.2.5", "/opt/x");
	for (size_t i = 0; i < a.report->nfixes; i++) {
		const struct mu_fix *f = &a.report->fixes[i];
		if (f->proof == MU_PROOF_ADVICE)
			continue;
		assert_int_equal(f->ndockerfile, 0);
		for (size_t k = 0; k < f->ncommands; k++)
			assert_null(strstr(f->commands[k], "apk "));
	}
	done(&a);
	a = ask("alpine:edge", "/opt/x");
	assert_true(has_command(
		fix_of(a.report, "gcompat"), "apk add --no-cache gcompat zlib"));
	done(&a);
}

static bool is_printed(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

/* Names and run paths that are there to harm: all that is proposed fits on a line, and
 * the check comes to an end like any other. */
static void hostile_names(void **state)
{
	static const struct {
		const char *path, *library, *runpath;
		const char *set; /* command; NULL: no such fix */
	} rows[] = {
		{"/opt/a'b/x", "/opt/a'b/libown.so.1", NULL,
			"patchelf --set-rpath '$ORIGIN' '/opt/a'\\''b/x'"},
		{"/opt/$(id)/x", "/opt/$(id)/libown.so.1", NULL, NULL},
		{"/opt/a\nb/x", "/opt/a\nb/libown.so.1", NULL, NULL},
		{"/opt/a:b/x", "/opt/a:b/libown.so.1", NULL, NULL},
		{"/opt/\xff/x", "/opt/\xff/libown.so.1", NULL, NULL},
		{"/opt/a/x", "/opt/lib/libown.so.1", "/y\n;id", NULL},
		{"/opt/a/x", "/opt/lib/libown.so.1", "/y;id",
			"patchelf --set-rpath '/y;id:$ORIGIN/../lib' /opt/a/x"},
		{"/opt/a/x\ny", "/opt/lib/libown.so.1", NULL,
			"patchelf --set-rpath '$ORIGIN/../lib' FILE"},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct elf_spec spec = program(rows[i].runpath);
		char below[PATH_MAX];
		const struct mu_fix *f;
		struct answer a;
		put(rows[i].path, &spec);
		put(rows[i].library, &library);
		a = ask("alpine:3.22", rows[i].path);
		f = fix_of(a.report, "set-rpath");
		if (!rows[i].set != !f || (f && !has_command(f, rows[i].set)))
			fail_msg(
				"%zu: %s", i, f ? f->commands[f->ncommands - 1] : "none");
		for (size_t k = 0; k < a.report->nfixes; k++)
			for (size_t m = 0; m < a.report->fixes[k].ncommands; m++)
				assert_true(is_printed(a.report->fixes[k].commands[m]));
		done(&a);
		snprintf(below, sizeof below, "root%s", rows[i].library);
		assert_int_equal(unlink(below), 0);
	}
}

/* Long and looping run paths cost little, and what is not told keeps its place. */
static void endless_run_paths(void **state)
{
	static const char *const parts[] = {"$LIB", "${LIB}/", "$ORIGIN",
		"$ORIGIN:", "$ORIGIN/$LIB:", "/x:", "'", "{origin}:", "$LIB$ORIGIN:"};
	enum { LONG = 60000 };
	static char runpath[LONG + 16];

	(void)state;
	put("/opt/app/libown.so.1", &library);
	for (size_t i = 0; i < 2 * N(parts); i++) {
		const char *part = parts[i / 2];
		struct elf_spec spec = program(runpath);
		size_t n = 0, step = strlen(part), since = 0;
		struct answer a;
		for (; n + step + 1 < LONG; n += step, since += step) {
			/* folders as long as they can be, too */
			if (i % 2 && since + step > PATH_MAX - 2) {
				runpath[n++] = ':';
				since = 0;
			}
			memcpy(runpath + n, part, step + 1);
		}
		put("/opt/app/x", &spec);
		allocated = 0;
		a = ask("alpine:3.22", "/opt/app/x");
		if (allocated > 64u << 20)
			fail_msg("%s: %zu bytes", part, allocated);
		for (size_t k = 0; k < a.report->nfixes; k++)
			for (size_t m = 0; m < a.report->fixes[k].ncommands; m++)
				assert_true(strlen(a.report->fixes[k].commands[m]) <
					    3 * PATH_MAX);
		done(&a);
	}
}

/* ---- a real loader's word ---------------------------------------------------------- */

/* A loader that says what it is told to, where it is given folders. */
static const char loader[] =
	"#!/bin/sh\n"
	"[ $# = 0 ] && { echo 'musl libc (x86_64)'; echo 'Version 1.2.5'; exit 1; }\n"
	"for file; do :; done\n"
	"printf '\\tlibc.so.6 => %%s (0x1)\\n' " GLIBC_INTERP "\n"
	"own() { printf '\\tlibown.so.1 => %%s/libown.so.1 (0x2)\\n' \"$1\"; }\n"
	"if [ \"$1\" = --library-path ]; then\n"
	"%s\n"
	"else\n"
	"echo \"Error loading shared library libown.so.1: No such file or directory "
	"(needed "
	"by $file)\"\n"
	"fi\n";

static struct answer ask_loader(const char *here, const char *says)
{
	static char path[PATH_MAX + 16], verify[PATH_MAX + 16];
	static const char *const target[] = {"musl:1.2.5"};
	struct mu_check_options o = {
		.targets = target, .ntargets = 1, .threads = 1, .verify = verify};
	const char *file = path;
	struct answer a = {0};
	char text[2048];

	snprintf(verify, sizeof verify, "%s/loader", here);
	snprintf(path, sizeof path, "%s/root/opt/x", here);
	snprintf(text, sizeof text, loader, says);
	scratch_file("loader", text);
	assert_int_equal(chmod("loader", 0755), 0);
	assert_int_equal(mu_check_open(&o, &a.run, NULL), 0);
	assert_int_equal(mu_check_files(a.run, &file, 1, &a.report), 0);
	return a;
}

static void a_loader_confirms_or_differs(void **state)
{
	static const struct {
		const char *says;
		enum mu_proof proof;
		bool differs;
	} rows[] = {
		{"own ${file%/x}", MU_PROOF_VERIFIED, false},
		{"own /elsewhere", MU_PROOF_SIMULATED, true},
		{"own ${file%/x}; echo \"Error relocating $file: x: symbol not found\"",
			MU_PROOF_SIMULATED, true},
		{"kill -9 $$", MU_PROOF_SIMULATED, true},
	};
	struct elf_spec spec = program(NULL);
	char here[PATH_MAX];

	(void)state;
	assert_non_null(getcwd(here, sizeof here));
	put("/opt/x", &spec);
	put("/opt/libown.so.1", &library);
	for (size_t i = 0; i < N(rows); i++) {
		struct answer a = ask_loader(here, rows[i].says);
		const struct mu_fix *f = fix_of(a.report, "set-interpreter");
		bool told = false;
		assert_non_null(f);
		assert_string_equal(f->steps[0], "loader-path");
		for (size_t k = 0; k < a.report->nfindings; k++)
			told |= a.report->findings[k].rule == MU_RULE_MU019;
		if (f->proof != rows[i].proof || told != rows[i].differs)
			fail_msg("%zu: %s, %s", i, mu_proof_name(f->proof),
				told ? "told" : "not told");
		/* gcompat's library is not there to be shown */
		f = fix_of(a.report, "loader-path");
		assert_non_null(f);
		if (access("/lib/libgcompat.so.0", F_OK) &&
			access("/usr/lib/libgcompat.so.0", F_OK))
			assert_int_equal(f->proof, MU_PROOF_SIMULATED);
		done(&a);
	}
}

/* ---- memory runs out
 * ---------------------------------------------------------------------------- */

/* At each allocation in turn: either it is told, or nothing is missing in the report. */
static void no_memory_is_told(void **state)
{
	static const char *const targets[] = {"alpine:3.22", "alpine:3.17"};
	const struct mu_check_options o = {
		.targets = targets, .ntargets = 2, .root = "root", .threads = 1};
	struct elf_spec spec = program("$ORIGIN/$LIB");
	const char *path = "/opt/app/x";
	char want[1024];
	struct answer a;
	size_t told = 0;
	bool all = false;

	(void)state;
	put("/opt/app/x", &spec);
	put("/opt/app/libown.so.1", &library);
	a = ask_all(targets, 2, 0, path);
	snprintf(want, sizeof want, "%s", shown(a.report));
	done(&a);
	for (size_t n = 1; !all; n++) {
		struct mu_check *run = NULL;
		struct mu_report *report = NULL;
		int e;
		assert_int_equal(mu_check_open(&o, &run, NULL), 0);
		allocations = 0;
		fails_at = n;
		e = mu_check_files(run, &path, 1, &report);
		all = allocations < n;
		fails_at = 0;
		if (e) {
			assert_int_equal(e, -ENOMEM);
			told++;
		} else if (report->unreadable) {
			assert_string_equal(report->unreadable, mu_strerror(-ENOMEM));
			told++;
		} else if (strcmp(shown(report), want) != 0) {
			fail_msg("allocation %zu: %s", n, shown(report));
		}
		mu_report_free(e ? NULL : report);
		mu_check_close(run);
	}
	assert_true(told > 20);
}

#define in_scratch(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		in_scratch(ways_in_order),
		in_scratch(loaders_that_do_not_run),
		in_scratch(a_part_tells_what_remains),
		in_scratch(modes_are_kept),
		in_scratch(targets_are_merged),
		in_scratch(folders_are_found),
		in_scratch(templates_stay_templates),
		in_scratch(setuid_gets_no_origin),
		in_scratch(the_run_path_is_set_by_itself),
		in_scratch(no_release_no_packages),
		in_scratch(hostile_names),
		in_scratch(endless_run_paths),
		in_scratch(a_loader_confirms_or_differs),
		in_scratch(no_memory_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
