/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <muslin/error.h>

#include "core/arena.h"
#include "core/hash.h"
#include "core/pool.h"
#include "core/map.h"
#include "core/text.h"

#define N(a) (sizeof(a) / sizeof *(a))

/* ---- arenas ------------------------------------------------------------------- */

static void arena_gives_zeroed_aligned_memory(void **state)
{
	static const size_t sizes[] = {
		1, 7, 8, 15, 16, 17, 100, 16383, 16384, 16385, 50000};
	struct mu_arena a = {0};

	(void)state;
	for (int round = 0; round < 50; round++) {
		for (size_t i = 0; i < N(sizes); i++) {
			unsigned char *p = mu_arena_alloc(&a, sizes[i]);
			assert_non_null(p);
			assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
			for (size_t k = 0; k < sizes[i]; k++)
				assert_int_equal(p[k], 0);
			memset(p, 0xa5, sizes[i]); /* seen by the next if they overlap */
		}
	}
	mu_arena_free(&a);
	assert_null(a.pages);
}

/* Most arenas hold a few strings: a scan has one a file. */
static void arena_pages_grow(void **state)
{
	struct mu_arena a = {0};
	size_t last = 0;

	(void)state;
	assert_non_null(mu_arena_alloc(&a, 1));
	assert_true(a.size <= 512);
	for (int i = 0; i < 100000; i++) {
		assert_non_null(mu_arena_alloc(&a, 1));
		assert_true(a.size >= last && a.size <= 16384);
		last = a.size;
	}
	assert_int_equal(a.size, 16384);
	/* a page of its own for what is large makes none of those behind it large */
	assert_non_null(mu_arena_alloc(&a, 1 << 20));
	assert_non_null(mu_arena_alloc(&a, 1));
	assert_int_equal(a.size, 16384);
	mu_arena_free(&a);
}

static void arena_refuses_impossible_sizes(void **state)
{
	struct mu_arena a = {0};

	(void)state;
	assert_null(mu_arena_alloc(&a, SIZE_MAX));
	assert_null(mu_arena_alloc(&a, SIZE_MAX - _Alignof(max_align_t) + 1));
	assert_null(mu_arena_array(&a, SIZE_MAX / 2, 3));
	assert_null(mu_arena_array(&a, 3, SIZE_MAX / 2));
	assert_null(mu_arena_strndup(&a, "x", SIZE_MAX));
	assert_null(a.pages);
	/* and goes on */
	assert_string_equal(mu_arena_strdup(&a, "still"), "still");
	mu_arena_free(&a);
}

static void arena_of_nothing(void **state)
{
	struct mu_arena a = {0};

	(void)state;
	mu_arena_free(&a);
	assert_non_null(mu_arena_alloc(&a, 0));
	assert_non_null(mu_arena_array(&a, 0, 8));
	assert_string_equal(mu_arena_strndup(&a, "abc", 0), "");
	mu_arena_free(&a);
	mu_arena_free(&a);
	/* can be used again */
	assert_string_equal(mu_arena_strdup(&a, ""), "");
	mu_arena_free(&a);
}

static void arena_strings(void **state)
{
	struct mu_arena a = {0};
	char big[40000];
	char *s;

	(void)state;
	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = 0;
	assert_string_equal(mu_arena_strndup(&a, "abcdef", 3), "abc");
	assert_string_equal(mu_arena_printf(&a, "%s-%d", "n", 42), "n-42");
	s = mu_arena_printf(&a, "<%s>", big);
	assert_non_null(s);
	assert_int_equal(strlen(s), sizeof big + 1);
	assert_int_equal(s[0], '<');
	assert_int_equal(s[sizeof big], '>');
	mu_arena_free(&a);
}

static void vectors_grow(void **state)
{
	MU_VEC(unsigned) v = {0};

	(void)state;
	for (unsigned i = 0; i < 10000; i++) {
		assert_int_equal(mu_vec_room(&v), 0);
		v.v[v.n++] = i;
	}
	for (unsigned i = 0; i < 10000; i++)
		assert_int_equal(v.v[i], i);
	free(v.v);
}

static void vectors_refuse_impossible_sizes(void **state)
{
	void *p = NULL;
	size_t cap = SIZE_MAX / 2 + 1;

	(void)state;
	/* doubling overflows to nothing */
	assert_int_equal(mu_vec_grow(&p, &cap, 1), -ENOMEM);
	cap = SIZE_MAX / 4;
	assert_int_equal(mu_vec_grow(&p, &cap, 16), -ENOMEM);
	assert_int_equal(cap, SIZE_MAX / 4);
	assert_null(p);
}

