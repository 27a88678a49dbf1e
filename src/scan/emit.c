/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "plan.h"

/*
 * The plan as a Dockerfile. Names out of the tree and the image are not ours: each is
 * written so that it stays one word, or left out with a word about it.
 */

struct out {
	struct mu_scan *scan;
	FILE *f;
};

/* ---- words --------------------------------------------------------------------------
 */

/* A string of JSON, which the exec forms take. Docker does not expand variables there
 * in CMD, ENTRYPOINT and SHELL; in COPY and VOLUME it does. */
static void put_json(FILE *f, const char *s)
{
	fputc('"', f);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			fprintf(f, "\\%c", *s);
		else if ((unsigned char)*s < 0x20 || *s == 0x7f)
			fprintf(f, "\\u%04x", (unsigned char)*s);
		else
			fputc(*s, f);
	}
	fputc('"', f);
}

static void put_list(FILE *f, const struct mu_words *w)
{
	fputc('[', f);
	for (size_t i = 0; i < w->n; i++) {
		fputs(i ? ", " : "", f);
		put_json(f, w->v[i]);
	}
	fputc(']', f);
}

/* What a comment line can show of a string. */
static void put_shown(FILE *f, const char *s)
{
	char text[400];

	fputs(mu_text_escape(text, sizeof text, s), f);
}

