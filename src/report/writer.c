/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/pool.h"
#include "writer.h"

static const struct format *const formats[MU_FORMAT_COUNT] = {
	[MU_FORMAT_TEXT] = &format_text,
	[MU_FORMAT_JSON] = &format_json,
	[MU_FORMAT_NDJSON] = &format_ndjson,
	[MU_FORMAT_TREE] = &format_tree,
};

const char *mu_format_name(enum mu_format format)
{
	return formats[format]->name;
}

int mu_format_by_name(const char *name)
{
	for (int i = 0; i < MU_FORMAT_COUNT; i++)
		if (!strcmp(formats[i]->name, name))
			return i;
	return -1;
}

const char *mu_report_invalid(const struct mu_report *r)
{
	if (!r->object)
		return r->unreadable;
	return r->object->kind == MU_KIND_NOT_ELF
		       ? "not an ELF file, a script or an archive"
		       : NULL;
}

void mu_summary_add(struct mu_summary *s, const struct mu_report *r)
{
	s->objects++;
	if (mu_report_invalid(r)) {
		s->unreadable++;
		return;
	}
	s->verdicts[r->verdict]++;
	for (size_t i = 0; i < r->nfindings; i++)
		s->findings[r->findings[i].severity]++;
}

int mu_summary_exit(const struct mu_summary *s, int fail_on)
{
	if (s->unreadable)
		return 2;
	for (int i = fail_on; i >= 0 && i < MU_SEVERITY_COUNT; i++)
		if (s->findings[i])
			return 1;
	return 0;
}

int mu_writer_open(FILE *out, const struct mu_write_options *opts,
	const struct mu_check *check, struct mu_writer **ret)
{
	static const struct mu_writer nothing;

	return writer_open(out, opts, check, &nothing, ret);
}

int writer_open(FILE *out, const struct mu_write_options *opts,
	const struct mu_check *check, const struct mu_writer *with,
	struct mu_writer **ret)
{
	struct mu_writer *w = malloc(sizeof *w);
	int e;

	if (!w)
		return -ENOMEM;
	*w = *with;
	w->out = out;
	w->opts = *opts;
	w->check = check;
	w->format = formats[opts->format];
	e = w->format->begin(w);
	if (e) {
		free(w);
		return e;
	}
	*ret = w;
	return 0;
}

struct rendering {
	const struct mu_writer *w;
	struct mu_report *const *reports;
	char **texts; /* owned, each owned */
};

static void render_one(void *ctx, size_t i)
{
	struct rendering *job = ctx;

	job->texts[i] = job->w->format->render(job->w, job->reports[i]);
}

static int add_rendered(
	struct mu_writer *w, struct mu_report *const *reports, size_t n, unsigned threads)
{
	struct rendering job = {w, reports, calloc(n + 1, sizeof(char *))};
	int e = job.texts ? 0 : -ENOMEM;

	if (!e)
		mu_parallel(threads, n, render_one, &job);
	for (size_t i = 0; i < n && job.texts; i++) {
		if (!e)
			e = job.texts[i] ? w->format->put(w, job.texts[i]) : -ENOMEM;
		free(job.texts[i]);
		w->n++;
	}
	free(job.texts);
	return e;
}

int mu_writer_add(
	struct mu_writer *w, struct mu_report *const *reports, size_t n, unsigned threads)
{
	int e = 0;

	if (w->format->render)
		return add_rendered(w, reports, n, threads ? threads : mu_cpu_count());
	for (size_t i = 0; i < n && !e; i++) {
		e = w->format->add(w, reports[i]);
		w->n++;
	}
	return e;
}

int mu_writer_close(struct mu_writer *w, const struct mu_summary *summary)
{
	int e = 0;

	if (!w)
		return 0;
	if (summary)
		e = w->format->end(w, summary);
	if (!e && (fflush(w->out) || ferror(w->out)))
		e = errno ? -errno : -EIO;
	free(w);
	return e;
}
