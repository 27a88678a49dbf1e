/* SPDX-License-Identifier: MIT */
#ifndef MUSLIN_DB_H
#define MUSLIN_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct mu_error;

/*
 * What is known about musl, glibc, gcompat and Alpine, compiled in. Everything
 * returned points at constant data that lives as long as the program, or until
 * mu_db_unload() where it was loaded, see import.h.
 */

/* ---- machines --------------------------------------------------------- */

enum mu_machine_id {
	MU_MACHINE_X86_64,
	MU_MACHINE_X86,
	MU_MACHINE_AARCH64,
	MU_MACHINE_ARMHF,
	MU_MACHINE_ARMEL,
	MU_MACHINE_PPC64LE,
	MU_MACHINE_S390X,
	MU_MACHINE_RISCV64,
	MU_MACHINE_LOONGARCH64,
	MU_MACHINE_MIPS64EL,
	MU_MACHINE_COUNT,
};

/** struct mu_machine: one machine that muslin has symbol tables of */
struct mu_machine {
	enum mu_machine_id id;
	const char *name;           /* as in JSON and --arch: "x86_64" */
	uint16_t e_machine;         /* EM_* */
	uint8_t bits;               /* 32 or 64 */
	bool little;                /* byte order */
	const char *musl_arch;      /* in ld-musl-ARCH.so.1 */
	const char *musl_interp;    /* "/lib/ld-musl-x86_64.so.1" */
	const char *glibc_interp;   /* "/lib64/ld-linux-x86-64.so.2" */
	bool alpine;                /* Alpine is (or was) built for it */
	const char *gcompat_linker; /* what gcompat's loader execs, as Alpine builds it;
				       NULL where gcompat is not built. Not musl_interp on
				       armhf and ppc64le: that path does not exist, so
				       nothing starts there through gcompat's loader */
	const char *multiarch;      /* "x86_64-linux-gnu": of Debian's library folders */
};

/** mu_machine_at: machine by its number
 * Returns: never NULL for @id < MU_MACHINE_COUNT.
 * Since: 0.1
 */
const struct mu_machine *mu_machine_at(enum mu_machine_id id);

/** mu_machine_by_name: machine by its name, aliases included (armv7, i686, amd64 …)
 * Returns: NULL when unknown.
 * Since: 0.1
 */
const struct mu_machine *mu_machine_by_name(const char *name);

/** mu_machine_of_elf: machine of an ELF header
 * @e_machine: EM_*
 * @bits: 32 or 64
 * @little: byte order
 * @e_flags: tells hard-float from soft-float ARM
 *
 * Returns: NULL when muslin knows nothing of that machine.
 * Since: 0.1
 */
const struct mu_machine *mu_machine_of_elf(
	uint16_t e_machine, int bits, bool little, uint32_t e_flags);

/* ---- musl: which libc.so defines what --------------------------------- */

/*
 * A variant is one libc.so: upstream's of a version, Debian's, or an Alpine
 * release's where that differs from upstream's. A mask has one bit a variant.
 */
#define MU_VARIANT_MAX 32

/** struct mu_variant: one libc.so */
struct mu_variant {
	const char *name;    /* "musl:1.2.5", "musl-debian:1.2.3", "alpine:3.18" */
	const char *version; /* "1.2.5" */
	uint16_t known;      /* bit (1 << mu_machine_id): a table was read or built */
	uint16_t derived;    /* bit: derived from another table, see docs */
};

/** mu_variant_count: how many variants there are; at most MU_VARIANT_MAX
 * Since: 0.1
 */
int mu_variant_count(void);

/** mu_variant_at: variant number @i
 * Returns: NULL when @i is out of range.
 * Since: 0.1
 */
const struct mu_variant *mu_variant_at(int i);

/** mu_variant_find: number of a variant by its exact name
 * Returns: the number, -1 when unknown.
 * Since: 0.1
 */
int mu_variant_find(const char *name);

/** mu_version_cmp: compare dotted versions number by number ("1.2.10" > "1.2.9")
 * Returns: <0, 0, >0.
 * Since: 0.1
 */
int mu_version_cmp(const char *a, const char *b);

/** struct mu_libc_symbol: one symbol of musl on one machine */
struct mu_libc_symbol {
	const char *name;
	uint32_t variants; /* which have it */
	uint8_t type;      /* STT_* */
	uint8_t bind;      /* STB_* in the newest variant that has it */
	uint32_t size;     /* bytes; 0 for functions */
};