/* Whether a string can be written at all: lines end where they end. */
static bool is_writable(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

/* Docker takes these for patterns and variables in the sources of COPY. */
static bool is_copyable(const char *s)
{
	return is_writable(s) && !s[strcspn(s, "*?[]$\\`\"")] &&
	       mu_text_is_utf8(s, strlen(s));
}

/* KEY="value", as ENV and LABEL have it. */
static void put_quoted(FILE *f, const char *s)
{
	fputc('"', f);
	for (; *s; s++) {
		if (strchr("\"\\$", *s))
			fputc('\\', f);
		fputc(*s, f);
	}
	fputc('"', f);
}

static void leave_out(FILE *f, const char *what, const char *name, const char *why)
{
	fprintf(f, "# TODO: %s ", what);
	put_shown(f, name);
	fprintf(f, " is left out: %s\n", why);
}

/* ---- the stages
 * ------------------------------------------------------------------------ */

static bool is_reference(const char *s)
{
	return s && *s && *s != '-' &&
	       !s[strspn(s,
		       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
		       "._/:@-")];
}

static void put_source(struct out *o)
{
	const struct mu_image *image = mu_tree_image(o->scan->tree);

	if (!o->scan->plan.copies.n)
		return;
	if (image && is_reference(image->name)) {
		fprintf(o->f, "FROM %s AS source\n\n", image->name);
		return;
	}
	/* ADD keeps the owners that a tar archive has; COPY of a folder does not */
	fputs("# The tree that was scanned, packed beside this file:\n"
	      "#   tar -C ROOT -cf rootfs.tar .\n"
	      "FROM scratch AS source\n"
	      "ADD rootfs.tar /\n\n",
		o->f);
}

static void put_packages(struct out *o)
{
	const struct mu_plan *p = &o->scan->plan;

	if (!p->install.n || !strcmp(p->base, "scratch"))
		return;
	fputs("RUN apk add --no-cache", o->f);
	for (size_t i = 0; i < p->install.n; i++)
		fprintf(o->f, " \\\n        %s", p->install.v[i].name);
	fputs("\n\n", o->f);
}

/* The commands of a step, as one RUN. */
static void put_run(struct out *o, const char *id)
{
	const struct mu_plan *p = &o->scan->plan;

	for (size_t i = 0; i < p->steps.n; i++) {
		const struct plan_step *s = &p->steps.v[i];
		bool first = true;
		if (strcmp(s->id, id) != 0)
			continue;
		for (size_t k = 0; k < s->ncommands; k++) {
			if (!is_writable(s->commands[k]))
				continue;
			fprintf(o->f, "%s%s", first ? "RUN " : " \\\n    && ",
				s->commands[k]);
			first = false;
		}
		fputs(first ? "" : "\n\n", o->f);
	}
}

static void put_copy(struct out *o, const struct plan_copy *c)
{
	if (!is_copyable(c->path)) {
		leave_out(
			o->f, "the file", c->path, "its name cannot be written in COPY");
		return;
	}
	fputs("COPY --from=source ", o->f);
	if (c->owner)
		fprintf(o->f, "--chown=%s ", c->owner);
	if (plan_is_plain(c->path)) {
		fprintf(o->f, "%s %s\n", c->path, c->path);
		return;
	}
	fputc('[', o->f);
	put_json(o->f, c->path);
	fputs(", ", o->f);
	put_json(o->f, c->path);
	fputs("]\n", o->f);
}

static void put_copies(struct out *o)
{
	for (size_t i = 0; i < o->scan->plan.copies.n; i++)
		put_copy(o, &o->scan->plan.copies.v[i]);
	fputs(o->scan->plan.copies.n ? "\n" : "", o->f);
}

/* What is left for a person: nothing here may be mistaken for an instruction. */
static void put_todo(struct out *o)
{
	const struct mu_plan *p = &o->scan->plan;
	bool any = false;

	for (size_t i = 0; i < p->steps.n; i++) {
		const struct plan_step *s = &p->steps.v[i];
		if (!s->manual)
			continue;
		fprintf(o->f, "# TODO: %s\n", s->title);
		any = true;
		for (size_t k = 0; k < s->ndetails && k < 20; k++) {
			fputs("#   ", o->f);
			put_shown(o->f, s->details[k]);
			fputc('\n', o->f);
		}
		if (s->ndetails > 20)
			fprintf(o->f, "#   and %zu more\n", s->ndetails - 20);
	}
	fputs(any && mu_tree_image(o->scan->tree) ? "\n" : "", o->f);
}

/* ---- the image's configuration
 * ------------------------------------------------------------ */

/* Variables that mean nothing on Alpine, or do harm there. */
static const char *why_dropped(const struct mu_pair *p)
{
	static const char debian_path[] =
		"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

	if (!strcmp(p->key, "PATH") && !strcmp(p->value, debian_path))
		return "";
	if (!strcmp(p->key, "DEBIAN_FRONTEND") || !strcmp(p->key, "DEBCONF_NOWARNINGS"))
		return "it is apt's";
	if (!strcmp(p->key, "LD_PRELOAD"))
		return "its libraries are the old system's";
	if (strstr(p->value, "-linux-gnu"))
		return "it names a folder that Alpine does not have";
	return NULL;
}

static void put_env(struct out *o, const struct mu_image *m)
{
	for (size_t i = 0; i < m->nenv; i++) {
		const struct mu_pair *p = &m->env[i];
		const char *why = why_dropped(p);
		if (why && !*why)
			continue;
		if (!why && (!plan_is_plain(p->key) || !is_writable(p->value)))
			why = "it cannot be written in one line";
		if (why) {
			leave_out(o->f, "the variable", p->key, why);
			continue;
		}
		fprintf(o->f, "ENV %s=", p->key);
		put_quoted(o->f, p->value);
		fputc('\n', o->f);
	}
}

static void put_labels(struct out *o, const struct mu_image *m)
{
	for (size_t i = 0; i < m->nlabels; i++) {
		const struct mu_pair *p = &m->labels[i];
		if (!is_writable(p->key) || !is_writable(p->value)) {
			leave_out(o->f, "the label", p->key,
				"it cannot be written in one line");
			continue;
		}
		fputs("LABEL ", o->f);
		put_quoted(o->f, p->key);
		fputc('=', o->f);
		put_quoted(o->f, p->value);
		fputc('\n', o->f);
	}
}

static void put_word(struct out *o, const char *instruction, const char *value)
{
	if (!value)
		return;
	if (!plan_is_plain(value) && (!is_writable(value) || strpbrk(value, "$\\"))) {
		leave_out(o->f, instruction, value, "it cannot be written as it is");
		return;
	}
	fprintf(o->f, "%s %s\n", instruction, value);
}

static void put_duration(struct out *o, const char *option, int64_t ns)
{
	if (ns > 0)
		fprintf(o->f, "--%s=%lldms ", option, (long long)(ns / 1000000));
}

static void put_health(struct out *o, const struct mu_image *m)
{
	const struct mu_words *w = &m->healthcheck;
	struct mu_words rest = {.v = w->v + 1, .n = w->n ? w->n - 1 : 0};

	if (!w->n)
		return;
	if (!strcmp(w->v[0], "NONE")) {
		fputs("HEALTHCHECK NONE\n", o->f);
		return;
	}
	if (!strcmp(w->v[0], "CMD-SHELL") && (rest.n != 1 || !is_writable(rest.v[0]))) {
		leave_out(o->f, "the health check", rest.n ? rest.v[0] : "",
			"it cannot be written in one line");
		return;
	}
	fputs("HEALTHCHECK ", o->f);
	put_duration(o, "interval", m->interval);
	put_duration(o, "timeout", m->timeout);
	put_duration(o, "start-period", m->start_period);
	put_duration(o, "start-interval", m->start_interval);
	if (m->retries > 0)
		fprintf(o->f, "--retries=%d ", m->retries);
	fputs("CMD ", o->f);
	if (!strcmp(w->v[0], "CMD-SHELL"))
		fputs(rest.v[0], o->f);
	else
		put_list(o->f, &rest);
	fputc('\n', o->f);
}

static void put_exec(struct out *o, const char *instruction, const struct mu_words *w)
{
	if (!w->n)
		return;
	fprintf(o->f, "%s ", instruction);
	put_list(o->f, w);
	fputc('\n', o->f);
}

static void put_config(struct out *o)
{
	const struct mu_image *m = mu_tree_image(o->scan->tree);

	if (!m)
		return;
	put_env(o, m);
	put_labels(o, m);
	put_word(o, "WORKDIR", m->workdir);
	for (size_t i = 0; i < m->ports.n; i++)
		if (plan_is_plain(m->ports.v[i]))
			fprintf(o->f, "EXPOSE %s\n", m->ports.v[i]);
	put_exec(o, "VOLUME", &m->volumes);
	put_word(o, "STOPSIGNAL", m->stop_signal);
	put_health(o, m);
	put_exec(o, "SHELL", &m->shell);
	for (size_t i = 0; i < m->onbuild.n; i++)
		put_word(o, "ONBUILD", m->onbuild.v[i]);
	put_word(o, "USER", m->user);
	put_exec(o, "ENTRYPOINT", &m->entrypoint);
	put_exec(o, "CMD", &m->cmd);
}

static void put_tests(struct out *o)
{
	const struct mu_plan *p = &o->scan->plan;

	fputs("\n# To try it:\n#   docker build -t app-alpine .\n", o->f);
	for (size_t i = 0; i < p->steps.n; i++)
		for (size_t k = 0;
			!strcmp(p->steps.v[i].id, "test") && k < p->steps.v[i].ncommands;
			k++) {
			fputs("#   docker run --rm --entrypoint= app-alpine ", o->f);
			put_shown(o->f, p->steps.v[i].commands[k]);
			fputc('\n', o->f);
		}
}

int emit_dockerfile(struct mu_scan *scan)
{
	char *text = NULL;
	size_t n = 0;
	struct out o = {scan, open_memstream(&text, &n)};

	if (!o.f)
		return -ENOMEM;
	fprintf(o.f, "# Written by muslin for %s. %s.\n\n", scan->target->name,
		"Read it before you build it");
	put_source(&o);
	fprintf(o.f, "FROM %s\n\n", scan->plan.base);
	put_packages(&o);
	put_run(&o, "users");
	put_copies(&o);
	put_run(&o, "patch");
	put_run(&o, "language");
	put_todo(&o);
	put_config(&o);
	put_tests(&o);
	if (fclose(o.f)) {
		free(text);
		return -ENOMEM;
	}
	scan->plan.dockerfile = mu_arena_strndup(&scan->arena, text, n);
	free(text);
	return scan->plan.dockerfile ? 0 : -ENOMEM;
}
