/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <muslin/error.h>

#include "core/arena.h"
#include "shell/shell.h"

#define N(a) (sizeof(a) / sizeof *(a))

static struct mu_arena arena;

static struct mu_sh_script *parse(const char *text)
{
	struct mu_sh_script *script = NULL;
	struct mu_error err = {0};

	if (mu_sh_parse(text, strlen(text), NULL, &arena, &script, &err) != 0)
		fail_msg("%s: %s at %zu", text, err.msg, (size_t)err.offset);
	return script;
}

static struct mu_sh_script *parse_docker(const char *text, char escape)
{
	struct mu_sh_options o = {.dockerfile = true, .escape = escape};
	struct mu_sh_script *script = NULL;

	assert_int_equal(mu_sh_parse(text, strlen(text), &o, &arena, &script, NULL), 0);
	return script;
}

/* What stands at a place, compared to what should. */
static void at_is(const char *text, struct mu_sh_span at, const char *want)
{
	char *got = mu_arena_strndup(&arena, text + at.start, at.end - at.start);

	assert_string_equal(got, want);
}

static const struct mu_sh_command *first(const struct mu_sh_script *script)
{
	return script->body->first->first;
}

static size_t features(const struct mu_sh_script *script, enum mu_sh_feature_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < script->feature_count; i++)
		n += script->features[i].kind == kind;
	return n;
}

/* ---- what is read, what is not -------------------------------------------- */

static const char *const good[] = {
	"",
	"# nothing",
	"a",
	"a;b&c\nd",
	"case $(case a in a) echo b;; esac) in b) ;; esac",
	"case x in (a|b) echo;; c) ;; *) echo esac; esac",
	"case x in esac",
	"f() { echo; }; function g { echo; }; function h () (echo)",
	"k() for i; do echo; done",
	"for i in a b; do :; done; for ((i=0;i<3;i++)); do :; done; for ((;;)) { :; }",
	"for x\nin a; do :; done",
	"if a; then b; elif c; then d; else e; fi > f",
	"{ a; } 2>&1 | b",
	"a=(1 2 \"3 4\" $(x) [5]=b) b+=(c) c[1]=x d[1 + 2]=y",
	"x=( # comment\n a # it's\n b )",
	"[[ a == b && ( $x =~ ^(a|b c)$ || ! -f y ) ]]",
	"[[ a < b ]]; [[ -n $x\n&& -z $y ]]",
	"cat <<EOF | grep x; echo y\n$x $(echo )) `a` \"\nEOF\n",
	"cat <<-'EOF' <<B\n\t$(\n\tEOF\nb\nB\n",
	"cat <<EOF\nnever ends\n",
	"cat <<A\n${x\nA\n",
	"echo \"$(cat <<X\na \" b\nX\n)\"",
	"x=`echo \\`date\\` \"a\"`",
	"echo `(`",
	"! a | b; time -p ls; time",
	"a &&\n\n# c\nb",
	"echo $(echo a # comment )\n)",
	"echo $((echo a); (echo b))",
	"((a\n+b)); (( (a) )); ((echo a); echo b)",
	"echo \"${x:-\"a b\"}\" ${x%%[!0-9]*} ${x##*'/'} ${x:-{a}}",
	"diff <(a) <(b) > >(c); exec {fd}>x 3<&-",
	"echo $[1+2] \"a$[b]\" $'a\\'b' $\"x\"",
	"select x in a b; do break; done; coproc foo { cat; }",
	"case a in a) b ;& c) d ;;& e) f; esac",
	"echo if then else; echo a#b '#' # c",
};

static const char *const bad[] = {
	"if",
	"if ; then b; fi",
	"while a; do done",
	"{ }",
	"()",
	"{ echo a }",
	"echo a)",
	"echo a=(b)",
	"echo a=b(c)",
	"a & ; b",
	"a && ",
	"a |",
	"a || || b",
	"; a",
	"fi",
	"}",
	"echo \"a",
	"echo 'a",
	"echo $(a",
	"echo ${a",
	"echo <",
	"f() echo hi",
	"a;; b",
	"(a; b) c",
	"{ a; } b",
	"[[ -f x ]] y",
	"[[ ( a ]]",
	"case x in a",
	"f(",
	"x=(",
	"`",
};

