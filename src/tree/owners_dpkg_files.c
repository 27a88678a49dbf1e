/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tree/owners_own.h"

/*
 * Which files are whose, as dpkg sees it: info/PACKAGE.list, or PACKAGE:ARCH.list of a
 * package that can be installed for several machines at once, and diversions: while a
 * package diverts a path, what others bring for it goes to another name. An
 * administrator's own ("local") diversion leaves the path free: what stands there then
 * is nobody's, although `dpkg -S` goes on naming the package that was diverted away.
 */

#define INFO "/var/lib/dpkg/info/"
#define DIVERSIONS "/var/lib/dpkg/diversions"
#define EXTENDED_STATES "/var/lib/apt/extended_states"

struct diversion {
	const char *from, *to;
	size_t nfrom, nto;
	const char *by; /* package; ":" an administrator */
};

struct files {
	struct mu_owners *o;
	MU_VEC(struct diversion) diversions;
	struct mu_map from;
	uint64_t lengths[MU_OWN_PATH / 64]; /* of diverted paths: spares most look-ups */
	size_t unlisted;
	const char *first_unlisted;
};

/* ---- diversions ------------------------------------------------------------------ */

static int add_diversion(struct files *f, const char *const line[3], const size_t n[3])
{
	struct mu_arena *a = &f->o->arena;
	struct diversion *d;

	if (!n[0] || !n[1] || n[0] >= MU_OWN_PATH || n[1] >= MU_OWN_PATH)
		return 0;
	if (mu_vec_room(&f->diversions))
		return -ENOMEM;
	d = &f->diversions.v[f->diversions.n];
	d->from = mu_arena_strndup(a, line[0], n[0]);
	d->to = mu_arena_strndup(a, line[1], n[1]);
	d->by = mu_arena_strndup(a, line[2], n[2]);
	d->nfrom = n[0];
	d->nto = n[1];
	if (!d->from || !d->to || !d->by)
		return -ENOMEM;
	f->lengths[n[0] / 64] |= UINT64_C(1) << n[0] % 64;
	return mu_map_put(&f->from, d->from, n[0], (uint32_t)f->diversions.n++);
}

/* Three lines each: from, to, the package that asked for it. */
static int read_diversions(struct files *f)
{
	struct mu_bytes b;
	const char *at, *end, *line[3];
	size_t n[3];
	int have = 0, e = mu_own_read(f->o, DIVERSIONS, MU_OWN_SMALL_MAX, &b);

	at = b.data;
	end = at ? at + b.n : at;
	while (!e && at && mu_own_line(&at, end, &line[have], &n[have])) {
		if (++have == 3) {
			e = add_diversion(f, line, n);
			have = 0;
		}
	}
	mu_bytes_free(&b);
	return e;
}

static const struct diversion *diversion_of(
	const struct files *f, const char *s, size_t n)
{
	uint32_t i;

	if (n >= MU_OWN_PATH || !(f->lengths[n / 64] >> n % 64 & 1))
		return NULL;
	i = mu_map_get(&f->from, s, n);
	return i == MU_OWN_NONE ? NULL : &f->diversions.v[i];
}

/* ---- lists ------------------------------------------------------------------------ */

static int claim(struct files *f, const char *path, size_t n, uint32_t package)
{
	const struct mu_own_package *p = &f->o->packages.v[package];
	enum mu_own_rank rank = p->left ? MU_OWN_LEFT : MU_OWN_LISTED;
	const struct diversion *d = diversion_of(f, path, n);

	if (p->left)
		package = f->o->made;
	if (!d)
		return mu_own_claim_path(f->o, path, n, package, rank);
	if (strcmp(d->by, p->o.package) != 0)
		return mu_own_claim_path(f->o, d->to, d->nto, package, rank);
	return mu_own_claim_path(f->o, path, n, package, MU_OWN_DIVERTER);
}

