/* SPDX-License-Identifier: BSD-2-Clause */
/* What a command that reads a result says of figures and the page, if they are of another. */
#ifndef PZ_CLI_CHECK_DRAWINGS_H
#define PZ_CLI_CHECK_DRAWINGS_H

#include "report/results.h"

void pz_tell_drawings(const struct pz_results *results);

#endif
