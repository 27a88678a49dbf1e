/* SPDX-License-Identifier: MIT */
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

#include "core/arena.h"
#include "scan/scripts.h"

#define N(a) (sizeof(a) / sizeof *(a))

static struct mu_arena arena;

static struct mu_script script(const char *text)
{
	struct mu_script s;

	assert_int_equal(mu_script_read(text, strlen(text), &arena, &s), 0);
	return s;
}

/* "grep --include, find -printf": what is told of a body, in the order it is told. */
static const char *told(const char *interpreter, const char *body)
{
	struct mu_script s =
		script(mu_arena_printf(&arena, "#!%s\n%s\n", interpreter, body));
	const char *out = "";

	if (s.error)
		fail_msg("line %u of %s", s.error_line, body);
	for (size_t i = 0; i < s.use_count; i++) {
		const struct mu_script_use *u = &s.uses[i];
		assert_true(u->line > 0 && strlen(u->evidence) <= 160);
		out = mu_arena_printf(&arena, "%s%s%s%s%s", out, *out ? ", " : "",
			u->command ? u->command : "", u->command ? " " : "", u->what);
	}
	return out;
}

/* ---- the #! line -------------------------------------------------------------- */

static void first_lines(void **state)
{
	static const struct {
		const char *text, *interpreter, *argument, *program;
		bool crlf, shell;
	} rows[] = {
		{"", NULL, NULL, NULL, 0, 0},
		{"#", NULL, NULL, NULL, 0, 0},
		{"#!", NULL, NULL, NULL, 0, 0},
		{"#!\n", NULL, NULL, NULL, 0, 0},
		{"echo a\n", NULL, NULL, NULL, 0, 0},
		{"#!/bin/sh", "/bin/sh", NULL, "sh", 0, 1},
		{"#! /bin/sh -e\n", "/bin/sh", "-e", "sh", 0, 1},
		{"#!/bin/bash\n", "/bin/bash", NULL, "bash", 0, 1},
		{"#!/bin/sh\r\necho\r\n", "/bin/sh", NULL, "sh", 1, 1},
		{"#!/usr/bin/env python3\n", "/usr/bin/env", "python3", "python3", 0, 0},
		{"#!/usr/bin/env bash\n", "/usr/bin/env", "bash", "bash", 0, 1},
		{"#!/usr/bin/env -S python3 -u\n", "/usr/bin/env", "-S python3 -u",
			"python3", 0, 0},
		{"#!/usr/bin/env -S A=b C=d perl -w\n", "/usr/bin/env",
			"-S A=b C=d perl -w", "perl", 0, 0},
		{"#!/usr/bin/env A=b node\n", "/usr/bin/env", "A=b node", "node", 0, 0},
		{"#!/usr/bin/env -u X ruby\n", "/usr/bin/env", "-u X ruby", "ruby", 0, 0},
		{"#!/usr/bin/env -i /opt/x/bin/php\n", "/usr/bin/env",
			"-i /opt/x/bin/php", "php", 0, 0},
		{"#!/usr/bin/env\n", "/usr/bin/env", NULL, "env", 0, 0},
		{"#!/bin/busybox sh\n", "/bin/busybox", "sh", "sh", 0, 1},
		{"#!/usr/bin/env busybox ash\n", "/usr/bin/env", "busybox ash", "ash", 0,
			1},
		{"#!/usr/local/bin/node --harmony\n", "/usr/local/bin/node", "--harmony",
			"node", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct mu_script s = script(rows[i].text);
		assert_int_equal(s.interpreter != NULL, rows[i].interpreter != NULL);
		assert_int_equal(s.argument != NULL, rows[i].argument != NULL);
		assert_int_equal(s.program != NULL, rows[i].program != NULL);
		if (s.interpreter)
			assert_string_equal(s.interpreter, rows[i].interpreter);
		if (s.argument)
			assert_string_equal(s.argument, rows[i].argument);
		if (s.program)
			assert_string_equal(s.program, rows[i].program);
		assert_int_equal(s.crlf, rows[i].crlf);
		assert_int_equal(s.shell, rows[i].shell);
	}
	mu_arena_free(&arena);
}

static void what_is_wrong_with_a_first_line(void **state)
{
	struct mu_script s = script("#!/bin/sh\r\ngrep -P a b\n");

	(void)state;
	assert_int_equal(s.use_count, 2);
	assert_int_equal(s.uses[0].kind, MU_USE_INTERPRETER);
	assert_int_equal(s.uses[0].line, 1);
	assert_string_equal(s.uses[0].evidence, "#!/bin/sh");
	assert_int_equal(s.uses[1].line, 2);
	s = script("#!/usr/bin/env -S python3 -u\n");
	assert_int_equal(s.use_count, 1);
	assert_string_equal(s.uses[0].what, "-S");
	assert_memory_equal(s.uses[0].package, "coreutils", 9);
	s = script("#!/bin/sh\nif\n");
	assert_int_equal(s.error, -MU_E_SYNTAX);
	assert_int_equal(s.error_line, 3);
	assert_int_equal(s.use_count + s.call_count, 0);
	mu_arena_free(&arena);
}

/* ---- bash -------------------------------------------------------------------- */

static void what_ash_has_as_well(void **state)
{
	static const char *const bodies[] = {
		"[[ a == a* ]] && [[ -n $x ]] && [[ \"$x\" != b || ! -f y ]]",
		"[ \"$x\" == y ]; source ./x; let y=1; local z",
		"[[ \"$x\" =~ ^a.c$ ]]; [[ \"$x\" =~ $re ]]; function f { :; }",
		"echo ${x:1:2} ${x/a/b} ${x//a/b} $'a\\tb' $RANDOM; cat <(echo) &> y",
		"echo -e 'a\\tb'; read -r -p q -t 1 -n 1 -s x; printf '%s %b' a b",
		"set -euo pipefail; trap 'rm x' EXIT INT ERR; ulimit -n 5; type -t x; "
		"wait -n",
		"echo '${x^^}' \"$(echo '[[ (a) ]]')\" # declare -A x\ncat "
		"<<'E'\n${x^^}\nE",
		"f() { local a=1 b; export c; readonly d; }; export -p; unset -f f",
		"echo ${BASH_SOURCE:-$0} ${FUNCNAME+x}; PIPESTATUS=; echo $PIPESTATUS",
		"declare() { :; }; declare x; command -v shopt && shopt -s nullglob",
		"x={a,b}; find . -name '{a,b}' -exec rm {} +",
	};

	(void)state;
	for (size_t i = 0; i < N(bodies); i++)
		assert_string_equal(told("/bin/sh", bodies[i]), "");
	mu_arena_free(&arena);
}

static void what_needs_bash(void **state)
{
	static const char *const bodies[] = {
		"x=(a b)",
		"echo ${x[0]}",
		"x+=a",
		"((x++))",
		"for ((;;)); do :; done",
		"cat <<< x",
		"a |& b",
		"a &>> b",
		"echo ${x^^}",
		"echo ${!x}",
		"echo ${x@Q}",
		"echo ${x/#a/b}",
		"echo {1..3}",
		"select x in a; do :; done",
		"case a in a) b ;& esac",
		"exec {fd}>x",
		"[[ a && ( b ) ]]",
		"[[ a < b ]]",
		"[[ $x == y ]]",
		"[[ \"$x\" =~ ^(a|b)$ ]]",
		"f-g() { :; }",
		"declare x",
		"shopt -s x",
		"pushd /",
		"mapfile x",
		"read -ra x",
		"local -a x",
		"export -f x",
		"set -o posix",
		"trap x DEBUG",
		"printf -v x a",
		"printf '%q' a",
		"echo $PIPESTATUS",
		"echo \"$(dirname \"$BASH_SOURCE\")\"",
		"echo @(a|b)",
		"cat <<E\n${x^^}\nE",
		"x=`echo ${x^^}`",
	};

	(void)state;
	for (size_t i = 0; i < N(bodies); i++) {
		struct mu_script s =
			script(mu_arena_printf(&arena, "#!/bin/sh\n%s\n", bodies[i]));
		if (s.error || s.use_count != 1)
			fail_msg("%s: %zu, %d", bodies[i], s.use_count, s.error);
		assert_int_equal(s.uses[0].kind, MU_USE_BASH);
		assert_string_equal(s.uses[0].package, "bash");
		assert_string_equal(told("/bin/bash", bodies[i]), "");
		/* a script that asks knows what it does */
		assert_string_equal(
			told("/bin/sh", mu_arena_printf(&arena,
						"[ -n \"$BASH_VERSION\" ] || exit\n%s",
						bodies[i])),
			"");
	}
	mu_arena_free(&arena);
}

/* ---- BusyBox -------------------------------------------------------------------- */

static void what_busybox_takes(void **state)
{
	static const char *const bodies[] = {
		"grep -rniE --color=auto a . | head -n5 | tail -n +2 | sort -k1,1n -u "
		"-t:",
		"sed -i.bak -e 's/a/b/' -ne p f; sed -Ei s/a/b/ f; sed --in-place s/a/b/ "
		"f",
		"tar xzf a.tar.gz --strip-components=1 -C /x; tar -cf - --exclude=a . | "
		"gzip -9",
		"tar czf - a; tar -xvJf x; tar tf x; tar --extract --file x",
		"find . -type f -name '*.c' ! -path x -print0 -o -prune | xargs -0r -n1 "
		"rm -f --",
		"find /x -maxdepth 1 -mtime +3 -exec rm -rf {} + -delete; find $x -newer "
		"y",
		"date +%s; date -u -d @0 +%F; date -d '2020-01-01 10:00' -Iseconds; date "
		"-R",
		"date -d \"$x\"; date -d \"@$x\"; date -r f +%Y%m%d",
		"stat -c %a f; readlink -f f; mktemp -d; mktemp -t x.XXXXXX; mktemp "
		"/x/$y.XXXXXXXX",
		"cp -a --parents x y; cp -rpfu x y; mv -f x y; ln -sfn x y; rm -rf -- x",
		"install -Dm755 x y; mkdir -p -m 700 x; mkdir --parents x; chmod -R "
		"u=rwX x",
		"chown -R --no-dereference a:b x; touch -d @0 x; touch --no-create x",
		"ps -o pid,args | awk '{print $1}'; ps aux | grep x; ps -ef; pgrep -f x; "
		"pkill -HUP x",
		"wget -qO- --no-check-certificate --header=a:b -T 5 -t 3 http://x",
		"timeout -k 5 -s KILL 10 x -P; nice -n 5 y --foo; env -i A=b z -S; nohup "
		"w --x",
		"head -5 f; tail -20 f; fold -80 f; nice -5 x; head -c 5 f",
		"cut -d: -f1,3- f; tr -d '\\r'; wc -l; uniq -c; seq 5 -1 1; base64 -w0 "
		"-d f",
		"kill -TERM 1; kill -0 $x; killall -9 x; test -e f; [ -n x ]; echo -n -e "
		"x",
		"sha256sum -c x; du -sh -d1 x; df -Pk x; id -un; hostname -f; uname -a",
		"adduser -S -D -H -h /x -s /sbin/nologin -G g -u 100 u; addgroup -S -g 1 "
		"g",
		"adduser --system --no-create-home --shell /x u; addgroup --system --gid "
		"1 g",
		"getopt -o ab: --long c,d: -n x -- \"$@\"; flock -n 9; su -s /bin/sh -c "
		"x u",
		"x=$(date -d yesterday || date -v -1d); stat --format %a f || stat -f %a "
		"f",
		"if date -d yesterday >/dev/null 2>&1; then gnu=1; fi",
		"apk add --no-cache grep findutils; grep -P a b; find . -printf x",
		"grep() { :; }; grep -P a",
		"/opt/gnu/bin/grep -P a; $GREP -P a; grep $opts a; grep \"$@\"; sed "
		"--help",
		"awk -F: -v x=1 '{ print toupper($1), gensub(/a/, \"b\", \"g\") }' f",
		"dd if=/dev/zero of=x bs=1M count=1 conv=notrunc status=none",
		"xargs -I{} sh -c 'x {}'; xargs -P4 -n 1 gzip -9; xargs $opts grep -P",
	};

	(void)state;
	for (size_t i = 0; i < N(bodies); i++) {
		const char *out = told("/bin/bash", bodies[i]);
		if (*out)
			fail_msg("%s: %s", bodies[i], out);
	}
	mu_arena_free(&arena);
}

static void what_busybox_does_not_take(void **state)
{
	static const struct {
		const char *body, *told, *package;
	} rows[] = {
		{"grep -oP 'a' b", "grep -P", "grep"},
		{"grep -r --include='*.c' a .", "grep --include", "grep"},
		{"find . -printf '%p'", "find -printf", "findutils"},
		{"find . -size +1G", "find the unit G", "findutils"},
		{"find . -exec grep -P a {} \\; -ls", "grep -P, find -ls", "grep"},
		{"find . -print0 | xargs -0 grep -P a", "grep -P", "grep"},
		{"x | xargs -d '\\n' y", "xargs -d", "findutils"},
		{"sed -z s/a/b/ f", "sed -z", "sed"},
		{"sed 's/.*/\\U&/' f", "sed \\U, upper case in a replacement", "sed"},
		{"date -d yesterday", "date a relative date", "coreutils"},
		{"date --date='2 days ago' +%F", "date a relative date", "coreutils"},
		{"date -d \"$n days ago\"", "date a relative date", "coreutils"},
		{"date -d \"$x + 1 day\"", "date a relative date", "coreutils"},
		{"date --iso-8601=seconds", "date --iso-8601", "coreutils"},
		{"x=$(date +%s%N)", "date %N, nanoseconds", "coreutils"},
		{"stat --format=%a f", "stat --format", "coreutils"},
		{"mktemp x.XXXX", "mktemp a template that does not end in six X",
			"coreutils"},
		{"mktemp --suffix=.x", "mktemp --suffix", "coreutils"},
		{"tar --transform=s/a/b/ -xf x", "tar --transform", "tar"},
		{"tar -I zstd -xf x", "tar -I", "tar"},
		{"ps aux | awk '{print $2}'", "ps the columns of ps aux", "procps-ng"},
		{"ps -ef | grep x | cut -c1-5", "ps the columns of ps -ef", "procps-ng"},
		{"ps -p 1", "ps -p", "procps-ng"},
		{"head -n1 f; tail --lines=1 f", "tail --lines", "coreutils"},
		{"wget -N http://x", "wget -N", "wget"},
		{"timeout 5 nice -n 3 grep -P a", "grep -P", "grep"},
		{"timeout --foreground 5 x", "timeout --foreground", "coreutils"},
		{"exec env A=b grep -P a", "grep -P", "grep"},
		{"/usr/bin/grep -P a", "grep -P", "grep"},
		{"cp --preserve=mode a b", "cp --preserve", "coreutils"},
		{"ln -sr a b", "ln -r", "coreutils"},
		{"cut --complement -f1", "cut --complement", "coreutils"},
		{"hostname -I", "hostname -I", "net-tools"},
		{"dd if=a of=b status=progress", "dd status=progress", "coreutils"},
		{"flock -w 5 9", "flock -w", "flock"},
		{"awk '{ asort(a) }'", "awk asort()", "gawk"},
		{"adduser --group --system x", "adduser --group", NULL},
		{"f() { x=$(readlink -m y); }", "readlink -m", "coreutils"},
		{"if grep -qP a b; then c; fi", "grep -P", "grep"},
		{"a || grep -P b || exit 1", "grep -P", "grep"},
		{"cat <<E\n$(grep -P a)\nE", "grep -P", "grep"},
		{"x=`grep -P a`", "grep -P", "grep"},
		{"cp -a -- --x y; rm --recursive -- --force", "rm --recursive",
			"coreutils"},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		char *text = mu_arena_printf(&arena, "#!/bin/sh\n%s\n", rows[i].body);
		assert_string_equal(told("/bin/sh", rows[i].body), rows[i].told);
		if (rows[i].package)
			assert_string_equal(
				script(text).uses[0].package, rows[i].package);
		else
			assert_null(script(text).uses[0].package);
	}
	mu_arena_free(&arena);
}

static void lines_evidence_and_advice(void **state)
{
	struct mu_script s = script("#!/bin/sh\n\nf() {\n\t  grep --include=a \\\n"
				    "\t\t--quiet b  \n}\n# grep -P\n");

	(void)state;
	assert_int_equal(s.use_count, 2);
	assert_int_equal(s.uses[0].line, 4);
	assert_string_equal(s.uses[0].evidence, "grep --include=a \\");
	assert_int_equal(s.uses[1].line, 5);
	assert_string_equal(s.uses[1].evidence, "--quiet b");
	assert_string_equal(s.uses[1].instead, "-q");
	s = script(mu_arena_printf(&arena, "#!/bin/sh\necho %0500d; grep -P a\n", 1));
	assert_int_equal(strlen(s.uses[0].evidence), 84);
	assert_non_null(strstr(s.uses[0].evidence, "grep -P a"));
	mu_arena_free(&arena);
}

/* ---- what is called -----------------------------------------------------------------
 */

static const char *calls(const char *body)
{
	struct mu_script s = script(mu_arena_printf(&arena, "#!/bin/sh\n%s\n", body));
	const char *out = "";

	for (size_t i = 0; i < s.call_count; i++)
		out = mu_arena_printf(&arena, "%s%s%s:%u%s%s", out, *out ? " " : "",
			s.calls[i].name, s.calls[i].line, s.calls[i].applet ? "+" : "",
			s.calls[i].foreign ? "!" : "");
	return out;
}

static void commands_that_are_called(void **state)
{
	(void)state;
	assert_string_equal(
		calls("curl a\ncurl b | jq c; cd x; echo; [ a ]"), "curl:2 jq:3");
	assert_string_equal(
		calls("f() { curl; }; alias g=x; f; g; $h; ./i; /opt/j; \"$k\" l"),
		"curl:2");
	assert_string_equal(calls("if command -v gosu; then gosu x; fi; which a && a; "
				  "[ -x /usr/bin/b ] && b; type c >/dev/null && c; d"),
		"d:2 which:2+");
	assert_string_equal(
		calls("exec nice -n 3 su-exec a b; /usr/bin/apt-get update; sed p"),
		"apt-get:2! nice:2+ sed:2+ su-exec:2");
	assert_string_equal(
		calls("x=$(a `b`); (c) & { d; }; e | f; for i in $(g); do h; done"),
		"a:2 b:2 c:2 d:2 e:2 f:2 g:2 h:2");
	assert_string_equal(calls("find . -exec chmod 1 {} + ; xargs -0 -n1 mv -t x"),
		"chmod:2+ find:2+ mv:2+ xargs:2+");
	assert_string_equal(calls("watch 'a b'; env -i A=1 B=2 c d; systemctl x"),
		"c:2 env:2+ systemctl:2! watch:2+");
	mu_arena_free(&arena);
}

/* ---- entry points and maintainer scripts, as they are written
 * --------------------------- */

static const char *const entry_point =
	"#!/bin/sh\n"
	"set -e\n"
	"# first arg is `-f` or `--some-option`\n"
	"if [ \"${1#-}\" != \"$1\" ] || [ \"${1%.conf}\" != \"$1\" ]; then\n"
	"\tset -- redis-server \"$@\"\n"
	"fi\n"
	"# allow the container to be started with `--user`\n"
	"if [ \"$1\" = 'redis-server' -a \"$(id -u)\" = '0' ]; then\n"
	"\tfind . \\! -user redis -exec chown redis '{}' +\n"
	"\texec gosu redis \"$0\" \"$@\"\n"
	"fi\n"
	"um=\"$(umask)\"\n"
	"if [ \"$um\" = '0022' ]; then\n"
	"\tumask 0077\n"
	"fi\n"
	"for f in /docker-entrypoint.d/*; do\n"
	"\tcase \"$f\" in\n"
	"\t*.envsh) [ -x \"$f\" ] && . \"$f\" ;;\n"
	"\t*.sh) \"$f\" ;;\n"
	"\t*) echo \"$0: ignoring $f\" >&2 ;;\n"
	"\tesac\n"
	"done\n"
	"defined_envs=$(printf '${%s} ' $(awk \"END { for (name in ENVIRON) { print name "
	"} }\" "
	"< /dev/null ))\n"
	"find \"$dir\" -follow -type f -name \"*$suffix\" -print | while read -r "
	"template; do\n"
	"\trelative_path=\"${template#\"$dir/\"}\"\n"
	"\tenvsubst \"$defined_envs\" < \"$template\" > "
	"\"$out/${relative_path%\"$suffix\"}\"\n"
	"done\n"
	"exec \"$@\"\n";

static const char *const bash_entry_point =
	"#!/usr/bin/env bash\n"
	"set -Eeo pipefail\n"
	"file_env() {\n"
	"\tlocal var=\"$1\"; local fileVar=\"${var}_FILE\"\n"
	"\tif [ \"${!var:-}\" ] && [ \"${!fileVar:-}\" ]; then exit 1; fi\n"
	"\tlocal -a opts=( -X --\"$1\" )\n"
	"\t[[ $1 =~ ^(a|b) ]] && val=\"$(< \"${!fileVar}\")\"\n"
	"}\n"
	"docker_process_sql() {\n"
	"\tlocal query_runner=( psql -v ON_ERROR_STOP=1 --no-password )\n"
	"\tPGHOST= PGHOSTADDR= \"${query_runner[@]}\" \"$@\"\n"
	"}\n"
	"_main() {\n"
	"\tif [ \"$(id -u)\" = '0' ]; then\n"
	"\t\tfind \"$PGDATA\" \\! -user postgres -exec chown postgres '{}' +\n"
	"\t\tmkdir -p \"$PGDATA\"; chmod 00700 \"$PGDATA\" || :\n"
	"\tfi\n"
	"\tcat <<-'EOM'\n"
	"\t\tPostgreSQL init process complete; it's ready.\n"
	"\tEOM\n"
	"\tcase \"$f\" in\n"
	"\t\t*.sql.gz) gunzip -c \"$f\" | docker_process_sql ;;\n"
	"\t\t*.sql.xz) xzcat \"$f\" | docker_process_sql ;;\n"
	"\tesac\n"
	"}\n"
	"if ! _is_sourced; then _main \"$@\"; fi\n";

static const char *const postinst =
	"#!/bin/sh\n"
	"set -e\n"
	". /usr/share/debconf/confmodule\n"
	"case \"$1\" in\n"
	"configure)\n"
	"\tif ! getent passwd thing > /dev/null; then\n"
	"\t\tadduser --quiet --system --group --home /var/lib/thing thing\n"
	"\tfi\n"
	"\tupdate-alternatives --install /usr/bin/x x /usr/bin/y 10\n"
	"\tdb_get thing/port || true\n"
	"\tif [ -x \"$(command -v systemctl)\" ]; then systemctl daemon-reload; fi\n"
	"\tchown -R thing:thing /var/lib/thing\n"
	"\tfind /var/log/thing -type f -print0 | xargs --no-run-if-empty -0 chmod 640\n"
	"\t;;\n"
	"esac\n"
	"exit 0\n";

static const char *tell(const char *text)
{
	struct mu_script s = script(text);
	const char *out = "";

	assert_int_equal(s.error, 0);
	for (size_t i = 0; i < s.use_count; i++)
		out = mu_arena_printf(
			&arena, "%s%u:%s ", out, s.uses[i].line, s.uses[i].what);
	return out;
}

static void scripts_of_real_images(void **state)
{
	struct mu_script s;

	(void)state;
	assert_string_equal(tell(entry_point), "");
	assert_string_equal(tell(bash_entry_point), "");
	assert_string_equal(tell(postinst), "7:--group 7:--quiet ");
	s = script(bash_entry_point);
	assert_true(s.bash);
	assert_string_equal(s.program, "bash");
	s = script(entry_point);
	/* awk, chown, envsubst, find, gosu, id */
	assert_int_equal(s.call_count, 6);
	assert_string_equal(s.calls[4].name, "gosu");
	assert_string_equal(s.calls[4].foreign->package, "su-exec");
	mu_arena_free(&arena);
}

static void every_prefix_of_a_script_ends(void **state)
{
	const char *const texts[] = {entry_point, bash_entry_point, postinst};

	(void)state;
	for (size_t i = 0; i < N(texts); i++) {
		for (size_t n = 0; n <= strlen(texts[i]); n++) {
			struct mu_script s;
			char *copy = malloc(n ? n : 1);
			assert_non_null(copy);
			memcpy(copy, texts[i], n);
			assert_int_equal(mu_script_read(copy, n, &arena, &s), 0);
			free(copy);
			mu_arena_free(&arena);
		}
	}
}

/* ---- the tables
 * ------------------------------------------------------------------------- */

static void tables_are_found(void **state)
{
	static const char *const applets[] = {
		"[", "awk", "busybox", "find", "grep", "sh", "tar", "xargs", "zcat"};
	size_t it = 0, n = 0;

	(void)state;
	for (size_t i = 0; i < N(applets); i++)
		assert_string_equal(mu_applet_find(applets[i])->name, applets[i]);
	assert_null(mu_applet_find("bash"));
	assert_null(mu_applet_find(""));
	assert_string_equal(
		mu_applet_package(mu_applet_find("ps"), mu_release_find("3.17")),
		"procps");
	assert_string_equal(
		mu_applet_package(mu_applet_find("ps"), mu_release_find("3.20")),
		"procps-ng");
	while (mu_applet_form_next("date", &it))
		n++;
	assert_true(n > 10);
	assert_string_equal(mu_foreign_find("apt-get")->command, "apt-get");
	assert_null(mu_foreign_find("apt-got"));
	assert_false(mu_shell_form_find(MU_SHELL_FEATURE, "array")->ash);
	assert_true(mu_shell_form_find(MU_SHELL_FEATURE, "process")->ash);
	assert_null(mu_shell_form_find(MU_SHELL_COMMAND, "array"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_lines),
		cmocka_unit_test(what_is_wrong_with_a_first_line),
		cmocka_unit_test(what_ash_has_as_well),
		cmocka_unit_test(what_needs_bash),
		cmocka_unit_test(what_busybox_takes),
		cmocka_unit_test(what_busybox_does_not_take),
		cmocka_unit_test(lines_evidence_and_advice),
		cmocka_unit_test(commands_that_are_called),
		cmocka_unit_test(scripts_of_real_images),
		cmocka_unit_test(every_prefix_of_a_script_ends),
		cmocka_unit_test(tables_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
