/* SPDX-License-Identifier: MIT */
#include "names.h"
#include "tables.h"

/* First of the symbol's rows in the pool; 0 when the machine has none. */
static unsigned first_row(enum mu_machine_id m, const char *name)
{
	int table = mu_tab_glibc_machine[m];
	int number = table < 0 ? -1 : mu_name_number(name);

	if (number < 0)
		return 0;
	return mu_tab_glibc_rows[(size_t)table * mu_tab_name_count + (size_t)number];
}

bool mu_name_in_glibc(const char *name)
{
	for (int m = 0; m < MU_MACHINE_COUNT; m++) {
		if (first_row((enum mu_machine_id)m, name))
			return true;
	}
	return false;
}

bool mu_db_glibc_has(enum mu_machine_id m, const char *name)
{
	return first_row(m, name) != 0;
}

int mu_db_glibc_next(
	enum mu_machine_id m, const char *name, unsigned *it, struct mu_glibc_symbol *ret)
{
	unsigned first = first_row(m, name);
	const struct mu_tab_glibc *row = &mu_tab_glibc_pool[first + *it];

	if (!first || (*it && row[-1].last))
		return 0;
	*ret = (struct mu_glibc_symbol){
		.name = name,
		.library = mu_tab_strings + row->library,
		.version = mu_tab_strings + row->version,
		.kind = row->kind,
		.size = row->size,
	};
	++*it;
	return 1;
}
