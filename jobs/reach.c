/* SPDX-License-Identifier: BSD-2-Clause */
/* How much of the lens the worm scans, on 21 November 2008: the page's "only reaches one quarter of the possible IP
 * addresses". Sources are taken by their stack and their retransmissions alone, whatever they scan.
 *
 * Of a source's destinations the eight lowest are kept, by a pseudo-random value (tally/source.h). The sample is the
 * addresses whose value is in the lowest 512th, and the sources of which all destinations in it are known: their eighth
 * lies beyond it, or they have fewer. So hits and distinct destinations are exact in the sample. If each address was
 * hit several times, the distinct ones are all; else the number not hit is estimated from repeated hits: of R addresses
 * that are scanned evenly, h hits leave R e^(-h/R) without any. */
#include "reduce/job.h"

#include <math.h>

enum {
    SAMPLED = 512,
    PLACE_BITS = 16,
    PLACES = 1 << PLACE_BITS
}; /* one of this many addresses; an address has one place */
#define SAMPLE_END (UINT32_MAX / SAMPLED)

enum { SOURCES, LEFT_OUT, FIRST_PLACE };

static size_t nsums(const struct pz_timeline *timeline)
{
    const uint32_t first = pz_outbreak_hour(timeline->outbreak);
    bool there = false;
    for (uint32_t hour = first; hour < first + PZ_HOURS_PER_DAY; hour++)
        there = there || pz_timeline_has_syns(timeline, hour);
    return there ? FIRST_PLACE + PLACES : 0;
}

static bool scans_like_worm(const struct pz_features *features)
{
    const uint32_t *attempts = features->attempts;
    bool stack = true;
    for (int trait = 0; trait < PZ_LEVEL_IP_ID; trait++)
        stack = stack && features->levels[trait] == PZ_LEVEL_ALL;
    return stack && !attempts[PZ_THREE_OR_MORE] && attempts[PZ_TWO_IN_TIME] &&
           attempts[PZ_TWO_IN_TIME] >= (uint64_t)attempts[PZ_ONE_SYN] + attempts[PZ_TWO_OTHER];
}

static void window(struct pz_accumulator *acc, const struct pz_window *window)
{
    if (pz_hours_of_outbreak(acc->timeline, window->number * acc->timeline->options.window) >= PZ_HOURS_PER_DAY)
        return;
    for (size_t i = 0; i < window->sources.n; i++) {
        const struct pz_source *source = pz_table_row(&window->sources, i);
        unsigned n = pz_source_destinations(source);
        if (!scans_like_worm(&window->features[i]))
            continue;
        if (n == PZ_SKETCH && source->destinations[n - 1] < SAMPLE_END) {
            acc->sums[LEFT_OUT]++;
            continue;
        }
        acc->sums[SOURCES]++;
        for (unsigned j = 0; j < n && source->destinations[j] < SAMPLE_END; j++)
            acc->sums[FIRST_PLACE + (uint64_t)source->destinations[j] * PLACES / SAMPLE_END]++;
    }
}

/* Addresses of which `hits` hits reached `distinct`: a bisection, as R (1 - e^(-h/R)) grows with R. */
static double reached(double hits, double distinct)
{
    enum { STEPS = 60 };
    double low = distinct, high = 4294967296.0;
    for (int i = 0; i < STEPS; i++) {
        double middle = sqrt(low * high);
        if (middle * -expm1(-hits / middle) < distinct)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static void row(const struct pz_accumulator *acc, struct pz_csv *csv)
{
    const struct pz_timeline *timeline = acc->timeline;
    const uint32_t first = pz_outbreak_hour(timeline->outbreak);
    uint64_t networks = 0, hits = 0, taken = 0;
    if (!nsums(timeline))
        return;
    for (size_t i = pz_timeline_from(timeline, first);
         i < timeline->n && timeline->hours[i].hour < first + PZ_HOURS_PER_DAY; i++) {
        uint64_t seen = (uint64_t)timeline->hours[i].lens_low + timeline->hours[i].lens_high;
        networks = seen > networks ? seen : networks;
    }
    for (size_t place = 0; place < PLACES; place++) {
        hits += acc->sums[FIRST_PLACE + place];
        taken += acc->sums[FIRST_PLACE + place] > 0;
    }
    /* Two addresses may share a place: of d that are spread over n, n e^(-d/n) places stay free. */
    double most = taken < PLACES ? (double)taken : PLACES - 1;
    double distinct = fmin((double)hits, round(-log1p(-most / PLACES) * PLACES));
    pz_put_time(csv, first / PZ_HOURS_PER_DAY);
    pz_put_count(csv, networks);
    pz_put_count(csv, acc->sums[SOURCES]);
    pz_put_count(csv, acc->sums[LEFT_OUT]);
    pz_put_count(csv, hits);
    pz_put_count(csv, (uint64_t)distinct);
    pz_put_number_if(csv, distinct < (double)hits && networks,
                     fmin(1, reached((double)hits, distinct) * SAMPLED / ((double)networks * 65536)));
}

static const struct pz_column columns[] = {
    {"day", PZ_TYPE_DAY, .doc = "in UTC"},
    {"networks", PZ_TYPE_COUNT, "/16s", .doc = "of the lens, in the day's hour with most"},
    {"sources", PZ_TYPE_COUNT, "sources", .doc = "that were compared"},
    {"left_out", PZ_TYPE_COUNT, "sources",
     .doc = "with too many destinations for all of those in the sample to be known"},
    {"hits", PZ_TYPE_COUNT, "destinations", .doc = "in the sample, summed over sources"},
    {"distinct", PZ_TYPE_COUNT, "addresses", .doc = "among these hits"},
    {"share", PZ_TYPE_NUMBER, .decimals = 4,
     .doc = "of the lens's addresses that they scan, 0 to 1, with those that by the number of repeated hits were not "
            "hit yet; "
            "empty without any repeated"},
    {0},
};

const struct pz_job pz_job_reach = {
    .nsums = nsums,
    .window = window,
    .tables = PZ_TABLES(
        {{"reach",
          "How much of the lens the worm scans: one row, of 21 November 2008, and none if no scans of that day are "
          "there. Of sources that scan like the worm by length, TTL, ports and second SYNs, whatever they "
          "scan; and of the 512th part of all addresses whose mixed value (`pz_mix32`, `src/tally/source.h`) "
          "is lowest.",
          columns},
         .rows = row})};
