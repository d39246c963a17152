/* SPDX-License-Identifier: BSD-2-Clause */
/* A warning of commands that read a result, if the figures or the page were drawn of another. */
#ifndef PZ_CLI_CHECK_DRAWINGS_H
#define PZ_CLI_CHECK_DRAWINGS_H

#include "report/results.h"

void pz_tell_drawings(const struct pz_results *results);

#endif
