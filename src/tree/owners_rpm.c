/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "config.h"
#include "tree/owners_own.h"

#if MU_HAVE_RPM
#include <sqlite3.h>
#endif

/*
 * rpm's database: a SQLite file whose blobs are the packages' headers. The file is
 * hostile until shown otherwise: it is read from memory, with no extension, no schema
 * that is trusted, and a bound on what a statement may do.
 */

static const char *const databases[] = {
	"/var/lib/rpm/rpmdb.sqlite", "/usr/lib/sysimage/rpm/rpmdb.sqlite"};

static const struct {
	const char *path, *form;
} others[] = {
	{"/var/lib/rpm/Packages", "Berkeley DB"},
	{"/usr/lib/sysimage/rpm/Packages", "Berkeley DB"},
	{"/var/lib/rpm/Packages.db", "ndb"},
	{"/usr/lib/sysimage/rpm/Packages.db", "ndb"},
};

#if MU_HAVE_RPM
#define HEADER_MAX (32 << 20)
#define STEPS_MAX 20000 /* times 10,000 instructions of SQLite's machine */
#define PACKAGES_MAX 200000

static int stop(void *left)
{
	return --*(int *)left <= 0;
}

static void harden(sqlite3 *db)
{
	static const struct {
		int id, value;
	} limits[] = {
		{SQLITE_LIMIT_LENGTH, HEADER_MAX},
		{SQLITE_LIMIT_SQL_LENGTH, 100000},
		{SQLITE_LIMIT_COLUMN, 100},
		{SQLITE_LIMIT_EXPR_DEPTH, 20},
		{SQLITE_LIMIT_COMPOUND_SELECT, 3},
		{SQLITE_LIMIT_VDBE_OP, 25000},
		{SQLITE_LIMIT_FUNCTION_ARG, 8},
		{SQLITE_LIMIT_ATTACHED, 0},
		{SQLITE_LIMIT_TRIGGER_DEPTH, 1},
		{SQLITE_LIMIT_WORKER_THREADS, 0},
	};

	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
		sqlite3_limit(db, limits[i].id, limits[i].value);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_exec(
		db, "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0;", NULL, NULL, NULL);
}

static int read_headers(struct mu_owners *o, sqlite3 *db, const char *path)
{
	sqlite3_stmt *s = NULL;
	size_t bad = 0, n = 0;
	int e = 0, got = sqlite3_prepare_v2(
			   db, "SELECT blob FROM Packages ORDER BY hnum", -1, &s, NULL);

	while (!e && got == SQLITE_OK && n++ < PACKAGES_MAX &&
		sqlite3_step(s) == SQLITE_ROW) {
		const void *data = sqlite3_column_blob(s, 0);
		int size = sqlite3_column_bytes(s, 0);
		e = data && size > 0 ? mu_own_rpm_header(o, data, (size_t)size) : -EINVAL;
		bad += e == -EINVAL;
		e = e == -EINVAL ? 0 : e;
	}
	if (got == SQLITE_OK)
		got = sqlite3_reset(s);
	if (!e && got != SQLITE_OK)
		e = got == SQLITE_NOMEM
			    ? -ENOMEM
			    : mu_own_note(o, path, "package database is damaged: %s",
				      sqlite3_errmsg(db));
	if (!e && bad)
		e = mu_own_note(o, path, "%zu damaged headers were left out", bad);
	sqlite3_finalize(s);
	return e;
}

static int open_database(struct mu_owners *o, const char *path, const struct mu_bytes *b)
{
	int left = STEPS_MAX, e = 0;
	unsigned char *copy;
	sqlite3 *db = NULL;

	/* the journal is gone: a file in WAL mode is read as it was last written back */
	copy = b->n >= 100 ? sqlite3_malloc64(b->n) : NULL;
	if (!copy)
		return b->n >= 100 ? -ENOMEM
				   : mu_own_note(o, path, "package database is damaged");
	memcpy(copy, b->data, b->n);
	copy[18] = copy[19] = 1;
	if (sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
		    NULL) != SQLITE_OK) {
		sqlite3_free(copy);
		e = -ENOMEM;
	} else if (sqlite3_deserialize(db, "main", copy, (sqlite3_int64)b->n,
			   (sqlite3_int64)b->n,
			   SQLITE_DESERIALIZE_FREEONCLOSE |
				   SQLITE_DESERIALIZE_READONLY) != SQLITE_OK) {
		e = mu_own_note(
			o, path, "package database is damaged: %s", sqlite3_errmsg(db));
	} else {
		harden(db);
		sqlite3_progress_handler(db, 10000, stop, &left);
		e = read_headers(o, db, path);
	}
	sqlite3_close(db);
	return e;
}
#else
static int open_database(struct mu_owners *o, const char *path, const struct mu_bytes *b)
{
	(void)b;
	return mu_own_note(o, path,
		"this muslin was built without SQLite and cannot read it: build with "
		"-Drpm=enabled");
}
#endif

static int tell_others(struct mu_owners *o)
{
	int e = 0;

	for (size_t i = 0; !e && i < sizeof others / sizeof *others; i++) {
		const struct mu_entry *entry;
		if (mu_tree_resolve(o->tree, others[i].path, &entry) == 0 &&
			entry->type == MU_ENTRY_FILE && entry->size > 0 &&
			strcmp(entry->path, others[i].path) == 0)
			e = mu_own_note(o, entry->path,
				"package database in the form %s cannot be read: convert "
				"it "
				"with rpmdb --rebuilddb of rpm 4.16 or later (its "
				"default is "
				"SQLite), or take what is below as the user's own",
				others[i].form);
	}
	return e;
}

int mu_own_rpm(struct mu_owners *o)
{
	const struct mu_entry *found[2] = {NULL, NULL};
	size_t first = o->packages.n;
	bool any = false;
	int e = 0;

	for (int i = 0; !e && i < 2; i++) {
		struct mu_bytes b;
		if (mu_tree_resolve(o->tree, databases[i], &found[i]) ||
			(i && found[0] == found[1]))
			continue;
		e = mu_own_read(o, databases[i], MU_OWN_DATABASE_MAX, &b);
		if (!e && b.data) {
			any = true;
			e = open_database(o, found[i]->path, &b);
			mu_bytes_free(&b);
		}
	}
	if (!e && !any)
		e = tell_others(o);
	if (o->packages.n > first && !o->manager)
		o->manager = "rpm";
	return e;
}
