/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "scan.h"

/* What a scan's document has beside the objects, which are check's. */

static json_t *number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *words(const struct mu_words *w)
{
	return w->set ? strings(w->v, w->n) : json_null();
}

static json_t *pairs(const struct mu_pair *v, size_t n)
{
	json_t *o = json_object();

	for (size_t i = 0; i < n; i++) {
		json_t *key = text(v[i].key);
		set_member(o, json_string_value(key), text(v[i].value));
		json_decref(key);
	}
	return o;
}

/* ---- the source -------------------------------------------------------------------- */

static json_t *image(const struct mu_image *m)
{
	json_t *o;

	if (!m)
		return json_null();
	o = json_object();
	set_member(o, "name", text(m->name));
	set_member(o, "arch", text(m->arch));
	set_member(o, "layers", number(m->nlayers));
	set_member(o, "size", number(m->size));
	set_member(o, "user", text(m->user));
	set_member(o, "workdir", text(m->workdir));
	set_member(o, "entrypoint", words(&m->entrypoint));
	set_member(o, "cmd", words(&m->cmd));
	set_member(o, "env", pairs(m->env, m->nenv));
	set_member(o, "labels", pairs(m->labels, m->nlabels));
	set_member(o, "ports", words(&m->ports));
	set_member(o, "volumes", words(&m->volumes));
	set_member(o, "healthcheck", words(&m->healthcheck));
	set_member(o, "stop_signal", text(m->stop_signal));
	return o;
}

static json_t *source(const struct mu_scan *s)
{
	const struct mu_distribution *d = mu_owners_distribution(s->owners);
	json_t *o = json_object();

	set_member(o, "path", text(s->opts.source));
	set_member(o, "kind", text(mu_source_kind_name(mu_tree_kind(s->tree))));
	set_member(o, "entries", number(mu_tree_count(s->tree)));
	set_member(o, "image", image(mu_tree_image(s->tree)));
	set_member(o, "distribution",
		json_pack("{s:o, s:o, s:o, s:o}", "id", text(d->id), "version",
			text(d->version), "codename", text(d->codename), "name",
			text(d->name)));
	return o;
}

static int head(struct mu_writer *w)
{
	return dump_member(w->out, "\"source\":", source(w->scan), ",\n");
}

/* ---- packages, findings, accounts
 * ------------------------------------------------------ */

static json_t *replacement(const struct scan_package *p)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < p->map.package_count; i++)
		push(list,
			json_pack("{s:o, s:o}", "name", text(p->map.packages[i].package),
				"repo", text(p->map.packages[i].repo)));
	return json_pack("{s:s, s:s, s:o}", "action", mu_deb_action_name(p->map.action),
		"certainty", mu_certainty_name(p->map.certainty), "packages", list);
}

static json_t *package(const struct scan_package *p)
{
	const struct mu_owner *w = p->owner;
	json_t *o = json_object();

	set_member(o, "manager", text(w->manager));
	set_member(o, "name", text(w->package));
	set_member(o, "version", text(w->version));
	set_member(o, "kind", text(mu_owner_kind_name(w->kind)));
	set_member(o, "arch", text(w->arch));
	set_member(o, "folder", text(w->folder));
	set_member(o, "tag", text(w->tag));
	set_member(o, "native", json_boolean(w->native));
	set_member(o, "chosen", json_boolean(w->chosen));
	set_member(o, "files", number(w->nfiles));
	set_member(o, "size", number(w->size));
	set_member(o, "alpine", p->known ? replacement(p) : json_null());
	return o;
}

static json_t *finding(const struct mu_config_finding *f)
{
	const struct mu_rule *rule = mu_rule_at(f->rule);
	json_t *o = json_object();

	set_member(o, "rule", json_string(rule->id));
	set_member(o, "name", json_string(rule->name));
	set_member(o, "severity", json_string(mu_severity_name(f->severity)));
	set_member(o, "message", text(f->message));
	set_member(o, "path", text(f->path));
	set_member(o, "line", f->line ? number(f->line) : json_null());
	set_member(o, "evidence", text(f->evidence));
	set_member(o, "subject", text(f->subject));
	set_member(o, "remedy", text(f->remedy));
	set_member(o, "package", text(f->package));
	set_member(o, "command", text(f->command));
	return o;
}

