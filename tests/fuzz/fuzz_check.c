/* SPDX-License-Identifier: MIT */
/*
 * Judge one file of any bytes through the public API, in this process: what a
 * fuzzer calls, and what replays files as an ordinary test.
 *
 *   replay:     fuzz_check FILE|FOLDER...
 *   libFuzzer:  clang -g -fsanitize=fuzzer,address,undefined -DFUZZER -Iinclude
 *               tests/fuzz/fuzz_check.c BUILD/src/libmuslin.a -lelf -ljansson -lpthread
 *
 * A crash, a leak or a sanitizer's word is the failure; there is no wrong answer
 * here beyond a result that contradicts itself.
 */
#include <ftw.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <muslin/check.h>
#include <muslin/object.h>
#include <muslin/report.h>

static void require(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "fuzz_check: %s\n", what);
	abort();
}

static void read_facts(int fd)
{
	struct mu_error err = {0};
	struct mu_object *o = NULL;
	int r = mu_object_read(fd, "input", &o, &err);
	require((r == 0) == (o != NULL), "an object and a failure, or neither");
	require(r == 0 || err.code == r, "the error does not tell what was returned");
	if (o) {
		for (size_t i = 0; i < o->nneeded; i++)
			require(o->needed[i] != NULL, "a NEEDED entry without a name");
		require(o->has_dynamic || !o->nneeded,
			"NEEDED without a dynamic section");
	}
	mu_object_free(o);
}

static void judge(const char *path)
{
	static const char *const targets[] = {"musl:1.2.3", "musl:1.2.6"};
	const struct mu_check_options opts = {
		.targets = targets,
		.ntargets = 2,
		.root = "/",
		.layers = 1u << MU_LAYER_NONE | 1u << MU_LAYER_GCOMPAT,
		.modes = 1u << MU_MODE_START | 1u << MU_MODE_DLOPEN_LAZY,
		.threads = 1,
	};
	struct mu_check *check = NULL;
	struct mu_report *report = NULL;
	require(mu_check_open(&opts, &check, NULL) == 0, "a run cannot be opened");
	require(mu_check_files(check, &path, 1, &report) == 0, "a file ends the run");
	require(report != NULL, "no report");
	require(!report->object == !!report->unreadable,
		"readable and unreadable at once");
	for (size_t i = 0; i < report->nresults; i++) {
		const struct mu_result *r = &report->results[i];
		bool bad = r->nmissing_libraries || r->nmissing_symbols ||
			   r->nbad_relocations;
		require(r->status != MU_STATUS_LOADS || !bad, "loads, with errors");
	}
	mu_report_free(report);
	mu_check_close(check);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[] = "/tmp/fuzz-check-XXXXXX";
	int fd = mkstemp(path);
	require(fd >= 0, "no temporary file");
	require(write(fd, data, size) == (ssize_t)size,
		"the temporary file is too short");
	read_facts(fd);
	judge(path);
	close(fd);
	unlink(path);
	return 0;
}

#ifndef FUZZER
static int files;

static int replay(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)ftw;
	if (type != FTW_F || !S_ISREG(st->st_mode) || st->st_size > 4 << 20)
		return 0;
	FILE *f = fopen(path, "rb");
	if (!f)
		return 0;
	uint8_t *data = malloc((size_t)st->st_size + 1);
	size_t n = data ? fread(data, 1, (size_t)st->st_size, f) : 0;
	fclose(f);
	fprintf(stderr, "%s\n", path); /* the last line names the culprit */
	LLVMFuzzerTestOneInput(data, n);
	free(data);
	files++;
	return 0;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		require(nftw(argv[i], replay, 16, FTW_PHYS) == 0,
			"a folder cannot be read");
	printf("tally: %d passed, 0 failed, 0 skipped\n", files);
	return files ? 0 : 1;
}
#endif
