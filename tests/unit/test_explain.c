/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "explain/explain.h"

/* What a text means, of which there are as many examples as data/examples.tsv has. */

static struct mu_explanation *explained_as(const char *text, size_t n, const char *target)
{
	struct mu_explain_options o = {.check = {.targets = &target}};
	struct mu_explanation *x = NULL;
	struct mu_error err = {0};

	o.check.ntargets = target != NULL;
	/* borrowed by the explanation only while it is made */
	assert_int_equal(mu_explain(text, n, &o, &x, &err), 0);
	return x;
}

static struct mu_explanation *explained(const char *text)
{
	return explained_as(text, strlen(text), NULL);
}

static size_t count(const struct mu_explanation *x)
{
	size_t n = 0;

	while (mu_diagnosis_at(x, n))
		n++;
	return n;
}

static bool has_fix(const struct mu_diagnosis *d, const char *id)
{
	for (size_t i = 0; i < d->nfixes; i++)
		if (!strcmp(d->fixes[i].id, id))
			return true;
	return false;
}

static bool has_command(const struct mu_diagnosis *d, const char *part)
{
	for (size_t i = 0; i < d->nfixes; i++)
		for (size_t k = 0; k < d->fixes[i].ncommands; k++)
			if (strstr(d->fixes[i].commands[k], part))
				return true;
	return false;
}

/* ---- the examples ------------------------------------------------------------------ */

enum { PATTERN, CLASS, SUBJECT, OBJECT, CAUSES, TEXT, COLUMNS };

static int hex(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

static size_t unescape(char *s)
{
	char *to = s, *begin = s;

	for (; *s; s++) {
		if (*s != '\\' || !s[1]) {
			*to++ = *s;
			continue;
		}
		s++;
		if (*s == 'x') {
			*to++ = (char)(hex(s[1]) << 4 | hex(s[2]));
			s += 2;
		} else {
			*to++ = *s == 'n'   ? '\n'
				: *s == 'r' ? '\r'
				: *s == 't' ? '\t'
					    : *s;
		}
	}
	return (size_t)(to - begin);
}

static bool is_subject(const struct mu_diagnosis *d, const char *subject)
{
	if (!strcmp(subject, "-"))
		return !d->subject;
	if (d->subject && !strcmp(d->subject, subject))
		return true;
	for (size_t i = 0; i < d->nothers; i++)
		if (!strcmp(d->others[i], subject))
			return true;
	return false;
}

static bool fits(const struct mu_diagnosis *d, char *const *column)
{
	return !strcmp(d->id, column[PATTERN]) &&
	       !strcmp(mu_cause_name(d->cause), column[CLASS]) &&
	       is_subject(d, column[SUBJECT]) &&
	       !strcmp(d->object ? d->object : "-", column[OBJECT]);
}

static bool is_right(const struct mu_explanation *x, char *const *column)
{
	const struct mu_diagnosis *d;
	bool found = !strcmp(column[PATTERN], "-");

	if (count(x) != (size_t)atoi(column[CAUSES]))
		return false;
	for (size_t i = 0; (d = mu_diagnosis_at(x, i)); i++) {
		found |= fits(d, column);
		if (!d->nfixes || !d->title[0] || !d->explanation[0])
			return false;
	}
	return found;
}

static bool seen[PATTERN_WORDS * 64];

static void mark_seen(const char *pattern)
{
	for (size_t i = 0; i < mu_tab_pattern_count; i++)
		if (!strcmp(mu_tab_patterns[i].id, pattern))
			seen[i] = true;
}

static int one_example(char *line)
{
	struct mu_explanation *x;
	char *column[COLUMNS];
	size_t n = 0, len;
	int bad = 0;

	for (char *s = strtok(line, "\t\n"); s && n < COLUMNS; s = strtok(NULL, "\t\n"))
		column[n++] = s;
	assert_int_equal(n, COLUMNS);
	mark_seen(column[PATTERN]);
	len = unescape(column[TEXT]);
	x = explained_as(column[TEXT], len, NULL);
	if (!is_right(x, column)) {
		print_error("%s: %.*s\n", column[PATTERN], (int)len, column[TEXT]);
		bad = 1;
	}
	mu_explanation_free(x);
	return bad;
}

static void every_example_is_explained(void **state)
{
	static char line[16384];
	FILE *f = fopen(MU_EXAMPLES, "r");
	int bad = 0, n = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof line, f)) {
		if (*line == '#')
			continue;
		bad += one_example(line);
		n++;
	}
	fclose(f);
	assert_int_equal(bad, 0);
	assert_true(n > 200);
}

static void every_pattern_has_an_example(void **state)
{
	int missing = 0;

	(void)state;
	for (size_t i = 0; i < mu_tab_pattern_count; i++) {
		const struct mu_tab_pattern *p = &mu_tab_patterns[i];
		if (p->cause < 0 || !strcmp(p->resolver, "none") || seen[i])
			continue;
		print_error("%s has no example\n", p->id);
		missing++;
	}
	assert_int_equal(missing, 0);
}

