/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "scan/config_run.h"

/* ---- folders of libraries -----------------------------------------------------------
 */

/* Where both loaders look by themselves, or what exists for the distribution's sake. */
static bool usual_folder(const char *path)
{
	static const char *const usual[] = {"/lib", "/usr/lib", "/usr/local/lib",
		"/lib64", "/usr/lib64", "/lib32", "/usr/lib32", "/usr/local/lib64"};
	const struct mu_setting *s = mu_setting_of(MU_SETTING_PATH, path);

	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		if (!strcmp(path, usual[i]))
			return true;
	return s && strstr(s->pattern, "-linux-");
}

/* A folder of the tree, spelled without '/' at its end; NULL. */
static const char *library_folder(struct config_run *run, char *path)
{
	const struct mu_entry *entry;
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		path[--n] = '\0';
	if (*path != '/' || mu_tree_resolve(run->tree, path, &entry) ||
		entry->type != MU_ENTRY_FOLDER)
		return NULL;
	return path;
}

/* One line that writes the path file of whatever machine it runs on. */
static const char *path_file_command(struct config_run *run)
{
	for (size_t i = 0; i < run->folders.list.n; i++)
		if (!config_plain(run->folders.list.v[i]))
			return NULL;
	return config_format(run,
		"l=$(ls /lib/ld-musl-*.so.1) && l=${l##*/} && printf '%%s\\n' /lib "
		"/usr/local/lib /usr/lib %s > \"/etc/${l%%.so.1}.path\"",
		config_join(run, &run->folders, " "));
}

void config_ld_conf(
	struct config_run *run, const struct mu_entry *entry, struct config_text *text)
{
	struct mu_config_finding f = {.rule = MU_RULE_MU042,
		.severity = MU_SEVERITY_WARNING,
		.path = entry->path,
		.message = "musl reads no ld.so.conf: libraries in this folder are not "
			   "found.",
		.remedy = "Name the folder in /etc/ld-musl-ARCH.path, after the default "
			  "ones, which the file replaces."};
	unsigned more = 0;
	char *line;

	while ((line = config_setting(text))) {
		const char *folder;

		line[strcspn(line, "#=")] = '\0'; /* "folder=TYPE" is of libc5's time */
		if (config_begins(line, "include") || usual_folder(line))
			continue;
		folder = library_folder(run, line);
		if (!folder || usual_folder(folder) || config_has(&run->folders, folder))
			continue;
		config_add(run, &run->folders, folder);
		if (f.line) {
			more++;
			continue;
		}
		f.line = text->line;
		f.evidence = f.subject = config_copy(run, folder);
	}
	if (more)
		f.message = config_format(run,
			"musl reads no ld.so.conf: libraries in this folder and %u more "
			"of "
			"the file are not found.",
			more);
	if (f.line)
		config_tell(run, &f);
}

/* All of the folders stand in each command: the file is written as a whole. */
void config_folders_tell(struct config_run *run)
{
	const char *command = NULL;

	for (size_t i = 0; run->folders.list.n && i < run->out->findings.n; i++) {
		struct mu_config_finding *f = &run->out->findings.v[i];

		if (f->rule != MU_RULE_MU042 || f->severity == MU_SEVERITY_NOTE)
			continue;
		if (!command && !(command = path_file_command(run)))
			return;
		f->command = command;
	}
}