static json_t *account(const struct mu_account *a)
{
	json_t *o = json_object();

	set_member(o, "name", text(a->name));
	set_member(o, "is_group", json_boolean(a->is_group));
	set_member(o, "uid", a->is_group ? json_null() : number(a->uid));
	set_member(o, "gid", number(a->gid));
	set_member(o, "group", text(a->group));
	set_member(o, "groups", strings(a->groups.v, a->groups.n));
	set_member(o, "home", text(a->home));
	set_member(o, "shell", text(a->shell));
	return o;
}

/* ---- the plan
 * ---------------------------------------------------------------------------- */

static json_t *counts(const struct plan_count *c)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "files",
		(json_int_t)c->files, "scripts", (json_int_t)c->scripts, "native",
		(json_int_t)c->native, "compatible", (json_int_t)c->compatible, "fixable",
		(json_int_t)c->fixable, "incompatible", (json_int_t)c->incompatible,
		"unknown", (json_int_t)c->unknown);
}

static json_t *installs(const struct mu_plan *p)
{
	json_t *a = json_array();

	for (size_t i = 0; i < p->install.n; i++) {
		const struct plan_package *x = &p->install.v[i];
		json_t *o = json_object();
		set_member(o, "name", text(x->name));
		set_member(o, "repo", text(x->repo));
		set_member(o, "certainty", json_string(mu_certainty_name(x->certainty)));
		set_member(o, "size", x->size ? number(x->size) : json_null());
		set_member(o, "reasons", strings(x->reasons, x->nreasons));
		push(a, o);
	}
	return a;
}

static json_t *copies(const struct mu_plan *p)
{
	json_t *a = json_array();

	for (size_t i = 0; i < p->copies.n; i++) {
		const struct plan_copy *x = &p->copies.v[i];
		json_t *o = json_object();
		set_member(o, "path", text(x->path));
		set_member(o, "folder", json_boolean(x->folder));
		set_member(o, "files", number(x->nfiles));
		set_member(o, "size", number(x->size));
		set_member(o, "owner", text(x->owner));
		push(a, o);
	}
	return a;
}

static json_t *steps(const struct mu_plan *p)
{
	json_t *a = json_array();

	for (size_t i = 0; i < p->steps.n; i++) {
		const struct plan_step *x = &p->steps.v[i];
		json_t *o = json_object();
		set_member(o, "id", text(x->id));
		set_member(o, "title", text(x->title));
		set_member(o, "manual", json_boolean(x->manual));
		set_member(o, "details", strings(x->details, x->ndetails));
		set_member(o, "commands", strings(x->commands, x->ncommands));
		push(a, o);
	}
	return a;
}

static json_t *plan(const struct mu_plan *p)
{
	json_t *o = json_object();

	set_member(o, "outcome", json_string(plan_outcome_name(p->outcome)));
	set_member(o, "headline", text(p->headline));
	set_member(o, "base", text(p->base));
	set_member(o, "base_why", text(p->base_why));
	set_member(o, "base_others", strings(p->base_others, p->nbase_others));
	set_member(o, "layer", text(p->layer));
	set_member(o, "size_now", number(p->size_now));
	set_member(o, "size_then", number(p->size_then));
	set_member(o, "size_partial", json_boolean(p->size_partial));
	set_member(o, "app", counts(&p->app));
	set_member(o, "language", counts(&p->language));
	set_member(o, "distro", counts(&p->distro));
	set_member(o, "install", installs(p));
	set_member(o, "copies", copies(p));
	set_member(o, "steps", steps(p));
	return o;
}

/* ---- behind the objects ---------------------------------------------------------------
 */

