/* A sheet holds a CSV table's fields as text. An empty field means that nothing was recorded, and never zero. */
#ifndef PZ_REPORT_SHEET_H
#define PZ_REPORT_SHEET_H

#include "base/bytes.h"
#include "base/error.h"

struct pz_sheet {
    struct pz_buf text;  /* owned: the fields, each ended by a zero */
    char **fields;       /* owned: the header's first, then row by row */
    size_t ncolumns, nrows;
};

/* Reads a table out of its bytes, which become the sheet's; `path` is named in errors. A row with another number of fields
 * than the header is one. */
int pz_sheet_read(struct pz_sheet *sheet, struct pz_buf *bytes, const char *path, struct pz_error *error);
void pz_sheet_release(struct pz_sheet *sheet);

#define PZ_NO_COLUMN SIZE_MAX
size_t pz_sheet_column(const struct pz_sheet *sheet, const char *name);
/* Empty if there is no such column. */
static inline const char *pz_sheet_text(const struct pz_sheet *sheet, size_t row, size_t column)
{
    return column < sheet->ncolumns ? sheet->fields[(row + 1) * sheet->ncolumns + column] : "";
}
/* False, and `value` 0, if the field is empty or no number. */
bool pz_sheet_number(const struct pz_sheet *sheet, size_t row, size_t column, double *value);
/* Seconds since 1970 of a time or day; false if the field is none. */
bool pz_sheet_time(const struct pz_sheet *sheet, size_t row, size_t column, int64_t *second);

#endif