/* All expressions compile, or they match nothing. */
static void every_pattern_compiles(void **state)
{
	struct matcher *m;
	struct match ret;

	(void)state;
	assert_int_equal(matcher_open(&m), 0);
	for (size_t i = 0; i < mu_tab_pattern_count; i++) {
		matcher_try(m, i, "", 0, &ret);
		assert_true(matcher_usable(m, i));
	}
	matcher_free(m);
}

/* ---- what a naive reading gets wrong --------------------------------------------------
 */

static void musl_too_old_names_the_release(void **state)
{
	struct mu_explanation *x = explained(
		"fetch https://m.example.org/alpine/v3.17/main/x86_64/APKINDEX.tar.gz\n"
		"Error relocating /usr/bin/a: statx: symbol not found\n"
		"Error relocating /usr/bin/a: preadv2: symbol not found\n");
	const struct mu_diagnosis *d = mu_diagnosis_at(x, 0);
	struct mu_explanation_facts facts;

	(void)state;
	assert_int_equal(count(x), 1);
	assert_string_equal(d->subject, "statx");
	assert_int_equal(d->nothers, 1);
	assert_true(has_fix(d, "newer-release"));
	assert_false(has_fix(d, "gcompat"));
	assert_non_null(strstr(d->explanation, "3.20"));
	mu_explanation_facts(x, &facts);
	assert_string_equal(facts.target, "alpine:3.17");
	assert_string_equal(facts.target_from, "text");
	mu_explanation_free(x);
}

static void a_module_never_gets_gcompat_alone(void **state)
{
	struct mu_explanation *x = explained("Error loading shared library "
					     "ld-linux-x86-64.so.2: No such file or "
					     "directory (needed by /tmp/libx.so)");
	const struct mu_diagnosis *d = mu_diagnosis_at(x, 0);

	(void)state;
	assert_false(has_fix(d, "gcompat"));
	assert_true(has_fix(d, "add-needed"));
	assert_true(has_command(d, "--add-needed libgcompat.so.0 /tmp/libx.so"));
	mu_explanation_free(x);
	x = explained("Error relocating /tmp/libx.so: __strdup: symbol not found\n"
		      "Error relocating /tmp/liby.node: __memcpy_chk: symbol not found");
	for (size_t i = 0; (d = mu_diagnosis_at(x, i)); i++)
		assert_false(has_fix(d, "gcompat"));
	mu_explanation_free(x);
}

static void libc6_compat_goes_by_release(void **state)
{
	const char *text = "sh: ./app: not found";
	struct mu_explanation *old = explained_as(text, strlen(text), "alpine:3.18");
	struct mu_explanation *new = explained_as(text, strlen(text), "alpine:3.19");

	(void)state;
	assert_true(has_fix(mu_diagnosis_at(old, 0), "libc6-compat"));
	assert_false(has_fix(mu_diagnosis_at(new, 0), "libc6-compat"));
	assert_true(has_fix(mu_diagnosis_at(new, 0), "gcompat"));
	mu_explanation_free(old);
	mu_explanation_free(new);
}

static void follow_ups_are_folded(void **state)
{
	struct mu_explanation *x = explained(
		"error: command 'gcc' failed: No such file or directory\n"
		"  ERROR: Failed building wheel for psutil\n"
		"ERROR: Could not build wheels for psutil, which is required\n");
	const struct mu_diagnosis *d = mu_diagnosis_at(x, 0);

	(void)state;
	assert_int_equal(count(x), 1);
	assert_string_equal(d->id, "compiler-missing");
	assert_int_equal(d->nlines, 3);
	assert_int_equal(d->evidence[1].line, 2);
	mu_explanation_free(x);
}

static void packages_make_one_line(void **state)
{
	struct mu_explanation *x = explained(
		"Error loading shared library libpq.so.5: No such file or directory "
		"(needed by /a/b)\n"
		"Error loading shared library libz.so.1: No such file or directory "
		"(needed by /a/b)\n");

	(void)state;
	assert_int_equal(count(x), 1);
	assert_true(has_command(mu_diagnosis_at(x, 0), "apk add --no-cache libpq zlib"));
	mu_explanation_free(x);
}

/* ---- hostile and large
 * ----------------------------------------------------------------- */

static void commands_are_quoted(void **state)
{
	struct mu_explanation *x = explained("Error relocating ./a;rm -rf $HOME;: "
					     "__printf_chk: symbol not found");
	const struct mu_diagnosis *d = mu_diagnosis_at(x, 0);

	(void)state;
	assert_non_null(d);
	for (size_t i = 0; i < d->nfixes; i++)
		for (size_t k = 0; k < d->fixes[i].ncommands; k++) {
			const char *rm = strstr(d->fixes[i].commands[k], ";rm -rf");
			const char *quote = strchr(d->fixes[i].commands[k], '\'');
			assert_true(!rm || (quote && quote < rm));
		}
	mu_explanation_free(x);
}

