/* SPDX-License-Identifier: MIT */
#ifndef MUSLIN_FIXES_H
#define MUSLIN_FIXES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mu_result;

/** enum mu_proof: what a proposal rests on; more is better */
enum mu_proof {
	MU_PROOF_ADVICE,    /* no simulation can show it: a rebuild, another program */
	MU_PROOF_SIMULATED, /* the loader was simulated again with the fix in place */
	MU_PROOF_VERIFIED,  /* a real loader said the same */
};

/** mu_proof_name: "advice", "simulated", "verified"
 * Since: 0.1
 */
const char *mu_proof_name(enum mu_proof proof);

/** struct mu_fix: a way out, with its proof
 *
 * Strings and arrays live as long as the report or the explanation they are part of.
 */
struct mu_fix {
	const char *id; /* "gcompat", "set-interpreter", "rebuild" … */
	enum mu_proof proof;
	const char *target;  /* that it is for; NULL: several, or whatever the target */
	const char *summary; /* one sentence */
	const char *const *commands;
	size_t ncommands;
	const char *const *dockerfile; /* lines for the target's release */
	size_t ndockerfile;
	const char *const *caveats;
	size_t ncaveats;
	const char *const *packages; /* of Alpine, that it installs */
	size_t npackages;
	/* what it is made of, the least invasive first: "packages", "set-interpreter";
	 * of advice: none */
	const char *const *steps;
	size_t nsteps;
	/* of what was simulated: what the loader says with the fix in place, and whether
	 * nothing that it misses remains */
	const struct mu_result *after; /* NULL: was not simulated */
	bool complete;
	bool also; /* about what it does once it runs: beside the others, not instead */
	int64_t bytes; /* installed size of the packages, at least; -1: not known */
};

#endif
