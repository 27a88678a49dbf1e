/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scan/config_run.h"

#define PEOPLE 1000u
#define PEOPLE_MAX 59999u
#define BUSYBOX_ID_MAX 256000u /* CONFIG_LAST_ID of Alpine's BusyBox: adduser's limit */

/* ---- reading ------------------------------------------------------------------------
 */

static bool number(const char *s, uint32_t *ret)
{
	unsigned long long v;
	char *end;

	if (!s || *s < '0' || *s > '9')
		return false;
	v = strtoull(s, &end, 10);
	if (*end || v >= UINT32_MAX)
		return false;
	*ret = (uint32_t)v;
	return true;
}

static const char *field(struct config_run *run, char **line)
{
	const char *s = config_field(line, ':');

	return config_copy(run, s ? s : "");
}

static bool parse_user(struct config_run *run, char *line, struct config_account *a)
{
	*a = (struct config_account){.name = field(run, &line)};
	config_field(&line, ':'); /* may be a password */
	if (!*a->name || !number(config_field(&line, ':'), &a->uid) ||
		!number(config_field(&line, ':'), &a->gid))
		return false;
	a->gecos = field(run, &line);
	a->home = field(run, &line);
	a->shell = field(run, &line);
	return true;
}

static bool parse_group(struct config_run *run, char *line, struct config_account *a)
{
	*a = (struct config_account){.name = field(run, &line)};
	config_field(&line, ':');
	if (!*a->name || !number(config_field(&line, ':'), &a->gid))
		return false;
	a->members = field(run, &line);
	return true;
}

static int by_uid(const void *a, const void *b)
{
	uint32_t x = ((const struct config_account *)a)->uid,
		 y = ((const struct config_account *)b)->uid;
	unsigned l = ((const struct config_account *)a)->line,
		 m = ((const struct config_account *)b)->line;

	return x != y ? (x > y) - (x < y) : (l > m) - (l < m);
}

static int by_gid(const void *a, const void *b)
{
	uint32_t x = ((const struct config_account *)a)->gid,
		 y = ((const struct config_account *)b)->gid;
	unsigned l = ((const struct config_account *)a)->line,
		 m = ((const struct config_account *)b)->line;

	return x != y ? (x > y) - (x < y) : (l > m) - (l < m);
}

/* users and groups have the same type of list; only the parser differs */
static void read_accounts(struct config_run *run, const char *path, bool group)
{
	const struct mu_entry *entry;
	struct config_text text;
	char *line;

	if (mu_tree_resolve(run->tree, path, &entry) ||
		config_text_open(run, entry, &text))
		return;
	while ((line = config_setting(&text))) {
		struct config_account a;
		bool ok = group ? parse_group(run, line, &a) : parse_user(run, line, &a);
		size_t n = group ? run->groups.n : run->users.n;

		if (!ok || n >= CONFIG_ACCOUNTS_MAX)
			continue;
		a.line = text.line;
		if (group ? mu_vec_room(&run->groups) : mu_vec_room(&run->users)) {
			run->failed = -ENOMEM;
			break;
		}
		if (group)
			run->groups.v[run->groups.n++] = a;
		else
			run->users.v[run->users.n++] = a;
	}
	config_text_close(&text);
}

void config_users_read(struct config_run *run)
{
	read_accounts(run, "/etc/passwd", false);
	read_accounts(run, "/etc/group", true);
	if (run->users.n)
		qsort(run->users.v, run->users.n, sizeof *run->users.v, by_uid);
	if (run->groups.n)
		qsort(run->groups.v, run->groups.n, sizeof *run->groups.v, by_gid);
}

/* The first line of an id decides, as in getpwuid(). */
static struct config_account *find_id(
	struct config_account *v, size_t n, uint32_t id, bool group)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if ((group ? v[mid].gid : v[mid].uid) < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low < n && (group ? v[low].gid : v[low].uid) == id ? &v[low] : NULL;
}

static struct config_account *user_of(struct config_run *run, uint32_t uid)
{
	return find_id(run->users.v, run->users.n, uid, false);
}

static struct config_account *group_of(struct config_run *run, uint32_t gid)
{
	return find_id(run->groups.v, run->groups.n, gid, true);
}

static struct config_account *named(struct config_account *v, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(v[i].name, name))
			return &v[i];
	return NULL;
}

/* ---- who makes use of them
 * ------------------------------------------------------------- */

/* Where packages of the distribution keep what they write themselves. */
static bool state_folder(const char *path)
{
	static const char *const tops[] = {"/var/cache/", "/var/log/", "/var/lib/",
		"/var/spool/", "/var/mail", "/var/local", "/var/backups", "/var/tmp",
		"/var/run/", "/run/", "/dev/", "/proc/", "/sys/", "/tmp/", "/boot/",
		"/etc/"};

	for (size_t i = 0; i < sizeof tops / sizeof *tops; i++)
		if (config_begins(path, tops[i]))
			return true;
	return false;
}

