/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/hash.h"
#include "run.h"

#define MAX_OUTPUT (16u << 20)
#define SECONDS 30

struct output {
	char *text; /* owned, NUL behind */
	size_t n, cap;
	int status; /* of waitpid */
	bool late;
};

/* ---- asking the loader ------------------------------------------------------- */

static void child(const struct mu_check *run, const char *const *argv, int out)
{
	char *envp[] = {NULL};

	dup2(out, 1);
	dup2(out, 2);
	if (!mu_root_is_host(run->root) && (chroot(run->opts.root) || chdir("/"))) {
		dprintf(2, "muslin: chroot: %s\n", strerror(errno));
		_exit(126);
	}
	execve(run->opts.verify, (char **)argv, envp);
	dprintf(2, "muslin: %s: %s\n", run->opts.verify, strerror(errno));
	_exit(126);
}

static int take_more(struct output *out, int fd)
{
	ssize_t got;

	if (out->cap - out->n < 4097) {
		size_t cap = out->cap ? out->cap * 2 : 16384;
		char *p = cap <= MAX_OUTPUT ? realloc(out->text, cap) : NULL;
		if (!p)
			return -ENOMEM;
		out->text = p;
		out->cap = cap;
	}
	got = read(fd, out->text + out->n, 4096);
	if (got < 0)
		return errno == EINTR ? 1 : -errno;
	out->n += (size_t)got;
	out->text[out->n] = 0;
	return got > 0;
}

static int collect(struct output *out, int fd, pid_t pid)
{
	time_t end = time(NULL) + SECONDS;
	int more = 1;

	while (more > 0) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		if (time(NULL) > end) {
			out->late = true;
			kill(pid, SIGKILL);
			break;
		}
		if (poll(&p, 1, 1000) > 0)
			more = take_more(out, fd);
	}
	if (more < 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, &out->status, 0) < 0 && errno == EINTR)
		;
	return more < 0 ? more : 0;
}

static int ask(const struct mu_check *run, const char *const *argv, struct output *out)
{
	int fd[2], e;
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid < 0) {
		e = -errno;
		close(fd[0]);
		close(fd[1]);
		return e;
	}
	if (!pid)
		child(run, argv, fd[1]);
	close(fd[1]);
	e = collect(out, fd[0], pid);
	close(fd[0]);
	return e;
}

static int ask_list(const struct job *job, const char *library_path, const char *preload,
	struct output *out)
{
	const char *argv[12];
	int n = 0;

	argv[n++] = job->run->opts.verify;
	if (library_path) {
		argv[n++] = "--library-path";
		argv[n++] = library_path;
	}
	if (preload) {
		argv[n++] = "--preload";
		argv[n++] = preload;
	}
	argv[n++] = "--list";
	argv[n++] = "--";
	argv[n++] = job->report->path;
	argv[n] = NULL;
	return ask(job->run, argv, out);
}

/* ---- is it the loader that is simulated? ---------------------------------------- */

static int check_version(struct mu_check *run, const char *text, struct mu_error *err)
{
	const char *v = strstr(text, "\nVersion ");
	size_t n;

	if (strncmp(text, "musl libc", 9) || !v)
		return mu_error_set(err, -MU_E_LOADER, run->opts.verify,
			"not a musl loader: %.80s", text);
	v += strlen("\nVersion ");
	n = strspn(v, "0123456789.");
	for (size_t i = 0; i < run->ntargets; i++) {
		const struct target *t = &run->targets[i];
		if (strlen(t->pub.libc_version) != n ||
			strncmp(t->pub.libc_version, v, n))
			return mu_error_set(err, -MU_E_USAGE, NULL,
				"--verify: %s is musl %.*s, the target %s has musl %s",
				run->opts.verify, (int)n, v, t->pub.name,
				t->pub.libc_version);
	}
	return 0;
}

int verify_open(struct mu_check *run, struct mu_error *err)
{
	const char *argv[] = {run->opts.verify, NULL};
	struct output out = {0};
	int e;

	for (size_t i = 0; i < run->ntargets; i++)
		if (!run->targets[i].bare &&
			!(run->target_root && mu_root_same(run->target_root, run->root)))
			return mu_error_set(err, -MU_E_USAGE, NULL,
				"--verify: a real loader sees the files that are there; "
				"give a "
				"bare target (musl:V, musl-debian:V), or --root and "
				"--target-root of one tree");
	e = ask(run, argv, &out);
	e = e ? mu_error_set(err, e, run->opts.verify, NULL)
	      : check_version(run, out.text ? out.text : "", err);
	free(out.text);
	return e;
}

/* ---- comparing what both say --------------------------------------------------- */

static bool says(const struct output *out, const char *line)
{
	size_t n = strlen(line);

	for (const char *s = out->text; s && (s = strstr(s, line)); s++)
		if ((s == out->text || s[-1] == '\n') &&
			(s[n] == '\n' || !s[n] || line[n - 1] == ' '))
			return true;
	return false;
}

