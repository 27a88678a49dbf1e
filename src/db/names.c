/* SPDX-License-Identifier: MIT */
#include "names.h"

#include <string.h>

#include "core/hash.h"
#include "tables.h"

static int same_name(unsigned number, const char *name, size_t len)
{
	const char *known = mu_tab_strings + mu_tab_names[number];

	return strncmp(known, name, len) == 0 && known[len] == '\0';
}

int mu_name_find(const char *name, size_t len, uint64_t hash)
{
	uint32_t at = (uint32_t)hash & mu_tab_slot_mask;
	uint16_t tag = (uint16_t)(hash >> 48);

	/* Less than half of the slots are taken: a free one ends every search. */
	for (; mu_tab_slots[at].name; at = (at + 1) & mu_tab_slot_mask) {
		unsigned number = mu_tab_slots[at].name - 1u;
		if (mu_tab_slots[at].tag == tag && same_name(number, name, len))
			return (int)number;
	}
	return -1;
}

int mu_name_number(const char *name)
{
	size_t len = strlen(name);

	return mu_name_find(name, len, mu_hash(name, len));
}
