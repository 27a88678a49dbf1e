/* SPDX-License-Identifier: MIT */
#ifndef MUSLIN_ADVICE_H
#define MUSLIN_ADVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <muslin/db.h>

/*
 * What helps, as data: recipes (a rebuild for a language, a library that replaces a part
 * of glibc), which of them fit what, and software that is known by name. Everything is
 * constant and lives as long as the program.
 *
 * Texts hold places in braces, to be filled in by whoever shows them:
 *   {file} the file's path   {base} its last part     {release} "3.22"
 *   {target} "alpine:3.22"   {machine} "x86_64"       {interp} musl's loader's path
 *   {subject} what it is about: a symbol, soname or package      {package} of Alpine
 */

/** struct mu_recipe: one way out that no simulation can show */
struct mu_recipe {
	const char *id;  /* "rebuild-go", unique */
	const char *fix; /* id of the fix in reports: "rebuild", "packages",
			    "stay-on-glibc" */
	const char *summary;
	const char *const *commands;
	size_t ncommands;
	const char *const *dockerfile;
	size_t ndockerfile;
	const char *const *caveats;
	size_t ncaveats;
	const char *source; /* where it is known from */
};

/** mu_recipe_find: a recipe by its id
 * Returns: NULL when there is none.
 * Since: 0.1
 */
const struct mu_recipe *mu_recipe_find(const char *id);

/** mu_recipe_at: all recipes, sorted by id
 * Returns: NULL past the last.
 * Since: 0.1
 */
const struct mu_recipe *mu_recipe_at(size_t i);

/** enum mu_advice_kind: what a name is, that advice is looked up for */
enum mu_advice_kind {
	MU_ADVICE_LANGUAGE, /* of mu_object.language: "go", "rust", "c", "c++", "d" … */
	MU_ADVICE_MODULE, /* host of a module: "python", "node", "java", "ruby", "php" …
			   */
	MU_ADVICE_FAMILY, /* id of a mu_family: "fts", "backtrace" */
	MU_ADVICE_PROBLEM,  /* "relocation", "tls", "relr", "exec-stack", "thread-stack",
			       "locale", "dns", … */
	MU_ADVICE_SOFTWARE, /* id of a mu_software */
	MU_ADVICE_COUNT,
};

/** mu_advice_next: the recipes that fit, from the least to the most invasive
 * @it: set to 0 before the first call
 *
 * Returns: NULL at the end.
 * Since: 0.1
 */
const struct mu_recipe *mu_advice_next(
	enum mu_advice_kind kind, const char *name, unsigned *it);

/* ---- software known by name ------------------------------------------------ */

/** enum mu_software_mark: by what software is known */
enum mu_software_mark {
	MU_SOFTWARE_SONAME,  /* of a file, or one that it needs: "libcuda.so.1" */
	MU_SOFTWARE_FILE,    /* last parts of a path: "chrome-linux/chrome" */
	MU_SOFTWARE_SYMBOL,  /* "cuInit" */
	MU_SOFTWARE_PACKAGE, /* of apt, npm, pip, gem: "electron", "oracledb" */
	MU_SOFTWARE_COUNT,
};

/** struct mu_software: software whose makers do not build it for musl, or for which
 * another way is known to be right */
struct mu_software {
	const char *id;      /* "electron" */
	const char *name;    /* "Electron" */
	bool declined;       /* its makers decline musl: no layer is known to hold */
	const char *why;     /* one sentence: what stands in the way */
	const char *package; /* of Alpine, that does the same; NULL. Releases differ: ask
				mu_package_repo() */
	const char *source;
};

/** mu_software_of: the software that a mark belongs to
 * @value: compared with the patterns of the kind: * and ? as in a shell, paths by their
 * last parts
 *
 * Returns: NULL when it is none that is known.
 * Since: 0.1
 */
const struct mu_software *mu_software_of(enum mu_software_mark mark, const char *value);

/** mu_software_at: all of it, sorted by id
 * Returns: NULL past the last.
 * Since: 0.1
 */
const struct mu_software *mu_software_at(size_t i);

/* ---- libraries beside musl -------------------------------------------------- */

/** struct mu_companion: a library that has what musl leaves out, as a file that a
 * program can be given with patchelf --add-needed */
struct mu_companion {
	const char *soname;  /* "libfts.so.0"; NULL: a static library only (argp) */
	const char *package; /* of the release: "musl-fts" */
	const char *dev;     /* to build with: "musl-fts-dev" */
	const char *flag;    /* "-lfts" */
	const char *header;  /* "fts.h"; NULL */
};

/** mu_companion_of: the library beside musl that defines a symbol
 * @release: NULL stands for the newest
 *
 * Returns: 0, or -ENOENT where there is none in that release.
 * Since: 0.1
 */
int mu_companion_of(
	const char *symbol, const struct mu_release *release, struct mu_companion *ret);

/** mu_companion_defines: whether a companion's library defines a symbol
 * @soname: "libfts.so.0"
 * Since: 0.1
 */
bool mu_companion_defines(const char *soname, const char *symbol);

/* ---- GCC's run-time libraries ------------------------------------------------ */

/** mu_gcc_of_tag: the GCC whose libraries first have a symbol version
 * @tag: "GLIBCXX_3.4.30", "CXXABI_1.3.13", "GCC_12.0.0", "GFORTRAN_10", "GOMP_5.0"
 *
 * Returns: "12.1", NULL when it is not known.
 * Since: 0.1
 */
const char *mu_gcc_of_tag(const char *tag);

/** mu_release_gcc: the GCC of an Alpine release, whose libraries its packages hold
 * @release: NULL stands for the newest
 *
 * Returns: "14.2.0", NULL when it is not known.
 * Since: 0.1
 */
const char *mu_release_gcc(const struct mu_release *release);

/** mu_libstdcxx_lacks: whether Alpine's libstdc++ is known not to define a symbol that
 * the libstdc++ of a glibc system has (of the same GCC or an older one)
 * Since: 0.1
 */
bool mu_libstdcxx_lacks(const char *symbol);

#endif
