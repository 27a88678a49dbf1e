/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "run.h"

/* Each returns whether the assertion holds; @value is what stands behind = or <=. */
static bool is_musl(const struct mu_object *o, const char *value)
{
	(void)value;
	return o->libc == MU_LIBC_MUSL;
}

static bool is_static(const struct mu_object *o, const char *value)
{
	(void)value;
	return o->kind == MU_KIND_STATIC_EXECUTABLE || o->kind == MU_KIND_STATIC_PIE;
}

static bool is_static_pie(const struct mu_object *o, const char *value)
{
	(void)value;
	return o->kind == MU_KIND_STATIC_PIE;
}

static bool is_pie(const struct mu_object *o, const char *value)
{
	(void)value;
	return o->pie || o->kind == MU_KIND_STATIC_PIE ||
	       (o->kind == MU_KIND_EXECUTABLE && o->e_type == 3);
}

static bool glibc_at_most(const struct mu_object *o, const char *value)
{
	return !o->glibc_required || mu_version_cmp(o->glibc_required, value) <= 0;
}

static bool has_interpreter(const struct mu_object *o, const char *value)
{
	return o->interpreter && !strcmp(o->interpreter, value);
}

/* without PT_GNU_STACK the kernel's default holds: executable on most machines */
static bool no_exec_stack(const struct mu_object *o, const char *value)
{
	(void)value;
	return o->has_gnu_stack && !o->exec_stack;
}

static bool no_textrel(const struct mu_object *o, const char *value)
{
	(void)value;
	return !o->textrel;
}

static bool no_rpath(const struct mu_object *o, const char *value)
{
	(void)value;
	return !o->rpath && !o->runpath;
}

static const struct {
	const char *name;
	bool takes_value;
	bool (*holds)(const struct mu_object *o, const char *value);
} asserts[] = {
	{"musl", false, is_musl},
	{"static", false, is_static},
	{"static-pie", false, is_static_pie},
	{"pie", false, is_pie},
	{"glibc<=", true, glibc_at_most},
	{"interpreter=", true, has_interpreter},
	{"no-exec-stack", false, no_exec_stack},
	{"no-textrel", false, no_textrel},
	{"no-rpath", false, no_rpath},
};
#define N_ASSERTS (sizeof asserts / sizeof *asserts)

static bool is_version(const char *s)
{
	return s[0] >= '0' && s[0] <= '9' && !s[strspn(s, "0123456789.")];
}

static const char *value_of(size_t i, const char *text)
{
	size_t n = strlen(asserts[i].name);

	if (strncmp(text, asserts[i].name, n) ||
		(asserts[i].takes_value ? !text[n] : text[n]))
		return NULL;
	if (asserts[i].holds == glibc_at_most && !is_version(text + n))
		return NULL;
	return text + n;
}

int asserts_parse(const struct mu_check_options *opts, struct mu_error *err)
{
	for (size_t i = 0; i < opts->nasserts; i++) {
		bool known = false;
		for (size_t k = 0; k < N_ASSERTS && !known; k++)
			known = value_of(k, opts->asserts[i]);
		if (!known)
			return mu_error_set(err, -MU_E_USAGE, NULL,
				"unknown assertion '%s': musl, static, static-pie, pie, "
				"glibc<=VERSION, interpreter=PATH, no-exec-stack, "
				"no-textrel, "
				"no-rpath",
				opts->asserts[i]);
	}
	return 0;
}

int assert_findings(struct job *job)
{
	const struct mu_check_options *o = &job->run->opts;
	int e = 0;

	/* scripts, archives and objects are not what is asserted about */
	if (!job->o->bits || job->o->kind == MU_KIND_RELOCATABLE)
		return 0;
	for (size_t i = 0; i < o->nasserts && !e; i++)
		for (size_t k = 0; k < N_ASSERTS && !e; k++) {
			const char *value = value_of(k, o->asserts[i]);
			if (value && !asserts[k].holds(job->o, value))
				e = add_finding(job, MU_RULE_MU013, MU_SEVERITY_ERROR,
					NULL, NULL, "assertion %s does not hold",
					o->asserts[i]);
		}
	return e;
}
