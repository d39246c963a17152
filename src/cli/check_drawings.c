/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/check_drawings.h"

#include "base/text.h"
#include "report/drawings.h"

#include <stdlib.h>

void pz_tell_drawings(const struct pz_results *results)
{
    char *name = pz_drawings_find_foreign(results);
    if (name)
        pz_tell("%s/%s was not drawn of this result, as happens when two runs write at once: patientzero report "
                "--out %s draws all figures again",
                results->directory, name, results->directory);
    free(name);
}
