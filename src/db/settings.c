/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "names.h"
#include "tables.h"

const struct mu_setting *mu_setting_of(enum mu_setting_kind kind, const char *name)
{
	for (size_t i = mu_tab_setting_first[kind]; i < mu_tab_setting_first[kind + 1];
		i++) {
		if (mu_name_match(mu_tab_settings[i].pattern, name))
			return &mu_tab_settings[i];
	}
	return NULL;
}

const struct mu_known_account *mu_known_account_of(
	bool alpine, bool group, const char *name)
{
	for (size_t i = 0; i < mu_tab_account_count; i++) {
		const struct mu_known_account *a = &mu_tab_accounts[i];

		if (a->alpine == alpine && a->group == group &&
			mu_name_match(a->name, name))
			return a;
	}
	return NULL;
}

const struct mu_known_account *mu_known_account_by_id(bool group, uint32_t id)
{
	for (size_t i = 0; i < mu_tab_account_count; i++) {
		const struct mu_known_account *a = &mu_tab_accounts[i];

		/* what only a package brings is not in the base */
		if (a->alpine && a->group == group && !a->note &&
			(group ? a->gid : a->uid) == id)
			return a;
	}
	return NULL;
}
