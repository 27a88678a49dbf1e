/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>

#include "tree/owners_own.h"

/*
 * Files that are in no list though the distribution put them there: maintainer scripts,
 * triggers and the package manager make them. They have an owner by the name below. An
 * ELF file or a script is never among them, unless it stands where none belongs.
 */

#define MADE "(generated)"

static const struct {
	const char *start, *end;
} made[] = {
	{"/var/lib/dpkg/", ""},
	{"/var/lib/apt/", ""},
	{"/var/lib/systemd/", ""},
	{"/var/lib/pam/", ""},
	{"/var/lib/ucf/", ""},
	{"/var/lib/misc/", ""},
	{"/var/lib/python/", ""},
	{"/var/lib/ispell/", ""},
	{"/var/lib/dictionaries-common/", ""},
	{"/var/lib/ca-certificates/", ""},
	{"/var/lib/shells.state", ""},
	{"/var/cache/", ""},
	{"/var/log/", ""},
	{"/var/backups/", ""},
	{"/var/mail", ""},
	{"/usr/local/man", ""},
	{"/var/lock", ""},
	{"/var/run", ""},
	{"/lib/apk/db/", ""},
	{"/usr/lib/apk/db/", ""},
	{"/var/lib/rpm/", ""},
	{"/usr/lib/sysimage/rpm/", ""},
	{"/var/lib/dnf/", ""},
	{"/etc/alternatives/", ""},
	{"/etc/ssl/certs/", ""},
	{"/etc/ca-certificates.conf", ""},
	{"/etc/ld.so.cache", ""},
	{"/etc/rc", ""},
	{"/etc/ssl/private", ""},
	{"/etc/hostname", ""},
	{"/etc/machine-id", ""},
	{"/etc/mtab", ""},
	{"/etc/.pwd.lock", ""},
	{"/etc/passwd-", ""},
	{"/etc/group-", ""},
	{"/etc/shadow-", ""},
	{"/etc/gshadow-", ""},
	{"/etc/subuid", ""},
	{"/etc/subgid", ""},
	{"/etc/shells", ""},
	{"/etc/networks", ""},
	{"/etc/dpkg/origins/", ""},
	{"/etc/python3/debian_config", ""},
	{"/etc/security/opasswd", ""},
	{"/var/www/html/index.nginx-debian.html", ""},
	{"/var/www/html/index.html", ""},
	{"/etc/localtime", ""},
	{"/etc/timezone", ""},
	{"/etc/environment", ""},
	{"/etc/profile", ""},
	{"/etc/nsswitch.conf", ""},
	{"/etc/pam.d/common-", ""},
	{"/etc/inputrc", ""},
	{"/etc/motd", ""},
	{"/etc/apt/sources.list", ""},
	{"/etc/apt/trusted.gpg", ""},
	{"/etc/passwd", ""},
	{"/etc/group", ""},
	{"/etc/shadow", ""},
	{"/etc/gshadow", ""},
	{"/etc/resolv.conf", ""},
	{"/etc/hosts", ""},
	{"/etc/fstab", ""},
	{"/etc/adjtime", ""},
	{"/usr/lib/locale/", ""},
	{"/usr/share/info/dir", ""},
	{"/usr/share/mime/", ""},
	{"/usr/share/applications/mimeinfo.cache", ""},
	{"/usr/share/icons/", "/icon-theme.cache"},
	{"/usr/share/glib-2.0/schemas/gschemas.compiled", ""},
	{"/usr/lib/", "/gschemas.compiled"},
	{"/usr/lib/", "/loaders.cache"},
	{"/usr/lib/", "/immodules.cache"},
	{"/usr/lib/", "/giomodule.cache"},
	{"/usr/lib/udev/hwdb.bin", ""},
	{"/lib/udev/hwdb.bin", ""},
	{"/etc/udev/hwdb.bin", ""},
	{"/usr/share/texmf/", "/ls-R"},
	{"/usr/share/perl/", "/perllocal.pod"},
	{"/etc/texmf/", ""},
	{"/root/.bashrc", ""},
	{"/root/.profile", ""},
	{"/.dockerenv", ""},
	{"/dev/", ""},
	{"/proc/", ""},
	{"/sys/", ""},
	{"/run/", ""},
	{"/tmp/", ""},
};

static bool is_program(const struct mu_entry *e)
{
	return e->type == MU_ENTRY_FILE &&
	       (e->magic == MU_MAGIC_ELF ||
		       (e->magic == MU_MAGIC_SCRIPT && (e->mode & 0111)));
}

/* A link of a maintainer script's to a file of the distribution's own. */
static bool is_distros_link(const struct mu_owners *o, const struct mu_entry *e)
{
	static const char *const own[] = {
		"/usr/local/", "/opt/", "/home/", "/srv/", "/root/"};
	const struct mu_entry *to;
	uint32_t i;

	if (e->type != MU_ENTRY_LINK)
		return false;
	for (size_t k = 0; k < sizeof own / sizeof *own; k++)
		if (!strncmp(e->path, own[k], strlen(own[k])))
			return false;
	if (mu_tree_resolve(o->tree, e->path, &to))
		return false;
	i = mu_own_lookup(o, to->path, strlen(to->path));
	return i != MU_OWN_NONE && o->owner[i] &&
	       o->packages.v[o->owner[i] - 1].o.kind == MU_OWNER_DISTRO;
}