static void count_file(
	struct config_account *a, const struct mu_entry *entry, bool elsewhere)
{
	if (!a)
		return;
	if (elsewhere) {
		a->elsewhere++;
		return;
	}
	if (!a->files++ || (config_begins(a->where, "/etc/") &&
				   !config_begins(entry->path, "/etc/")))
		a->where = entry->path;
}

void config_users_count(struct config_run *run, const struct mu_entry *entry)
{
	const struct mu_owner *owner = mu_owners_of(run->owners, entry);
	bool state = state_folder(entry->path);

	if (owner && owner->kind == MU_OWNER_DISTRO)
		return;
	if (entry->uid)
		count_file(user_of(run, entry->uid), entry, state);
	if (entry->gid)
		count_file(group_of(run, entry->gid), entry, state);
}

void config_runs_as(struct config_run *run, const char *user, const char *what)
{
	char *rest = (char *)config_copy(run, user), *name = config_field(&rest, ':');
	struct config_account *a;
	uint32_t id;

	if (!name || !*name || run->lookups++ >= CONFIG_ACCOUNTS_MAX)
		return;
	a = number(name, &id) ? user_of(run, id)
			      : named(run->users.v, run->users.n, name);
	if (a && a->uid && !a->runs)
		a->runs = config_copy(run, what);
}

/* ---- what is to be created
 * ---------------------------------------------------------------- */

static bool people(uint32_t id)
{
	return id >= PEOPLE && id <= PEOPLE_MAX;
}

/* The files that count: of accounts that packages make, none in state folders, and of
 * one's home nothing but what is no skeleton. */
static size_t files_of(const struct config_account *a, bool group)
{
	const struct mu_known_account *known = mu_known_account_of(false, group, a->name);

	return known ? a->files : a->files + a->elsewhere;
}

static bool skeleton_only(const struct config_account *a)
{
	return a->files <= 4 && a->where && strlen(a->home) > 1 &&
	       config_begins(a->where, a->home);
}

static bool user_wanted(const struct config_account *a)
{
	const struct mu_known_account *known = mu_known_account_of(false, false, a->name);
	uint32_t usual = known ? known->uid : UINT32_MAX;

	if (!a->uid || a->uid == 65534 || a->uid == 65533)
		return false;
	if (a->runs)
		return true;
	if (known && (usual == UINT32_MAX ? people(a->uid) : usual != a->uid))
		known = NULL; /* one's own user of the same name */
	if (known)
		return a->files && !skeleton_only(a);
	return people(a->uid) || files_of(a, false);
}

static bool group_wanted(const struct config_account *a)
{
	if (!a->gid || a->gid == 65534 || mu_known_account_of(false, true, a->name))
		return false;
	return files_of(a, true) != 0;
}

static bool logs_in(const char *shell)
{
	return *shell && !config_ends(shell, "/nologin") &&
	       !config_ends(shell, "/false") && !config_ends(shell, "/sync");
}

/* Member of "a,b"? */
static bool is_member(const char *members, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = members; p && *p; p = strchr(p, ',')) {
		p += *p == ',';
		if (!strncmp(p, name, n) && (p[n] == ',' || p[n] == '\0'))
			return true;
		if (!*p)
			break;
	}
	return false;
}

static void further_groups(
	struct config_run *run, const struct config_account *a, struct mu_account *to)
{
	struct config_names names = {0};
	const char **v;

	for (size_t i = 0; i < run->groups.n; i++) {
		struct config_account *g = &run->groups.v[i];

		if (g->gid == a->gid || !is_member(g->members, a->name))
			continue;
		config_add(run, &names, g->name);
		if (!mu_known_account_of(false, true, g->name))
			g->wanted = true;
	}
	v = mu_arena_array(run->arena, names.list.n, sizeof *v);
	if (!v)
		run->failed = -ENOMEM;
	for (size_t i = 0; v && i < names.list.n; i++)
		v[i] = names.list.v[i];
	to->groups = (struct mu_words){v, v ? names.list.n : 0, true};
	free(names.list.v);
}

static void keep_account(struct config_run *run, const struct mu_account *a)
{
	if (mu_vec_room(&run->out->accounts))
		run->failed = -ENOMEM;
	else
		run->out->accounts.v[run->out->accounts.n++] = *a;
}

/* ---- commands, in the form that BusyBox has
 * ------------------------------------------------ */

