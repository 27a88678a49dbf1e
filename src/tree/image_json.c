/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <muslin/db.h>

#include "image.h"

/*
 * What makes an image, by the OCI image specification (index, manifest, config) and by
 * what `docker save` writes (manifest.json, which lists the layers by their paths).
 */

#define MAX_INDEX_DEPTH 4
#define MAX_CANDIDATES 256
/* Values of all JSON that is read, again each time: one takes up to 300 bytes. */
#define MAX_VALUES 500000

struct reader {
	struct blobs *blobs;
	struct mu_arena *arena;
	struct image_plan *plan;
	size_t values;
	struct mu_error *err;
};

/* No less than there are, at the price of a comma in a string. */
static size_t count_values(const char *text, size_t n)
{
	size_t count = 1;

	for (size_t i = 0; i < n; i++)
		count += text[i] == ',' || text[i] == '[' || text[i] == '{';
	return count;
}

static int load(struct reader *r, const char *name, json_t **ret)
{
	const char *text;
	size_t n;
	json_error_t why;
	int e = blob_json(r->blobs, name, &text, &n, r->err);

	if (e)
		return e;
	r->values += count_values(text, n);
	if (r->values > MAX_VALUES)
		return mu_error_set(r->err, -MU_E_LIMIT, name,
			"more than %d values in the image's JSON: refused", MAX_VALUES);
	/* jansson refuses nesting beyond 2048 by itself */
	*ret = json_loadb(text, n, JSON_REJECT_DUPLICATES, &why);
	if (!*ret)
		return mu_error_set(r->err, -MU_E_MALFORMED, name,
			"is no valid JSON: line %d: %s", why.line, why.text);
	return 0;
}

/* ---- small things out of JSON ----------------------------------------------------- */

static const char *text(struct reader *r, const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s && *s ? mu_arena_strdup(r->arena, s) : NULL;
}

static void words(struct reader *r, const json_t *list, struct mu_words *ret)
{
	size_t n = json_array_size(list);
	const char **v =
		json_is_array(list) ? mu_arena_array(r->arena, n + 1, sizeof *v) : NULL;

	*ret = (struct mu_words){.v = v, .set = v != NULL};
	for (size_t i = 0; v && i < n; i++) {
		const char *s = json_string_value(json_array_get(list, i));
		if (s && (v[ret->n] = mu_arena_strdup(r->arena, s)))
			ret->n++;
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* {"8080/tcp": {}}: the keys, sorted. */
static void keys(struct reader *r, json_t *o, struct mu_words *ret)
{
	const char **v = json_is_object(o) ? mu_arena_array(r->arena,
						     json_object_size(o) + 1, sizeof *v)
					   : NULL;
	const char *key;
	json_t *value;

	*ret = (struct mu_words){.v = v, .set = v != NULL};
	if (!v)
		return;
	json_object_foreach(
		o, key, value) if ((v[ret->n] = mu_arena_strdup(r->arena, key))) ret->n++;
	qsort(v, ret->n, sizeof *v, by_text);
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct mu_pair *)a)->key, ((const struct mu_pair *)b)->key);
}

static void labels(struct reader *r, json_t *o, struct mu_image *image)
{
	struct mu_pair *v =
		json_is_object(o)
			? mu_arena_array(r->arena, json_object_size(o) + 1, sizeof *v)
			: NULL;
	const char *key;
	json_t *value;

	if (!v)
		return;
	image->labels = v;
	json_object_foreach(o, key, value)
	{
		const char *s = json_string_value(value);
		struct mu_pair *p = &v[image->nlabels];
		if (s && (p->key = mu_arena_strdup(r->arena, key)) &&
			(p->value = mu_arena_strdup(r->arena, s)))
			image->nlabels++;
	}
	qsort(v, image->nlabels, sizeof *v, by_key);
}

