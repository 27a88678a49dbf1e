/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

#define MAX_LIST_BYTES (UINT64_C(1) << 30)

/* ---- lists ------------------------------------------------------------------- */

int mu_list_add(struct mu_list *l, const char *s, size_t n)
{
	char *copy;

	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 16;
		char **v = realloc(l->v, cap * sizeof(char *));
		if (!v)
			return -ENOMEM;
		l->v = v;
		l->cap = cap;
	}
	copy = strndup(s, n);
	if (!copy)
		return -ENOMEM;
	l->v[l->n++] = copy;
	return 0;
}

int mu_list_split(struct mu_list *l, const char *s)
{
	int e = 0;

	while (*s && !e) {
		size_t n = strcspn(s, ",");
		if (n)
			e = mu_list_add(l, s, n);
		s += n + (s[n] == ',');
	}
	return e;
}

static char *read_all(FILE *in, size_t *ret, int *error)
{
	size_t cap = 65536, n = 0, got;
	char *buf = malloc(cap), *p;

	*error = -ENOMEM;
	while (buf && (got = fread(buf + n, 1, cap - n, in)) > 0) {
		n += got;
		if (n < cap)
			continue;
		p = cap < MAX_LIST_BYTES ? realloc(buf, cap * 2) : NULL;
		if (!p) {
			free(buf);
			return NULL;
		}
		buf = p;
		cap *= 2;
	}
	if (!buf)
		return NULL;
	*error = ferror(in) ? -errno : 0;
	*ret = n;
	return buf;
}

int mu_list_read(struct mu_list *l, const char *path, struct mu_error *err)
{
	FILE *in = strcmp(path, "-") ? fopen(path, "rbe") : stdin;
	char *buf, end;
	size_t n = 0;
	int e;

	if (!in)
		return mu_error_set(err, -errno, path, NULL);
	buf = read_all(in, &n, &e);
	if (in != stdin)
		fclose(in);
	/* names may hold anything but NUL: a NUL in it makes it a list of such */
	end = buf && memchr(buf, 0, n) ? 0 : '\n';
	for (size_t i = 0; buf && i < n && !e;) {
		char *stop = memchr(buf + i, end, n - i);
		size_t len = stop ? (size_t)(stop - buf) - i : n - i;
		if (len)
			e = mu_list_add(l, buf + i, len);
		i += len + 1;
	}
	free(buf);
	return e ? mu_error_set(err, e, path, NULL) : 0;
}

void mu_list_free(struct mu_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
	*l = (struct mu_list){0};
}

/* ---- output -------------------------------------------------------------------- */

/* What a signal has to take away: a file that never got complete. */
static char *volatile unfinished;

static void on_signal(int sig)
{
	if (unfinished)
		unlink(unfinished);
	signal(sig, SIG_DFL);
	raise(sig);
}

static void watch_signals(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};

	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		if (signal(signals[i], on_signal) == SIG_IGN)
			signal(signals[i], SIG_IGN);
}

int mu_output_open(struct mu_output *o, const char *path, struct mu_error *err)
{
	size_t n;
	struct stat st;
	int fd;

	*o = (struct mu_output){.f = stdout, .path = path};
	if (!path || !strcmp(path, "-"))
		return 0;
	/* a device or a FIFO is written to; only a file can be replaced */
	if (!stat(path, &st) && !S_ISREG(st.st_mode)) {
		o->f = fopen(path, "we");
		return o->f ? 0 : mu_error_set(err, -errno, path, NULL);
	}
	/* what a link leads to is replaced, not the link */
	o->place = realpath(path, NULL);
	if (!o->place)
		o->place = strdup(path);
	n = o->place ? strlen(o->place) + sizeof ".XXXXXX" : 0;
	o->temp = n ? malloc(n) : NULL;
	if (!o->temp) {
		free(o->place);
		return mu_error_set(err, -ENOMEM, path, NULL);
	}
	snprintf(o->temp, n, "%s.XXXXXX", o->place);
	fd = mkostemp(o->temp, O_CLOEXEC);
	o->f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!o->f) {
		int e = -errno;
		if (fd >= 0)
			close(fd);
		free(o->temp);
		free(o->place);
		o->temp = o->place = NULL;
		return mu_error_set(err, e, path, NULL);
	}
	unfinished = o->temp;
	watch_signals();
	return 0;
}

/* With the mode that the file has, or a new one would get. */
static int put_in_place(struct mu_output *o)
{
	mode_t mask = umask(0), mode;
	struct stat st;

	umask(mask);
	mode = stat(o->place, &st) ? 0666 & ~mask : st.st_mode & 07777;
	if (chmod(o->temp, mode) || rename(o->temp, o->place))
		return -errno;
	unfinished = NULL;
	return 0;
}

int mu_output_close(struct mu_output *o, bool keep, struct mu_error *err)
{
	int e = 0;

	if (o->f == stdout)
		return fflush(stdout) ? mu_error_set(err, -errno, "standard output", NULL)
				      : 0;
	if (!o->f)
		return 0;
	if (fclose(o->f))
		e = -errno;
	if (o->temp && !e && keep)
		e = put_in_place(o);
	if (o->temp && (e || !keep))
		unlink(o->temp);
	unfinished = NULL;
	free(o->temp);
	free(o->place);
	return e ? mu_error_set(err, e, o->path, NULL) : 0;
}

/* ---- the terminal ----------------------------------------------------------------- */

int mu_want_color(const char *when, FILE *f)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (when && !strcmp(when, "always"))
		return 1;
	if (when && !strcmp(when, "never"))
		return 0;
	if (when && strcmp(when, "auto"))
		return -1;
	return !(no && *no) && isatty(fileno(f)) && term && strcmp(term, "dumb");
}

bool mu_want_utf8(void)
{
	const char *s = getenv("LC_ALL");

	if (!s || !*s)
		s = getenv("LC_CTYPE");
	if (!s || !*s)
		s = getenv("LANG");
	return s && (strstr(s, "UTF-8") || strstr(s, "utf8") || strstr(s, "UTF8") ||
			    strstr(s, "utf-8"));
}
