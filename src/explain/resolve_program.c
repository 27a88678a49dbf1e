/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include <muslin/advice.h>

#include "core/text.h"
#include "explain.h"

static bool begins(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

/* ---- commands
 * ---------------------------------------------------------------------------- */

/* Names of commands that stand for a package of another name. */
static const char *alias_of(const char *command)
{
	static const char *const names[][2] = {{"python", "python3"}, {"pip", "pip3"},
		{"java", "java"}, {"javac", "javac"}};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(command, names[i][0]))
			return names[i][1];
	return command;
}

static int foreign(struct mu_explanation *x, const struct mu_foreign *f, struct draft *d)
{
	d->place[PLACE_NAME] = f->instead;
	if (f->package && x->release && mu_package_repo(f->package, x->release))
		draft_package(x, d, f->package);
	return draft_text(d, f->instead ? "command-foreign" : "command-foreign-none");
}

/* 1 when something is known of the command. */
static int of_command(struct mu_explanation *x, const char *name, struct draft *d)
{
	const struct mu_foreign *f = mu_foreign_find(name);
	const struct mu_applet *a = mu_applet_find(name);
	const char *package;
	int e;

	d->place[PLACE_SUBJECT] = name;
	if (f)
		return foreign(x, f, d);
	e = draft_providers(x, d, MU_PROVIDED_COMMAND, name);
	if (!e)
		e = draft_providers(x, d, MU_PROVIDED_COMMAND, alias_of(name));
	if (!e && a && (package = mu_applet_package(a, x->release)) && *package) {
		d->place[PLACE_PACKAGE] = package;
		e = draft_package(x, d, package);
	}
	return e > 0 ? draft_text(d, a ? "command-applet" : "command-package") : e;
}

static bool is_word(const char *s)
{
	return *s && !s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789._+-")];
}

int resolve_command(struct mu_explanation *x, const struct find *f, struct draft *d)
{
	const char *name = f->group[GROUP_SUBJECT];
	int e;

	if (!name || !is_word(name))
		return 0;
	e = of_command(x, name, d);
	if (e)
		return e;
	return draft_text(d, "command-unknown");
}

/* Of shells that say another thing of a program that is there: a name that nobody knows
 * is a slip of somebody's fingers. */
int resolve_command_known(struct mu_explanation *x, const struct find *f, struct draft *d)
{
	const char *name = f->group[GROUP_SUBJECT];

	return name && is_word(name) ? of_command(x, name, d) : 0;
}

/* ---- programs that are not found, though perhaps there
 * -------------------------------------- */

static bool is_script_name(const char *base)
{
	static const char *const ends[] = {".sh", ".bash", ".py", ".pl", ".rb", ".js",
		"entrypoint", "gradlew", "mvnw", ".ksh", ".zsh", ".php"};

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (mu_text_ends(base, strlen(base), ends[i]))
			return true;
	return false;
}

/* Folders of a distribution's own: a program there comes with a package. */
static bool is_system_folder(const char *path, const char *base)
{
	static const char *const folders[] = {
		"/bin/", "/usr/bin/", "/sbin/", "/usr/sbin/"};

	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		if (begins(path, folders[i]) && path + strlen(folders[i]) == base)
			return true;
	return false;
}

static int of_interpreter(struct mu_explanation *x, const char *path, struct draft *d)
{
	const char *base = mu_text_base(path);

	if (begins(path, "/nix/store/") || begins(path, "/gnu/store/") ||
		strstr(path, "linuxbrew"))
		return draft_text(d, "interpreter-private");
	if (begins(base, "ld-musl-"))
		return draft_text(d, "interpreter-musl");
	if (begins(base, "ld-linux") || begins(base, "ld64.so") ||
		begins(base, "ld-lsb") || !strcmp(path, "/lib/ld.so.1"))
		return draft_text(d, "interpreter-glibc");
	(void)x;
	return 0;
}

int resolve_program(struct mu_explanation *x, const struct find *f, struct draft *d)
{
	const char *path = f->group[GROUP_SUBJECT], *base;
	int e;

	if (!path)
		return 0;
	if (!strchr(path, '/') && is_word(path) && !is_script_name(path)) {
		e = of_command(x, path, d);
		return e ? e : draft_text(d, "program-in-path");
	}
	base = mu_text_base(path);
	if (!*base)
		return 0;
	e = of_interpreter(x, path, d);
	if (e)
		return e;
	if (is_system_folder(path, base) && is_word(base)) {
		e = of_command(x, base, d);
		d->place[PLACE_SUBJECT] = path;
		if (e)
			return e;
	}
	d->place[PLACE_OBJECT] = path;
	d->software = mu_software_of(MU_SOFTWARE_FILE, path);
	if (d->software && d->software->declined && !strstr(path, "musl")) {
		d->place[PLACE_NAME] = d->software->name;
		d->place[PLACE_ADVICE] = d->software->why;
		return draft_text(d, "program-software");
	}
	if (is_script_name(base))
		return draft_text(d, "program-script");
	if (x->context.musl_build && !x->context.alpine)
		return draft_text(d, "interpreter-musl");
	if (x->context.glibc && !x->context.alpine)
		return draft_text(d, "program-on-glibc");
	return draft_text(d, "program-interpreter");
}

/* What stands behind #!, or in PT_INTERP. */
int resolve_interpreter(struct mu_explanation *x, const struct find *f, struct draft *d)
{
	const char *path = f->group[GROUP_SUBJECT], *base;
	size_t n;
	int e;

	if (!path)
		return 0;
	n = strlen(path);
	if (mu_text_ends(path, n, "^M") || mu_text_ends(path, n, "\r") ||
		mu_text_ends(path, n, "\\r") || mu_text_ends(path, n, "$'\\r'"))
		return draft_text(d, "line-ends");
	e = of_interpreter(x, path, d);
	if (e)
		return e;
	base = mu_text_base(path);
	if (!is_word(base))
		return 0;
	e = of_command(x, base, d);
	d->place[PLACE_SUBJECT] = path;
	if (e < 0)
		return e;
	return draft_text(d, e ? "script-interpreter" : "script-interpreter-unknown");
}