/** mu_db_libc_mask: which variants define a symbol on a machine
 * @m: machine
 * @name: symbol, @len bytes, need not end in NUL
 * @hash: mu_hash() of the name (core/hash.h)
 *
 * Constant time: called for every symbol reference of every file.
 * Returns: mask of variants; 0 when none defines it.
 * Since: 0.1
 */
uint32_t mu_db_libc_mask(
	enum mu_machine_id m, const char *name, size_t len, uint64_t hash);

/** mu_db_libc_all: mask of the variants known (or derived) on a machine
 * Since: 0.1
 */
uint32_t mu_db_libc_all(enum mu_machine_id m);

/** mu_db_libc_symbol: all about one symbol of musl on one machine
 * Returns: 0, or -ENOENT when no variant has it there.
 * Since: 0.1
 */
int mu_db_libc_symbol(enum mu_machine_id m, const char *name, struct mu_libc_symbol *ret);

/** mu_db_lfs64_mask: variants whose loader maps this name to another by itself
 * @name: symbol, @len bytes
 * @hash: mu_hash() of the name
 * @ret_maps_to: the plain name; may be NULL
 *
 * musl 1.2.4 and later; see data/lfs64.tsv for the one that a bug misses.
 * Returns: mask of variants; 0 when it is no such name.
 * Since: 0.1
 */
uint32_t mu_db_lfs64_mask(
	const char *name, size_t len, uint64_t hash, const char **ret_maps_to);

/* ---- relocations ------------------------------------------------------ */

enum mu_reloc_role {
	MU_RELOC_UNSUPPORTED, /* musl's loader does not know it */
	MU_RELOC_SYMBOLIC,
	MU_RELOC_USYMBOLIC,
	MU_RELOC_OFFSET,
	MU_RELOC_OFFSET32,
	MU_RELOC_GOT,
	MU_RELOC_PLT,
	MU_RELOC_COPY,
	MU_RELOC_RELATIVE,
	MU_RELOC_DTPMOD,
	MU_RELOC_DTPOFF,
	MU_RELOC_TPOFF,
	MU_RELOC_TPOFF_NEG,
	MU_RELOC_TLSDESC,
	MU_RELOC_SYM_OR_REL,
};

/** struct mu_reloc_type: what musl's loader does with a relocation type */
struct mu_reloc_type {
	uint32_t number;
	uint8_t role;      /* enum mu_reloc_role */
	const char *name;  /* "R_X86_64_IRELATIVE" */
	const char *since; /* first musl version that knows it; NULL: always did */
};

/** mu_db_reloc: look a relocation type up
 * Returns: NULL when the number is not in the table at all: unsupported, no name.
 * Since: 0.1
 */
const struct mu_reloc_type *mu_db_reloc(enum mu_machine_id m, uint32_t type);

/* ---- layers ----------------------------------------------------------- */

enum mu_layer {
	MU_LAYER_NONE,
	MU_LAYER_LIBC6_COMPAT,
	MU_LAYER_GCOMPAT,
	MU_LAYER_COUNT,
};

/** mu_layer_name: "none", "libc6-compat", "gcompat"
 * Since: 0.1
 */
const char *mu_layer_name(enum mu_layer layer);

/** mu_layer_by_name: the reverse
 * Returns: the layer, -1 when unknown.
 * Since: 0.1
 */
int mu_layer_by_name(const char *name);

/** struct mu_gcompat_symbol: one symbol that gcompat or a library of it brings */
struct mu_gcompat_symbol {
	const char *name;
	const char *library; /* "libgcompat.so.0", "libucontext.so.1" … */
	uint8_t versions;    /* bit i: mu_gcompat_version(i) has it (always set for the
				two helper libraries) */
	uint8_t type;        /* STT_* */
	uint32_t size;       /* bytes; 0 where not known */
};

/** mu_gcompat_version: gcompat versions whose symbols are known, oldest first
 * Returns: "1.0.0", "1.1.0", then NULL.
 * Since: 0.1
 */
const char *mu_gcompat_version(int i);

/** mu_gcompat_symbol_at: all of gcompat's symbols, sorted by name
 * Returns: NULL past the end.
 * Since: 0.1
 */
const struct mu_gcompat_symbol *mu_gcompat_symbol_at(size_t i);

/** mu_gcompat_find: one symbol by name
 * Returns: NULL when gcompat does not bring it.
 * Since: 0.1
 */
const struct mu_gcompat_symbol *mu_gcompat_find(const char *name);

