/* SPDX-License-Identifier: MIT */
#ifndef MU_FIX_SHOP_H
#define MU_FIX_SHOP_H

#include "way.h"

/* Room for what is bought and said beside the libraries. */
#define SHOP_ROOM (2 * MAX_COMPANIONS + 8)

/** struct shopping: what goes into an apk line, and what is to be said beside it */
struct shopping {
	struct mu_arena *a;
	const struct target *t;
	const char **names;   /* arena: the layer, packages */
	const char **guesses; /* arena: so:NAME, a line of its own: it may well fail */
	const char **caveats; /* arena */
	size_t nnames, nguesses, ncaveats;
	size_t brought;      /* libraries that a name in the line is for */
	const char *lacking; /* the first line about one that other releases have; NULL */
	bool failed;         /* out of memory */
};

/** shop_begin: an empty list, with room for all that a result misses; 0 or -ENOMEM */
int shop_begin(struct shopping *s, struct mu_arena *a, const struct target *t,
	const struct mu_result *r);
/** shop_buy: one more package, once */
void shop_buy(struct shopping *s, const char *name);
/** shop_say: one more caveat; NULL: memory ran out */
void shop_say(struct shopping *s, const char *text);
/** shop_libraries: packages for the libraries that a result misses; 0 or -ENOMEM */
int shop_libraries(struct shopping *s, const struct mu_result *r);

#endif
