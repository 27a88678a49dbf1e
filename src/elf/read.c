/* SPDX-License-Identifier: MIT */
#include <ar.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reader.h"

int bad(struct reader *r, const char *fmt, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return mu_error_set(r->err, -MU_E_MALFORMED, r->path, "%s", text);
}

static int read_at(struct reader *r, uint64_t off, uint64_t n, void *buf)
{
	char *p = buf;

	if (off > r->size || n > r->size - off)
		return mu_error_set(r->err, -MU_E_TRUNCATED, r->path,
			"file is truncated: %llu bytes at offset %llu reach behind its "
			"end",
			(unsigned long long)n, (unsigned long long)off);
	if (r->mem) {
		memcpy(buf, r->mem + off, n);
		return 0;
	}
	while (n) {
		ssize_t got = pread(r->fd, p, n, (off_t)off);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return mu_error_set(r->err, -errno, r->path, NULL);
		if (!got)
			return mu_error_set(r->err, -MU_E_TRUNCATED, r->path,
				"file became shorter while it was read");
		p += got;
		off += (uint64_t)got;
		n -= (uint64_t)got;
	}
	return 0;
}

int fetch_into(struct reader *r, uint64_t off, uint64_t n, Elf_Type type, void *buf)
{
	unsigned encode = r->o->facts.little ? ELFDATA2LSB : ELFDATA2MSB;
	Elf_Data d = {.d_buf = buf, .d_type = type, .d_size = n, .d_version = EV_CURRENT};
	int e = read_at(r, off, n, buf);

	if (e || type == ELF_T_BYTE || !n)
		return e;
	if (!(r->is64 ? elf64_xlatetom : elf32_xlatetom)(&d, &d, encode))
		return bad(r, "%s", elf_errmsg(-1));
	return 0;
}

int fetch(struct reader *r, uint64_t off, uint64_t n, Elf_Type type, void **ret)
{
	char *buf;
	int e;

	/* before memory is asked for: a size out of the file may be anything */
	if (off > r->size || n > r->size - off)
		return read_at(r, off, n, NULL);
	if (n > MAX_FETCH)
		return mu_error_set(r->err, -MU_E_LIMIT, r->path, "a table of %llu bytes",
			(unsigned long long)n);
	buf = malloc(n + 1);
	if (!buf)
		return mu_error_set(r->err, -ENOMEM, r->path, NULL);
	e = fetch_into(r, off, n, type, buf);
	if (e) {
		free(buf);
		return e;
	}
	buf[n] = 0;
	*ret = buf;
	return 0;
}

int locate(struct reader *r, uint64_t vaddr, uint64_t *off, uint64_t *avail)
{
	for (size_t i = 0; i < r->nsegs; i++) {
		const struct segment *s = &r->segs[i];
		if (vaddr < s->vaddr || vaddr - s->vaddr >= s->filesz)
			continue;
		*off = s->offset + (vaddr - s->vaddr);
		*avail = s->filesz - (vaddr - s->vaddr);
		if (*off < s->offset || *off > r->size)
			break;
		if (*avail > r->size - *off)
			*avail = r->size - *off;
		return 0;
	}
	return bad(r, "address 0x%llx is in no segment of the file",
		(unsigned long long)vaddr);
}

const char *string_at(const struct reader *r, uint64_t off)
{
	return off < r->strsz ? r->str + off : NULL;
}

int spend(struct reader *r, uint64_t n)
{
	r->spent += n;
	if (n <= MAX_STRING && r->spent <= MAX_STRINGS)
		return 0;
	return mu_error_set(
		r->err, -MU_E_LIMIT, r->path, "too many or too long names in it");
}

int spend_memory(struct reader *r, uint64_t n)
{
	r->spent += 7 * n; /* what is kept weighs more than what is looked at */
	return spend(r, n);
}

const char *keep(struct reader *r, const char *s)
{
	size_t n = s ? strlen(s) : 0;

	return s && !spend_memory(r, n) ? mu_arena_strndup(&r->o->arena, s, n) : NULL;
}

static void finish(struct reader *r)
{
	free(r->segs);
	free(r->needed.v);
	free(r->str);
	free(r->syms);
	free(r->versym);
	free(r->versions);
	free(r->hash.bloom);
	free(r->hash.buckets);
	free(r->hash.chain);
	free(r->how);
	free(r->asked.v);
	free(r->odd.v);
	free(r->sections);
	free(r->section_names);
}

static int read_elf(struct reader *r)
{
	struct mu_object *o = &r->o->facts;
	int e = read_headers(r);

	if (e || o->kind == MU_KIND_RELOCATABLE || o->kind == MU_KIND_CORE)
		return e;
	if (r->dyn_vaddr && (e = read_dynamic(r)))
		return e;
	if (o->has_dynamic && ((e = read_versions(r)) || (e = read_relocations(r)) ||
				      (e = read_symbols(r)) || (e = read_exports(r)) ||
				      (e = make_refs(r))))
		return e;
	read_sections(r);
	return identify(r);
}

