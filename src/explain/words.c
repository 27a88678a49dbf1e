/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "core/hash.h"
#include "core/text.h"
#include "explain.h"

/* The patterns of bare words have no needle: they are found by their name. */
static const struct mu_tab_pattern *word_pattern(const char *id)
{
	for (size_t i = 0; i < mu_tab_pattern_count; i++)
		if (!strcmp(mu_tab_patterns[i].id, id))
			return &mu_tab_patterns[i];
	return NULL;
}

static bool is_symbol(const char *s)
{
	size_t n = strlen(s);

	if (mu_db_lfs64_mask(s, n, mu_hash(s, n), NULL) || mu_db_host_of(s))
		return true;
	for (int m = 0; m < MU_MACHINE_COUNT; m++)
		if (mu_db_libc_mask((enum mu_machine_id)m, s, n, mu_hash(s, n)) ||
			mu_db_glibc_has((enum mu_machine_id)m, s))
			return true;
	return !strncmp(s, "_Z", 2) || mu_gcompat_find(s);
}

static bool is_soname(const char *s)
{
	const char *so = strstr(s, ".so");

	return so && so > s && (!so[3] || so[3] == '.');
}

static bool is_tag(const char *s)
{
	static const char *const starts[] = {
		"GLIBC_2.", "GLIBCXX_3.", "CXXABI_1.", "GCC_", "GFORTRAN_", "GOMP_"};

	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
		if (!strncmp(s, starts[i], strlen(starts[i])))
			return true;
	return false;
}

static bool is_interpreter(const char *s)
{
	const char *base = mu_text_base(s);

	return *s == '/' && (!strncmp(base, "ld-", 3) || !strncmp(base, "ld64.", 5));
}

static bool is_package(const char *s)
{
	struct mu_package p;
	struct mu_deb d;

	return !mu_package_find(s, &p) || !mu_deb_map(s, NULL, &d);
}

static bool is_command(const char *s)
{
	return mu_foreign_find(s) || mu_command_releases(s);
}

static bool is_pkgconfig(const char *s)
{
	return mu_provider_releases(MU_PROVIDED_PKGCONFIG, s, MU_CERTAINTY_POSSIBLE) != 0;
}

static const struct {
	const char *pattern;
	bool (*is)(const char *s);
} kinds[] = {
	{"word-interpreter", is_interpreter},
	{"word-soname", is_soname},
	{"word-tag", is_tag},
	{"word-symbol", is_symbol},
	{"word-package", is_package},
	{"word-command", is_command},
	{"word-pkgconfig", is_pkgconfig},
};

int read_word(struct mu_explanation *x, const char *text, size_t n)
{
	struct find *f = x->finds;
	char *word;

	while (n && isspace((unsigned char)*text)) {
		text++;
		n--;
	}
	while (n && isspace((unsigned char)text[n - 1]))
		n--;
	if (!n || n > 300)
		return 0;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] <= ' ' || (unsigned char)text[i] >= 0x7f)
			return 0;
	word = mu_arena_strndup(&x->arena, text, n);
	if (!word)
		return -ENOMEM;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (!kinds[i].is(word))
			continue;
		f->pattern = word_pattern(kinds[i].pattern);
		f->group[GROUP_SUBJECT] = word;
		f->evidence[0] = (struct mu_evidence){1, word};
		f->nevidence = f->nlines = 1;
		x->nfinds = f->pattern != NULL;
		return 0;
	}
	return 0;
}
