/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_SCRATCH_H
#define TESTS_UNIT_SCRATCH_H

/*
 * A folder of its own for each test, as cmocka's setup and teardown: *state is its
 * path. It is the working directory while the test runs.
 */
int scratch_setup(void **state);
int scratch_teardown(void **state);

/** scratch_folder: make a folder below it, and those above */
void scratch_folder(const char *path);

/** scratch_file: write a file below it; its folders are made */
void scratch_file(const char *path, const char *text);

/** scratch_link: a symlink to @target; its folders are made */
void scratch_link(const char *path, const char *target);

#endif
