/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/copies_note.h"

#include "base/text.h"

#include <inttypes.h>

/* Networks repeat a packet now and then, so a few copies are normal. */
static bool are_many(uint64_t copies, uint64_t syns)
{
    return copies > syns / 1000;
}

void pz_tell_copies(const struct pz_captures *captures, const struct pz_tables *tables, const char *port)
{
    const struct pz_capture *first = NULL;
    size_t n = 0;
    for (size_t i = 0; i < captures->n; i++) {
        const struct pz_capture *capture = &captures->all[i];
        if (capture->state != PZ_CAPTURE_READABLE || !capture->facts)
            continue;
        const uint64_t *fates = capture->facts->fates;
        if (!are_many(fates[PZ_COPY], fates[PZ_SCAN] + fates[PZ_COPY]))
            continue;
        first = first ? first : capture;
        n++;
    }
    if (first) {
        const uint64_t *fates = first->facts->fates;
        pz_tell("%s: %" PRIu64 " of %" PRIu64 " SYNs to %s are copies made by the recording, for example by a mirror"
                " port or bonded interfaces; they do not count as scans",
                first->path, fates[PZ_COPY], fates[PZ_SCAN] + fates[PZ_COPY], port);
        if (n > 1)
            pz_tell("more than 1 in 1,000 are copies in %zu more captures: see summary.json", n - 1);
    } else if (tables && are_many(tables->copies, tables->syns)) {
        pz_tell("%" PRIu64 " of %" PRIu64 " SYNs to %s are copies of SYNs in other captures, which recorded the"
                " same packets; they do not count as scans",
                tables->copies, tables->syns, port);
    }
}
