/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <muslin/error.h>

static const char *const own_text[] = {
#define MU_ERR(name, text) text,
#include <muslin/errors.def>
#undef MU_ERR
};

const char *mu_strerror(int code)
{
	int n = code < 0 ? -code : code;

	if (n > MU_E_FIRST && n < MU_E_END)
		return own_text[n - MU_E_FIRST - 1];
	/* musl's strerror is a table; glibc's is thread-safe since 2.32 */
	return strerror(n);
}

int mu_error_set(struct mu_error *err, int code, const char *path, const char *fmt, ...)
{
	if (!err || err->code)
		return code;
	err->code = code;
	snprintf(err->path, sizeof err->path, "%s", path ? path : "");
	if (fmt) {
		va_list ap;
		va_start(ap, fmt);
		vsnprintf(err->msg, sizeof err->msg, fmt, ap);
		va_end(ap);
	} else {
		snprintf(err->msg, sizeof err->msg, "%s", mu_strerror(code));
	}
	return code;
}
