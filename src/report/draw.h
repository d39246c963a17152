/* SPDX-License-Identifier: BSD-2-Clause */
/* Draws figures: writes gnuplot's scripts next to the pictures and runs gnuplot on them. Without gnuplot the scripts
 * are written all the same. */
#ifndef PZ_REPORT_DRAW_H
#define PZ_REPORT_DRAW_H

#include "report/figure.h"

/* The outcome of a figure. */
struct pz_drawn {
    const struct pz_figure *figure;
    char *name;                 /* owned: of its files; another one than the figure's where that script was changed */
    struct pz_drawing drawing;  /* owned */
    bool left_out;              /* drawing.why says why; else there is a script */
    bool painted;               /* and pictures of it, of these endings */
    const char *const *endings; /* borrowed: of pz_draw_options */
    struct pz_buf svg, png;     /* owned: two of them; empty if it isn't painted */
};

/* For a screen, for a journal (300 dots an inch), and for both. */
#define PZ_DRAW_ENDINGS      \
    {                        \
        "svg", "png", "pdf", \
    }

struct pz_draw_options {
    const struct pz_figure *const *figures; /* borrowed: the table of all */
    const char *endings[4];                 /* svg, png, pdf; ended by NULL */
    const char *version;
    bool (*stop)(void); /* whether to end early, with PZ_EXIT_STOPPED; NULL: never */
};

/* All figures, into figures/; the caller releases. `list` gets the digests of pictures. Only a disk that
 * fails is an error: a figure that can't be drawn says why. */
int pz_draw_all(struct pz_results *results, const struct pz_draw_options *options, struct pz_manifest *list,
                struct pz_drawn **drawn, size_t *n, struct pz_error *error);
/* Removes pictures and scripts, as they are of other tables than those to come; but none that was changed. */
void pz_draw_remove(const char *folder, const struct pz_figure *const *figures);
void pz_drawn_free(struct pz_drawn *drawn, size_t n);

/* picture.c: what is mended of a picture that gnuplot drew: a PNG's resolution is lacking, and a PDF has the time of day.
 */

/* Says how many dots an inch the picture has, so that programs show it in its size. What isn't a PNG, or says it
 * already, stays as it is. */
void pz_png_set_dpi(struct pz_buf *png, unsigned dpi);

/* Writes spaces over the date of creation, so that the same drawing has the same bytes at any time. */
void pz_pdf_drop_date(struct pz_buf *pdf);

#endif
