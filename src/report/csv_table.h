/* SPDX-License-Identifier: BSD-2-Clause */
/* A CSV table in memory: its fields as text. An empty field means that nothing was recorded; it never means zero. */
#ifndef PZ_REPORT_CSV_TABLE_H
#define PZ_REPORT_CSV_TABLE_H

#include "base/bytes.h"
#include "base/error.h"

struct pz_csv_table {
    struct pz_buf text; /* owned: the fields, each ended by a zero */
    char **fields;      /* owned: the header's first, then row by row */
    size_t ncolumns, nrows;
};

/* Reads a table out of its bytes, which become the table's; `path` is named in errors. A row with another number of
 * fields than the header is one. */
int pz_csv_table_read(struct pz_csv_table *table, struct pz_buf *bytes, const char *path, struct pz_error *error);
void pz_csv_table_release(struct pz_csv_table *table);

/* Fields are asked for by the name of their column; PZ_FIRST_COLUMN is a table's first, mostly a time. */
#define PZ_FIRST_COLUMN NULL
bool pz_csv_table_has(const struct pz_csv_table *table, const char *column);
/* Empty if there is no such row or column, or no table (NULL); and so for what follows. */
const char *pz_csv_table_text(const struct pz_csv_table *table, size_t row, const char *column);
bool pz_csv_table_is(const struct pz_csv_table *table, size_t row, const char *column, const char *text);
/* The first row with this text, or the number of rows. */
size_t pz_csv_table_find(const struct pz_csv_table *table, const char *column, const char *text);
/* False, and `value` 0, if the field is empty or no number. */
bool pz_csv_table_number(const struct pz_csv_table *table, size_t row, const char *column, double *value);
/* Seconds since 1970 of a time or day; false if the field isn't one. */
bool pz_csv_table_time(const struct pz_csv_table *table, size_t row, const char *column, int64_t *second);

#endif