/* Of LD_LIBRARY_PATH; @kept: musl programs will see the variable as well. */
void config_library_path(struct config_run *run, const struct mu_config_finding *at,
	const char *value, bool kept)
{
	char *rest = (char *)config_copy(run, value), *folder;
	struct mu_config_finding f = *at;
	const struct mu_setting *s = NULL;
	unsigned own = 0;

	if (strchr(value, '$') &&
		(strstr(value, "$LIB") || strstr(value, "${LIB}") ||
			strstr(value, "PLATFORM") || strstr(value, "ORIGIN"))) {
		f.rule = MU_RULE_MU042;
		f.severity = MU_SEVERITY_WARNING;
		f.message = "musl does not replace $LIB, $PLATFORM and $ORIGIN in "
			    "LD_LIBRARY_PATH.";
		f.remedy = "Write the folders out.";
		config_tell(run, &f);
		return;
	}
	while ((folder = config_field(&rest, ':'))) {
		const struct mu_setting *bad = mu_setting_of(MU_SETTING_PATH, folder);

		if (bad && config_distro(run, folder)) {
			s = bad;
		} else if (library_folder(run, folder) && !usual_folder(folder)) {
			own++;
			if (!kept)
				config_add(run, &run->folders, folder);
		} else if (bad) {
			s = bad;
		}
	}
	f.rule = MU_RULE_MU042;
	if (s) {
		f.severity = MU_SEVERITY_NOTE;
		f.message = s->message;
		f.remedy = s->remedy;
		config_tell(run, &f);
	}
	if (own && kept) {
		f.severity = MU_SEVERITY_NOTE;
		f.message =
			"musl follows the variable too: it goes along with the folders.";
		f.remedy = "Keep the variable, or name the folders in "
			   "/etc/ld-musl-ARCH.path.";
		config_tell(run, &f);
	} else if (own) {
		f.severity = MU_SEVERITY_WARNING;
		f.message =
			"On Alpine nothing sets this variable from here for a service or "
			"container: the libraries in these folders are not found.";
		f.remedy =
			"Name the folders in /etc/ld-musl-ARCH.path, after the default "
			"ones, which the file replaces.";
		config_tell(run, &f);
	}
}

/* ---- preloading
 * ------------------------------------------------------------------------ */

static void preload_known(struct config_run *run, struct mu_config_finding *f,
	const struct mu_setting *s, bool file)
{
	if (s->silent)
		return;
	f->severity = (enum mu_severity)s->severity;
	f->message = file ? config_format(run,
				    "musl reads no ld.so.preload: the library is loaded "
				    "nowhere. %s",
				    s->message)
			  : s->message;
	f->remedy = s->remedy;
	if (s->package && mu_package_repo(s->package, NULL)) {
		f->package = s->package;
		f->command = config_format(run, "apk add --no-cache %s", s->package);
	}
	config_tell(run, f);
}

static void preload_one(struct config_run *run, const struct mu_config_finding *at,
	const char *library, bool file)
{
	const struct mu_setting *s =
		mu_setting_of(MU_SETTING_PRELOAD, mu_text_base(library));
	const struct mu_entry *entry;
	struct mu_config_finding f = *at;

	f.rule = MU_RULE_MU043;
	f.subject = library;
	if (s) {
		preload_known(run, &f, s, file);
		return;
	}
	f.severity = MU_SEVERITY_WARNING;
	if (*library == '/' && mu_tree_resolve(run->tree, library, &entry)) {
		f.severity = MU_SEVERITY_NOTE;
		f.message =
			"The library is not in the tree; musl says nothing of one that "
			"is missing.";
	} else if (config_distro(run, library)) {
		f.message = "The library is the distribution's, built for glibc: at this "
			    "path "
			    "Alpine has nothing, and musl says nothing of that.";
		f.remedy =
			"Find out what it is for, and leave it out or install Alpine's "
			"build.";
	} else {
		f.message = file ? "musl reads no ld.so.preload: the library is loaded "
				   "nowhere."
				 : "musl loads it into every program: if it was built "
				   "for glibc, "
				   "they may all fail to start.";
		f.remedy = file ? "Set LD_PRELOAD where the program is started, with a "
				  "build "
				  "for musl."
				: "Build it for musl, or leave it out.";
	}
	config_tell(run, &f);
}

void config_preload(
	struct config_run *run, const struct mu_config_finding *at, const char *value)
{
	char *rest = (char *)config_copy(run, value), *library;

	for (char *p = rest; *p; p++)
		if (*p == ':')
			*p = ' ';
	while ((library = config_word(&rest)))
		preload_one(run, at, library, false);
}

void config_ld_preload(
	struct config_run *run, const struct mu_entry *entry, struct config_text *text)
{
	char *line, *library;

	while ((line = config_setting(text))) {
		struct mu_config_finding f = {.path = entry->path,
			.line = text->line,
			.evidence = config_copy(run, line)};

		for (char *p = line; *p; p++)
			if (*p == ':')
				*p = ' ';
		line[strcspn(line, "#")] = '\0';
		while ((library = config_word(&line)))
			preload_one(run, &f, library, true);
	}
}
