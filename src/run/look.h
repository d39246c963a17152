/* SPDX-License-Identifier: BSD-2-Clause */
/* A first look at one file: whether it is a capture, and if not, whether it seems to be one that could not be read. */
#ifndef PZ_RUN_LOOK_H
#define PZ_RUN_LOOK_H

#include "archive/find.h"
#include "run/captures.h"

#define PZ_WHY_DECODE_FAILED "the command of --decode fails on it; run the command on it by hand to see why"
#define PZ_WHY_NOT_DECODED "the command of --decode fails on it"

/* `identity` and `stamp` are filled if the file can be opened, `why` if it is not a capture that can be read: why not,
 * and what to do; empty where there is nothing to say. */
enum pz_capture_state pz_look_at(const struct pz_candidate *candidate, const char *decode, struct pz_identity *identity,
                                 struct pz_stamp *stamp, struct pz_error *why);

#endif
