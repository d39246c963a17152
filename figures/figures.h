/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of figures, which the build makes of the files in this folder: each ends in an array of the figures that it
 * draws, named pz_NAME after the file. */
#ifndef PZ_FIGURES_FIGURES_H
#define PZ_FIGURES_FIGURES_H

#include "report/figure.h"

/* Ended by NULL; each of the arrays by a figure without a name. */
extern const struct pz_figure *const pz_figures[];

#endif