/* What stands behind "#!": the interpreter's path, up to the first blank. */
static int read_script(struct reader *r)
{
	char line[256] = "";
	size_t n = r->size < sizeof line - 1 ? (size_t)r->size : sizeof line - 1;
	int e = read_at(r, 0, n, line);
	char *s = line + 2;

	if (e)
		return e;
	s += strspn(s, " \t");
	s[strcspn(s, " \t\n")] = 0;
	r->o->facts.kind = MU_KIND_SCRIPT;
	r->o->facts.interpreter = keep(r, s);
	return r->o->facts.interpreter ? 0 : -ENOMEM;
}

static int read_any(struct reader *r)
{
	unsigned char ident[8] = {0};
	size_t n = r->size < sizeof ident ? (size_t)r->size : sizeof ident;
	struct mu_object *o = &r->o->facts;
	int e = read_at(r, 0, n, ident);

	if (e)
		return e;
	o->kind = MU_KIND_NOT_ELF;
	if (!memcmp(ident, "#!", 2))
		return read_script(r);
	if (n >= SARMAG && !memcmp(ident, ARMAG, SARMAG)) {
		o->kind = MU_KIND_ARCHIVE;
		return 0;
	}
	if (memcmp(ident, ELFMAG, SELFMAG))
		return 0;
	return read_elf(r);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void start_libelf(void)
{
	elf_version(EV_CURRENT);
}

static int run(struct reader *r, struct mu_object **ret)
{
	int e;

	pthread_once(&once, start_libelf);
	r->o = calloc(1, sizeof *r->o);
	if (!r->o)
		return mu_error_set(r->err, -ENOMEM, r->path, NULL);
	e = read_any(r);
	finish(r);
	if (e < 0) {
		mu_object_free(&r->o->facts);
		return mu_error_set(r->err, e, r->path, NULL);
	}
	*ret = &r->o->facts;
	return 0;
}

int mu_object_read(int fd, const char *path, struct mu_object **ret, struct mu_error *err)
{
	struct reader r = {.fd = fd, .path = path, .err = err};
	struct stat st;
	int e;

	if (fstat(fd, &st))
		return mu_error_set(err, -errno, path, NULL);
	if (!S_ISREG(st.st_mode))
		return mu_error_set(err, -MU_E_NOT_REGULAR, path, NULL);
	r.size = (uint64_t)st.st_size;
	e = run(&r, ret);
	if (!e)
		(*ret)->setuid = st.st_mode & (S_ISUID | S_ISGID);
	return e;
}

int mu_elf_read_memory(const void *data, size_t n, const char *path,
	struct mu_object **ret, struct mu_error *err)
{
	struct reader r = {
		.fd = -1, .mem = data ? data : "", .size = n, .path = path, .err = err};

	return run(&r, ret);
}

int mu_elf_read_names(const void *data, size_t n, const char *path,
	struct mu_object **ret, struct mu_error *err)
{
	struct reader r = {.fd = -1,
		.mem = data ? data : "",
		.size = n,
		.path = path,
		.err = err,
		.keep_names = true};

	return run(&r, ret);
}

void mu_object_free(struct mu_object *o)
{
	struct mu_elf *e = (struct mu_elf *)o;

	if (!e)
		return;
	mu_arena_free(&e->arena);
	free(e->exports.slots);
	free(e->names.v);
	free(e);
}

static const char *const kind_names[MU_KIND_COUNT] = {
	[MU_KIND_UNREADABLE] = "unreadable",
	[MU_KIND_EXECUTABLE] = "executable",
	[MU_KIND_SHARED_LIBRARY] = "shared-library",
	[MU_KIND_STATIC_EXECUTABLE] = "static-executable",
	[MU_KIND_STATIC_PIE] = "static-pie",
	[MU_KIND_RELOCATABLE] = "relocatable",
	[MU_KIND_ARCHIVE] = "archive",
	[MU_KIND_SCRIPT] = "script",
	[MU_KIND_CORE] = "core",
	[MU_KIND_NOT_ELF] = "not-elf",
};

static const char *const libc_names[MU_LIBC_COUNT] = {
	[MU_LIBC_UNKNOWN] = "unknown",
	[MU_LIBC_NONE] = "none",
	[MU_LIBC_GLIBC] = "glibc",
	[MU_LIBC_MUSL] = "musl",
	[MU_LIBC_UCLIBC] = "uclibc",
	[MU_LIBC_BIONIC] = "bionic",
};

const char *mu_kind_name(enum mu_kind kind)
{
	return kind_names[kind];
}

const char *mu_libc_name(enum mu_libc libc)
{
	return libc_names[libc];
}