/* ---- maps ---------------------------------------------------------------------- */

static void map_finds_what_was_put(void **state)
{
	static char names[20000][8];
	struct mu_map map = {0};

	(void)state;
	assert_int_equal(mu_map_get(&map, "x", 1), MU_MAP_NONE);
	for (uint32_t i = 0; i < N(names); i++) {
		snprintf(names[i], sizeof names[i], "%u", i);
		assert_int_equal(mu_map_put(&map, names[i], strlen(names[i]), i), 0);
	}
	for (uint32_t i = 0; i < N(names); i++)
		assert_int_equal(mu_map_get(&map, names[i], strlen(names[i])), i);
	assert_int_equal(map.used, N(names));
	assert_int_equal(mu_map_get(&map, "20000", 5), MU_MAP_NONE);
	assert_int_equal(mu_map_get(&map, "", 0), MU_MAP_NONE);
	/* the last one counts; a string ends where its length says */
	assert_int_equal(mu_map_put(&map, "77x", 2, 5), 0);
	assert_int_equal(mu_map_get(&map, "77", 2), 5);
	assert_int_equal(mu_map_put(&map, "", 0, 6), 0);
	assert_int_equal(mu_map_get(&map, "y", 0), 6);
	assert_int_equal(map.used, N(names) + 1);
	mu_map_free(&map);
	assert_int_equal(mu_map_get(&map, "77", 2), MU_MAP_NONE);
	mu_map_free(&map);
}

/* ---- text --------------------------------------------------------------------- */

static void utf8_characters(void **state)
{
	static const struct {
		const char *s;
		size_t n, len;
	} rows[] = {
		{"", 0, 0},
		{"\0", 1, 1},
		{"a", 1, 1},
		{"\x7f", 1, 1},
		{"\xc3\xa4", 2, 2},
		{"\xe2\x82\xac", 3, 3},
		{"\xed\x9f\xbf", 3, 3},
		{"\xee\x80\x80", 3, 3},
		{"\xf0\x90\x80\x80", 4, 4},
		{"\xf4\x8f\xbf\xbf", 4, 4},
		/* cut off */
		{"\xc3", 1, 0},
		{"\xe2\x82", 2, 0},
		{"\xf0\x90\x80", 3, 0},
		/* a byte that continues nothing, one that begins nothing */
		{"\x80", 1, 0},
		{"\xbf", 1, 0},
		{"\xfe\x80\x80\x80", 4, 0},
		{"\xff", 1, 0},
		{"\xf8\x88\x80\x80\x80", 5, 0},
		{"\xc3(", 2, 0},
		{"\xe2\x82(", 3, 0},
		{"\xf0\x90\x80(", 4, 0},
		/* longer than need be */
		{"\xc0\x80", 2, 0},
		{"\xc1\xbf", 2, 0},
		{"\xe0\x9f\xbf", 3, 0},
		{"\xf0\x8f\xbf\xbf", 4, 0},
		/* surrogates, and behind the last character */
		{"\xed\xa0\x80", 3, 0},
		{"\xed\xbf\xbf", 3, 0},
		{"\xf4\x90\x80\x80", 4, 0},
		{"\xf5\x80\x80\x80", 4, 0},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		assert_int_equal(mu_utf8_len(rows[i].s, rows[i].n), rows[i].len);
		assert_int_equal(
			mu_text_is_utf8(rows[i].s, rows[i].n), rows[i].len == rows[i].n);
	}
	assert_true(mu_text_is_utf8("a\xc3\xa4z", 4));
	assert_false(mu_text_is_utf8("az\xc3", 3));
}