/** struct mu_layer_file: a path that a layer puts into the target */
struct mu_layer_file {
	enum mu_layer layer;
	const char *path;   /* "/lib/libc.so.6"; "{interp}" for the glibc interpreter's
			       path, "/lib/{interp}" for its file name in /lib */
	const char *target; /* "libc" (musl itself), "loader" (gcompat's), or a library:
			       "libgcompat.so.0" … */
	const char *since;  /* first Alpine release with that file; NULL: all */
	const char *until;  /* last one; NULL: to this day */
};

/** mu_layer_file_at: the files of all layers
 * Returns: NULL past the end.
 * Since: 0.1
 */
const struct mu_layer_file *mu_layer_file_at(size_t i);

/** struct mu_library: one of glibc's libraries, and how a musl target answers for it */
struct mu_library {
	const char *pattern; /* "libm.*", "libresolv.so.2" */
	bool reserved; /* musl's loader takes the name for itself, whatever file exists;
			  else it must be found as a file */
	const char *note; /* half a sentence */
};

/** mu_library_of: what is known of a shared library's name
 * @soname: "libm.so.6"
 *
 * Returns: NULL when it is none of glibc's.
 * Since: 0.1
 */
const struct mu_library *mu_library_of(const char *soname);

/* ---- glibc ------------------------------------------------------------ */

/** struct mu_glibc_symbol: one (symbol, version) of glibc on one machine */
struct mu_glibc_symbol {
	const char *name;
	const char *library; /* "libc", "libm", "libpthread" … */
	const char *version; /* "GLIBC_2.2.5" */
	char kind;           /* 'F', 'D' object, 'T' TLS */
	uint32_t size;       /* bytes of an object; 0 for functions */
};

/** mu_db_glibc_has: whether glibc has the symbol on the machine, in any version
 * Since: 0.1
 */
bool mu_db_glibc_has(enum mu_machine_id m, const char *name);

/** mu_db_glibc_next: iterate the rows of one symbol, oldest version first
 * @it: set to 0 before the first call
 *
 * Returns: 1 and a row in @ret, 0 at the end.
 * Since: 0.1
 */
int mu_db_glibc_next(enum mu_machine_id m, const char *name, unsigned *it,
	struct mu_glibc_symbol *ret);

/* ---- Alpine releases -------------------------------------------------- */

/** struct mu_release: one release of Alpine */
struct mu_release {
	const char *name;         /* "3.22", "edge" */
	const char *date;         /* of the release, YYYY-MM-DD */
	const char *eol;          /* end of support, NULL for edge */
	const char *musl_package; /* "1.2.5-r10" */
	int variant;              /* its libc.so: number for mu_variant_at() */
	const char *gcompat;      /* version, NULL where there is none */
	const char *gcompat_repo; /* "main" or "community" */
	bool libc6_compat;        /* libc6-compat is the old symlinks (up to 3.18); from
				     3.19 the name means gcompat */
	bool relr; /* its loader applies DT_RELR: 3.17 took that into 1.2.3 */
	const char *musl_version; /* of a release that data was loaded of, see import.h:
				     "1.2.7"; NULL: as the variant says */
};

/** mu_release_at: releases, oldest first, edge last
 * Returns: NULL past the end.
 * Since: 0.1
 */
const struct mu_release *mu_release_at(int i);

/** mu_release_find: a release by name ("3.22", "v3.22", "3.22.1", "edge")
 * Returns: NULL when unknown.
 * Since: 0.1
 */
const struct mu_release *mu_release_find(const char *name);

/** mu_layer_file_in: whether a layer's file exists in a release
 * @file: a row of mu_layer_file_at()
 * @release: NULL stands for the newest
 * Since: 0.1
 */
bool mu_layer_file_in(const struct mu_layer_file *file, const struct mu_release *release);

/** mu_release_newest: the newest numbered release: the default target
 * Since: 0.1
 */
const struct mu_release *mu_release_newest(void);

/* ---- families of symbols ---------------------------------------------- */

/** struct mu_family: glibc-only symbols that share a cause and a remedy */
struct mu_family {
	const char *id;     /* "fortify" */
	const char *title;  /* "fortified calls (_FORTIFY_SOURCE)" */
	const char *advice; /* what to do about them, one sentence */
	const char *source; /* where that is known from */
};

/** mu_family_of: the family that a symbol belongs to
 * Returns: NULL when it belongs to none.
 * Since: 0.1
 */
