/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "scan/config_run.h"

#define LINE_MAX_BYTES 65536
#define LINES_MAX 20000
#define EVIDENCE_MAX 160

const char *config_keep(struct config_run *run, const char *s)
{
	if (s)
		return s;
	run->failed = -ENOMEM;
	return "";
}

/* At most EVIDENCE_MAX bytes, no half character at the end. */
static const char *short_copy(struct config_run *run, const char *s)
{
	size_t n = strlen(s);

	if (n > EVIDENCE_MAX) {
		n = EVIDENCE_MAX - 3;
		while (n && ((unsigned char)s[n] & 0xc0) == 0x80)
			n--;
		return config_format(run, "%.*s…", (int)n, s);
	}
	return config_copy(run, s);
}

void config_tell(struct config_run *run, const struct mu_config_finding *f)
{
	struct mu_config_finding *to;

	if (run->told[f->rule]++ >= CONFIG_TOLD_MAX)
		return;
	if (mu_vec_room(&run->out->findings)) {
		run->failed = -ENOMEM;
		return;
	}
	to = &run->out->findings.v[run->out->findings.n++];
	*to = *f;
	to->path = f->path ? config_copy(run, f->path) : NULL;
	to->evidence = f->evidence ? short_copy(run, f->evidence) : NULL;
	to->subject = f->subject ? short_copy(run, f->subject) : NULL;
}

bool config_plain(const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_./+@:,=%-";

	return *s && *s != '-' && s[strspn(s, plain)] == '\0';
}

bool config_mine(const struct config_run *run, const struct mu_entry *entry)
{
	const struct mu_owner *owner = mu_owners_of(run->owners, entry);

	/* without a version: no package, but what installation scripts are known to
	 * write, by the beginning of its path alone */
	return !owner || owner->kind != MU_OWNER_DISTRO ||
	       (owner->version && !*owner->version) ||
	       mu_owners_modified(run->owners, entry);
}

/* Number of the first entry that comes after a path. */
static size_t after(const struct mu_tree *tree, const char *path)
{
	size_t low = 0, high = mu_tree_count(tree);

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(mu_tree_at(tree, mid)->path, path) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* A folder is of whom its first files are: several packages may share it. */
static const struct mu_entry *file_below(
	const struct mu_tree *tree, const struct mu_entry *folder)
{
	size_t n = strlen(folder->path), count = mu_tree_count(tree);

	for (size_t i = after(tree, folder->path), tries = 0; i < count && tries < 256;
		i++, tries++) {
		const struct mu_entry *e = mu_tree_at(tree, i);

		if (strncmp(e->path, folder->path, n))
			break;
		if (e->type == MU_ENTRY_FILE && e->path[n] == '/')
			return e;
	}
	return NULL;
}

bool config_distro(const struct config_run *run, const char *path)
{
	const struct mu_entry *entry;
	const struct mu_owner *owner;

	if (mu_tree_resolve(run->tree, path, &entry))
		return false;
	if (entry->type == MU_ENTRY_FOLDER)
		entry = file_below(run->tree, entry);
	owner = entry ? mu_owners_of(run->owners, entry) : NULL;
	return owner && owner->kind == MU_OWNER_DISTRO;
}

bool config_has(const struct config_names *names, const char *name)
{
	for (size_t i = 0; i < names->list.n; i++)
		if (!strcmp(names->list.v[i], name))
			return true;
	return false;
}

void config_add(struct config_run *run, struct config_names *names, const char *name)
{
	if (names->list.n >= CONFIG_WORDS_MAX || config_has(names, name))
		return;
	if (mu_vec_room(&names->list))
		run->failed = -ENOMEM;
	else
		names->list.v[names->list.n++] = config_copy(run, name);
}

const char *config_join(
	struct config_run *run, const struct config_names *names, const char *between)
{
	size_t n = 1, gap = strlen(between);
	char *s, *p;

	for (size_t i = 0; i < names->list.n; i++)
		n += strlen(names->list.v[i]) + gap;
	s = p = mu_arena_alloc(run->arena, n);
	if (!s)
		return config_keep(run, NULL);
	for (size_t i = 0; i < names->list.n; i++) {
		p = stpcpy(p, i ? between : "");
		p = stpcpy(p, names->list.v[i]);
	}
	return s;
}

bool config_begins(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

bool config_ends(const char *s, const char *with)
{
	return mu_text_ends(s, strlen(s), with);
}

int config_text_open(
	struct config_run *run, const struct mu_entry *entry, struct config_text *ret)
{
	struct mu_bytes bytes;
	char *mem;
	int r = mu_tree_read(run->tree, entry, CONFIG_FILE_MAX, &bytes);

	if (r) {
		if (r == -ENOMEM)
			run->failed = r;
		return r;
	}
	mem = malloc(bytes.n + 1);
	if (!mem) {
		mu_bytes_free(&bytes);
		return run->failed = -ENOMEM;
	}
	memcpy(mem, bytes.data, bytes.n);
	mem[bytes.n] = '\0';
	*ret = (struct config_text){.mem = mem, .at = mem, .end = mem + bytes.n};
	mu_bytes_free(&bytes);
	return 0;
}

void config_text_close(struct config_text *text)
{
	free(text->mem);
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

char *config_line(struct config_text *text)
{
	char *line = text->at, *stop, *next;

	if (line >= text->end || text->line >= LINES_MAX)
		return NULL;
	text->line++;
	stop = memchr(line, '\n', (size_t)(text->end - line));
	if (!stop)
		stop = text->end;
	next = stop < text->end ? stop + 1 : text->end;
	text->at = next;
	if (stop - line > LINE_MAX_BYTES)
		stop = line + LINE_MAX_BYTES;
	*stop = '\0';
	for (char *p = line; (p = memchr(p, '\0', (size_t)(stop - p))); p++)
		*p = '?';
	while (stop > line && blank(stop[-1]))
		*--stop = '\0';
	while (blank(*line))
		line++;
	return line;
}

char *config_setting(struct config_text *text)
{
	char *line;

	do {
		line = config_line(text);
	} while (line && (*line == '\0' || *line == '#'));
	return line;
}

char *config_word(char **line)
{
	char *word = *line + strspn(*line, " \t\r\f\v"), *end;

	if (!*word)
		return NULL;
	end = word + strcspn(word, " \t\r\f\v");
	*line = end + (*end != '\0');
	*end = '\0';
	return word;
}

char *config_field(char **line, char separator)
{
	char *field = *line, *end;

	if (!field)
		return NULL;
	end = strchr(field, separator);
	*line = end ? end + 1 : NULL;
	if (end)
		*end = '\0';
	return field;
}

char *config_unquote(char *value)
{
	size_t n = strlen(value);

	if (n >= 2 && (*value == '"' || *value == '\'') && value[n - 1] == *value) {
		value[n - 1] = '\0';
		return value + 1;
	}
	return value;
}
