/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/doubles.h"

#include "base/text.h"

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

static void tell(struct pairs *pairs, const char *what)
{
    if (pairs->n > NAMED)
        pz_buf_printf(&pairs->names, ", and %zu more", pairs->n - NAMED);
    if (pairs->n)
        pz_tell("%s (%zu): %.*s", what, pairs->n, (int)pairs->names.nbytes, (const char *)pairs->names.bytes);
    pz_buf_release(&pairs->names);
}

void pz_doubles_tell(const struct pz_captures *captures, bool part)
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
    tell(&better, "damaged, a better copy was read instead");
    tell(&duplicates, "duplicates, left out");
    tell(&torn, "overlapping in time: torn copies, left out");
    tell(&overlaps,
         part ? "overlapping in time: before reduce, scan once more without --part, which reads these again"
              : "overlapping in time; SYNs in both count once, for which these are read twice and take about 50"
                " bytes of the store for each SYN of that time");
}