static void dressed_lines_are_read(void **state)
{
	static const char *const dressed[] = {
		"2024-05-01T12:00:00.123Z sh: ./app: not found",
		"#12 3.456 sh: ./app: not found",
		"app-1  | sh: ./app: not found",
		"\033[31msh: \033[1m./app\033[0m: not found\033[0m\r",
		"[build 3/5] sh: ./app: not found",
		"{\"log\":\"starting\\nsh: ./app: not found\\n\"}",
	};
	const struct mu_diagnosis *d;

	(void)state;
	for (size_t i = 0; i < sizeof dressed / sizeof *dressed; i++) {
		struct mu_explanation *x = explained(dressed[i]);
		d = mu_diagnosis_at(x, 0);
		assert_non_null(d);
		assert_string_equal(d->subject, "./app");
		/* shown as it came */
		assert_memory_equal(d->evidence[0].text, dressed[i], 10);
		mu_explanation_free(x);
	}
}

/* Every needle in every line, and letters that make expressions turn back. */
static void hostile_text_is_bounded(void **state)
{
	size_t size = 4 << 20, n = 0;
	char *text = malloc(size + 1);
	struct mu_explanation *x;
	clock_t begin = clock();

	(void)state;
	assert_non_null(text);
	while (n < size) {
		for (size_t i = 0; i < mu_tab_pattern_count && n < size - 200; i++)
			if (mu_tab_patterns[i].nneedles)
				n += (size_t)snprintf(text + n, 200,
					"%s /a/a'a'a: ", mu_tab_patterns[i].needles[0]);
		text[n++] = '\n';
		if (n >= size - 200)
			break;
	}
	x = explained_as(text, n, NULL);
	assert_true((clock() - begin) / CLOCKS_PER_SEC < 40);
	mu_explanation_free(x);
	free(text);
}

static void every_byte_may_come(void **state)
{
	char text[256 * 3];

	(void)state;
	for (int i = 0; i < 256; i++) {
		text[3 * i] = (char)i;
		text[3 * i + 1] = (char)(i ^ 0x5a);
		text[3 * i + 2] = i % 7 ? 'x' : '\n';
	}
	for (size_t n = 0; n <= sizeof text; n += 5)
		mu_explanation_free(explained_as(text, n, NULL));
	mu_explanation_free(explained_as("", 0, NULL));
	mu_explanation_free(explained_as("\0\0\0", 3, NULL));
	mu_explanation_free(explained_as("\xe2\x80", 2, NULL));
	mu_explanation_free(explained_as("\033]", 2, NULL));
	mu_explanation_free(explained_as("\033[", 2, NULL));
}

/* Every cut of a message is a text as well. */
static void every_cut_is_read(void **state)
{
	const char *text =
		"java.lang.UnsatisfiedLinkError: /tmp/a.so: Error loading "
		"shared library ld-linux-x86-64.so.2: No such file or "
		"directory (needed by /tmp/a.so)\\n\033[1m#12 1.0 sh: ./a: not "
		"found";

	(void)state;
	for (size_t n = 0; n <= strlen(text); n++) {
		char *cut = malloc(n + 1);
		assert_non_null(cut);
		memcpy(cut, text, n);
		mu_explanation_free(explained_as(cut, n, NULL));
		free(cut);
	}
}

static void wrong_questions_are_told(void **state)
{
	const char *target = "alpine:1.0";
	struct mu_explain_options o = {.check = {.targets = &target, .ntargets = 1}};
	struct mu_explanation *x = NULL;

	(void)state;
	assert_int_equal(mu_explain("x", 1, &o, &x, NULL), -MU_E_UNKNOWN_TARGET);
	assert_null(x);
	o = (struct mu_explain_options){.check = {.arch = "pdp11"}};
	assert_int_equal(mu_explain("x", 1, &o, &x, NULL), -MU_E_UNKNOWN_MACHINE);
	o = (struct mu_explain_options){.file = "/nonexistent/file"};
	assert_true(mu_explain("x", 1, &o, &x, NULL) < 0);
	assert_null(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_pattern_compiles),
		cmocka_unit_test(every_example_is_explained),
		cmocka_unit_test(every_pattern_has_an_example),
		cmocka_unit_test(musl_too_old_names_the_release),
		cmocka_unit_test(a_module_never_gets_gcompat_alone),
		cmocka_unit_test(libc6_compat_goes_by_release),
		cmocka_unit_test(follow_ups_are_folded),
		cmocka_unit_test(packages_make_one_line),
		cmocka_unit_test(commands_are_quoted),
		cmocka_unit_test(dressed_lines_are_read),
		cmocka_unit_test(hostile_text_is_bounded),
		cmocka_unit_test(every_byte_may_come),
		cmocka_unit_test(every_cut_is_read),
		cmocka_unit_test(wrong_questions_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
