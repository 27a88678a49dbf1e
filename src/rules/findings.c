/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/hash.h"
#include "run.h"

static uint64_t hash_more(uint64_t h, const char *s)
{
	for (; s && *s; s++)
		h = (h ^ (unsigned char)*s) * MU_HASH_PRIME;
	return (h ^ 0xff) * MU_HASH_PRIME; /* so that "ab", "c" is not "a", "bc" */
}

/* Several targets and modes may find the same: it is told once. */
static int told(struct job *job, const struct mu_finding *f)
{
	uint64_t h = hash_more(MU_HASH_SEED + (uint64_t)f->rule, f->object);

	h = hash_more(hash_more(h, f->symbol), f->message);
	if (mu_exports_find(&job->told, h) != MU_ANSWER_NONE)
		return 1;
	return mu_exports_add(&job->told, h, MU_ANSWER_DEF);
}

static int add(struct job *job, const struct mu_finding *f)
{
	int e = f->message ? told(job, f) : -ENOMEM;

	if (e)
		return e < 0 ? e : 0;
	if (mu_vec_room(&job->findings))
		return -ENOMEM;
	job->findings.v[job->findings.n++] = *f;
	return 0;
}

static const char *name_of(const struct target *t)
{
	return t ? t->pub.name : NULL;
}

