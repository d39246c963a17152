/* SPDX-License-Identifier: BSD-2-Clause */
/* How anonymised destinations show: the worm never sets the top bits of a destination's octets 2 and 4.
 * Prefix-preserving anonymisation flips the first of these bits depending on octet 1 only, which is the same for all
 * packets, so the worm's sources still show one value of it. It flips the second by a key that differs for each /24, so
 * they show both values. A source that scans one /16 looks like that too; so most sources must do so, on a lens that
 * has both values. */
#include "reduce/anonymised.h"

#include "tally/source.h"

enum { BUSY, ONE_SIDE_2, ONE_SIDE_BOTH };
_Static_assert(ONE_SIDE_BOTH + 1 == PZ_ANONYMISED_SUMS, "a place for each of these");

/* A uniform scanner shows one side by chance with 2 * 2^-16. */
enum { SCANS_MIN = 16 };
/* Too few sources prove nothing. */
enum { BUSY_MIN = 100 };

static bool one_side(uint64_t clear, uint64_t set)
{
    return !clear || !set;
}

void pz_anonymised_count(const struct pz_table *sources, uint64_t sums[PZ_ANONYMISED_SUMS])
{
    for (size_t i = 0; i < sources->n; i++) {
        const struct pz_source *source = pz_table_row(sources, i);
        const uint32_t *quadrants = source->quadrants;
        if (pz_source_scans(source) < SCANS_MIN)
            continue;
        sums[BUSY]++;
        if (!one_side(quadrants[0] + quadrants[PZ_QUADRANT_OCTET4],
                      quadrants[PZ_QUADRANT_OCTET2] + quadrants[PZ_QUADRANT_OCTET2 + PZ_QUADRANT_OCTET4]))
            continue;
        sums[ONE_SIDE_2]++;
        sums[ONE_SIDE_BOTH] +=
            one_side(quadrants[0] + quadrants[PZ_QUADRANT_OCTET2],
                     quadrants[PZ_QUADRANT_OCTET4] + quadrants[PZ_QUADRANT_OCTET2 + PZ_QUADRANT_OCTET4]);
    }
}

int pz_anonymised_check(const struct pz_timeline *timeline, const uint64_t sums[PZ_ANONYMISED_SUMS],
                        struct pz_error *error)
{
    bool both_sides = timeline->lens_low && timeline->lens_high;
    if (!both_sides || sums[BUSY] < BUSY_MIN || sums[ONE_SIDE_2] * 4 < sums[BUSY] * 3 ||
        sums[ONE_SIDE_BOTH] * 20 > sums[ONE_SIDE_2])
        return 0;
    return pz_fail_usage(
        error, "the destinations seem to be anonymised bit by bit: most sources use one half of the second "
               "octet but both halves of the fourth, as the worm's scans do after prefix-preserving "
               "anonymisation. Results on reachable addresses would be wrong. If the data were not anonymised, "
               "add --accept-anonymised");
}
