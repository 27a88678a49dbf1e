/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "names.h"
#include "tables.h"

int mu_variant_count(void)
{
	return mu_tab_variant_count;
}

const struct mu_variant *mu_variant_at(int i)
{
	return i >= 0 && i < mu_tab_variant_count ? &mu_tab_variants[i] : NULL;
}

int mu_variant_find(const char *name)
{
	for (int i = 0; i < mu_tab_variant_count; i++) {
		if (strcmp(mu_tab_variants[i].name, name) == 0)
			return i;
	}
	return -1;
}

uint32_t mu_db_libc_all(enum mu_machine_id m)
{
	return mu_tab_libc_all[m];
}

/* Names of musl have the low numbers; the others have no column in the table. */
static const struct mu_tab_libc *libc_row(enum mu_machine_id m, int number)
{
	if (number < 0 || (uint32_t)number >= mu_tab_libc_name_count)
		return &mu_tab_libc_attrs[0];
	return &mu_tab_libc_attrs[mu_tab_libc_rows[(size_t)m * mu_tab_libc_name_count +
						   (size_t)number]];
}

uint32_t mu_db_libc_mask(
	enum mu_machine_id m, const char *name, size_t len, uint64_t hash)
{
	return libc_row(m, mu_name_find(name, len, hash))->variants;
}

int mu_db_libc_symbol(enum mu_machine_id m, const char *name, struct mu_libc_symbol *ret)
{
	int number = mu_name_number(name);
	const struct mu_tab_libc *row = libc_row(m, number);

	if (!row->variants)
		return -ENOENT;
	*ret = (struct mu_libc_symbol){
		.name = mu_tab_strings + mu_tab_names[number],
		.variants = row->variants,
		.type = row->type,
		.bind = row->bind,
		.size = row->size,
	};
	return 0;
}

uint32_t mu_db_lfs64_mask(
	const char *name, size_t len, uint64_t hash, const char **ret_maps_to)
{
	int number = mu_name_find(name, len, hash);
	const struct mu_tab_lfs64 *kind;

	if (number < 0 || (uint32_t)number >= mu_tab_libc_name_count)
		return 0;
	kind = &mu_tab_lfs64_kinds[mu_tab_lfs64_rows[number]];
	if (kind->variants && ret_maps_to)
		*ret_maps_to = mu_tab_strings + kind->maps_to;
	return kind->variants;
}
