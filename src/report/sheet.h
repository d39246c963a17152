/* Tables read back: what `report` and its figures are made of. They never look at captures or tallies, so a figure can
 * be drawn from the tables alone, on another machine and years later.
 *
 * A sheet holds a CSV table's fields as text. An empty field means that nothing was recorded, and never zero. */
#ifndef PZ_REPORT_SHEET_H
#define PZ_REPORT_SHEET_H

#include "base/bytes.h"
#include "base/error.h"

struct pz_sheet {
    struct pz_buf text;  /* owned: the fields, each ended by a zero */
    const char **fields; /* owned: the header's first, then row by row */
    size_t ncolumns, nrows;
};

/* Reads a table; `path` is named in errors. A row with another number of fields than the header is one. */
int pz_sheet_read(struct pz_sheet *sheet, const char *path, struct pz_error *error);
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

/* The tables of an output folder, each read when it is first asked for. */
struct pz_results {
    const char *directory; /* borrowed */
    double scale;          /* of what was published, how much these data should show; 1 for real ones */
    struct pz_result_sheet {
        char *name; /* owned */
        bool there;
        struct pz_sheet sheet;
    } * sheets; /* owned */
    size_t n;
};

void pz_results_open(struct pz_results *results, const char *directory);
void pz_results_close(struct pz_results *results);
/* tables/NAME.csv, or restricted/NAME.csv if there is no such; NULL if there is neither, or it can't be read. Good until
 * the results are closed. */
const struct pz_sheet *pz_results_sheet(struct pz_results *results, const char *name);

/* Names of all tables in tables/, in order, each and the array for the caller to free. */
char **pz_results_tables(const struct pz_results *results, size_t *n);

#endif
