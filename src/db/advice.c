/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <muslin/advice.h>
int mu_companion_of(const char *symbol, const struct mu_release *release, struct mu_companion *ret)
{ (void)symbol; (void)release; (void)ret; return -ENOENT; }
bool mu_companion_defines(const char *soname, const char *symbol)
{ (void)soname; (void)symbol; return false; }
const struct mu_recipe *mu_advice_next(enum mu_advice_kind kind, const char *name, unsigned *it)
{ (void)kind; (void)name; (void)it; return NULL; }
const struct mu_software *mu_software_of(enum mu_software_mark mark, const char *value)
{ (void)mark; (void)value; return NULL; }
