/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include <muslin/error.h>

#include "core/text.h"
#include "scan/uses.h"

#define FIRST_LINE 255         /* the kernel reads no more */
#define SHELL_BYTES (1u << 20) /* longer ones carry data */

/* The next word of @text, which is moved behind it. */
static const char *next_word(struct mu_arena *arena, const char **text)
{
	size_t n;
	const char *word = *text + strspn(*text, " \t");

	n = strcspn(word, " \t");
	*text = word + n;
	return mu_arena_strndup(arena, word, n);
}

/** struct env: what env is told */
struct env {
	bool split;  /* -S */
	bool joined; /* further words without it: one name with blanks in it */
};

/* The program behind env: options and variables come before it. */
static const char *behind_env(struct mu_arena *arena, const char *text, struct env *env)
{
	for (;;) {
		const char *word = next_word(arena, &text);
		if (!word || !*word)
			return word;
		if (strncmp(word, "-S", 2) == 0 ||
			strncmp(word, "--split-string", 14) == 0) {
			env->split = true;
			word += word[1] == 'S' ? 2 : 14 + (word[14] == '=');
			if (!*word)
				continue;
		}
		if (strcmp(word, "-u") == 0)
			next_word(arena, &text);
		else if (*word != '-' && !strchr(word, '=')) {
			env->joined = !env->split && text[strspn(text, " \t")];
			return word;
		}
	}
}

static int program(struct mu_arena *arena, struct mu_script *s, struct env *env)
{
	const char *name = mu_text_base(s->interpreter), *text = s->argument;

	if (strcmp(name, "env") == 0 && text) {
		name = behind_env(arena, text, env);
		if (!name)
			return -ENOMEM;
		name = mu_text_base(name);
		text = strstr(text, name);
		text = text ? text + strlen(name) : NULL;
	}
	if (strcmp(name, "busybox") == 0 && text) {
		name = next_word(arena, &text);
		if (!name)
			return -ENOMEM;
	}
	s->program = *name ? name : NULL;
	return 0;
}

/* 1 when there is a #! line. */
static int first_line(
	const char *data, size_t n, struct mu_arena *arena, struct mu_script *s)
{
	const char *end;
	char *line, *argument;
	size_t len;

	if (n < 3 || data[0] != '#' || data[1] != '!')
		return 0;
	end = memchr(data, '\n', n);
	len = (end ? (size_t)(end - data) : n) - 2;
	if (len > FIRST_LINE - 2)
		len = FIRST_LINE - 2;
	line = mu_arena_strndup(arena, data + 2, len);
	if (!line)
		return -ENOMEM;
	s->crlf = len && line[len - 1] == '\r';
	while (len && strchr(" \t\r", line[len - 1]))
		line[--len] = '\0';
	line += strspn(line, " \t");
	argument = line + strcspn(line, " \t");
	if (!*line)
		return 0;
	s->interpreter = line;
	if (*argument) {
		*argument++ = '\0';
		s->argument = argument + strspn(argument, " \t");
	}
	return 1;
}

static void judge_program(struct mu_script *s)
{
	static const char *const shells[] = {"sh", "ash", "dash", "bash"};

	for (size_t i = 0; s->program && i < sizeof shells / sizeof *shells; i++)
		s->shell |= strcmp(s->program, shells[i]) == 0;
	s->bash = s->shell && strcmp(s->program, "bash") == 0;
}

/* What is wrong with the #! line itself: before all else. */
static int line_uses(const char *data, size_t n, const struct env *env,
	struct mu_arena *arena, struct mu_script *s)
{
	struct mu_script_use *uses =
		mu_arena_array(arena, s->use_count + 2, sizeof *uses);
	const struct mu_applet *applet = mu_applet_find("env");
	const char *evidence = uses_evidence(data, n, 0, arena);
	size_t count = 0;

	if (!uses || !evidence)
		return -ENOMEM;
	if (s->crlf)
		uses[count++] = (struct mu_script_use){.kind = MU_USE_INTERPRETER,
			.line = 1,
			.evidence = evidence,
			.what = "a carriage return at the end of the #! line: it becomes "
				"part of the name that is looked for",
			.instead = "sed -i 's/\\r$//' on the file"};
	if (env->split && applet)
		uses[count++] = (struct mu_script_use){.kind = MU_USE_INTERPRETER,
			.line = 1,
			.evidence = evidence,
			.what = "-S",
			.command = "env",
			.package = mu_applet_package(applet, NULL),
			.instead = "the path of the program and one argument"};
	if (s->use_count)
		memcpy(uses + count, s->uses, s->use_count * sizeof *uses);
	s->uses = uses;
	s->use_count += count;
	return 0;
}

static unsigned line_of(const char *data, size_t n, size_t at)
{
	unsigned line = 1;

	for (size_t i = 0; i < at && i < n; i++)
		line += data[i] == '\n';
	return line;
}

static int read_shell(
	const char *data, size_t n, struct mu_arena *arena, struct mu_script *s)
{
	struct mu_sh_script *sh;
	struct mu_error err = {0};

	s->error = n > SHELL_BYTES ? -MU_E_LIMIT
				   : mu_sh_parse(data, n, NULL, arena, &sh, &err);
	if (s->error == -ENOMEM)
		return -ENOMEM;
	if (s->error) {
		s->error_line = line_of(data, n, (size_t)err.offset);
		return 0;
	}
	return mu_script_uses(sh, s->bash, arena, s);
}

int mu_script_read(
	const char *data, size_t n, struct mu_arena *arena, struct mu_script *ret)
{
	struct mu_script s = {0};
	struct env env = {0};
	int r = first_line(data, n, arena, &s);

	if (r == 1) {
		r = program(arena, &s, &env);
		judge_program(&s);
		if (!r && s.shell)
			r = read_shell(data, n, arena, &s);
		if (!r && (s.crlf || env.split))
			r = line_uses(data, n, &env, arena, &s);
	}
	if (!r)
		*ret = s;
	return r;
}
