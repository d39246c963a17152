/* SPDX-License-Identifier: BSD-2-Clause */
/* A first look at one file: whether it is a capture, and if not, whether it seems to be one that could not be read. */
#ifndef PZ_RUN_LOOK_H
#define PZ_RUN_LOOK_H

#include "archive/find.h"
#include "run/captures.h"

#define PZ_WHY_DECODE_FAILED "the command of --decode fails on it; run the command on it by hand to see why"
#define PZ_WHY_NOT_DECODED "the command of --decode fails on it"

/* Sets the capture's state, its `why` and, if the file can be opened, its identity and stamp. */
void pz_look_at(const struct pz_candidate *candidate, const char *decode, struct pz_capture *capture);

#endif
