/* SPDX-License-Identifier: MIT */
#include <elf.h>
#include <string.h>

#include "tables.h"

#ifndef EF_ARM_ABI_FLOAT_SOFT
#define EF_ARM_ABI_FLOAT_SOFT 0x200
#endif

const struct mu_machine *mu_machine_at(enum mu_machine_id id)
{
	return &mu_tab_machines[id];
}

const struct mu_machine *mu_machine_by_name(const char *name)
{
	for (int i = 0; i < MU_MACHINE_COUNT; i++) {
		if (strcmp(mu_tab_machines[i].name, name) == 0)
			return &mu_tab_machines[i];
	}
	for (size_t i = 0; i < mu_tab_alias_count; i++) {
		if (strcmp(mu_tab_aliases[i].name, name) == 0)
			return &mu_tab_machines[mu_tab_aliases[i].machine];
	}
	return NULL;
}

const struct mu_machine *mu_machine_of_elf(
	uint16_t e_machine, int bits, bool little, uint32_t e_flags)
{
	/* A library that says neither is taken for hard-float, as Alpine has it. */
	if (e_machine == EM_ARM && bits == 32 && little &&
		(e_flags & EF_ARM_ABI_FLOAT_SOFT))
		return &mu_tab_machines[MU_MACHINE_ARMEL];
	for (int i = 0; i < MU_MACHINE_COUNT; i++) {
		const struct mu_machine *m = &mu_tab_machines[i];
		if (m->e_machine == e_machine && m->bits == bits && m->little == little)
			return m;
	}
	return NULL;
}

const struct mu_reloc_type *mu_db_reloc(enum mu_machine_id m, uint32_t type)
{
	const struct mu_reloc_type *low = mu_tab_relocs + mu_tab_reloc_range[m].first;
	size_t n = mu_tab_reloc_range[m].count;

	while (n) {
		const struct mu_reloc_type *mid = low + n / 2;
		if (mid->number == type)
			return mid;
		if (mid->number < type) {
			low = mid + 1;
			n -= n / 2 + 1;
		} else {
			n /= 2;
		}
	}
	return NULL;
}
