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

/* What was found is kept in the store until a run ends, so that a run that was stopped needn't open thousands of files
 * again. It holds as long as the file's size and stamp are the same. A file that changed within seconds of the look is
 * looked at again, as its time stamp may be too coarse to show a change. */

/* Collective. Sets what the folder's file says of the captures: nothing, if there is no such file or it is of another
 * --decode. */
void pz_looked_recall(struct pz_captures *captures, const struct pz_session *session, const char *store);
/* Whether something was found of the capture, and its file is still what it was. */
bool pz_looked_holds(const struct pz_capture *capture);
/* Writes what was found so far. An error is ignored: then the next run looks again. */
void pz_looked_keep(const struct pz_captures *captures, const char *decode, const char *store);
void pz_looked_remove(const char *store);

#endif
