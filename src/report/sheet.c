#include "report/sheet.h"

#include "base/text.h"
#include "base/time.h"

#include <stdlib.h>

int pz_sheet_read(struct pz_sheet *sheet, struct pz_buf *bytes, const char *path, struct pz_error *error)
{
    *sheet = (struct pz_sheet){.text = *bytes};
    *bytes = (struct pz_buf){0};
    pz_buf_put(&sheet->text, "", 1);
    size_t n = 0, capacity = 0, width = 0, line = 1;
    int status = 0;
    for (char *at = (char *)sheet->text.bytes; *at && status == 0;) {
        if (n == capacity) {
            capacity = capacity ? 2 * capacity : 256;
            sheet->fields = pz_realloc(sheet->fields, capacity * sizeof *sheet->fields);
        }
        char ending = pz_text_field(&at, ',', &sheet->fields[n++]);
        width++;
        if (ending == ',' && *at)
            continue;
        if (ending == ',') { /* the file ends behind a comma */
            status = pz_fail(error, "%s ends within line %zu", path, line);
            continue;
        }
        sheet->ncolumns = sheet->ncolumns ? sheet->ncolumns : width;
        if (width != sheet->ncolumns)
            status = pz_fail(error, "%s has %zu columns and %zu in line %zu", path, sheet->ncolumns, width, line);
        line++;
        width = 0;
    }
    if (status == 0 && !n)
        status = pz_fail(error, "%s is empty", path);
    if (status != 0)
        pz_sheet_release(sheet);
    else
        sheet->nrows = n / sheet->ncolumns - 1;
    return status;
}

void pz_sheet_release(struct pz_sheet *sheet)
{
    pz_buf_release(&sheet->text);
    free(sheet->fields);
    *sheet = (struct pz_sheet){0};
}

size_t pz_sheet_column(const struct pz_sheet *sheet, const char *name)
{
    for (size_t i = 0; i < sheet->ncolumns; i++)
        if (strcmp(sheet->fields[i], name) == 0)
            return i;
    return PZ_NO_COLUMN;
}

bool pz_sheet_number(const struct pz_sheet *sheet, size_t row, size_t column, double *value)
{
    const char *text = pz_sheet_text(sheet, row, column);
    char *end;
    *value = strtod(text, &end);
    bool good = *text && !*end;
    if (!good)
        *value = 0;
    return good;
}

bool pz_sheet_time(const struct pz_sheet *sheet, size_t row, size_t column, int64_t *second)
{
    char text[PZ_TIME_TEXT];
    const char *field = pz_sheet_text(sheet, row, column);
    size_t n = strcspn(field, "."); /* the microseconds are of no use here */
    if (!n || n >= sizeof text)
        return false;
    memcpy(text, field, n);
    text[n] = 0;
    return pz_time_parse(text, second) == 0;
}