static void good_is_read_and_bad_is_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(good); i++)
		parse(good[i]);
	for (size_t i = 0; i < N(bad); i++) {
		struct mu_sh_script *untouched = (void *)&arena, *script = untouched;
		struct mu_error err = {0};
		if (mu_sh_parse(bad[i], strlen(bad[i]), NULL, &arena, &script, &err) !=
			-MU_E_SYNTAX)
			fail_msg("read: %s", bad[i]);
		assert_ptr_equal(script, untouched);
		assert_true(err.offset <= strlen(bad[i]));
	}
	mu_arena_free(&arena);
}

/* ---- nothing is lost -------------------------------------------------------- */

static void check_tiles(const char *text, const struct mu_sh_script *script)
{
	size_t at = 0;

	for (size_t i = 0; i <= script->token_count; i++) {
		struct mu_sh_span t = i < script->token_count
					      ? script->tokens[i].at
					      : (struct mu_sh_span){script->n, script->n};
		assert_true(t.start >= at && t.end >= t.start && t.end <= script->n);
		for (; at < t.start; at++)
			assert_true(text[at] == ' ' || text[at] == '\t');
		at = t.end;
	}
}

static int check_parts(const struct mu_sh_part *p, struct mu_sh_span in)
{
	size_t at = in.start;

	for (; p; p = p->next) {
		assert_int_equal(p->at.start, at);
		assert_true(p->at.end > p->at.start);
		at = p->at.end;
	}
	assert_int_equal(at, in.end);
	return 0;
}

static int check_command(void *ctx, const struct mu_sh_visit *visit)
{
	const struct mu_sh_command *c = visit->command;

	++*(size_t *)ctx;
	for (const struct mu_sh_word *w = c->words; w; w = w->next) {
		assert_true(w->at.start >= c->at.start && w->at.end <= c->at.end);
		if (w->parts)
			check_parts(w->parts, w->at);
	}
	for (const struct mu_sh_word *w = c->assigns; w; w = w->next)
		check_parts(w->parts, w->at);
	for (const struct mu_sh_redir *r = c->redirs; r; r = r->next)
		assert_true(r->at.start >= c->at.start && r->at.end <= c->at.end);
	return 0;
}

static void tokens_and_parts_tile_the_text(void **state)
{
	size_t commands = 0;

	(void)state;
	for (size_t i = 0; i < N(good); i++) {
		const struct mu_sh_script *script = parse(good[i]);
		check_tiles(good[i], script);
		/* the inside of `…` is a text of its own */
		if (!strchr(good[i], '`'))
			mu_sh_walk(script, check_command, &commands);
	}
	assert_true(commands > 80);
	mu_arena_free(&arena);
}

/* Cut anywhere, a text is read or refused; the bytes behind the cut are not touched. */
static void every_prefix_ends(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(good); i++) {
		for (size_t n = 0; n <= strlen(good[i]); n++) {
			struct mu_sh_script *script = NULL;
			struct mu_error err = {0};
			char *copy = malloc(n ? n : 1);
			assert_non_null(copy);
			memcpy(copy, good[i], n);
			if (mu_sh_parse(copy, n, NULL, &arena, &script, &err) == 0)
				check_tiles(copy, script);
			else
				assert_true(err.offset <= n);
			free(copy);
			mu_arena_free(&arena);
		}
	}
}

static void depth_and_work_are_limited(void **state)
{
	static const char *const units[] = {"$(", "(", "{ ", "${x:-", "((", "$((", "\"$(",
		"if a; then ", "x=(", "<(", "case a in a) ", "f() { ", "while "};

	(void)state;
	for (size_t i = 0; i < N(units); i++) {
		size_t len = strlen(units[i]), n = len * 20000;
		struct mu_sh_script *script;
		char *text = malloc(n);
		assert_non_null(text);
		for (size_t k = 0; k < 20000; k++)
			memcpy(text + k * len, units[i], len);
		assert_int_not_equal(
			mu_sh_parse(text, n, NULL, &arena, &script, NULL), 0);
		free(text);
		mu_arena_free(&arena);
	}
}