/* ["A=b"], in the image's order. */
static void environment(struct reader *r, const json_t *list, struct mu_image *image)
{
	struct mu_pair *v =
		mu_arena_array(r->arena, json_array_size(list) + 1, sizeof *v);

	for (size_t i = 0; v && i < json_array_size(list); i++) {
		const char *s = json_string_value(json_array_get(list, i));
		size_t n = s ? strcspn(s, "=") : 0;
		struct mu_pair *p = &v[image->nenv];
		if (n && (p->key = mu_arena_strndup(r->arena, s, n)) &&
			(p->value = mu_arena_strdup(r->arena, s[n] ? s + n + 1 : "")))
			image->nenv++;
	}
	image->env = v;
}

static void health(struct reader *r, const json_t *o, struct mu_image *image)
{
	words(r, json_object_get(o, "Test"), &image->healthcheck);
	image->interval = json_integer_value(json_object_get(o, "Interval"));
	image->timeout = json_integer_value(json_object_get(o, "Timeout"));
	image->start_period = json_integer_value(json_object_get(o, "StartPeriod"));
	image->start_interval = json_integer_value(json_object_get(o, "StartInterval"));
	image->retries = (int)json_integer_value(json_object_get(o, "Retries"));
}

/* ---- the image's configuration ------------------------------------------------------
 */

/* "arm" with variant "v7", as muslin names it. */
static const char *arch_of(struct reader *r, const json_t *o)
{
	const char *arch = json_string_value(json_object_get(o, "architecture"));
	const char *variant = json_string_value(json_object_get(o, "variant"));
	const struct mu_machine *m;
	char name[64];

	if (!arch)
		return NULL;
	snprintf(name, sizeof name, "%s/%s", arch, variant ? variant : "");
	m = variant ? mu_machine_by_name(name) : NULL;
	if (!m)
		m = mu_machine_by_name(arch);
	return m ? m->name : mu_arena_strdup(r->arena, arch);
}

static int read_config(struct reader *r, const char *name)
{
	struct mu_image *image = r->plan->image;
	const json_t *c, *ids;
	json_t *doc;
	int e = load(r, name, &doc);

	if (e)
		return e;
	image->os = text(r, doc, "os");
	image->arch = arch_of(r, doc);
	c = json_object_get(doc, "config");
	image->user = text(r, c, "User");
	image->workdir = text(r, c, "WorkingDir");
	image->stop_signal = text(r, c, "StopSignal");
	words(r, json_object_get(c, "Entrypoint"), &image->entrypoint);
	words(r, json_object_get(c, "Cmd"), &image->cmd);
	words(r, json_object_get(c, "Shell"), &image->shell);
	words(r, json_object_get(c, "OnBuild"), &image->onbuild);
	keys(r, json_object_get(c, "ExposedPorts"), &image->ports);
	keys(r, json_object_get(c, "Volumes"), &image->volumes);
	environment(r, json_object_get(c, "Env"), image);
	labels(r, json_object_get(c, "Labels"), image);
	health(r, json_object_get(c, "Healthcheck"), image);
	ids = json_object_get(json_object_get(doc, "rootfs"), "diff_ids");
	/* one a layer, or of no use */
	for (size_t i = 0;
		json_array_size(ids) == r->plan->nlayers && i < r->plan->nlayers; i++) {
		const char *id = json_string_value(json_array_get(ids, i));
		if (id)
			r->plan->diff_ids[i] = mu_arena_strdup(r->arena, id);
	}
	json_decref(doc);
	return 0;
}

static int add_layer(struct reader *r, const char *name)
{
	char clean[PATH_MAX];
	struct image_plan *plan = r->plan;

	if (plan->nlayers == MAX_LAYERS)
		return mu_error_set(r->err, -MU_E_LIMIT, NULL,
			"more than %d layers: refused", MAX_LAYERS);
	if (!name || clean_path(name, clean) || !*clean)
		return mu_error_set(r->err, -MU_E_MALFORMED, NULL,
			"a layer's name that is none, or leads out of the image");
	plan->layers[plan->nlayers] = mu_arena_strdup(r->arena, clean);
	return plan->layers[plan->nlayers++] ? 0 : -ENOMEM;
}

