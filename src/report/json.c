/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "core/text.h"
#include "json.h"
#include "writer.h"

/* A run path as its folders. */
static json_t *folders(const char *s)
{
	json_t *a = json_array();

	while (s && *s) {
		size_t n = strcspn(s, ":");
		char *part = strndup(s, n);
		incomplete |= !part;
		if (part && n)
			push(a, text(part));
		free(part);
		s += n + (s[n] == ':');
	}
	return a;
}

/* ---- results -------------------------------------------------------------- */

static json_t *symbol(const struct mu_missing_symbol *m)
{
	json_t *o = json_pack("{s:o, s:o, s:o, s:s}", "object", text(m->object), "symbol",
		text(m->symbol), "version", text(m->version), "origin",
		mu_origin_name(m->origin));

	if (m->host)
		set_member(o, "host", json_string(m->host));
	if (m->shadow)
		set_member(
			o, m->hidden ? "non_default_in" : "indirect_in", text(m->shadow));
	return o;
}

static json_t *symbols(const struct mu_missing_symbol *v, size_t n)
{
	json_t *a = json_array();

	for (size_t i = 0; i < n; i++)
		push(a, symbol(&v[i]));
	return a;
}

static json_t *packages(const struct mu_missing_library *m)
{
	json_t *a = json_array();

	for (size_t i = 0; i < m->npackages; i++)
		push(a, json_pack("{s:o, s:s, s:s}", "package",
				text(m->packages[i].package), "repo", m->packages[i].repo,
				"certainty",
				mu_certainty_name(m->packages[i].certainty)));
	return a;
}

static json_t *releases(uint32_t mask)
{
	json_t *a = json_array();

	for (int i = 0; mu_release_at(i); i++)
		if (mask >> i & 1)
			push(a, json_string(mu_release_at(i)->name));
	return a;
}

/* @alpine: the target has packages */
static json_t *libraries(const struct mu_result *r, bool alpine)
{
	json_t *a = json_array();

	for (size_t i = 0; i < r->nmissing_libraries; i++) {
		const struct mu_missing_library *m = &r->missing_libraries[i];
		json_t *o = json_pack("{s:o, s:o}", "name", text(m->name), "needed_by",
			text(m->needed_by));
		if (alpine) {
			set_member(o, "packages", packages(m));
			set_member(o, "releases_with", releases(m->releases_with));
		}
		push(a, o);
	}
	return a;
}

static json_t *relocations(const struct mu_result *r)
{
	json_t *a = json_array();

	for (size_t i = 0; i < r->nbad_relocations; i++)
		push(a, json_pack("{s:o, s:I, s:o}", "object",
				text(r->bad_relocations[i].object), "type",
				(json_int_t)r->bad_relocations[i].type, "name",
				text(r->bad_relocations[i].name)));
	return a;
}

static json_t *loaded(const struct mu_result *r)
{
	json_t *a = json_array();

	for (size_t i = 0; i < r->nloaded; i++)
		push(a, json_pack("{s:o, s:o}", "name", text(r->loaded[i].name), "path",
				text(r->loaded[i].path)));
	return a;
}

static json_t *tls_errors(const struct mu_result *r)
{
	json_t *a = json_array();

	for (size_t i = 0; i < r->ntls_errors; i++)
		push(a, json_pack("{s:o, s:o, s:o}", "object",
				text(r->tls_errors[i].object), "symbol",
				text(r->tls_errors[i].symbol), "definition",
				text(r->tls_errors[i].definition)));
	return a;
}

static json_t *loader(const struct mu_result *r, bool alpine)
{
	json_t *o = json_pack("{s:s, s:o, s:o, s:o, s:o}", "status",
		mu_status_name(r->status), "missing_libraries", libraries(r, alpine),
		"missing_symbols", symbols(r->missing_symbols, r->nmissing_symbols),
		"unsupported_relocations", relocations(r), "loaded", loaded(r));

	if (r->mode != MU_MODE_START) {
		set_member(o, "deferred_symbols",
			symbols(r->deferred_symbols, r->ndeferred_symbols));
		set_member(o, "tls_errors", tls_errors(r));
	}
	return o;
}

