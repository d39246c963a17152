/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/outlines.h"

#include "base/file.h"
#include "report/assets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct pz_outline *pz_world_outlines(size_t *n)
{
    struct pz_outline *outlines = NULL;
    *n = 0;
    /* Each block begins with "# CODE X Y AREA". */
    for (const char *line = pz_outlines; line && *line; line = strchr(line, '\n'), line += line != NULL) {
        struct pz_outline outline = {.area = 0};
        if (*line != '#' ||
            sscanf(line, "# %2[A-Z-] %d %d %ld", outline.code, &outline.x, &outline.y, &outline.area) != 4)
            continue;
        outlines = pz_realloc(outlines, (*n + 1) * sizeof *outlines);
        outlines[(*n)++] = outline;
    }
    return outlines;
}

#define NAME "outlines.csv"

int pz_world_write(const char *folder, struct pz_error *error)
{
    return pz_file_write(pz_file_join(folder, NAME).text, pz_outlines, (size_t)(pz_outlines_end - pz_outlines), error);
}

void pz_world_remove(const char *folder)
{
    unlink(pz_file_join(folder, NAME).text);
}
