/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/csv_table.h"

#include "base/text.h"
#include "base/time.h"

#include <stdlib.h>

int pz_csv_table_read(struct pz_csv_table *table, struct pz_buf *bytes, const char *path, struct pz_error *error)
{
    *table = (struct pz_csv_table){.text = *bytes};
    *bytes = (struct pz_buf){0};
    pz_buf_put(&table->text, "", 1);
    size_t n = 0, width = 0, line = 1;
    int status = 0;
    for (char *at = (char *)table->text.bytes; *at && status == 0;) {
        table->fields = pz_room(table->fields, n, sizeof *table->fields);
        char ending = pz_text_field(&at, ',', &table->fields[n++]);
        width++;
        if (ending == ',' && *at)
            continue;
        if (ending == ',') { /* the file ends after a comma */
            status = pz_fail(error, "%s ends within line %zu", path, line);
            continue;
        }
        table->ncolumns = table->ncolumns ? table->ncolumns : width;
        if (width != table->ncolumns)
            status = pz_fail(error, "%s has %zu columns and %zu in line %zu", path, table->ncolumns, width, line);
        line++;
        width = 0;
    }
    if (status == 0 && !n)
        status = pz_fail(error, "%s is empty", path);
    if (status != 0)
        pz_csv_table_release(table);
    else
        table->nrows = n / table->ncolumns - 1;
    return status;
}

void pz_csv_table_release(struct pz_csv_table *table)
{
    pz_buf_release(&table->text);
    free(table->fields);
    *table = (struct pz_csv_table){0};
}

/* The number of a column; the number of columns if none has the name. */
static size_t find(const struct pz_csv_table *table, const char *column)
{
    size_t i = 0;
    while (column && i < table->ncolumns && strcmp(table->fields[i], column) != 0)
        i++;
    return i;
}

bool pz_csv_table_has(const struct pz_csv_table *table, const char *column)
{
    return find(table, column) < table->ncolumns;
}

const char *pz_csv_table_text(const struct pz_csv_table *table, size_t row, const char *column)
{
    size_t i = table ? find(table, column) : 0;
    return table && i < table->ncolumns && row < table->nrows ? table->fields[(row + 1) * table->ncolumns + i] : "";
}

bool pz_csv_table_is(const struct pz_csv_table *table, size_t row, const char *column, const char *text)
{
    return strcmp(pz_csv_table_text(table, row, column), text) == 0;
}

size_t pz_csv_table_find(const struct pz_csv_table *table, const char *column, const char *text)
{
    size_t row = 0;
    while (row < table->nrows && !pz_csv_table_is(table, row, column, text))
        row++;
    return row;
}

bool pz_csv_table_number(const struct pz_csv_table *table, size_t row, const char *column, double *value)
{
    const char *text = pz_csv_table_text(table, row, column);
    char *end;
    *value = strtod(text, &end);
    bool good = *text && !*end;
    if (!good)
        *value = 0;
    return good;
}

bool pz_csv_table_time(const struct pz_csv_table *table, size_t row, const char *column, int64_t *second)
{
    char text[PZ_TIME_TEXT];
    const char *field = pz_csv_table_text(table, row, column);
    size_t n = strcspn(field, "."); /* the microseconds are of no use here */
    if (!n || n >= sizeof text)
        return false;
    memcpy(text, field, n);
    text[n] = 0;
    return pz_time_parse(text, second) == 0;
}