static void looking_ahead_is_limited(void **state)
{
	size_t n = 300000;
	char *text = malloc(n);
	struct mu_sh_script *script;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < n; i++)
		text[i] = "a[ ;"[i % 4];
	assert_int_equal(mu_sh_parse(text, n, NULL, &arena, &script, NULL), -MU_E_LIMIT);
	free(text);
	mu_arena_free(&arena);
}

/* ---- values ------------------------------------------------------------------ */

static void values_of_words(void **state)
{
	static const struct {
		const char *text, *value, *prefix;
		unsigned flags;
	} rows[] = {
		{"a", "a", "a", 0},
		{"a'b c'\"d\"\\e", "ab cde", "ab cde", MU_SH_W_QUOTED},
		{"a$x", NULL, "a", 0},
		{"\"a${x}b\"c", NULL, "a", MU_SH_W_QUOTED},
		{"a$(b)", NULL, "a", 0},
		{"a`b`", NULL, "a", 0},
		{"\"\"", "", "", MU_SH_W_QUOTED},
		{"a\\\nb", "ab", "ab", MU_SH_W_CONTINUED},
		{"\"a\\\"\\n\"", "a\"\\n", "a\"\\n", MU_SH_W_QUOTED},
		{"'a\\n'", "a\\n", "a\\n", MU_SH_W_QUOTED},
		{"$'a\\n\\x41\\101'", "a\nAA", "a\nAA", MU_SH_W_QUOTED},
		{"*.c", "*.c", "*.c", MU_SH_W_GLOB},
		{"'*.c'", "*.c", "*.c", MU_SH_W_QUOTED},
		{"~/x", "~/x", "~/x", MU_SH_W_TILDE},
		{"{a,b}", "{a,b}", "{a,b}", MU_SH_W_BRACES},
		{"x{1..3}", "x{1..3}", "x{1..3}", MU_SH_W_BRACES},
		{"{}", "{}", "{}", 0},
		{"'{a,b}'", "{a,b}", "{a,b}", MU_SH_W_QUOTED},
		{"$", "$", "$", 0},
		{"a$((1+1))", NULL, "a", 0},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		char *text = mu_arena_printf(&arena, ": %s", rows[i].text);
		const struct mu_sh_word *w = first(parse(text))->words->next;
		assert_non_null(w);
		at_is(text, w->at, rows[i].text);
		assert_string_equal(w->prefix, rows[i].prefix);
		assert_int_equal(w->value != NULL, rows[i].value != NULL);
		if (w->value)
			assert_string_equal(w->value, rows[i].value);
		assert_int_equal(w->flags, rows[i].flags);
	}
	mu_arena_free(&arena);
}

/* ---- places ------------------------------------------------------------------- */

static void places_of_everything(void **state)
{
	const char *text = "x=1 y+=2 grep -q \"$a\" <<E 2> f && ls | wc -l; # z\n b\nE\n";
	const struct mu_sh_script *script = parse(text);
	const struct mu_sh_pipeline *p = script->body->first;
	const struct mu_sh_command *c = p->first;

	(void)state;
	at_is(text, c->at, "x=1 y+=2 grep -q \"$a\" <<E 2> f");
	at_is(text, c->assigns->at, "x=1");
	at_is(text, c->assigns->next->at, "y+=2");
	at_is(text, c->words->next->next->at, "\"$a\"");
	at_is(text, c->words->next->next->parts->inside->name, "a");
	at_is(text, c->redirs->at, "<<E");
	at_is(text, c->redirs->body, " b\n");
	at_is(text, c->redirs->end_line, "E");
	at_is(text, c->redirs->next->fd, "2");
	at_is(text, c->redirs->next->op, ">");
	at_is(text, c->redirs->next->target->at, "f");
	assert_int_equal(p->op, MU_SH_OP_AND);
	at_is(text, p->op_at, "&&");
	at_is(text, p->next->at, "ls | wc -l");
	at_is(text, p->next->first->pipe, "|");
	assert_int_equal(p->next->op, MU_SH_OP_SEMI);
	assert_int_equal(script->mark_count, 1);
	at_is(text, script->marks[0].at, "# z");
	mu_arena_free(&arena);
}

