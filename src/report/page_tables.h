/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of the page: what each is, what its columns mean, and its rows, which the script lays out. */
#ifndef PZ_REPORT_PAGE_TABLES_H
#define PZ_REPORT_PAGE_TABLES_H

#include "base/csv.h"
#include "report/results.h"

/* `others` are tables that no job makes; ended by NULL. */
void pz_page_tables_write(struct pz_results *results, const struct pz_schema *const *others, struct pz_buf *html);
/* A table for the script; nothing if there is none. */
void pz_page_put_data(struct pz_buf *html, const char *name, const struct pz_buf *csv);

#endif
