/* SPDX-License-Identifier: MIT */
#ifndef MU_TREE_IMAGE_H
#define MU_TREE_IMAGE_H

#include "core/map.h"
#include "layer.h"

/*
 * An image is a heap of blobs, some of them layers, some JSON that says which. In an
 * archive they come in any order, the JSON often last: what may be a layer is read as
 * one when it passes by.
 */

#define MAX_LAYERS 1000
#define MAX_JSON ((size_t)8 << 20)

/** struct blob: a file of an image archive or layout */
struct blob {
	const char *name;  /* in the archive: "blobs/sha256/…", "…/layer.tar" */
	const char *alias; /* another blob's name, where this one is a link to it */
	char *json;        /* owned; NULL: none */
	size_t njson;
	struct layer *layer;      /* owned; NULL: none */
	char sha256[65];          /* of the bytes in the archive; "" not known */
	bool compressed, refused; /* .refused: it is JSON, and .why tells why not kept */
	uint64_t size;
	struct mu_error why; /* what was wrong with it */
};

/** struct blobs: all of them, and how to get one */
struct blobs {
	struct mu_tree *tree;
	struct mu_queue *queue;
	const char *folder; /* of an OCI layout: blobs are read when asked for; NULL */
	int fd;             /* of that folder; -1 */
	struct mu_error *err;
	MU_VEC(struct blob *) list; /* owned; as they came */
	struct mu_map names;        /* numbers of .list */
	size_t json;                /* bytes in .json of all of them */
};

/** blob_find: by its name; links followed. NULL */
struct blob *blob_find(struct blobs *blobs, const char *name);

/** blob_json: the JSON text of a blob, its digest checked where the name is one
 * Returns: 0 or a negative code with the reason.
 */
int blob_json(struct blobs *blobs, const char *name, const char **ret, size_t *n,
	struct mu_error *err);

/** blob_layer: the layer in a blob, its digest checked
 * @diff_id: "sha256:…" of the layer when it is not compressed; NULL
 */
int blob_layer(struct blobs *blobs, const char *name, const char *diff_id,
	struct blob **ret, struct mu_error *err);

/** struct image_plan: which blobs make the image (image_json.c) */
struct image_plan {
	enum mu_source_kind kind;
	struct mu_image *image;                                /* in the tree's arena */
	const char *layers[MAX_LAYERS], *diff_ids[MAX_LAYERS]; /* in the tree's arena */
	size_t nlayers;
};

/** image_plan: find out what the image is
 * Returns: 0; -ENOENT where the blobs are no image; a negative code with the reason.
 */
int image_plan(struct blobs *blobs, struct image_plan *ret, struct mu_error *err);

/* ---- image.c --------------------------------------------------------------------- */

/** image_read_tar: a tar archive that may be an image, its first header not yet read */
int image_read_tar(struct mu_tree *tree, struct archive *a, struct archive_entry *first,
	struct mu_queue *queue, struct mu_error *err);

/** image_read_layout: an OCI layout in a folder */
int image_read_layout(struct mu_tree *tree, const char *dir, struct mu_queue *queue,
	struct mu_error *err);

#endif