static int take_list(struct files *f, uint32_t list, uint32_t package)
{
	const struct mu_entry *entry = mu_tree_at(f->o->tree, list);
	struct mu_bytes b;
	const char *at, *end, *line;
	size_t n;
	int e = mu_own_read(f->o, entry->path, MU_OWN_DATABASE_MAX, &b);

	at = b.data;
	end = at ? at + b.n : at;
	while (!e && at && mu_own_line(&at, end, &line, &n))
		e = claim(f, line, n, package);
	mu_bytes_free(&b);
	return e;
}

static int find_list(struct files *f, const struct mu_owner *p, uint32_t *ret)
{
	char path[MU_OWN_PATH];
	int n, e = 0;

	*ret = MU_OWN_NONE;
	for (int with_arch = 0; with_arch < 2 && !e && *ret == MU_OWN_NONE; with_arch++) {
		if (with_arch && !p->arch)
			break;
		n = snprintf(path, sizeof path, INFO "%s%s%s.list", p->package,
			with_arch ? ":" : "", with_arch ? p->arch : "");
		if (n > 0 && (size_t)n < sizeof path)
			e = mu_own_locate(f->o, path, (size_t)n, ret);
	}
	return e;
}

/* What a package made of a path that it diverted without having it in its list. */
static int claim_diverted(struct files *f, size_t first)
{
	struct mu_map names = {0};
	int e = 0;

	for (size_t i = first; !e && f->diversions.n && i < f->o->packages.n; i++) {
		const struct mu_own_package *p = &f->o->packages.v[i];
		if (!p->left)
			e = mu_map_put(
				&names, p->o.package, strlen(p->o.package), (uint32_t)i);
	}
	for (size_t i = 0; !e && i < f->diversions.n; i++) {
		const struct diversion *d = &f->diversions.v[i];
		uint32_t by = mu_map_get(&names, d->by, strlen(d->by));
		if (by != MU_OWN_NONE)
			e = mu_own_claim_path(f->o, d->from, d->nfrom, by, MU_OWN_ALIAS);
	}
	mu_map_free(&names);
	return e;
}

static int read_lists(struct files *f, size_t first)
{
	size_t n = f->o->packages.n;
	int e = 0;

	for (size_t i = first; !e && i < n; i++) {
		const struct mu_own_package *p = &f->o->packages.v[i];
		uint32_t list;
		e = find_list(f, &p->o, &list);
		if (!e && list != MU_OWN_NONE) {
			e = take_list(f, list, (uint32_t)i);
		} else if (!e && !p->left && !f->unlisted++) {
			f->first_unlisted = p->o.package;
		}
	}
	if (!e && f->unlisted)
		e = mu_own_note(f->o, INFO,
			"%zu of %zu packages have no list of files here (%s …): their "
			"files cannot be told from the user's own",
			f->unlisted, n - first, f->first_unlisted);
	return e ? e : claim_diverted(f, first);
}

int mu_own_dpkg_files(struct mu_owners *o, size_t first)
{
	struct files f = {.o = o};
	int e = 0;

	if (o->packages.n == first)
		return 0;
	e = read_diversions(&f);
	if (!e)
		e = read_lists(&f, first);
	mu_map_free(&f.from);
	free(f.diversions.v);
	return e;
}

/* ---- chosen ------------------------------------------------------------------------ */

/*
 * Asked for by name. apt marks what it brought for others' sake; without its notes, a
 * package that no other one depends on, by name or by what it provides. What belongs to
 * every system is never chosen.
 */

static int put_words(struct mu_map *map, const struct mu_words *w)
{
	int e = 0;

	for (size_t i = 0; !e && i < w->n; i++)
		e = mu_map_put(map, w->v[i], strlen(w->v[i]), 1);
	return e;
}