static const struct {
	const char *in, *out;
} escapes[] = {
	{"", ""},
	{"plain text", "plain text"},
	{"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
	{"a\nb\tc\r", "a\\x0ab\\x09c\\x0d"},
	{"\033[31mred\033]0;title\007", "\\x1b[31mred\\x1b]0;title\\x07"},
	{"del\x7f", "del\\x7f"},
	/* C1: CSI as one character */
	{"\xc2\x9b"
	 "31m",
		"\\xc2\\x9b31m"},
	{"\xc2\xa0", "\xc2\xa0"},
	/* marks that turn text around, and text that is not seen */
	{"\xe2\x80\xae", "\\xe2\\x80\\xae"},
	{"\xe2\x81\xa6", "\\xe2\\x81\\xa6"},
	{"\xe2\x80\x8f", "\\xe2\\x80\\x8f"},
	{"\xe2\x80\x8b", "\\xe2\\x80\\x8b"},
	{"\xef\xbb\xbf", "\\xef\\xbb\\xbf"},
	{"\xe2\x80\xa8", "\\xe2\\x80\\xa8"},
	/* beside them, what is harmless */
	{"\xe2\x80\x90\xe2\x80\xaf\xe2\x82\xac", "\xe2\x80\x90\xe2\x80\xaf\xe2\x82\xac"},
	/* no UTF-8 */
	{"\xff\xfe", "\\xff\\xfe"},
	{"\xc3(", "\\xc3("},
	{"\xf0\x90\x80", "\\xf0\\x90\\x80"},
};

static void text_is_escaped(void **state)
{
	char buf[256];

	(void)state;
	for (size_t i = 0; i < N(escapes); i++)
		assert_string_equal(
			mu_text_escape(buf, sizeof buf, escapes[i].in), escapes[i].out);
}

static void text_is_escaped_into_a_file(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(escapes); i++) {
		char *text = NULL;
		size_t n = 0;
		FILE *f = open_memstream(&text, &n);
		assert_non_null(f);
		mu_text_put(f, escapes[i].in);
		assert_int_equal(fclose(f), 0);
		assert_string_equal(text, escapes[i].out);
		free(text);
	}
}

/* Cut at a character's end, always ended by NUL, never a byte too many. */
static void escaping_stays_in_its_buffer(void **state)
{
	static const char in[] = "ab\033\xc3\xa4z";
	static const char *const out[] = {"", "a", "ab", "ab", "ab", "ab", "ab\\x1b",
		"ab\\x1b", "ab\\x1b\xc3\xa4", "ab\\x1b\xc3\xa4z"};

	(void)state;
	for (size_t cap = 1; cap <= N(out); cap++) {
		char *buf = malloc(cap); /* so that a sanitizer sees its end */
		assert_non_null(buf);
		assert_string_equal(mu_text_escape(buf, cap, in), out[cap - 1]);
		free(buf);
	}
	assert_null(mu_text_escape(NULL, 0, in));
}

static void text_for_json(void **state)
{
	static const struct {
		const char *in;
		size_t n;
		const char *out;
	} rows[] = {
		{"", 0, ""},
		{"plain", 5, "plain"},
		{"\xc3\xa4\033", 3, "\xc3\xa4\033"}, /* JSON escapes controls itself */
		{"a\xff", 2, "a\\xff"},
		{"a\0b", 3, "a\\x00b"},
		{"\xe2\x82", 2, "\\xe2\\x82"},
		{"\xff\xff\xff", 3, "\\xff\\xff\\xff"},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		char *s = mu_text_utf8(rows[i].in, rows[i].n);
		assert_non_null(s);
		assert_string_equal(s, rows[i].out);
		free(s);
	}
	assert_null(mu_text_utf8("", SIZE_MAX / 2));
}

static void base64(void **state)
{
	static const struct {
		const char *in;
		size_t n;
		const char *out;
	} rows[] = {
		{"", 0, ""},
		{"f", 1, "Zg=="},
		{"fo", 2, "Zm8="},
		{"foo", 3, "Zm9v"},
		{"foob", 4, "Zm9vYg=="},
		{"fooba", 5, "Zm9vYmE="},
		{"foobar", 6, "Zm9vYmFy"},
		{"\0\0\0", 3, "AAAA"},
		{"\xff\xff\xfe", 3, "///+"},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		char *s = mu_text_base64(rows[i].in, rows[i].n);
		assert_non_null(s);
		assert_string_equal(s, rows[i].out);
		free(s);
	}
	assert_null(mu_text_base64("", SIZE_MAX / 2));
}