int add_finding(struct job *job, enum mu_rule_id rule, enum mu_severity severity,
	const struct target *t, const char *symbol, const char *fmt, ...)
{
	char *message;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	message = n < 0 ? NULL : mu_arena_alloc(job->arena, (size_t)n + 1);
	if (!message)
		return -ENOMEM;
	va_start(ap, fmt);
	vsnprintf(message, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return add(job, &(struct mu_finding){
				.rule = rule,
				.severity = severity,
				.message = message,
				.symbol = symbol,
				.target = name_of(t),
			});
}

/* A finding about an object that was loaded, the file itself or another. */
static int add_about(struct job *job, enum mu_rule_id rule, enum mu_severity severity,
	const struct target *t, const char *object, const char *message)
{
	return add(job, &(struct mu_finding){
				.rule = rule,
				.severity = severity,
				.message = message,
				.object = object,
				.target = name_of(t),
			});
}

/* ---- of the file itself ---------------------------------------------------- */

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* "app-musl", "linux-x64-musl/", "musllinux": the word, not a part of another */
static bool says_musl(const char *path)
{
	for (const char *s = path; (s = strstr(s, "musl")); s += 4) {
		if (s > path && is_letter(s[-1]))
			continue;
		if (!is_letter(s[4]) || !strncmp(s + 4, "linux", 5))
			return true;
	}
	return false;
}

static bool asks_for(const struct job *job, const char *symbol)
{
	const struct mu_elf *e = mu_elf_of(job->o);

	for (size_t i = 0; i < e->nrefs; i++)
		if (!strcmp(e->refs[i].name, symbol))
			return true;
	return false;
}

static bool uses_initial_exec(const struct mu_object *o)
{
	const struct mu_elf *e = mu_elf_of(o);

	if (o->static_tls || e->local_tpoff)
		return true;
	for (size_t i = 0; i < e->nrefs; i++)
		if (e->refs[i].how & MU_REF_TPOFF)
			return true;
	return false;
}

static bool unknown_dollar(const char *s)
{
	for (; (s = strchr(s, '$')); s++)
		if (strncmp(s, "$ORIGIN", 7) && strncmp(s, "${ORIGIN}", 9))
			return true;
	return false;
}

static int run_path_findings(struct job *job)
{
	const char *s = job->o->runpath ? job->o->runpath : job->o->rpath;

	if (!s || !strchr(s, '$'))
		return 0;
	if (unknown_dollar(s))
		return add_finding(job, MU_RULE_MU015, MU_SEVERITY_WARNING, NULL, NULL,
			"musl ignores the whole run path %s", s);
	if (job->o->setuid && job->o->kind == MU_KIND_EXECUTABLE)
		return add_finding(job, MU_RULE_MU016, MU_SEVERITY_WARNING, NULL, NULL,
			"runs with raised privileges: musl ignores its run path %s", s);
	return 0;
}

static int static_findings(struct job *job)
{
	const struct mu_object *o = job->o;
	static const char *const what[] = {"name service (NSS)", "iconv", "dlopen"};
	bool can[] = {o->can_nss, o->can_iconv, o->can_dlopen};
	char list[80] = "";

	for (int i = 0; i < 3; i++) {
		if (!can[i])
			continue;
		if (*list)
			strcat(list, ", ");
		strcat(list, what[i]);
	}
	if (!*list)
		return 0;
	return add_finding(job, MU_RULE_MU012, MU_SEVERITY_NOTE, NULL, NULL,
		"static, but %s loads parts of glibc at run time, which Alpine does not "
		"have",
		list);
}

int file_findings(struct job *job)
{
	const struct mu_object *o = job->o;
	bool library = o->kind == MU_KIND_SHARED_LIBRARY;
	int e = run_path_findings(job);

	if (!e && library && uses_initial_exec(o))
		e = add_finding(job, MU_RULE_MU007, MU_SEVERITY_NOTE, NULL, NULL,
			"initial-exec TLS: cannot be opened by dlopen on musl, only "
			"loaded "
			"with the program");
	if (!e && o->has_gnu_stack && o->exec_stack)
		e = add_finding(job, MU_RULE_MU008, MU_SEVERITY_WARNING, NULL, NULL,
			library ? "asks for an executable stack, which musl does not "
				  "grant "
				  "to a library"
				: "asks for an executable stack");
	if (!e && o->libc == MU_LIBC_GLIBC && says_musl(job->report->path))
		e = add_finding(job, MU_RULE_MU011, MU_SEVERITY_WARNING, NULL, NULL,
			"called musl by its path, but built for glibc");
	if (!e && o->libc == MU_LIBC_GLIBC && !needs_loader(o))
		e = static_findings(job);
	if (!e && o->kind == MU_KIND_EXECUTABLE && o->libc == MU_LIBC_GLIBC &&
		!o->stack_size && asks_for(job, "pthread_create"))
		e = add_finding(job, MU_RULE_MU017, MU_SEVERITY_NOTE, NULL, NULL,
			"starts threads, which get 128 KiB of stack on musl where glibc "
			"gives "
			"8 MiB");
	if (!e && o->interpreter && job->machine && o->kind == MU_KIND_EXECUTABLE &&
		strcmp(o->interpreter, job->machine->glibc_interp) &&
		strcmp(o->interpreter, job->machine->musl_interp))
		e = add_finding(job, MU_RULE_MU020, MU_SEVERITY_WARNING, NULL, NULL,
			"its interpreter %s is a private one, and must come along",
			o->interpreter);
	return e;
}

/* ---- of one result ---------------------------------------------------------- */

static int library_findings(
	struct job *job, const struct target *t, const struct mu_result *r)
{
	int e = 0;

	for (size_t i = 0; i < r->nmissing_libraries && !e; i++) {
		const struct mu_missing_library *m = &r->missing_libraries[i];
		const char *lack = packages_lack(job->arena, t, m);
		if (!lack)
			return -ENOMEM;
		e = add(job,
			&(struct mu_finding){
				.rule = MU_RULE_MU002,
				.severity = MU_SEVERITY_ERROR,
				.message = mu_arena_printf(job->arena,
					"Error loading shared library %s: %s (needed by "
					"%s)%s%s",
					m->name, m->reason, m->needed_by,
					*lack ? "; " : "", lack),
				.object = m->needed_by,
				.subject = m->name,
				.target = name_of(t),
			});
	}
	return e;
}

static int symbol_finding(struct job *job, const struct target *t,
	const struct mu_missing_symbol *m, enum mu_rule_id rule,
	enum mu_severity severity)
{
	const char *why = "";

	if (m->shadow && m->hidden) {
		rule = MU_RULE_MU004;
		why = mu_arena_printf(job->arena,
			" (%s has it in a version that is not the default)", m->shadow);
	} else if (m->shadow) {
		why = mu_arena_printf(job->arena,
			" (%s has it as an indirect function, which musl does not bind)",
			m->shadow);
	}
	if (!why)
		return -ENOMEM;
	return add(job, &(struct mu_finding){
				.rule = rule,
				.severity = severity,
				.message = mu_arena_printf(job->arena,
					"Error relocating %s: %s: symbol not found%s",
					m->object, m->symbol, why),
				.object = m->object,
				.symbol = m->symbol,
				.target = name_of(t),
				.origin = m->origin,
				.shadowed = m->shadow != NULL,
			});
}

/* One note for all that the host provides. */
static int host_finding(struct job *job, const struct mu_result *r)
{
	const struct mu_missing_symbol *first = NULL;
	size_t n = 0;

	for (size_t i = 0; i < r->nmissing_symbols; i++) {
		if (r->missing_symbols[i].origin != MU_ORIGIN_HOST)
			continue;
		if (!first || (!first->host && r->missing_symbols[i].host))
			first = &r->missing_symbols[i];
		n++;
	}
	if (!n)
		return 0;
	return add_finding(job, MU_RULE_MU014, MU_SEVERITY_NOTE, NULL, first->symbol,
		"%zu symbol%s (%s%s) come%s from the process that opens it: %s", n,
		n == 1 ? "" : "s", first->symbol, n == 1 ? "" : ", …", n == 1 ? "s" : "",
		first->host ? first->host : "not known which");
}

static int symbol_findings(
	struct job *job, const struct target *t, const struct mu_result *r)
{
	int e = host_finding(job, r);

	for (size_t i = 0; i < r->nmissing_symbols && !e; i++)
		if (r->missing_symbols[i].origin != MU_ORIGIN_HOST)
			e = symbol_finding(job, t, &r->missing_symbols[i], MU_RULE_MU003,
				MU_SEVERITY_ERROR);
	for (size_t i = 0; i < r->ndeferred_symbols && !e; i++)
		if (r->deferred_symbols[i].origin != MU_ORIGIN_HOST)
			e = symbol_finding(job, t, &r->deferred_symbols[i], MU_RULE_MU018,
				MU_SEVERITY_WARNING);
	return e;
}

static int relocation_findings(
	struct job *job, const struct target *t, const struct mu_result *r)
{
	int e = 0;

	for (size_t i = 0; i < r->nbad_relocations && !e; i++) {
		const struct mu_bad_relocation *b = &r->bad_relocations[i];
		e = add_about(job, MU_RULE_MU005, MU_SEVERITY_ERROR, t, b->object,
			mu_arena_printf(job->arena,
				"Error relocating %s: unsupported relocation type "
				"%u%s%s%s",
				b->object, b->type, b->name ? " (" : "",
				b->name ? b->name : "", b->name ? ")" : ""));
	}
	for (size_t i = 0; i < r->ntls_errors && !e; i++) {
		const struct mu_tls_error *x = &r->tls_errors[i];
		e = add_about(job, MU_RULE_MU007, MU_SEVERITY_ERROR, t, x->object,
			mu_arena_printf(job->arena,
				"Error relocating %s: %s: initial-exec TLS resolves to "
				"dynamic "
				"definition in %s",
				x->object, x->symbol ? x->symbol : "(its own block)",
				x->definition));
	}
	return e;
}

static int interpreter_finding(
	struct job *job, const struct target *t, const struct mu_result *r, bool fatal)
{
	bool brought = r->layer != MU_LAYER_NONE && r->interpreter_found;

	if (!job->o->interpreter || r->mode != MU_MODE_START ||
		(r->interpreter_found && !brought) ||
		!strcmp(job->o->interpreter, job->machine->musl_interp))
		return 0;
	return add_finding(job, MU_RULE_MU001,
		fatal && !brought ? MU_SEVERITY_ERROR : MU_SEVERITY_WARNING, t, NULL,
		"interpreter %s does not exist on %s%s%s%s", job->o->interpreter,
		t->pub.name, brought ? " (" : "", brought ? mu_layer_name(r->layer) : "",
		brought ? " brings it)" : "");
}

int result_findings(
	struct job *job, const struct target *t, const struct mu_result *r, bool fatal)
{
	int e = interpreter_finding(job, t, r, fatal);

	if (!e)
		e = library_findings(job, t, r);
	if (!e)
		e = symbol_findings(job, t, r);
	if (!e)
		e = relocation_findings(job, t, r);
	if (!e && r->relr_ignored)
		e = add_finding(job, MU_RULE_MU006, MU_SEVERITY_ERROR, t, NULL,
			"%s has packed relative relocations (DT_RELR), which musl %s "
			"ignores: "
			"it crashes on %s",
			r->relr_ignored, t->pub.libc_version, t->pub.name);
	for (size_t i = 0; i < r->ncopies && !e; i++)
		e = add_finding(job, MU_RULE_MU009, MU_SEVERITY_WARNING, t,
			r->copies[i].symbol,
			"copies %llu bytes of %s, which has %llu in musl",
			(unsigned long long)r->copies[i].program_size,
			r->copies[i].symbol, (unsigned long long)r->copies[i].musl_size);
	return e;
}

/* ---- what the user does not want to hear ------------------------------------ */

/* "RULE" or "RULE:GLOB", where GLOB is of the symbol, the library, the object or the
 * file. */
static bool matches(const struct job *job, const struct mu_finding *f, const char *ignore)
{
	const struct mu_rule *rule = mu_rule_at(f->rule);
	size_t n = strcspn(ignore, ":");
	const char *glob = ignore[n] ? ignore + n + 1 : NULL;

	if ((strlen(rule->id) != n || strncmp(rule->id, ignore, n)) &&
		(strlen(rule->name) != n || strncmp(rule->name, ignore, n)))
		return false;
	if (!glob)
		return true;
	return (f->symbol && !fnmatch(glob, f->symbol, 0)) ||
	       (f->object && !fnmatch(glob, f->object, 0)) ||
	       (f->subject && !fnmatch(glob, f->subject, 0)) ||
	       !fnmatch(glob, job->report->path, 0);
}

void drop_ignored(struct job *job)
{
	const struct mu_check_options *o = &job->run->opts;
	size_t kept = 0;

	for (size_t i = 0; i < job->findings.n; i++) {
		bool drop = false;
		for (size_t k = 0; k < o->nignores && !drop; k++)
			drop = matches(job, &job->findings.v[i], o->ignores[k]);
		if (!drop)
			job->findings.v[kept++] = job->findings.v[i];
	}
	job->findings.n = kept;
}
