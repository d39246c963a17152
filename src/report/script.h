/* SPDX-License-Identifier: BSD-2-Clause */
/* A figure's script, which a user may change: the first line has the digest of all that follows it, so that a script
 * that was changed is recognised and kept. */
#ifndef PZ_REPORT_SCRIPT_H
#define PZ_REPORT_SCRIPT_H

#include "base/bytes.h"
#include "base/error.h"

/* Puts the line with the digest before the script. */
void pz_script_seal(struct pz_buf *script);
/* Whether a script is there that isn't as it was written. */
bool pz_script_is_changed(const char *path);
/* Removes the unchanged scripts of a figure, and their pictures. Returns the name for a new one: NAME, or NAME-2 and so
 * on if changed scripts have the names before it. The caller frees. */
char *pz_script_make_room(const char *folder, const char *name);

#endif