/* ---- OCI -----------------------------------------------------------------------------
 */

struct candidate {
	char name[128]; /* of the blob */
	char arch[32];  /* "" not told */
	char tag[200];
	size_t index; /* in manifest.json */
};

struct candidates {
	struct candidate v[MAX_CANDIDATES];
	size_t n;
};

/* "sha256:X" → "blobs/sha256/X"; false for what is no digest. */
static bool blob_of_digest(const char *digest, char *buf, size_t cap)
{
	const char *colon = digest ? strchr(digest, ':') : NULL;
	size_t algorithm = colon ? (size_t)(colon - digest) : 0;

	if (!colon ||
		strspn(digest, "abcdefghijklmnopqrstuvwxyz0123456789+._-") != algorithm ||
		strspn(colon + 1, "0123456789abcdefABCDEF") != strlen(colon + 1))
		return false;
	return snprintf(buf, cap, "blobs/%.*s/%s", (int)algorithm, digest, colon + 1) <
	       (int)cap;
}

static bool is_index(const json_t *o)
{
	const char *type = json_string_value(json_object_get(o, "mediaType"));

	return type && (strstr(type, "image.index") || strstr(type, "manifest.list"));
}

/* Attestations and the like stand among the images, for the platform "unknown". */
static bool is_image(const json_t *o)
{
	const json_t *platform = json_object_get(o, "platform");
	const char *os = json_string_value(json_object_get(platform, "os"));

	return !os || strcmp(os, "unknown") != 0;
}

static void note_candidate(struct reader *r, const json_t *o, const char *tag,
	const char *name, struct candidates *c)
{
	struct candidate *to = &c->v[c->n];
	const char *arch = arch_of(r, json_object_get(o, "platform"));

	if (c->n == MAX_CANDIDATES)
		return;
	snprintf(to->name, sizeof to->name, "%s", name);
	snprintf(to->arch, sizeof to->arch, "%s", arch ? arch : "");
	snprintf(to->tag, sizeof to->tag, "%s", tag ? tag : "");
	c->n++;
}

static const char *tag_of(const json_t *o, const char *outer)
{
	const json_t *notes = json_object_get(o, "annotations");
	const char *full =
		json_string_value(json_object_get(notes, "io.containerd.image.name"));
	const char *tag = json_string_value(
		json_object_get(notes, "org.opencontainers.image.ref.name"));

	return full ? full : tag ? tag : outer;
}

static int walk_index(struct reader *r, const json_t *doc, const char *from,
	const char *outer, int depth, struct candidates *c)
{
	const json_t *list = json_object_get(doc, "manifests");
	int e = json_is_array(list) ? 0
				    : mu_error_set(r->err, -MU_E_MALFORMED, from,
					      "is no index: it has no list of manifests");

	for (size_t i = 0; !e && i < json_array_size(list); i++) {
		const json_t *o = json_array_get(list, i);
		const char *tag = tag_of(o, outer);
		char name[128];
		json_t *inner;
		if (!is_image(o))
			continue;
		if (!blob_of_digest(json_string_value(json_object_get(o, "digest")), name,
			    sizeof name))
			return mu_error_set(r->err, -MU_E_MALFORMED, from,
				"names a manifest without a valid digest");
		if (!is_index(o)) {
			note_candidate(r, o, tag, name, c);
			continue;
		}
		if (depth == MAX_INDEX_DEPTH)
			return mu_error_set(r->err, -MU_E_LIMIT, name,
				"indices inside indices without end");
		e = load(r, name, &inner);
		if (e)
			return e;
		e = walk_index(r, inner, name, tag, depth + 1, c);
		json_decref(inner);
	}
	return e;
}