const struct mu_family *mu_family_of(const char *symbol);

/** mu_family_at: all families, in the order they are shown
 * Returns: NULL past the end.
 * Since: 0.1
 */
const struct mu_family *mu_family_at(size_t i);

/** mu_db_host_of: the host process that provides a symbol to its plugins
 * @symbol: "napi_create_function", "PyModule_Create2" …
 *
 * Returns: "node", "python", "perl", "ruby", "java" …; NULL when it is none of these.
 * Since: 0.1
 */
const char *mu_db_host_of(const char *symbol);

/** mu_db_host_of_path: the host process that opens a module, by where it lies
 * @path: "/app/node_modules/x/build/Release/x.node", "app.jar!/libx.so"
 *
 * Returns: as mu_db_host_of().
 * Since: 0.1
 */
const char *mu_db_host_of_path(const char *path);

/* ---- configuration ---------------------------------------------------- */

enum mu_setting_kind {
	MU_SETTING_NSS,      /* a module of nsswitch.conf: "ldap" */
	MU_SETTING_RESOLVER, /* an option of resolv.conf: "use-vc", "ndots:2" */
	MU_SETTING_PRELOAD,  /* a library's file name: "libjemalloc.so.2" */
	MU_SETTING_VARIABLE, /* of the environment: "MALLOC_ARENA_MAX" */
	MU_SETTING_DEBIAN,   /* a variable of Debian's tools: "DEBIAN_FRONTEND" */
	MU_SETTING_PATH,     /* a folder: "/usr/lib/x86_64-linux-gnu" */
	MU_SETTING_PAM,      /* a module without pam_ and .so: "unix" */
	MU_SETTING_HASH,     /* a hashed password: "$y$…" */
	MU_SETTING_APPLET,   /* a command that Alpine's base has */
	MU_SETTING_COUNT,
};

/** struct mu_setting: what becomes of a setting on Alpine */
struct mu_setting {
	const char *pattern; /* that matched */
	bool silent;         /* it works, or nothing is lost: not worth a word */
	int severity;        /* enum mu_severity, where not silent */
	const char *package; /* of Alpine, that helps; NULL */
	const char *message; /* one sentence; of hashes, the method's name */
	const char *remedy;  /* one sentence; NULL */
};

/** mu_setting_of: what is known of a setting
 * @name: as the kind says
 *
 * Returns: NULL when no row of the kind matches.
 * Since: 0.1
 */
const struct mu_setting *mu_setting_of(enum mu_setting_kind kind, const char *name);

/** struct mu_known_account: a user or group of a distribution's base or packages */
struct mu_known_account {
	const char *name;  /* Debian's: * as in a shell */
	bool group;        /* a group, not a user */
	bool alpine;       /* Alpine's base, else Debian's or Ubuntu's */
	uint32_t uid, gid; /* UINT32_MAX: given when it is installed */
	const char *note;  /* Alpine's package that makes it, or Alpine's name of a group
			      of Debian's; NULL */
};

/** mu_known_account_of: a user or group by name
 * Returns: NULL when it is none of the distribution's.
 * Since: 0.1
 */
const struct mu_known_account *mu_known_account_of(
	bool alpine, bool group, const char *name);

/** mu_known_account_by_id: a user or group of Alpine's by number
 * Returns: NULL when the number is free in Alpine's base.
 * Since: 0.1
 */
const struct mu_known_account *mu_known_account_by_id(bool group, uint32_t id);

/* ---- BusyBox and shells ------------------------------------------------ */

enum mu_applet_style {
	MU_APPLET_FREE,       /* nothing is told of its arguments */
	MU_APPLET_OPTIONS,    /* options as getopt reads them */
	MU_APPLET_PREDICATES, /* words with a dash, as find has them */
};

/** struct mu_applet: a command that BusyBox has, as Alpine builds it */
struct mu_applet {
	const char *name;
	enum mu_applet_style style;
	const char *short_options; /* as for getopt; "::" optional, "+" in front: ends at
				      the first operand, "^": the first word needs no
				      dash; "#" -NUMBER, "%" -SIGNAL */
	const char *long_options;  /* "quiet file: color? exec;": ":" an argument, "?" an
				      optional one, ";" words up to ; or + */
	int runs;                  /* operands before a command that it runs; -1: none */
	const char *package;       /* that brings the full tool; "": none; NULL: whoever
				      provides the command, mu_applet_package() knows */
};

