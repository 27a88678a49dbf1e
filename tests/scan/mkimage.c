/* SPDX-License-Identifier: MIT */
/*
 * Pack root trees into container images, the way that other tools write them.
 *
 *   mkimage FORM OUT [OPTION...] LAYER... [--arch A [OPTION...] LAYER...]...
 *
 * FORM: --docker      a `docker save` archive of before version 25
 *       --docker-oci  one since 25: an OCI archive with a manifest.json beside it
 *       --oci-archive, --oci-layout
 * OUT:  a file; of --oci-layout a folder; "-" is standard output
 *
 * A LAYER is a folder, or a list: a line an entry, "TYPE PATH KEY=VALUE...", where \xNN
 * is a byte. Types: f file, d folder, l symlink, h hard link, c b p s devices, FIFO and
 * socket, w a whiteout of PATH, o an opaque folder, "=" whatever from= is on disk. Keys:
 * from (contents), text (contents), to (of links), mode (octal), uid, gid, mtime, size
 * (so many zeros), caps (hexadecimal, security.capability), repeat (so many, numbered).
 *
 * Options: --compress gzip|zstd|none  --level N  --config FILE (what stands under
 * "config")  --tag NAME  --arch A (as images name machines)  --nested-index
 * --attestation (as BuildKit adds one)  --order layers-first|manifest-first|reversed
 * --break missing-layer|wrong-digest|cut-layer
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mkimage.h"
#include "sha256.h"

#define OCI "application/vnd.oci.image."
#define MAX_LAYERS 256
#define MAX_IMAGES 16

enum form { DOCKER, DOCKER_OCI, OCI_ARCHIVE, OCI_LAYOUT };
enum order { LAYERS_FIRST, MANIFEST_FIRST, REVERSED };

struct image {
	const char *arch, *config;
	enum compression how;
	const char *specs[MAX_LAYERS];
	struct blob layers[MAX_LAYERS], configuration, manifest;
	size_t n;
};

/* One file of the archive that is written. */
struct item {
	char *name;
	const char *path; /* contents on disk, or */
	char *text;
	const char *link; /* a symlink, or NULL */
};

static struct {
	enum form form;
	enum order order;
	const char *out, *tag, *broken;
	char *temp;
	int level;
	bool nested, attestation;
	struct image images[MAX_IMAGES];
	size_t nimages;
	struct item items[MAX_IMAGES * (MAX_LAYERS + 8)];
	size_t nitems;
	size_t nblobs;
} job;