static json_t *results(const struct mu_writer *w, const struct mu_report *r)
{
	json_t *a = json_array();

	for (size_t i = 0; i < r->nresults; i++) {
		const struct mu_result *x = &r->results[i];
		const struct mu_target *t = mu_check_target_at(w->check, x->target);
		json_t *o = json_pack("{s:s, s:s, s:s, s:b, s:b, s:o}", "target", t->name,
			"layer", mu_layer_name(x->layer), "mode", mu_mode_name(x->mode),
			"interpreter_found", x->interpreter_found, "works", x->works,
			"loader", loader(x, t->release != NULL));
		if (x->verified)
			set_member(o, "verify", text(x->verified));
		push(a, o);
	}
	return a;
}

/* ---- findings and fixes ----------------------------------------------------- */

static json_t *findings(const struct mu_report *r)
{
	json_t *a = json_array();

	for (size_t i = 0; i < r->nfindings; i++) {
		const struct mu_finding *f = &r->findings[i];
		const struct mu_rule *rule = mu_rule_at(f->rule);
		json_t *o = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:[]}", "rule",
			rule->id, "name", rule->name, "severity",
			mu_severity_name(f->severity), "message", text(f->message),
			"object", text(f->object ? f->object : r->path), "symbol",
			text(f->symbol), "locations");
		if (f->target)
			set_member(o, "target", text(f->target));
		push(a, o);
	}
	return a;
}

/* What a loader still misses with the fix in place; empty where that is nothing. */
static json_t *remains(const struct mu_result *r)
{
	json_t *o = json_pack("{s:s, s:s, s:b, s:o, s:o, s:o}", "layer",
		mu_layer_name(r->layer), "mode", mu_mode_name(r->mode),
		"interpreter_found", r->interpreter_found, "missing_libraries",
		libraries(r, false), "missing_symbols",
		symbols(r->missing_symbols, r->nmissing_symbols),
		"unsupported_relocations", relocations(r));

	if (r->mode != MU_MODE_START)
		set_member(o, "tls_errors", tls_errors(r));
	return o;
}

json_t *json_of_fixes(const struct mu_fix *fixes, size_t n)
{
	json_t *a = json_array();

	for (size_t i = 0; i < n; i++) {
		const struct mu_fix *f = &fixes[i];
		json_t *o = json_pack("{s:s, s:s?, s:s, s:o, s:o, s:o, s:o}", "id", f->id,
			"target", f->target, "proof", mu_proof_name(f->proof), "summary",
			text(f->summary), "commands", strings(f->commands, f->ncommands),
			"dockerfile", strings(f->dockerfile, f->ndockerfile), "caveats",
			strings(f->caveats, f->ncaveats));
		set_member(o, "packages", strings(f->packages, f->npackages));
		set_member(o, "steps", strings(f->steps, f->nsteps));
		set_member(o, "complete", json_boolean(f->complete));
		if (f->bytes >= 0)
			set_member(o, "installed_bytes", json_integer(f->bytes));
		if (f->after)
			set_member(o, "remains", remains(f->after));
		push(a, o);
	}
	return a;
}

/* ---- one object --------------------------------------------------------------- */

static json_t *machine(const struct mu_object *o)
{
	char number[24];

	if (!o || !o->bits)
		return json_null();
	if (o->machine)
		return json_string(o->machine->name);
	snprintf(number, sizeof number, "EM_%u", o->e_machine);
	return json_string(number);
}

static json_t *provenance(const struct mu_object *o)
{
	if (!o || (!o->language && !o->compiler))
		return json_null();
	return json_pack("{s:o, s:o}", "language", text(o->language), "compiler",
		text(o->compiler));
}

static json_t *owner(const struct mu_report_owner *o)
{
	if (!o)
		return json_null();
	return json_pack("{s:s, s:o, s:o, s:o}", "kind", o->kind, "manager",
		text(o->manager), "package", text(o->package), "version",
		text(o->version));
}

static json_t *oldest(const struct mu_report *r)
{
	if (!r->oldest_release)
		return json_null();
	return json_pack("{s:s, s:s}", "alpine", r->oldest_release->name, "layer",
		mu_layer_name(r->oldest_layer));
}