/** mu_applet_find: what is known of a command of BusyBox
 * Returns: NULL when Alpine's BusyBox has no such applet.
 * Since: 0.1
 */
const struct mu_applet *mu_applet_find(const char *name);

/** mu_applet_package: the package that brings the full tool in a release
 * @release: NULL stands for the newest
 *
 * Returns: NULL where none is known.
 * Since: 0.1
 */
const char *mu_applet_package(
	const struct mu_applet *applet, const struct mu_release *release);

/** struct mu_applet_form: arguments that only the full tool understands */
struct mu_applet_form {
	const char *applet;
	const char *where;   /* "word", "script", "fields", "option": one that the applet
				does not take; else names of options with such a value */
	const char *pattern; /* * and ?; behind a ! what must not match */
	const char *what;    /* "a relative date" */
	const char *instead; /* NULL: nothing */
};

/** mu_applet_form_next: iterate the forms of an applet
 * @it: set to 0 before the first call
 *
 * Returns: NULL at the end.
 * Since: 0.1
 */
const struct mu_applet_form *mu_applet_form_next(const char *applet, size_t *it);

enum mu_shell_kind {
	MU_SHELL_COMMAND,  /* built in */
	MU_SHELL_FEATURE,  /* syntax */
	MU_SHELL_FORMAT,   /* of printf: a pattern */
	MU_SHELL_OPTION,   /* "read a": letters behind the command */
	MU_SHELL_SETTING,  /* of set -o */
	MU_SHELL_SIGNAL,   /* of trap */
	MU_SHELL_VARIABLE, /* that the shell sets */
};

/** struct mu_shell_form: something that POSIX shells need not have */
struct mu_shell_form {
	enum mu_shell_kind kind;
	const char *name;
	bool ash; /* BusyBox ash has it; else only bash */
	const char *what;
	const char *instead; /* NULL: nothing */
};

/** mu_shell_form_find: look one up
 * Returns: NULL when it is not in the table.
 * Since: 0.1
 */
const struct mu_shell_form *mu_shell_form_find(enum mu_shell_kind kind, const char *name);

/** mu_shell_form_at: all of them
 * Returns: NULL past the end.
 * Since: 0.1
 */
const struct mu_shell_form *mu_shell_form_at(size_t i);

/** struct mu_foreign: a command that belongs to other distributions */
struct mu_foreign {
	const char *command;
	const char *package; /* of Alpine, that has it nevertheless; NULL */
	const char *instead; /* what does its work on Alpine; NULL */
};

/** mu_foreign_find: look a command up
 * Returns: NULL when it is none of these.
 * Since: 0.1
 */
const struct mu_foreign *mu_foreign_find(const char *command);

/* ---- sources ---------------------------------------------------------- */

/** struct mu_db_source: one data file that was compiled in */
struct mu_db_source {
	const char *file;   /* "musl/x86_64.tsv" */
	const char *what;   /* one line */
	const char *source; /* where it is from */
	unsigned rows;
};

/** mu_db_source_at: the data files, for `db list`
 * Returns: NULL past the end.
 * Since: 0.1
 */
const struct mu_db_source *mu_db_source_at(size_t i);

/* ---- showing it ------------------------------------------------------- */

enum mu_db_format {
	MU_DB_TEXT, /* for people, 80 columns */
	MU_DB_JSON, /* one document, schema_version 1 */
};

/** struct mu_db_query: how, and for which machines */
struct mu_db_query {
	int machine; /* enum mu_machine_id; -1: all */
	enum mu_db_format format;
	const struct mu_release *release; /* of mu_db_show(); NULL: all */
};

/** mu_db_list: print what there is: machines, tables, releases, layers, data files
 * @q: machine and format
 * @out: where to
 * @err: may be NULL
 *
 * Returns: 0, or -ENOMEM or -EIO.
 * Since: 0.1
 */
int mu_db_list(const struct mu_db_query *q, FILE *out, struct mu_error *err);

/** mu_db_show: print all that is known of symbols, libraries, releases or libc tables
 * @names: "qsort_r", "libcrypt.so.1", "3.22", "alpine:3.22", "musl:1.2.5"; any bytes
 * @count: how many
 * @q: machine and format
 * @out: where to
 * @err: may be NULL
 *
 * Returns: how many of the names nothing is known of, or -ENOMEM or -EIO.
 * Since: 0.1
 */
int mu_db_show(const char *const *names, size_t count, const struct mu_db_query *q,
	FILE *out, struct mu_error *err);

#endif
