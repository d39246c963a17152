/* SPDX-License-Identifier: BSD-2-Clause */
/* The world as the static maps draw it: outlines of countries, which lie next to the figures as outlines.csv, one block
 * of rows a country, and what is needed to colour them. Larger countries come first. */
#ifndef PZ_REPORT_OUTLINES_H
#define PZ_REPORT_OUTLINES_H

#include "base/bytes.h"
#include "base/error.h"

/* The projection's plane: gnuplot's ranges of x and y. */
enum { PZ_WORLD_WIDTH = 4000, PZ_WORLD_HEIGHT = 1800 };
/* Square units below which a country can't be seen: about four pixels of a map 960 pixels wide. */
enum { PZ_WORLD_TINY = 60 };

struct pz_outline {
    char code[3]; /* two letters; "--" for a land without a code */
    int x, y;     /* the centre */
    long area;    /* square units */
};

/* The outlines in the file's order; the caller frees. */
struct pz_outline *pz_world_outlines(size_t *n);
/* Writes FOLDER/outlines.csv; removes it. */
int pz_world_write(const char *folder, struct pz_error *error);
void pz_world_remove(const char *folder);

#endif