static json_t *notes(const struct mu_scan *s)
{
	json_t *a = json_array();
	const char *path, *note;

	for (size_t i = 0; (note = mu_scan_note_at(s, i, &path)); i++)
		push(a, json_pack("{s:o, s:o}", "path", text(path), "text", text(note)));
	return a;
}

/* One list: as a member of the document, or one object a line. */
struct list {
	struct mu_writer *w;
	const char *plural, *single;
	size_t n;
	int error;
};

static void begin_list(
	struct list *l, struct mu_writer *w, const char *plural, const char *single)
{
	*l = (struct list){.w = w, .plural = plural, .single = single};
	if (w->opts.format == MU_FORMAT_JSON)
		fprintf(w->out, "\"%s\":[", plural);
}

static void add_to(struct list *l, json_t *o)
{
	FILE *out = l->w->out;
	bool lines = l->w->opts.format == MU_FORMAT_NDJSON;

	if (lines)
		fprintf(out, "{\"%s\":", l->single);
	else
		fputs(l->n++ ? ",\n" : "\n", out);
	if (incomplete || dump(out, o))
		l->error = -ENOMEM;
	if (lines)
		fputs("}\n", out);
}

static int end_list(struct list *l)
{
	if (l->w->opts.format == MU_FORMAT_JSON)
		fputs("\n],\n", l->w->out);
	return l->error;
}

static int put_member(struct mu_writer *w, const char *key, json_t *value)
{
	bool lines = w->opts.format == MU_FORMAT_NDJSON;

	if (incomplete) {
		json_decref(value);
		return -ENOMEM;
	}
	fprintf(w->out, "%s\"%s\":", lines ? "{" : "", key);
	return dump_member(w->out, "", value, lines ? "}\n" : ",\n");
}

static int tail(struct mu_writer *w, const struct mu_summary *summary)
{
	const struct mu_scan *s = w->scan;
	struct list l;
	int e;

	(void)summary;
	incomplete = false;
	begin_list(&l, w, "packages", "package");
	for (size_t i = 0; i < s->packages.n; i++)
		add_to(&l, package(&s->packages.v[i]));
	e = end_list(&l);
	begin_list(&l, w, "findings", "finding");
	for (size_t i = 0; i < s->config.findings.n; i++)
		add_to(&l, finding(&s->config.findings.v[i]));
	e = e ? e : end_list(&l);
	begin_list(&l, w, "accounts", "account");
	for (size_t i = 0; i < s->config.accounts.n; i++)
		add_to(&l, account(&s->config.accounts.v[i]));
	e = e ? e : end_list(&l);
	e = e ? e : put_member(w, "plan", plan(&s->plan));
	e = e ? e : put_member(w, "dockerfile", text(s->plan.dockerfile));
	return e ? e : put_member(w, "notes", notes(s));
}

int scan_write_json(const struct mu_scan *s, const struct mu_write_options *opts, FILE *f)
{
	const struct mu_writer with = {.head = head, .tail = tail, .scan = s};
	size_t n = s->objects.n + s->scripts.n, k = 0, i = 0;
	struct mu_report **reports = calloc(n + 1, sizeof(struct mu_report *));
	struct mu_summary summary;
	struct mu_writer *w;
	int e;

	if (!reports)
		return -ENOMEM;
	/* both are sorted by path; so is what comes out */
	for (size_t at = 0; at < n; at++) {
		bool object =
			k == s->scripts.n ||
			(i < s->objects.n && strcmp(s->objects.v[i].entry->path,
						     s->scripts.v[k].entry->path) < 0);
		const struct mu_report *r =
			object ? s->objects.v[i++].report : s->scripts.v[k++].report;
		reports[at] = (struct mu_report *)(uintptr_t)r;
	}
	scan_summary(s, &summary);
	e = writer_open(f, opts, s->check, &with, &w);
	if (!e) {
		e = mu_writer_add(w, reports, n, s->opts.check.threads);
		if (e)
			mu_writer_close(w, NULL);
		else
			e = mu_writer_close(w, &summary);
	}
	free(reports);
	return e;
}