static int find_inner(void *ctx, const struct mu_sh_visit *visit)
{
	const struct mu_sh_command *c = visit->command;

	if (c->words && mu_sh_is(c->words, "inner"))
		*(struct mu_sh_span *)ctx = c->at;
	return 0;
}

static void places_inside_backticks(void **state)
{
	static const char *const texts[] = {
		"x=`inner a`", "x=\"`a; inner \\\"b\\\" c`\"", "y=`a \\`inner b\\``"};
	static const char *const want[] = {"inner a", "inner \\\"b\\\" c", "inner b"};

	(void)state;
	for (size_t i = 0; i < N(texts); i++) {
		struct mu_sh_span at = {0};
		mu_sh_walk(parse(texts[i]), find_inner, &at);
		at_is(texts[i], at, want[i]);
	}
	mu_arena_free(&arena);
}

static int note_names(void *ctx, const struct mu_sh_visit *visit)
{
	char *out = ctx;

	if (visit->command->words && visit->command->words->value) {
		strcat(out, visit->command->words->value);
		strcat(out, visit->condition ? "? " : " ");
	}
	return 0;
}

static void the_walk_goes_everywhere(void **state)
{
	char out[200] = "";

	(void)state;
	mu_sh_walk(
		parse("a $(b `c`); f() { d; }; if e; then g && h; fi\n"
		      "cat <<X\n$(i)\nX\nfor x in $(j); do ! k; done; case $(l) in m) "
		      "n;; esac\n"
		      "o <(p) > $(q); y=$(r) z=($(s)); (t | u) & [[ $(v) ]]; (( $(w) ))"),
		note_names, out);
	assert_string_equal(out, "a b c d e? g? h cat i j k? l n o p q r s t u v w ");
	mu_arena_free(&arena);
}

static void compound_commands(void **state)
{
	const char *text = "case $x in a|'b c') y;; *) z; esac";
	const struct mu_sh_command *c = first(parse(text));

	(void)state;
	assert_int_equal(c->kind, MU_SH_CASE);
	at_is(text, c->name->at, "$x");
	assert_string_equal(c->clauses->patterns->next->value, "b c");
	at_is(text, c->clauses->end, ";;");
	at_is(text, c->clauses->next->at, "*) z; ");
	text = "if a; then b; elif c; then d; else e; fi";
	c = first(parse(text));
	assert_non_null(c->clauses->next->cond);
	assert_null(c->clauses->next->next->cond);
	at_is(text, c->clauses->next->next->body->first->at, "e");
	c = first(parse("f() { a; } > x"));
	assert_int_equal(c->kind, MU_SH_FUNCTION);
	assert_string_equal(c->name->value, "f");
	c = first(parse("[[ a && ! b ]]"));
	assert_true(c->words->next->flags & MU_SH_W_OPERATOR);
	mu_arena_free(&arena);
}