void die(const char *form, ...)
{
	va_list ap;

	va_start(ap, form);
	fputs("mkimage: ", stderr);
	vfprintf(stderr, form, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(1);
}

char *print(const char *form, ...)
{
	va_list ap;
	char *s = NULL;

	va_start(ap, form);
	if (vasprintf(&s, form, ap) < 0)
		die("no memory");
	va_end(ap);
	return s;
}

static bool is_broken(const char *how)
{
	return job.broken && !strcmp(job.broken, how);
}

/* ---- blobs ------------------------------------------------------------------ */

static char *blob_path(void)
{
	return print("%s/%zu", job.temp, job.nblobs++);
}

/* Takes @text. */
static void blob_text(char *text, struct blob *ret)
{
	struct sha256 sum;
	FILE *f;

	ret->path = blob_path();
	ret->size = strlen(text);
	sha256_start(&sum);
	sha256_add(&sum, text, ret->size);
	sha256_end(&sum, ret->digest);
	f = fopen(ret->path, "wb");
	if (!f || fwrite(text, 1, ret->size, f) != ret->size || fclose(f))
		die("%s: %s", ret->path, strerror(errno));
	free(text);
}

static char *slurp(const char *path)
{
	char *text = NULL;
	size_t room = 0;
	FILE *f = fopen(path, "rb");

	if (!f || getdelim(&text, &room, '\0', f) < 0)
		die("%s: %s", path, errno ? strerror(errno) : "empty");
	fclose(f);
	return text;
}

static char *append(char *list, const char *sep, char *more)
{
	char *both = print("%s%s%s", list, *list ? sep : "", more);

	free(list);
	free(more);
	return both;
}

/* ---- an image --------------------------------------------------------------- */

static void configure(struct image *im)
{
	char *config = im->config ? slurp(im->config) : print("{}");
	char *diffs = print("%s", ""), *history = print("%s", "");
	size_t i;

	for (i = 0; i < im->n; i++) {
		diffs = append(diffs, ",", print("\"sha256:%s\"", im->layers[i].diff));
		history = append(history, ",",
			print("{\"created_by\":\"RUN step %zu\"},"
			      "{\"created_by\":\"ENV A=%zu\",\"empty_layer\":true}",
				i, i));
	}
	blob_text(print("{\"created\":\"2020-01-01T00:00:00Z\",\"architecture\":\"%s\","
			"\"os\":\"linux\",\"config\":%s,\"rootfs\":{\"type\":\"layers\","
			"\"diff_ids\":[%s]},\"history\":[%s]}",
			  im->arch, config, diffs, history),
		&im->configuration);
	free(config);
	free(diffs);
	free(history);
}

static void manifest(struct image *im)
{
	static const char *const suffix[] = {"", "+gzip", "+zstd"};
	char *layers = print("%s", "");
	size_t i;

	for (i = 0; i < im->n; i++)
		layers = append(layers, ",",
			print("{\"mediaType\":\"" OCI "layer.v1.tar%s\",\"digest\":"
			      "\"sha256:%s\",\"size\":%llu}",
				suffix[im->how], im->layers[i].digest,
				(unsigned long long)im->layers[i].size));
	blob_text(print("{\"schemaVersion\":2,\"mediaType\":\"" OCI "manifest.v1+json\","
			"\"config\":{\"mediaType\":\"" OCI "config.v1+json\",\"digest\":"
			"\"sha256:%s\",\"size\":%llu},\"layers\":[%s]}",
			  im->configuration.digest,
			  (unsigned long long)im->configuration.size, layers),
		&im->manifest);
	free(layers);
}

/* Change a blob behind its digest's back. */
static void damage(struct blob *b)
{
	int fd = open(b->path, O_RDWR);
	char last;

	if (fd < 0)
		die("%s: %s", b->path, strerror(errno));
	if (is_broken("cut-layer") && ftruncate(fd, b->size / 2))
		die("%s: %s", b->path, strerror(errno));
	if (is_broken("wrong-digest") &&
		(pread(fd, &last, 1, b->size / 2) != 1 || (last ^= 1, false) ||
			pwrite(fd, &last, 1, b->size / 2) != 1))
		die("%s: %s", b->path, strerror(errno));
	close(fd);
}

static void build(struct image *im)
{
	size_t i;

	for (i = 0; i < im->n; i++) {
		char *path = blob_path();

		layer_write(im->specs[i], im->how, job.level, path, &im->layers[i]);
		free(path);
	}
	configure(im);
	manifest(im);
	if (im->n && (is_broken("cut-layer") || is_broken("wrong-digest")))
		damage(&im->layers[im->n - 1]);
}

/* ---- what goes into the archive ---------------------------------------------- */

static void item(char *name, const char *path, char *text, const char *link)
{
	if (job.nitems == sizeof job.items / sizeof *job.items)
		die("too many files");
	job.items[job.nitems++] = (struct item){name, path, text, link};
}

static void item_blob(const struct blob *b)
{
	char *name = print("blobs/sha256/%s", b->digest);
	size_t i;

	for (i = 0; i < job.nitems && strcmp(job.items[i].name, name) != 0; i++)
		;
	if (i == job.nitems)
		item(name, b->path, NULL, NULL);
	else
		free(name);
}

static bool left_out(const struct image *im, size_t i)
{
	return is_broken("missing-layer") && i == im->n - 1;
}

static char *tag_annotation(void)
{
	const char *colon = job.tag ? strrchr(job.tag, ':') : NULL;

	if (!job.tag)
		return print("%s", "");
	return print(",\"annotations\":{\"io.containerd.image.name\":\"%s\","
		     "\"org.opencontainers.image.ref.name\":\"%s\"}",
		job.tag, colon ? colon + 1 : job.tag);
}

static char *descriptor(
	const struct blob *b, const char *kind, const char *arch, char *more)
{
	char *platform =
		arch ? print(",\"platform\":{\"architecture\":\"%s\",\"os\":\"%s\"}",
			       arch, strcmp(arch, "unknown") ? "linux" : arch)
		     : print("%s", "");
	char *s = print("{\"mediaType\":\"" OCI "%s.v1+json\",\"digest\":\"sha256:%s\","
			"\"size\":%llu%s%s}",
		kind, b->digest, (unsigned long long)b->size, platform, more);

	free(platform);
	free(more);
	return s;
}

/* What BuildKit puts beside an image: a manifest of no machine, with one JSON layer. */
static char *attest(void)
{
	static struct blob statement, config, m;

	blob_text(print("{\"_type\":\"https://in-toto.io/Statement/v0.1\"}"), &statement);
	blob_text(print("{\"architecture\":\"unknown\",\"os\":\"unknown\",\"config\":{},"
			"\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:%s\"]}}",
			  statement.digest),
		&config);
	blob_text(print("{\"schemaVersion\":2,\"mediaType\":\"" OCI "manifest.v1+json\","
			"\"config\":{\"mediaType\":\"" OCI "config.v1+json\",\"digest\":"
			"\"sha256:%s\",\"size\":%llu},\"layers\":[{\"mediaType\":"
			"\"application/vnd.in-toto+json\",\"digest\":\"sha256:%s\","
			"\"size\":%llu}]}",
			  config.digest, (unsigned long long)config.size,
			  statement.digest, (unsigned long long)statement.size),
		&m);
	item_blob(&statement);
	item_blob(&config);
	item_blob(&m);
	return descriptor(&m, "manifest", "unknown",
		print(",\"annotations\":{\"vnd.docker.reference.type\":"
		      "\"attestation-manifest\"}"));
}

static char *index_text(char *descriptors)
{
	char *s = print("{\"schemaVersion\":2,\"mediaType\":\"" OCI
			"index.v1+json\",\"manifests\":[%s]}",
		descriptors);

	free(descriptors);
	return s;
}

static void lay_out_oci(void)
{
	static struct blob inner;
	char *list = print("%s", "");
	size_t i, k;

	/* the attestation first: whoever takes the first manifest takes the wrong one */
	if (job.attestation)
		list = append(list, ",", attest());
	for (i = 0; i < job.nimages; i++) {
		struct image *im = &job.images[i];

		for (k = 0; k < im->n; k++)
			if (!left_out(im, k))
				item_blob(&im->layers[k]);
		item_blob(&im->configuration);
		item_blob(&im->manifest);
		list = append(list, ",",
			descriptor(&im->manifest, "manifest", im->arch,
				job.nested ? print("%s", "") : tag_annotation()));
	}
	if (job.nested) {
		blob_text(index_text(list), &inner);
		item_blob(&inner);
		list = descriptor(&inner, "index", NULL, tag_annotation());
	}
	item(print("index.json"), NULL, index_text(list), NULL);
	item(print("oci-layout"), NULL, print("{\"imageLayoutVersion\":\"1.0.0\"}"),
		NULL);
}

static char *manifest_json(bool legacy)
{
	char *list = print("%s", ""), *layers, *s;
	size_t i, k;

	for (i = 0; i < job.nimages; i++) {
		const struct image *im = &job.images[i];

		layers = print("%s", "");
		for (k = 0; k < im->n; k++)
			layers = append(layers, ",",
				print(legacy ? "\"%s-%zu/layer.tar\""
					     : "\"blobs/sha256/%s\"",
					im->layers[k].digest, k));
		list = append(list, ",",
			print(legacy ? "{\"Config\":\"%s.json\",\"RepoTags\":[%s%s%s],"
				       "\"Layers\":[%s]}"
				     : "{\"Config\":\"blobs/sha256/%s\",\"RepoTags\":"
				       "[%s%s%s],\"Layers\":[%s]}",
				im->configuration.digest, job.tag ? "\"" : "",
				job.tag ? job.tag : "", job.tag ? "\"" : "", layers));
		free(layers);
	}
	s = print("[%s]\n", list);
	free(list);
	return s;
}

/* A layer that is there already is a link to it, as old docker wrote it. */
static void lay_out_layer(const struct image *im, size_t i)
{
	char *folder = print("%s-%zu", im->layers[i].digest, i);
	size_t k;

	item(print("%s/VERSION", folder), NULL, print("1.0"), NULL);
	item(print("%s/json", folder), NULL, print("{\"id\":\"%s\"}", folder), NULL);
	for (k = 0; k < i; k++)
		if (!strcmp(im->layers[k].digest, im->layers[i].digest))
			break;
	if (k < i)
		item(print("%s/layer.tar", folder), NULL, NULL,
			print("../%s-%zu/layer.tar", im->layers[k].digest, k));
	else if (!left_out(im, i))
		item(print("%s/layer.tar", folder), im->layers[i].path, NULL, NULL);
	free(folder);
}

static void lay_out_docker(void)
{
	size_t i, k;

	for (i = 0; i < job.nimages; i++) {
		const struct image *im = &job.images[i];

		for (k = 0; k < im->n; k++)
			lay_out_layer(im, k);
		item(print("%s.json", im->configuration.digest), im->configuration.path,
			NULL, NULL);
	}
}

/* ---- writing ------------------------------------------------------------------ */

static void put(struct archive *a, const struct item *it)
{
	static char buf[1 << 16];
	struct archive_entry *e = archive_entry_new();
	struct stat st = {0};
	FILE *f = NULL;
	size_t n;

	archive_entry_copy_pathname(e, it->name);
	archive_entry_set_perm(e, 0644);
	archive_entry_set_filetype(e, it->link ? AE_IFLNK : AE_IFREG);
	if (it->link)
		archive_entry_copy_symlink(e, it->link);
	if (it->path && (stat(it->path, &st) || !(f = fopen(it->path, "rb"))))
		die("%s: %s", it->path, strerror(errno));
	archive_entry_set_size(e, it->text ? (la_int64_t)strlen(it->text) : st.st_size);
	if (archive_write_header(a, e) < ARCHIVE_WARN)
		die("%s: %s", it->name, archive_error_string(a));
	if (it->text)
		archive_write_data(a, it->text, strlen(it->text));
	while (f && (n = fread(buf, 1, sizeof buf, f)) > 0)
		if (archive_write_data(a, buf, n) < 0)
			die("%s: %s", it->name, archive_error_string(a));
	if (f)
		fclose(f);
	archive_entry_free(e);
}

/* The order of files in an archive is nobody's promise. */
static void sort(void)
{
	size_t i, n = job.nitems;
	struct item last;

	if (job.order == REVERSED)
		for (i = 0; i < n / 2; i++) {
			last = job.items[i];
			job.items[i] = job.items[n - 1 - i];
			job.items[n - 1 - i] = last;
		}
	if (job.order == MANIFEST_FIRST && n) {
		last = job.items[n - 1];
		memmove(job.items + 1, job.items, (n - 1) * sizeof last);
		job.items[0] = last;
	}
}

static void write_archive(void)
{
	struct archive *a = archive_write_new();
	size_t i;

	archive_write_set_format_pax_restricted(a);
	if (archive_write_open_filename(a, strcmp(job.out, "-") ? job.out : NULL))
		die("%s: %s", job.out, archive_error_string(a));
	for (i = 0; i < job.nitems; i++)
		put(a, &job.items[i]);
	if (archive_write_close(a))
		die("%s: %s", job.out, archive_error_string(a));
	archive_write_free(a);
}

static void write_layout(void)
{
	struct archive *a = archive_write_disk_new();
	size_t i;

	if (mkdir(job.out, 0755) && errno != EEXIST)
		die("%s: %s", job.out, strerror(errno));
	if (chdir(job.out))
		die("%s: %s", job.out, strerror(errno));
	for (i = 0; i < job.nitems; i++)
		put(a, &job.items[i]);
	archive_write_close(a);
	archive_write_free(a);
}

static void clean(void)
{
	size_t i;

	for (i = 0; i < job.nblobs; i++) {
		char *path = print("%s/%zu", job.temp, i);

		unlink(path);
		free(path);
	}
	rmdir(job.temp);
}

/* ---- the command line ----------------------------------------------------------- */

static int choose(const char *value, const char *const *names)
{
	int i;

	for (i = 0; names[i]; i++)
		if (value && !strcmp(value, names[i]))
			return i;
	die("not known: %s", value ? value : "(nothing)");
}

static struct image *another(const char *arch)
{
	struct image *im = &job.images[job.nimages++];

	if (job.nimages > MAX_IMAGES)
		die("too many images");
	im->arch = arch;
	im->how = im == job.images ? PLAIN : im[-1].how;
	return im;
}

/* The options that take a value. */
static struct image *option(struct image *im, const char *name, const char *value)
{
	static const char *const compressions[] = {"none", "gzip", "zstd", NULL};
	static const char *const orders[] = {
		"layers-first", "manifest-first", "reversed", NULL};
	static const char *const breaks[] = {
		"missing-layer", "wrong-digest", "cut-layer", NULL};
	static const char *const names[] = {"--compress", "--level", "--config", "--tag",
		"--order", "--break", "--arch", NULL};

	switch (choose(name, names)) {
	case 0:
		im->how = choose(value, compressions);
		break;
	case 1:
		job.level = atoi(value);
		break;
	case 2:
		im->config = value;
		break;
	case 3:
		job.tag = value;
		break;
	case 4:
		job.order = choose(value, orders);
		break;
	case 5:
		job.broken = breaks[choose(value, breaks)];
		break;
	case 6:
		if (im->n)
			return another(value);
		im->arch = value;
		break;
	}
	return im;
}

static void arguments(int argc, char **argv)
{
	static const char *const forms[] = {
		"--docker", "--docker-oci", "--oci-archive", "--oci-layout", NULL};
	struct image *im = another("amd64");
	int i;

	if (argc < 4)
		die("usage: mkimage FORM OUT [OPTION...] LAYER...");
	job.form = choose(argv[1], forms);
	job.out = argv[2];
	for (i = 3; i < argc; i++) {
		if (!strcmp(argv[i], "--nested-index")) {
			job.nested = true;
		} else if (!strcmp(argv[i], "--attestation")) {
			job.attestation = true;
		} else if (!strncmp(argv[i], "--", 2)) {
			if (i + 1 == argc)
				die("%s: no value", argv[i]);
			im = option(im, argv[i], argv[i + 1]);
			i++;
		} else if (im->n == MAX_LAYERS) {
			die("too many layers");
		} else {
			im->specs[im->n++] = argv[i];
		}
	}
}

int main(int argc, char **argv)
{
	const char *folder = getenv("TMPDIR");
	size_t i;

	arguments(argc, argv);
	job.temp = print("%s/mkimage-XXXXXX", folder ? folder : "/tmp");
	if (!mkdtemp(job.temp))
		die("%s: %s", job.temp, strerror(errno));
	atexit(clean);
	for (i = 0; i < job.nimages; i++)
		build(&job.images[i]);
	if (job.form == DOCKER)
		lay_out_docker();
	else
		lay_out_oci();
	if (job.form == DOCKER || job.form == DOCKER_OCI)
		item(print("manifest.json"), NULL, manifest_json(job.form == DOCKER),
			NULL);
	sort();
	if (job.form == OCI_LAYOUT)
		write_layout();
	else
		write_archive();
	return 0;
}