/* The published values of 64-bit FNV-1a. */
static void hash_is_fnv1a(void **state)
{
	(void)state;
	assert_true(mu_hash("", 0) == UINT64_C(0xcbf29ce484222325));
	assert_true(mu_hash("a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
	assert_true(mu_hash("foobar", 6) == UINT64_C(0x85944171f73967e8));
	/* bytes are not signed */
	assert_true(mu_hash("\xff", 1) ==
		    (UINT64_C(0xcbf29ce484222325) ^ 0xff) * UINT64_C(0x100000001b3));
}

/* ---- threads ------------------------------------------------------------------ */

#define JOBS 5000

struct calls {
	atomic_uint times[JOBS];
	atomic_uint all;
};

static void count_call(void *ctx, size_t i)
{
	struct calls *c = ctx;

	atomic_fetch_add(&c->times[i], 1);
	atomic_fetch_add(&c->all, 1);
}

static void every_index_once(void **state)
{
	static const unsigned threads[] = {0, 1, 2, 3, 8, 64, 65, 1000, UINT_MAX};
	static const size_t sizes[] = {0, 1, 2, 7, JOBS};

	(void)state;
	for (size_t t = 0; t < N(threads); t++) {
		for (size_t s = 0; s < N(sizes); s++) {
			struct calls *c = calloc(1, sizeof *c);
			assert_non_null(c);
			mu_parallel(threads[t], sizes[s], count_call, c);
			assert_int_equal(atomic_load(&c->all), sizes[s]);
			for (size_t i = 0; i < sizes[s]; i++)
				assert_int_equal(atomic_load(&c->times[i]), 1);
			free(c);
		}
	}
}

static void there_is_a_processor(void **state)
{
	(void)state;
	assert_in_range(mu_cpu_count(), 1, 1u << 20);
}

/* ---- errors ------------------------------------------------------------------- */

static void first_error_wins(void **state)
{
	struct mu_error err = {0};

	(void)state;
	assert_int_equal(
		mu_error_set(&err, -MU_E_TRUNCATED, "a/b", "at %d", 7), -MU_E_TRUNCATED);
	assert_int_equal(mu_error_set(&err, -ENOENT, "c", "later"), -ENOENT);
	assert_int_equal(err.code, -MU_E_TRUNCATED);
	assert_string_equal(err.path, "a/b");
	assert_string_equal(err.msg, "at 7");
	/* nobody wants to know */
	assert_int_equal(mu_error_set(NULL, -EIO, "x", "y"), -EIO);
}

static void errors_without_words(void **state)
{
	struct mu_error err = {0};

	(void)state;
	mu_error_set(&err, -MU_E_LIMIT, NULL, NULL);
	assert_string_equal(err.path, "");
	assert_string_equal(err.msg, mu_strerror(-MU_E_LIMIT));
}

static void long_errors_are_cut(void **state)
{
	struct mu_error err = {0};
	char big[5000];

	(void)state;
	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = 0;
	mu_error_set(&err, -EIO, big, "%s", big);
	assert_int_equal(strlen(err.path), sizeof err.path - 1);
	assert_int_equal(strlen(err.msg), sizeof err.msg - 1);
}

static void every_code_has_its_text(void **state)
{
	(void)state;
	for (int i = MU_E_FIRST + 1; i < MU_E_END; i++) {
		const char *text = mu_strerror(-i);
		assert_non_null(text);
		assert_true(*text);
		for (int k = MU_E_FIRST + 1; k < i; k++)
			assert_string_not_equal(text, mu_strerror(-k));
		/* the sign does not matter */
		assert_string_equal(text, mu_strerror(i));
	}
	assert_string_equal(mu_strerror(-MU_E_NOT_ELF), "not an ELF file");
	assert_string_equal(mu_strerror(-MU_E_UNKNOWN_TARGET), "unknown target");
	assert_string_equal(mu_strerror(-ENOENT), strerror(ENOENT));
	assert_non_null(mu_strerror(0));
	assert_non_null(mu_strerror(-MU_E_FIRST));
	assert_non_null(mu_strerror(-MU_E_END));
	assert_non_null(mu_strerror(-1000000));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(arena_gives_zeroed_aligned_memory),
		cmocka_unit_test(arena_pages_grow),
		cmocka_unit_test(arena_refuses_impossible_sizes),
		cmocka_unit_test(arena_of_nothing),
		cmocka_unit_test(map_finds_what_was_put),
		cmocka_unit_test(arena_strings),
		cmocka_unit_test(vectors_grow),
		cmocka_unit_test(vectors_refuse_impossible_sizes),
		cmocka_unit_test(utf8_characters),
		cmocka_unit_test(text_is_escaped),
		cmocka_unit_test(text_is_escaped_into_a_file),
		cmocka_unit_test(escaping_stays_in_its_buffer),
		cmocka_unit_test(text_for_json),
		cmocka_unit_test(base64),
		cmocka_unit_test(hash_is_fnv1a),
		cmocka_unit_test(every_index_once),
		cmocka_unit_test(there_is_a_processor),
		cmocka_unit_test(first_error_wins),
		cmocka_unit_test(errors_without_words),
		cmocka_unit_test(long_errors_are_cut),
		cmocka_unit_test(every_code_has_its_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
