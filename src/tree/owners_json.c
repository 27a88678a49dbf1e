/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <jansson.h>

#include "tree/owners_own.h"

#define NAME_BYTES 256

static int take(struct mu_owners *o, const json_t *j, const char **ret)
{
	const char *s = json_string_value(j);

	if (!s)
		return 0;
	*ret = mu_own_string(o, s, strlen(s), NAME_BYTES);
	return *ret ? 0 : -ENOMEM;
}

/* "node_modules/NAME/package.json" or "node_modules/@SCOPE/NAME/package.json", and no
 * deeper: a package may have more files of that name. */
static bool is_package(const char *path)
{
	static const char mark[] = "/node_modules/";
	const char *at = NULL;
	size_t slashes = 0;

	for (const char *s = strstr(path, mark); s; s = strstr(s + 1, mark))
		at = s + sizeof mark - 1;
	for (const char *s = at; s && *s; s++)
		slashes += *s == '/';
	return at && *at != '.' && slashes == (*at == '@' ? 2 : 1);
}

int mu_own_npm(struct mu_owners *o, uint32_t package_json)
{
	const char *path = mu_tree_at(o->tree, package_json)->path;
	size_t nfolder = mu_own_folder_of(path, strlen(path));
	struct mu_own_package p = {.o = {.kind = MU_OWNER_LANGUAGE, .manager = "npm"}};
	struct mu_bytes b;
	uint32_t package, folder;
	json_t *doc;
	int e;

	if (!is_package(path) || mu_own_is_distro(o, package_json))
		return 0;
	e = mu_own_read(o, path, MU_OWN_SMALL_MAX, &b);
	if (e || !b.data)
		return e;
	doc = json_loadb(b.data, b.n, 0, NULL);
	mu_bytes_free(&b);
	if (!json_is_object(doc)) {
		json_decref(doc);
		return mu_own_note(o, path, "is no valid JSON: the package is not told");
	}
	e = take(o, json_object_get(doc, "name"), &p.o.package);
	if (!e)
		e = take(o, json_object_get(doc, "version"), &p.o.version);
	if (!e)
		e = take(o, json_array_get(json_object_get(doc, "libc"), 0), &p.o.tag);
	json_decref(doc);
	p.o.folder = mu_own_string(o, path, nfolder, MU_OWN_PATH);
	if (!e && !p.o.package)
		p.o.package = p.o.folder ? mu_text_base(p.o.folder) : NULL;
	if (e || !p.o.package || !p.o.folder)
		return e ? e : -ENOMEM;
	package = mu_own_add(o, &p);
	folder = mu_own_lookup(o, path, nfolder);
	if (package == MU_OWN_NONE)
		return -ENOMEM;
	return folder == MU_OWN_NONE ? 0 : mu_own_take_folder(o, folder, package);
}