static void what_posix_has_not(void **state)
{
	static const struct {
		const char *text;
		enum mu_sh_feature_kind kind;
	} rows[] = {
		{"[[ a ]]", MU_SH_F_DOUBLE_BRACKET},
		{"[[ a =~ b ]]", MU_SH_F_REGEX},
		{"((a))", MU_SH_F_ARITH_COMMAND},
		{"for ((;;)); do a; done", MU_SH_F_ARITH_FOR},
		{"a=(b)", MU_SH_F_ARRAY},
		{"echo ${a[1]}", MU_SH_F_ARRAY},
		{"a[1]=b", MU_SH_F_ARRAY},
		{"a+=b", MU_SH_F_APPEND},
		{"function f { a; }", MU_SH_F_FUNCTION_KEYWORD},
		{"a <(b)", MU_SH_F_PROCESS},
		{"a <<<b", MU_SH_F_HERE_STRING},
		{"a &>b", MU_SH_F_BOTH},
		{"a |& b", MU_SH_F_PIPE_BOTH},
		{"a {x}>b", MU_SH_F_FD_VARIABLE},
		{"a $'b'", MU_SH_F_DOLLAR_SINGLE},
		{"a $\"b\"", MU_SH_F_DOLLAR_DOUBLE},
		{"a ${x:1}", MU_SH_F_SUBSTRING},
		{"a \"${x//b/c}\"", MU_SH_F_REPLACE},
		{"a ${x/%b/c}", MU_SH_F_REPLACE_ANCHOR},
		{"a ${x^^}", MU_SH_F_CASE_CHANGE},
		{"a ${!x}", MU_SH_F_INDIRECT},
		{"a ${x@Q}", MU_SH_F_TRANSFORM},
		{"a {1..9}", MU_SH_F_BRACES},
		{"a @(b|c)", MU_SH_F_EXTGLOB},
		{"case a in b) c;& esac", MU_SH_F_CASE_FALL},
		{"`a <<< b`", MU_SH_F_HERE_STRING},
		{"cat <<E\n${x^^}\nE", MU_SH_F_CASE_CHANGE},
	};
	static const char *posix =
		"a=b ${x:-c} ${x%d} ${#x} ${#} $# $@ $(e) $((1+2)) [ f = g ]\n"
		"h() { i; }; {} '{a,b}' \"$'x'\" ${x:+{a,b}} a=b{c,d}\n"
		"cat <<'E'\n${x^^} <(y)\nE\n";

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		if (features(parse(rows[i].text), rows[i].kind) != 1)
			fail_msg("%s", rows[i].text);
	}
	assert_int_equal(
		parse(posix)->feature_count, 1); /* the last is {c,d} of a word */
	mu_arena_free(&arena);
}

/* ---- the body of a RUN ---------------------------------------------------------- */

static void lines_of_a_dockerfile(void **state)
{
	const char *text = "apt-get update \\\n"
			   "  # tools\n"
			   "\n"
			   "  && apt-get install -y \\ \n"
			   "# more\n"
			   "     curl 'a \\\n"
			   "# gone\n"
			   "b' ca-\\\n"
			   "cert # end \\\n"
			   "  still";
	const struct mu_sh_script *script = parse_docker(text, 0);
	const struct mu_sh_pipeline *p = script->body->first->next;
	const struct mu_sh_word *w = p->first->words->next->next->next;

	(void)state;
	at_is(text, w->at, "curl");
	assert_string_equal(w->next->value, "a b");
	assert_true(mu_sh_interrupted(script, w->next->at));
	assert_string_equal(w->next->next->value, "ca-cert");
	at_is(text, w->next->next->at, "ca-\\\ncert");
	assert_null(w->next->next->next);
	assert_false(mu_sh_interrupted(script, w->at));
	assert_true(mu_sh_interrupted(script, p->first->at));
	/* three comment lines and one of the shell, five continuations */
	assert_int_equal(script->mark_count, 9);
	at_is(text, script->marks[1].at, "# tools");
	at_is(text, script->marks[8].at, "\\\n");
	mu_arena_free(&arena);
}

static void other_escape_of_a_dockerfile(void **state)
{
	const char *text = "a `\n# c\n b \\x";
	const struct mu_sh_script *script = parse_docker(text, '`');

	(void)state;
	assert_string_equal(first(script)->words->next->value, "b");
	assert_string_equal(first(script)->words->next->next->value, "x");
	assert_int_equal(script->mark_count, 2);
	mu_arena_free(&arena);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_is_read_and_bad_is_not),
		cmocka_unit_test(tokens_and_parts_tile_the_text),
		cmocka_unit_test(every_prefix_ends),
		cmocka_unit_test(depth_and_work_are_limited),
		cmocka_unit_test(looking_ahead_is_limited),
		cmocka_unit_test(values_of_words),
		cmocka_unit_test(places_of_everything),
		cmocka_unit_test(places_inside_backticks),
		cmocka_unit_test(the_walk_goes_everywhere),
		cmocka_unit_test(compound_commands),
		cmocka_unit_test(what_posix_has_not),
		cmocka_unit_test(lines_of_a_dockerfile),
		cmocka_unit_test(other_escape_of_a_dockerfile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
