/* SPDX-License-Identifier: MIT */
#ifndef MU_DB_TABLES_H
#define MU_DB_TABLES_H

#include <muslin/db.h>

/*
 * What gen_db.py writes out of data/. Strings of the large tables are offsets into
 * one pool, so that a position-independent program starts without relocating them.
 */
extern const char mu_tab_strings[];

/* ---- names ------------------------------------------------------------ */

/* All names of musl, then those that glibc alone has; each part sorted. */
extern const uint32_t mu_tab_names[];
extern const uint32_t mu_tab_name_count;
extern const uint32_t mu_tab_libc_name_count;

/* Open addressing: starts at mu_hash() & mask, goes on by one. */
struct mu_tab_slot {
	uint16_t name; /* number + 1; 0: free */
	uint16_t tag;  /* top 16 bits of the hash: spares most comparisons */
};
extern const struct mu_tab_slot mu_tab_slots[];
extern const uint32_t mu_tab_slot_mask;

/* ---- musl ------------------------------------------------------------- */

struct mu_tab_libc {
	uint32_t variants;
	uint32_t size;
	uint8_t type;
	uint8_t bind;
};
extern const struct mu_tab_libc mu_tab_libc_attrs[];
/* [machine][name]: number in mu_tab_libc_attrs; 0: not there */
extern const uint16_t mu_tab_libc_rows[];
extern const uint32_t mu_tab_libc_all[MU_MACHINE_COUNT];

struct mu_tab_lfs64 {
	uint32_t maps_to; /* string */
	uint32_t variants;
};
extern const struct mu_tab_lfs64 mu_tab_lfs64_kinds[];
extern const uint8_t mu_tab_lfs64_rows[]; /* [name] */

extern const struct mu_variant mu_tab_variants[];
extern const int mu_tab_variant_count;

/* ---- glibc ------------------------------------------------------------ */

struct mu_tab_glibc {
	uint32_t library; /* string */
	uint32_t version; /* string */
	char kind;
	bool last; /* of this symbol's rows */
	uint32_t size;
};
extern const struct mu_tab_glibc mu_tab_glibc_pool[];
/* [table][name]: first of the rows; 0: not there */
extern const uint16_t mu_tab_glibc_rows[];
extern const int8_t mu_tab_glibc_machine[MU_MACHINE_COUNT]; /* table, or -1 */

/* ---- the small tables ------------------------------------------------- */

struct mu_tab_alias {
	const char *name;
	uint8_t machine;
};
struct mu_tab_range {
	uint16_t first;
	uint16_t count;
};
struct mu_tab_pattern {
	uint32_t glob;  /* string */
	uint16_t owner; /* family or host */
	bool glibc;     /* only for names that glibc has on some machine */
};

extern const struct mu_machine mu_tab_machines[MU_MACHINE_COUNT];
extern const uint8_t mu_tab_machine_tables[MU_MACHINE_COUNT];
extern const struct mu_tab_alias mu_tab_aliases[];
extern const size_t mu_tab_alias_count;

extern const struct mu_reloc_type mu_tab_relocs[];
extern const struct mu_tab_range mu_tab_reloc_range[MU_MACHINE_COUNT];

extern const struct mu_gcompat_symbol mu_tab_gcompat[];
extern const size_t mu_tab_gcompat_count;
extern const char *const mu_tab_gcompat_versions[];

extern const struct mu_layer_file mu_tab_layer_files[];
extern const size_t mu_tab_layer_file_count;
extern const char *const mu_tab_layer_names[];

extern const struct mu_release mu_tab_releases[];
extern const int mu_tab_release_count;
extern const char *const mu_tab_release_gcc[];

extern const struct mu_family mu_tab_families[];
extern const size_t mu_tab_family_count;
extern const struct mu_tab_pattern mu_tab_family_patterns[];
extern const size_t mu_tab_family_pattern_count;

struct mu_tab_host_path {
	const char *pattern, *host;
};
extern const struct mu_tab_host_path mu_tab_host_paths[];
extern const size_t mu_tab_host_path_count;
extern const char *const mu_tab_hosts[];
extern const struct mu_tab_pattern mu_tab_host_patterns[];
extern const size_t mu_tab_host_pattern_count;

extern const struct mu_library mu_tab_libraries[];
extern const size_t mu_tab_library_count;

/* Of one kind: [mu_tab_setting_first[kind], mu_tab_setting_first[kind + 1]) */
extern const struct mu_setting mu_tab_settings[];
extern const uint16_t mu_tab_setting_first[MU_SETTING_COUNT + 1];

extern const struct mu_known_account mu_tab_accounts[];
extern const size_t mu_tab_account_count;

extern const struct mu_applet mu_tab_applets[]; /* sorted by name */
extern const size_t mu_tab_applet_count;
extern const struct mu_applet_form mu_tab_applet_forms[]; /* sorted by applet */
extern const size_t mu_tab_applet_form_count;
extern const struct mu_shell_form mu_tab_shell_forms[]; /* sorted by kind, name */
extern const size_t mu_tab_shell_form_count;
extern const struct mu_foreign mu_tab_foreigns[]; /* sorted by name */
extern const size_t mu_tab_foreign_count;

extern const struct mu_db_source mu_tab_sources[];
extern const size_t mu_tab_source_count;

#endif