/* Takes one of Alpine's groups away, with the user whose own it is. */
static const char *drop_group(
	struct config_run *run, const char *before, const struct mu_known_account *group)
{
	const struct mu_known_account *user =
		mu_known_account_of(true, false, group->name);
	bool both = user && !user->note && user->gid == group->gid;

	return config_format(
		run, "%s%s %s && ", before, both ? "deluser" : "delgroup", group->name);
}

/* deluser takes the group of the same name along */
static bool gone(const struct mu_known_account *group, const char *const users[2])
{
	return (users[0] && !strcmp(group->name, users[0])) ||
	       (users[1] && !strcmp(group->name, users[1]));
}

/* What of Alpine's own stands in the way of a group; and the line that makes it. */
static const char *group_line(struct config_run *run, const char *name, uint32_t gid,
	const char *const deleted[2])
{
	const struct mu_known_account *same = mu_known_account_of(true, true, name);
	const struct mu_known_account *taken = mu_known_account_by_id(true, gid);
	const char *before = "";

	if (taken && !strcmp(taken->name, name) && !gone(taken, deleted))
		return "";
	if (taken && !gone(taken, deleted))
		before = drop_group(run, before, taken);
	if (same && !same->note && same != taken && !gone(same, deleted))
		before = drop_group(run, before, same);
	return config_format(run, "%saddgroup -g %u %s && ", before, gid, name);
}

/* Whether a group of one's own exists before a user is created: those that are nobody's
 * primary group are created first, the others with their users. */
static bool there_before(
	struct config_run *run, const struct mu_account *a, const char *name)
{
	const struct config_account *g = named(run->groups.v, run->groups.n, name);
	const struct config_account *me = named(run->users.v, run->users.n, a->name);

	for (size_t i = 0; g && i < run->users.n; i++)
		if (run->users.v[i].gid == g->gid && run->users.v[i].wanted &&
			by_uid(&run->users.v[i], me) >= 0)
			return false;
	return g && g->wanted;
}

/* Groups that exist on Alpine under Debian's name or another, and one's own. */
static const char *memberships(struct config_run *run, const struct mu_account *a)
{
	const char *after = "";

	for (size_t i = 0; i < a->groups.n && i < CONFIG_MEMBER_MAX; i++) {
		const struct mu_known_account *debian =
			mu_known_account_of(false, true, a->groups.v[i]);
		const char *group =
			debian && debian->note ? debian->note : a->groups.v[i];

		/* Debian's own that Alpine lacks have nothing to give there */
		if (config_plain(group) &&
			(debian ? mu_known_account_of(true, true, group) != NULL
				: there_before(run, a, group)))
			after = config_format(
				run, "%s && addgroup %s %s", after, a->name, group);
	}
	return after;
}

static const char *user_line(struct config_run *run, const struct mu_account *a)
{
	const struct mu_known_account *same = mu_known_account_of(true, false, a->name);
	const struct mu_known_account *taken = mu_known_account_by_id(false, a->uid);
	const char *group = a->group ? a->group : a->name, *options = "", *before = "";
	const char *deleted[2] = {NULL, NULL};

	if (taken && strcmp(taken->name, a->name)) {
		deleted[0] = taken->name;
		before = config_format(run, "deluser %s && ", taken->name);
	}
	if (same && !same->note) {
		deleted[1] = same->name;
		before = config_format(run, "%sdeluser %s && ", before, same->name);
	}
	if (*a->home && config_plain(a->home))
		options = config_format(run, " -h %s", a->home);
	if (!a->login)
		options = config_format(run, "%s -s /sbin/nologin", options);
	return config_format(run, "%s%sadduser -D -H%s -u %u -G %s %s%s", before,
		group_line(run, group, a->gid, deleted), options, a->uid, group, a->name,
		memberships(run, a));
}

static const char *create_command(struct config_run *run, const struct mu_account *a)
{
	if (!config_plain(a->name) || (a->group && !config_plain(a->group)))
		return NULL;
	if (a->uid > BUSYBOX_ID_MAX || a->gid > BUSYBOX_ID_MAX)
		return config_format(run,
			"apk add --no-cache shadow && groupadd -g %u %s && useradd -M -u "
			"%u "
			"-g %u %s",
			a->gid, a->group ? a->group : a->name, a->uid, a->gid, a->name);
	return user_line(run, a);
}

/* ---- telling
 * -------------------------------------------------------------------------------- */

static const char *why(struct config_run *run, const struct config_account *a, bool group)
{
	size_t files = files_of(a, group);

	if (a->runs)
		return config_format(run, "%s runs as it", a->runs);
	if (files)
		return config_format(run, "%zu file%s belong%s to it", files,
			files == 1 ? "" : "s", files == 1 ? "s" : "");
	return "somebody has made it";
}