/* Distinct lines of the loader that begin with @start and hold @part. */
static size_t count_lines(const struct output *out, const char *start, const char *part)
{
	struct mu_exports lines = {0}; /* as a set of hashes */

	for (char *s = out->text; s && *s;) {
		size_t n = strcspn(s, "\n");
		char end = s[n];
		s[n] = 0;
		if (!strncmp(s, start, strlen(start)) && strstr(s, part))
			mu_exports_add(&lines, mu_hash(s, n), MU_ANSWER_DEF);
		s[n] = end;
		s += n + (end != 0);
	}
	free(lines.slots);
	return lines.n;
}

static const char *compare(
	struct job *job, const struct mu_result *r, const struct output *out)
{
	struct mu_arena *a = job->arena;
	size_t n;

	for (size_t i = 0; i < r->nmissing_symbols; i++) {
		const char *line = mu_arena_printf(a,
			"Error relocating %s: %s: symbol not found",
			r->missing_symbols[i].object, r->missing_symbols[i].symbol);
		if (line && !says(out, line))
			return mu_arena_printf(a, "does not say: %s", line);
	}
	for (size_t i = 0; i < r->nmissing_libraries; i++) {
		const char *line = mu_arena_printf(a, "Error loading shared library %s: ",
			r->missing_libraries[i].name);
		if (line && !says(out, line))
			return mu_arena_printf(a, "does not say: %s", line);
	}
	for (size_t i = 0; i < r->nbad_relocations; i++) {
		const char *line = mu_arena_printf(a,
			"Error relocating %s: unsupported relocation type %u",
			r->bad_relocations[i].object, r->bad_relocations[i].type);
		if (line && !says(out, line))
			return mu_arena_printf(a, "does not say: %s", line);
	}
	for (size_t i = 0; i < r->nloaded; i++) {
		const char *line = mu_arena_printf(
			a, "\t%s => %s ", r->loaded[i].name, r->loaded[i].path);
		if (line && !says(out, line))
			return mu_arena_printf(a, "does not load %s as %s",
				r->loaded[i].name, r->loaded[i].path);
	}
	n = count_lines(out, "Error relocating ", ": symbol not found");
	if (n != r->nmissing_symbols)
		return mu_arena_printf(
			a, "misses %zu symbols, muslin %zu", n, r->nmissing_symbols);
	n = count_lines(out, "Error loading shared library ", "(needed by ");
	if (n != r->nmissing_libraries)
		return mu_arena_printf(
			a, "misses %zu libraries, muslin %zu", n, r->nmissing_libraries);
	n = count_lines(out, "Error relocating ", ": unsupported relocation type ");
	if (n != r->nbad_relocations)
		return mu_arena_printf(a,
			"does not know %zu relocation types, muslin %zu", n,
			r->nbad_relocations);
	n = count_lines(out, "\t", " => ");
	if (n != r->nloaded)
		return mu_arena_printf(
			a, "loads %zu libraries, muslin %zu", n, r->nloaded);
	return "agrees";
}

static const char *judge_output(
	struct job *job, const struct mu_result *r, struct output *out)
{
	if (out->late)
		return "did not come to an end";
	if (WIFSIGNALED(out->status))
		return mu_arena_printf(
			job->arena, "was ended by signal %d", WTERMSIG(out->status));
	if (WEXITSTATUS(out->status) == 126)
		return mu_arena_printf(job->arena, "could not be asked: %s", out->text);
	return compare(job, r, out);
}

/* Sets @said to "agrees", or how the loader differs, which is a finding. */
static int verify_options(struct job *job, const struct mu_result *r,
	const char *library_path, const char *preload, const char **said)
{
	struct output out = {0};
	struct target *t = &job->run->targets[r->target];
	int e = ask_list(job, library_path, preload, &out);

	*said = e ? mu_strerror(e) : judge_output(job, r, &out);
	free(out.text);
	if (!*said)
		return -ENOMEM;
	if (!strcmp(*said, "agrees"))
		return 0;
	return add_finding(job, MU_RULE_MU019, MU_SEVERITY_ERROR, t, NULL, "%s %s",
		job->run->opts.verify, *said);
}

int verify_result(struct job *job, struct mu_result *r)
{
	const struct mu_check_options *o = &job->run->opts;

	/* only what the loader itself can see: a start, with nothing pretended */
	if (r->status == MU_STATUS_NOT_APPLICABLE || r->mode != MU_MODE_START ||
		r->layer != MU_LAYER_NONE)
		return 0;
	return verify_options(job, r, o->library_path, o->preload, &r->verified);
}

int verify_with(struct job *job, const struct mu_result *r, const char *library_path,
	const char *preload, bool *agrees)
{
	const char *said = NULL;
	int e = verify_options(job, r, library_path, preload, &said);

	*agrees = !e && !strcmp(said, "agrees");
	if (!e)
		drop_ignored(job);
	return e;
}
