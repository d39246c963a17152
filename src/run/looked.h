/* SPDX-License-Identifier: BSD-2-Clause */
/* What a run found when it looked at files, kept in the store until a run ends, so that a run that was stopped needn't
 * open thousands of files again.
 *
 * What was found holds as long as the file's size and stamp are the same. A file that changed within seconds of the
 * look is looked at again, as its time stamp may be too coarse to show a change. */
#ifndef PZ_RUN_LOOKED_H
#define PZ_RUN_LOOKED_H

#include "run/captures.h"

/* Collective. Sets what the folder's file says of the captures: nothing, if there is no such file or it is of another
 * --decode. */
void pz_looked_recall(struct pz_captures *captures, const struct pz_session *session, const char *store);
/* Whether something was found of the capture, and its file is still what it was. */
bool pz_looked_holds(const struct pz_capture *capture);
/* Writes what was found so far. An error is ignored: then the next run looks again. */
void pz_looked_keep(const struct pz_captures *captures, const char *decode, const char *store);
void pz_looked_remove(const char *store);

#endif