static json_t *object(const struct mu_writer *w, const struct mu_report *r)
{
	static const struct mu_object nothing = {.kind = MU_KIND_UNREADABLE};
	const struct mu_object *o = r->object ? r->object : &nothing;
	json_t *j = json_object();

	set_member(j, "path", text(r->path));
	if (!mu_text_is_utf8(r->path, strlen(r->path))) {
		char *raw = mu_text_base64(r->path, strlen(r->path));
		set_member(j, "path_bytes", raw ? json_string(raw) : NULL);
		free(raw);
	}
	set_member(j, "kind", json_string(mu_kind_name(o->kind)));
	if (r->unreadable)
		set_member(j, "error", text(r->unreadable));
	set_member(j, "machine", machine(o));
	set_member(j, "class", o->bits ? json_integer(o->bits) : json_null());
	set_member(j, "libc", json_string(mu_libc_name(o->libc)));
	set_member(j, "interpreter", text(o->interpreter));
	set_member(j, "soname", text(o->soname));
	set_member(j, "needed", strings(o->needed, o->nneeded));
	set_member(j, "rpath", folders(o->rpath));
	set_member(j, "runpath", folders(o->runpath));
	set_member(j, "glibc_required", text(o->glibc_required));
	set_member(j, "owner", owner(r->owner));
	set_member(j, "provenance", provenance(o));
	set_member(j, "oldest_release", oldest(r));
	set_member(j, "results", results(w, r));
	set_member(j, "verdict", json_string(mu_verdict_name(r->verdict)));
	set_member(j, "findings", findings(r));
	set_member(j, "fixes", json_of_fixes(r->fixes, r->nfixes));
	return j;
}

json_t *json_of_summary(const struct mu_summary *s)
{
	json_t *j = json_object();

	set_member(j, "objects", json_integer((json_int_t)s->objects));
	for (int i = 0; i < MU_VERDICT_COUNT; i++)
		set_member(j, mu_verdict_name((enum mu_verdict)i),
			json_integer((json_int_t)s->verdicts[i]));
	set_member(j, "unreadable", json_integer((json_int_t)s->unreadable));
	set_member(j, "errors", json_integer((json_int_t)s->findings[MU_SEVERITY_ERROR]));
	set_member(j, "warnings",
		json_integer((json_int_t)s->findings[MU_SEVERITY_WARNING]));
	set_member(j, "notes", json_integer((json_int_t)s->findings[MU_SEVERITY_NOTE]));
	return j;
}

static json_t *targets(const struct mu_writer *w)
{
	json_t *a = json_array();
	const struct mu_target *t;

	for (size_t i = 0; (t = mu_check_target_at(w->check, i)); i++)
		push(a, json_pack("{s:s, s:s, s:s?}", "name", t->name, "libc_version",
				t->libc_version, "arch", t->arch));
	return a;
}

/* ---- the two formats ------------------------------------------------------------ */

/* One document, but written as it comes: a tree of ten thousand objects is not held. */
static int begin_json(struct mu_writer *w)
{
	int e = dump_member(w->out, "{\"schema_version\":1,\"tool\":",
		json_pack("{s:s, s:s}", "name", "muslin", "version", MU_VERSION), ",");

	if (!e)
		e = dump_member(
			w->out, "\"command\":", json_string(w->opts.command), ",\n");
	if (!e)
		e = dump_member(w->out, "\"targets\":", targets(w), ",\n");
	if (!e && w->head)
		e = w->head(w);
	fputs("\"objects\":[", w->out);
	return e;
}

static char *render(const struct mu_writer *w, const struct mu_report *r)
{
	char *text = NULL;
	json_t *j;

	incomplete = false;
	j = object(w, r);
	if (j && !incomplete)
		text = json_dumps(j, DUMP_FLAGS);
	json_decref(j);
	return text;
}

static int put_json(struct mu_writer *w, const char *text)
{
	fputs(w->n ? ",\n" : "\n", w->out);
	fputs(text, w->out);
	return 0;
}

static int end_json(struct mu_writer *w, const struct mu_summary *s)
{
	int e = 0;

	fputs("\n],\n", w->out);
	if (w->tail)
		e = w->tail(w, s);
	return e ? e : dump_member(w->out, "\"summary\":", json_of_summary(s), "}\n");
}

static int begin_ndjson(struct mu_writer *w)
{
	(void)w;
	return 0;
}

static int put_ndjson(struct mu_writer *w, const char *text)
{
	fputs(text, w->out);
	fputc('\n', w->out);
	return 0;
}

static int end_ndjson(struct mu_writer *w, const struct mu_summary *s)
{
	int e = w->tail ? w->tail(w, s) : 0;

	return e ? e : dump_member(w->out, "{\"summary\":", json_of_summary(s), "}\n");
}

const struct format format_json = {
	.name = "json",
	.begin = begin_json,
	.end = end_json,
	.render = render,
	.put = put_json,
};

const struct format format_ndjson = {
	.name = "ndjson",
	.begin = begin_ndjson,
	.end = end_ndjson,
	.render = render,
	.put = put_ndjson,
};