static const char *collision(
	struct config_run *run, const char *name, uint32_t uid, uint32_t gid, bool group)
{
	const struct mu_known_account *same = mu_known_account_of(true, true, name);
	const struct mu_known_account *g = mu_known_account_by_id(true, gid);
	const struct mu_known_account *u =
		group ? NULL : mu_known_account_by_id(false, uid);

	if (u && strcmp(u->name, name))
		return config_format(
			run, " Number %u is user %s on Alpine.", uid, u->name);
	if (g && strcmp(g->name, name))
		return config_format(
			run, " Number %u is group %s on Alpine.", gid, g->name);
	if (same && !same->note && same->gid != gid)
		return config_format(
			run, " Alpine's group %s has number %u.", name, same->gid);
	return "";
}

static void tell_user(struct config_run *run, struct config_account *a)
{
	struct config_account *g = group_of(run, a->gid);
	struct mu_account to = {.name = a->name,
		.uid = a->uid,
		.gid = a->gid,
		.group = g ? g->name : NULL,
		.home = a->home,
		.shell = a->shell,
		.gecos = a->gecos,
		.system = a->uid < PEOPLE,
		.owns = files_of(a, false) != 0,
		.login = logs_in(a->shell)};
	const struct mu_known_account *alpine = mu_known_account_of(true, false, a->name);
	struct mu_config_finding f = {.rule = MU_RULE_MU049,
		.path = "/etc/passwd",
		.line = a->line,
		.subject = a->name};

	if (alpine && alpine->uid == a->uid && alpine->gid == a->gid)
		return;
	if (g)
		g->wanted = false;
	further_groups(run, a, &to);
	keep_account(run, &to);
	f.severity = a->runs || to.owns ? MU_SEVERITY_WARNING : MU_SEVERITY_NOTE;
	f.evidence = config_format(run, "%s:%u:%u", a->name, a->uid, a->gid);
	f.message = config_format(run, "User %s (%u:%u) is not on Alpine, and %s.%s",
		a->name, a->uid, a->gid, why(run, a, false),
		collision(run, a->name, a->uid, a->gid, false));
	f.remedy = "Create it with the same ids before files are copied.";
	f.command = create_command(run, &to);
	config_tell(run, &f);
}

static void tell_group(struct config_run *run, const struct config_account *a)
{
	const char *line =
		group_line(run, a->name, a->gid, (const char *const[2]){NULL, NULL});
	size_t n = strlen(line);
	struct mu_account to = {.name = a->name,
		.gid = a->gid,
		.uid = UINT32_MAX,
		.is_group = true,
		.home = "",
		.shell = "",
		.gecos = "",
		.system = a->gid < PEOPLE,
		.owns = files_of(a, true) != 0};

	keep_account(run, &to);
	config_tell(run,
		&(struct mu_config_finding){.rule = MU_RULE_MU049,
			.severity = to.owns ? MU_SEVERITY_WARNING : MU_SEVERITY_NOTE,
			.path = "/etc/group",
			.line = a->line,
			.subject = a->name,
			.evidence = config_format(run, "%s:%u", a->name, a->gid),
			.message = config_format(run,
				"Group %s (%u) is not on Alpine, and %s.%s", a->name,
				a->gid, to.owns ? why(run, a, true) : "users are in it",
				collision(run, a->name, 0, a->gid, true)),
			.remedy =
				"Create it with the same number before files are copied.",
			.command =
				n > 4 && config_plain(a->name) && a->gid <= BUSYBOX_ID_MAX
					? config_format(run, "%.*s", (int)(n - 4), line)
					: NULL});
}

void config_users_tell(struct config_run *run)
{
	size_t told = 0;

	for (size_t i = 0; i < run->groups.n; i++)
		run->groups.v[i].wanted = group_wanted(&run->groups.v[i]);
	for (size_t i = 0; i < run->users.n; i++)
		run->users.v[i].wanted = user_wanted(&run->users.v[i]);
	for (size_t i = 0; i < run->users.n; i++)
		if (run->users.v[i].wanted && told++ < CONFIG_CREATED_MAX)
			tell_user(run, &run->users.v[i]);
	if (told > CONFIG_CREATED_MAX) /* counted with what is not shown */
		run->told[MU_RULE_MU049] += (unsigned)(told - CONFIG_CREATED_MAX);
	/* a group of a user that came later in the list */
	for (size_t i = 0; i < run->out->accounts.n; i++) {
		const struct mu_account *a = &run->out->accounts.v[i];
		struct config_account *g = a->is_group ? NULL : group_of(run, a->gid);

		if (g)
			g->wanted = false;
	}
	for (size_t i = 0; i < run->groups.n; i++)
		if (run->groups.v[i].wanted)
			tell_group(run, &run->groups.v[i]);
}