static bool is_made(const struct mu_owners *o, const struct mu_entry *e)
{
	static const char *const tops[] = {
		"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/libo32"};
	size_t n = strlen(e->path);

	/* a program nobody owns is shown, wherever it is */
	if (is_program(e) && strncmp(e->path, "/var/lib/dpkg/", 14) != 0)
		return false;
	for (size_t i = 0; i < sizeof made / sizeof *made; i++)
		if (!strncmp(e->path, made[i].start, strlen(made[i].start)) &&
			mu_text_ends(e->path, n, made[i].end))
			return true;
	/* a merged /usr, and what update-alternatives makes */
	for (size_t i = 0; i < sizeof tops / sizeof *tops; i++)
		if (!strcmp(e->path, tops[i]))
			return true;
	return (e->type == MU_ENTRY_LINK &&
		       !strncmp(e->target, "/etc/alternatives/", 18)) ||
	       is_distros_link(o, e);
}

/* What Python compiled of a file is whose the file is. */
static uint32_t owner_of_source(const struct mu_owners *o, const struct mu_entry *e)
{
	static const char cache[] = "/__pycache__/";
	const char *mark = strstr(e->path, cache), *name, *dot;
	char path[MU_OWN_PATH];
	uint32_t source;
	int n;

	if (!mark || !mu_text_ends(e->path, strlen(e->path), ".pyc"))
		return 0;
	name = mark + sizeof cache - 1;
	dot = strchr(name, '.');
	n = snprintf(path, sizeof path, "%.*s/%.*s.py", (int)(mark - e->path), e->path,
		dot ? (int)(dot - name) : 0, name);
	if (n < 0 || (size_t)n >= sizeof path)
		return 0;
	source = mu_own_lookup(o, path, (size_t)n);
	return source == MU_OWN_NONE ? 0 : o->owner[source];
}

/* … and so is the folder that it was put into. */
static uint32_t owner_of_cache(const struct mu_owners *o, const struct mu_entry *e)
{
	const struct mu_entry *up = mu_tree_parent(e);
	uint32_t above;

	if (e->type != MU_ENTRY_FOLDER || !up ||
		!mu_text_ends(e->path, strlen(e->path), "/__pycache__"))
		return 0;
	above = mu_own_lookup(o, up->path, strlen(up->path));
	return above == MU_OWN_NONE ? 0 : o->owner[above];
}

int mu_own_made(struct mu_owners *o)
{
	struct mu_own_package p = {.o = {.kind = MU_OWNER_DISTRO,
					   .manager = o->manager,
					   .package = MADE,
					   .version = ""}};

	if (!o->manager)
		return 0;
	o->made = mu_own_add(o, &p);
	if (o->made == MU_OWN_NONE)
		return -ENOMEM;
	for (size_t i = 1; i < o->count; i++) {
		const struct mu_entry *e = mu_tree_at(o->tree, i);
		uint32_t owner;
		if (o->owner[i] || e->nested)
			continue;
		owner = owner_of_source(o, e);
		if (!owner)
			owner = owner_of_cache(o, e);
		if (!owner && is_made(o, e))
			owner = o->made + 1;
		if (owner)
			mu_own_claim(o, (uint32_t)i, owner - 1, MU_OWN_LEFT);
	}
	return 0;
}

/* ---- a package file as the source ----------------------------------------------------
 */

static int read_control(struct mu_owners *o, struct mu_own_package *p)
{
	struct mu_bytes b;
	struct mu_own_field f;
	const char *at;
	int e = mu_own_read(o, "/DEBIAN/control", MU_OWN_SMALL_MAX, &b);

	at = b.data;
	p->o.manager = "dpkg";
	while (!e && at && mu_own_field_next(&at, b.data + b.n, &f) > 0) {
		const char **to = mu_own_field_is(&f, "Package")        ? &p->o.package
				  : mu_own_field_is(&f, "Version")      ? &p->o.version
				  : mu_own_field_is(&f, "Architecture") ? &p->o.arch
									: NULL;
		if (to && !(*to = mu_own_string(o, f.value, f.nvalue, 256)))
			e = -ENOMEM;
	}
	mu_bytes_free(&b);
	return e;
}

/* "pkgname = busybox" */
static int read_pkginfo(struct mu_owners *o, struct mu_own_package *p)
{
	const struct {
		const char *key;
		const char **to;
	} keys[] = {{"pkgname = ", &p->o.package}, {"pkgver = ", &p->o.version},
		{"arch = ", &p->o.arch}};
	struct mu_bytes b;
	const char *at, *line;
	size_t n;
	int e = mu_own_read(o, "/.PKGINFO", MU_OWN_SMALL_MAX, &b);

	at = b.data;
	p->o.manager = "apk";
	while (!e && at && mu_own_line(&at, b.data + b.n, &line, &n))
		for (size_t i = 0; !e && i < sizeof keys / sizeof *keys; i++) {
			size_t k = strlen(keys[i].key);
			if (n > k && !memcmp(line, keys[i].key, k) &&
				!(*keys[i].to = mu_own_string(o, line + k, n - k, 256)))
				e = -ENOMEM;
		}
	mu_bytes_free(&b);
	return e;
}

int mu_own_single(struct mu_owners *o)
{
	struct mu_own_package p = {.o = {.kind = MU_OWNER_APP}};
	uint32_t package;
	int e = 0;

	if (o->manager)
		return 0;
	e = read_control(o, &p);
	if (!e && !p.o.package)
		e = read_pkginfo(o, &p);
	if (e || !p.o.package)
		return e;
	if (!p.o.version)
		p.o.version = "";
	p.o.chosen = true;
	package = mu_own_add(o, &p);
	if (package == MU_OWN_NONE)
		return -ENOMEM;
	for (size_t i = 1; i < o->count; i++)
		if (!o->owner[i] && !mu_tree_at(o->tree, i)->nested)
			mu_own_claim(o, (uint32_t)i, package, MU_OWN_LISTED);
	return 0;
}
