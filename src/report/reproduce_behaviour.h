/* SPDX-License-Identifier: BSD-2-Clause */
/* The rows of the reproduction table on how the worm scans and in which countries its victims are. */
#ifndef PZ_REPORT_REPRODUCE_BEHAVIOUR_H
#define PZ_REPORT_REPRODUCE_BEHAVIOUR_H

#include "report/comparison.h"

void pz_reproduce_scanning(const struct pz_reproduction *work);

#endif
