/* SPDX-License-Identifier: BSD-2-Clause */
/* Notes on captures: copies that the recording made, and captures that hold what others hold. Notes on what a command
 * reads: lines of a list that it skips, and drawings that are not of the result. */
#include "cli/notes.h"

#include "base/text.h"
#include "report/drawings.h"

#include <inttypes.h>
#include <stdlib.h>

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

enum { NAMED = 3 }; /* pairs of each kind that are named */

/* The pairs of one kind. */
struct pairs {
    struct pz_buf names;
    size_t n;
};

static void add_pair(struct pairs *pairs, const char *one, const char *between, const char *other)
{
    if (pairs->n++ < NAMED)
        pz_buf_printf(&pairs->names, "%s%s (%s %s)", pairs->names.nbytes ? ", " : "", one, between, other);
}

static void tell_pairs(struct pairs *pairs, const char *what)
{
    if (pairs->n > NAMED)
        pz_buf_printf(&pairs->names, ", and %zu more", pairs->n - NAMED);
    if (pairs->n)
        pz_tell("%s (%zu): %.*s", what, pairs->n, (int)pairs->names.nbytes, (const char *)pairs->names.bytes);
    pz_buf_release(&pairs->names);
}

void pz_tell_doubles(const struct pz_captures *captures, bool part)
{
    const struct pz_capture *all = captures->all;
    struct pairs duplicates = {0}, torn = {0}, better = {0}, overlaps = {0};
    for (size_t i = 0; i < captures->n; i++) {
        if (all[i].state == PZ_CAPTURE_DUPLICATE)
            add_pair(all[i].torn_copy ? &torn : &duplicates, all[i].path, "of", all[all[i].original].path);
        if (all[i].state != PZ_CAPTURE_READABLE)
            continue;
        if (all[i].read != i)
            add_pair(&better, all[i].path, "from", all[all[i].read].path);
        if (all[i].overlaps != i)
            add_pair(&overlaps, all[i].path, "with", all[all[i].overlaps].path);
    }
    tell_pairs(&better, "damaged, a better copy was read instead");
    tell_pairs(&duplicates, "duplicates, left out");
    tell_pairs(&torn, "overlapping in time: torn copies, left out");
    tell_pairs(&overlaps,
               part ? "overlapping in time: before reduce, scan once more without --part, which reads these again"
                    : "overlapping in time; SYNs in both count once, for which these are read twice and take about 50"
                      " bytes of the store for each SYN of that time");
}

void pz_tell_skipped(const char *path, const struct pz_address_list *list)
{
    if (list->nipv6)
        pz_tell("%s: %" PRIu64 " lines with IPv6 addresses skipped", path, list->nipv6);
    if (list->nheadings)
        pz_tell("%s: the first line names columns, skipped", path);
}

void pz_tell_drawings(const struct pz_results *results)
{
    char *name = pz_drawings_find_foreign(results);
    if (name)
        pz_tell("%s/%s was not drawn of this result, as happens when two runs write at once: patientzero report "
                "--out %s draws all figures again",
                results->directory, name, results->directory);
    free(name);
}
