/* SPDX-License-Identifier: BSD-2-Clause */
/* figures/manifest.json: the digests of the page, pictures and scripts, and of which result they were drawn. So
 * drawings of another run, which may have written to the folder at the same time, are found. It is a list as the others
 * are (results.h), removed before the first picture is replaced and written after the last. Drawings don't make a
 * result whole or not: `report` draws them again. */
#ifndef PZ_REPORT_DRAWINGS_H
#define PZ_REPORT_DRAWINGS_H

#include "report/results.h"

#define PZ_DRAWINGS_LIST "figures/manifest.json"
/* The name of a drawing that is not of this result, for the caller to free; NULL if there is none. If a user changed
 * the script, the picture is the user's too. */
char *pz_drawings_find_foreign(const struct pz_results *results);

/* A figure's script may be changed by a user: its first line has the digest of all that follows it, so that a script
 * that was changed is recognised and kept. */

/* Puts the line with the digest before the script. */
void pz_script_seal(struct pz_buf *script);
/* Whether a script is there that isn't as it was written. */
bool pz_script_is_changed(const char *path);
/* Removes the unchanged scripts of a figure, and their pictures. Returns the name for a new one: NAME, or NAME-2 and so
 * on if changed scripts have the names before it. The caller frees. */
char *pz_script_make_room(const char *folder, const char *name);

#endif
