/* SPDX-License-Identifier: MIT */
#ifndef MU_REPORT_JSON_H
#define MU_REPORT_JSON_H

#include <jansson.h>

#include "writer.h"

/* What the JSON writers share (json_parts.c). */

#define DUMP_FLAGS (JSON_COMPACT | JSON_ENCODE_ANY)

/* Set where a member could not be made; to be cleared before, and looked at after. */
extern _Thread_local bool incomplete;

/** set_member, push: add what may be NULL because memory ran out; takes the reference */
void set_member(json_t *o, const char *key, json_t *value);
void push(json_t *a, json_t *value);

/** text: a string out of a file, null for NULL; what is no UTF-8 in it becomes \\xNN */
json_t *text(const char *s);
json_t *strings(const char *const *v, size_t n);

/** dump: print and free; 0 or -EIO */
int dump(FILE *out, json_t *j);
int dump_member(FILE *out, const char *before, json_t *j, const char *after);

/* json.c */
json_t *json_of_fixes(const struct mu_fix *fixes, size_t n);
json_t *json_of_summary(const struct mu_summary *s);
#endif