static const char *host_arch(void)
{
	static struct utsname u;
	const struct mu_machine *m;

	if (uname(&u))
		return "";
	m = mu_machine_by_name(u.machine);
	return m ? m->name : "";
}

static const struct candidate *by_arch(const struct candidates *c, const char *arch)
{
	for (size_t i = 0; i < c->n; i++)
		if (!strcmp(c->v[i].arch, arch))
			return &c->v[i];
	return NULL;
}

static int no_such_arch(struct reader *r, const struct candidates *c, const char *arch)
{
	char list[120] = "";
	size_t n = 0;

	for (size_t i = 0; i < c->n && n < sizeof list; i++)
		if (*c->v[i].arch)
			n += (size_t)snprintf(list + n, sizeof list - n, "%s%s",
				n ? ", " : "", c->v[i].arch);
	return mu_error_set(r->err, -ENOENT, NULL,
		"the image has no platform %s; it has %s", arch, *list ? list : "others");
}

static int choose(
	struct reader *r, const struct candidates *c, const struct candidate **ret)
{
	const char *want = r->blobs->tree->opts.arch;
	const struct mu_machine *m = want ? mu_machine_by_name(want) : NULL;
	const struct candidate *found;

	if (!c->n)
		return -ENOENT;
	if (m) {
		found = by_arch(c, m->name);
		/* one image that does not tell what it is for may be it */
		if (!found && c->n == 1 && !*c->v[0].arch)
			found = &c->v[0];
		if (!found)
			return no_such_arch(r, c, m->name);
	} else {
		found = by_arch(c, host_arch());
		if (!found)
			found = &c->v[0];
		if (c->n > 1 && tree_note(r->blobs->tree, NULL,
					"there are %zu images; this is %s%s%s "
					"(--arch chooses another platform)",
					c->n, found->tag, *found->tag ? ", " : "",
					*found->arch ? found->arch : "the first"))
			return -ENOMEM;
	}
	*ret = found;
	return 0;
}

static int read_manifest(struct reader *r, const struct candidate *from)
{
	const json_t *layers;
	char name[128];
	json_t *doc;
	int e = load(r, from->name, &doc);

	if (e)
		return e;
	layers = json_object_get(doc, "layers");
	if (!json_is_array(layers))
		e = mu_error_set(r->err, -MU_E_MALFORMED, from->name,
			"is no image's manifest: it has no list of layers");
	for (size_t i = 0; !e && i < json_array_size(layers); i++)
		e = blob_of_digest(json_string_value(json_object_get(
					   json_array_get(layers, i), "digest")),
			    name, sizeof name)
			    ? add_layer(r, name)
			    : mu_error_set(r->err, -MU_E_MALFORMED, from->name,
				      "a layer without a digest");
	if (!e && !blob_of_digest(json_string_value(json_object_get(
					  json_object_get(doc, "config"), "digest")),
			  name, sizeof name))
		e = mu_error_set(
			r->err, -MU_E_MALFORMED, from->name, "names no configuration");
	if (!e)
		e = read_config(r, name);
	if (*from->tag)
		r->plan->image->name = mu_arena_strdup(r->arena, from->tag);
	json_decref(doc);
	return e;
}

static int read_oci(struct reader *r)
{
	struct candidates *c = calloc(1, sizeof *c);
	const struct candidate *from = NULL;
	json_t *doc;
	int e = c ? load(r, "index.json", &doc) : -ENOMEM;

	if (e) {
		free(c);
		return e;
	}
	r->plan->kind = MU_SOURCE_OCI;
	e = walk_index(r, doc, "index.json", NULL, 0, c);
	if (!e && !c->n)
		e = mu_error_set(r->err, -MU_E_MALFORMED, "index.json", "names no image");
	if (!e)
		e = choose(r, c, &from);
	if (!e)
		e = read_manifest(r, from);
	json_decref(doc);
	free(c);
	return e;
}

/* ---- docker save ------------------------------------------------------------------- */