static bool provides_one_of(const struct mu_map *map, const char *list)
{
	for (const char *p = list; p && *p;) {
		size_t n;
		p += strspn(p, " \t\r\n,");
		n = strcspn(p, " \t\r\n,(:");
		if (n && mu_map_get(map, p, n) != MU_OWN_NONE)
			return true;
		p += strcspn(p, ",");
	}
	return false;
}

static int choose_by_depends(struct mu_owners *o, size_t first)
{
	struct mu_map wanted = {0};
	int e = 0;

	for (size_t i = first; !e && i < o->packages.n; i++)
		if (!o->packages.v[i].left)
			e = put_words(&wanted, &o->packages.v[i].o.depends);
	for (size_t i = first; !e && i < o->packages.n; i++) {
		struct mu_own_package *p = &o->packages.v[i];
		const char *name = p->o.package;
		p->o.chosen = !p->left && !p->o.essential && !p->standard &&
			      mu_map_get(&wanted, name, strlen(name)) == MU_OWN_NONE &&
			      !provides_one_of(&wanted, p->provides);
	}
	mu_map_free(&wanted);
	return e;
}

/* The stanzas with "Auto-Installed: 1": as "name:arch", and as "name" too. */
static int read_automatic(
	struct mu_owners *o, const struct mu_bytes *b, struct mu_map *map)
{
	const char *at = b->data, *end = at + b->n;
	struct mu_own_field f, name = {0}, arch = {0};
	bool automatic = false;
	int e = 0, got;

	while (!e && ((got = mu_own_field_next(&at, end, &f)) >= 0 || name.name)) {
		if (got > 0) {
			name = mu_own_field_is(&f, "Package") ? f : name;
			arch = mu_own_field_is(&f, "Architecture") ? f : arch;
			if (mu_own_field_is(&f, "Auto-Installed"))
				automatic = memchr(f.value, '1', f.nvalue) != NULL;
			continue;
		}
		if (automatic && name.name) {
			const char *n = mu_own_string(o, name.value, name.nvalue, 256);
			const char *a = mu_own_string(
				o, arch.name ? arch.value : "", arch.nvalue, 256);
			char *key =
				n && a ? mu_arena_printf(&o->arena, "%s:%s", n, a) : NULL;
			e = key ? mu_map_put(map, key, strlen(key), 1) : -ENOMEM;
			if (!e)
				e = mu_map_put(map, n, strlen(n), 1);
		}
		name = arch = (struct mu_own_field){0};
		automatic = false;
	}
	return e;
}

static bool is_automatic(const struct mu_map *map, const struct mu_owner *p)
{
	/* what is for all machines stands there with the machine's own name */
	bool all = !p->arch || strcmp(p->arch, "all") == 0;
	char key[600];
	int n = snprintf(key, sizeof key, "%s%s%s", p->package, all ? "" : ":",
		all ? "" : p->arch);

	return n > 0 && (size_t)n < sizeof key &&
	       mu_map_get(map, key, (size_t)n) != MU_OWN_NONE;
}

int mu_own_dpkg_chosen(struct mu_owners *o, size_t first)
{
	struct mu_map automatic = {0};
	struct mu_bytes b;
	int e = mu_own_read(o, EXTENDED_STATES, MU_OWN_DATABASE_MAX, &b);

	if (e || !b.data)
		return e ? e : choose_by_depends(o, first);
	e = read_automatic(o, &b, &automatic);
	if (!e && !automatic.used) {
		/* apt ran, and marked nothing: what debootstrap brought looks chosen */
		mu_map_free(&automatic);
		mu_bytes_free(&b);
		return choose_by_depends(o, first);
	}
	for (size_t i = first; !e && i < o->packages.n; i++) {
		struct mu_own_package *p = &o->packages.v[i];
		p->o.automatic = is_automatic(&automatic, &p->o);
		p->o.chosen = !p->left && !p->o.automatic && !p->o.essential;
	}
	mu_map_free(&automatic);
	mu_bytes_free(&b);
	return e;
}