/* The machine that the image of a configuration is for; "" where it does not tell. */
static int arch_of_config(struct reader *r, const char *name, char *buf, size_t cap)
{
	const char *arch;
	json_t *doc;
	int e = load(r, name, &doc);

	if (e)
		return e;
	arch = arch_of(r, doc);
	snprintf(buf, cap, "%s", arch ? arch : "");
	json_decref(doc);
	return 0;
}

static int bad_manifest(struct reader *r, const char *what)
{
	return mu_error_set(r->err, -MU_E_MALFORMED, "manifest.json", "names %s", what);
}

/* Every image of manifest.json, by its configuration. */
static int list_docker(struct reader *r, const json_t *doc, struct candidates *c)
{
	int e = 0;

	for (size_t i = 0; !e && i < json_array_size(doc) && c->n < MAX_CANDIDATES; i++) {
		const json_t *o = json_array_get(doc, i);
		const char *config = json_string_value(json_object_get(o, "Config"));
		const char *tag = json_string_value(
			json_array_get(json_object_get(o, "RepoTags"), 0));
		struct candidate *to = &c->v[c->n];
		char clean[PATH_MAX];
		if (!json_is_array(json_object_get(o, "Layers")))
			return i ? bad_manifest(r, "an image without a list of layers")
				 : -ENOENT; /* some other manifest.json */
		if (!config || clean_path(config, clean) || !*clean ||
			strlen(clean) >= sizeof to->name)
			return bad_manifest(r, "an image without a valid name of its "
					       "configuration");
		snprintf(to->name, sizeof to->name, "%s", clean);
		snprintf(to->tag, sizeof to->tag, "%s", tag ? tag : "");
		to->index = i;
		e = arch_of_config(r, clean, to->arch, sizeof to->arch);
		c->n++;
	}
	return e;
}

static int take_docker(struct reader *r, const json_t *doc, struct candidates *c)
{
	const struct candidate *from = NULL;
	const json_t *layers;
	int e = list_docker(r, doc, c);

	if (!e)
		e = choose(r, c, &from);
	if (e)
		return e;
	layers = json_object_get(json_array_get(doc, from->index), "Layers");
	if (*from->tag)
		r->plan->image->name = mu_arena_strdup(r->arena, from->tag);
	for (size_t i = 0; !e && i < json_array_size(layers); i++)
		e = add_layer(r, json_string_value(json_array_get(layers, i)));
	return e ? e : read_config(r, from->name);
}

static int read_docker(struct reader *r)
{
	struct candidates *c = calloc(1, sizeof *c);
	json_t *doc;
	int e = c ? load(r, "manifest.json", &doc) : -ENOMEM;

	if (!e) {
		r->plan->kind = MU_SOURCE_DOCKER;
		e = take_docker(r, doc, c);
		json_decref(doc);
	}
	free(c);
	return e;
}

static bool is_there(struct blobs *blobs, const char *name)
{
	return blobs->folder ? !strcmp(name, "index.json")
			     : blob_find(blobs, name) != NULL;
}

int image_plan(struct blobs *blobs, struct image_plan *plan, struct mu_error *err)
{
	struct reader r = {
		.blobs = blobs,
		.arena = &blobs->tree->arena,
		.plan = plan,
		.err = err,
	};
	int e = -ENOENT;

	plan->image = mu_arena_alloc(r.arena, sizeof *plan->image);
	if (!plan->image)
		return -ENOMEM;
	/* an archive of today's Docker is both; its manifest.json names the image */
	if (is_there(blobs, "manifest.json") && !blobs->tree->opts.arch)
		e = read_docker(&r);
	if (e == -ENOENT && !(err && err->code) && is_there(blobs, "index.json") &&
		(blobs->folder || is_there(blobs, "oci-layout")))
		e = read_oci(&r);
	if (e == -ENOENT && !(err && err->code) && blobs->tree->opts.arch &&
		is_there(blobs, "manifest.json"))
		e = read_docker(&r);
	return e;
}
