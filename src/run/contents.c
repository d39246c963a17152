/* SPDX-License-Identifier: BSD-2-Clause */
/* Captures are sorted by what must be equal, so that equal contents are neighbours; a torn copy is compared with every
 * other capture, as few are damaged. Overlaps are found by a sweep over the periods of all captures in the order of
 * time. */
#include "run/contents.h"

#include "base/sort.h"
#include "tally/copies.h"

#include <stdlib.h>

int pz_contents_compare(const struct pz_capture_facts *a, const struct pz_capture_facts *b)
{
    int order = PZ_ORDER(a->digest, b->digest);
    order = order ? order : PZ_ORDER(a->log.records, b->log.records);
    order = order ? order : PZ_ORDER((uint64_t)a->first_usec, (uint64_t)b->first_usec);
    order = order ? order : PZ_ORDER((uint64_t)a->last_usec, (uint64_t)b->last_usec);
    for (int fate = 0; !order && fate < PZ_FATE_COUNT; fate++)
        order = PZ_ORDER(a->fates[fate], b->fates[fate]);
    return order;
}

/* A capture that counts so far, to be sorted. */
struct counted {
    const struct pz_capture_facts *facts;
    bool damaged;
    size_t place;
};

static int compare_counted(const void *a, const void *b)
{
    const struct counted *x = a, *y = b;
    int order = pz_contents_compare(x->facts, y->facts);
    order = order ? order : x->damaged - y->damaged;
    return order ? order : PZ_ORDER(x->place, y->place);
}

bool pz_contents_torn_copy(const struct pz_capture_facts *torn, const struct pz_capture_facts *of)
{
    return pz_damage_log_damaged(&torn->log) && torn->log.records < of->log.records &&
           torn->first_usec >= of->first_usec && torn->last_usec <= of->last_usec &&
           2 * pz_damage_log_begins_as(&torn->log, &of->log) >= torn->log.records;
}

static size_t leave_out_torn(struct pz_captures *captures, size_t i)
{
    struct pz_capture *all = captures->all;
    size_t longest = i;
    if (all[i].state != PZ_CAPTURE_READABLE || !pz_damage_log_damaged(&all[i].facts->log))
        return 0;
    for (size_t j = 0; j < captures->n; j++)
        if (all[j].facts && pz_contents_torn_copy(all[i].facts, all[j].facts) &&
            (longest == i || all[j].facts->log.records > all[longest].facts->log.records))
            longest = j;
    if (longest == i)
        return 0;
    all[i].state = PZ_CAPTURE_DUPLICATE;
    all[i].original = all[longest].state == PZ_CAPTURE_DUPLICATE ? all[longest].original : longest;
    all[i].torn_copy = true;
    free(all[i].why);
    all[i].why = pz_strdup("ends too early; until then it goes like the capture that counts");
    return 1;
}

size_t pz_contents_leave_out(struct pz_captures *captures)
{
    struct pz_capture *all = captures->all;
    struct counted *counted = pz_alloc(captures->n * sizeof *counted);
    size_t n = 0, left_out = 0;
    /* Captures without a record have no contents to compare. */
    for (size_t i = 0; i < captures->n; i++)
        if (all[i].state == PZ_CAPTURE_READABLE && all[i].facts && all[i].facts->log.records)
            counted[n++] = (struct counted){all[i].facts, pz_damage_log_damaged(&all[i].facts->log), i};
    qsort(counted, n, sizeof *counted, compare_counted);
    for (size_t i = 1, first = 0; i < n; i++) {
        if (pz_contents_compare(counted[i].facts, counted[first].facts) != 0) {
            first = i;
            continue;
        }
        all[counted[i].place].state = PZ_CAPTURE_DUPLICATE;
        all[counted[i].place].original = counted[first].place;
        left_out++;
    }
    for (size_t i = 0; i < n; i++)
        left_out += leave_out_torn(captures, counted[i].place);
    free(counted);
    /* A duplicate of a capture that is left out is a duplicate of the one that counts. */
    for (size_t i = 0; left_out && i < captures->n; i++)
        if (all[i].state == PZ_CAPTURE_DUPLICATE && all[all[i].original].state == PZ_CAPTURE_DUPLICATE)
            all[i].original = all[all[i].original].original;
    return left_out;
}

static int compare_spans(const void *a, const void *b)
{
    const struct pz_capture_span *x = a, *y = b;
    int order = PZ_ORDER(x->first_usec, y->first_usec);
    order = order ? order : PZ_ORDER(y->last_usec, x->last_usec); /* the longer one first */
    return order ? order : PZ_ORDER(x->place, y->place);
}

/* Captures that follow each other may overlap as an ordered capture may be out of order; but not by half of one. */
static bool is_overlap(const struct pz_capture_span *earlier, const struct pz_capture_span *later)
{
    int64_t end = earlier->last_usec < later->last_usec ? earlier->last_usec : later->last_usec;
    int64_t common = end - later->first_usec, one = earlier->last_usec - earlier->first_usec,
            other = later->last_usec - later->first_usec;
    return later->first_usec < earlier->last_usec &&
           (common > PZ_ORDER_USEC || 2 * common >= (one < other ? one : other));
}

void pz_contents_find_overlaps(struct pz_captures *captures, struct pz_capture_span *spans, size_t n)
{
    qsort(spans, n, sizeof *spans, compare_spans);
    for (size_t i = 0; i < n; i++)
        captures->all[spans[i].place].overlaps = spans[i].place;
    for (size_t i = 0, latest = 0; i < n; i++) {
        if (i && is_overlap(&spans[latest], &spans[i]))
            captures->all[spans[i].place].overlaps = spans[latest].place;
        if (spans[i].last_usec > spans[latest].last_usec)
            latest = i;
    }
}

size_t pz_contents_put_periods(const struct pz_capture_facts *facts, size_t place, struct pz_capture_span *spans)
{
    for (uint32_t i = 0; i < facts->nperiods; i++)
        spans[i] = (struct pz_capture_span){facts->periods[i].first_usec, facts->periods[i].last_usec, place};
    return facts->nperiods;
}

/* The periods of all captures that count, which the caller frees. */
static struct pz_capture_span *spans_of_all(const struct pz_captures *captures, size_t *n)
{
    struct pz_capture_span *spans = pz_alloc(captures->n * PZ_PERIODS * sizeof *spans);
    *n = 0;
    for (size_t i = 0; i < captures->n; i++)
        if (captures->all[i].state == PZ_CAPTURE_READABLE && captures->all[i].facts)
            *n += pz_contents_put_periods(captures->all[i].facts, i, spans + *n);
    return spans;
}

void pz_contents_find_overlaps_of_all(struct pz_captures *captures)
{
    size_t n;
    struct pz_capture_span *spans = spans_of_all(captures, &n);
    pz_contents_find_overlaps(captures, spans, n);
    free(spans);
}

void pz_contents_find_stretches(struct pz_capture_span *spans, size_t n, struct pz_stretch *stretches, size_t ncaptures)
{
    qsort(spans, n, sizeof *spans, compare_spans);
    for (size_t i = 0; i < ncaptures; i++)
        stretches[i] = PZ_NO_STRETCH;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n && spans[j].first_usec < spans[i].last_usec; j++) {
            int64_t last = spans[j].last_usec < spans[i].last_usec ? spans[j].last_usec : spans[i].last_usec;
            if (!is_overlap(&spans[i], &spans[j]))
                continue;
            const struct pz_stretch common = pz_stretch_round(spans[j].first_usec, last);
            pz_stretch_widen(&stretches[spans[i].place], &common);
            pz_stretch_widen(&stretches[spans[j].place], &common);
        }
}

size_t pz_contents_find_stretches_of_all(struct pz_captures *captures)
{
    size_t n, found = 0;
    struct pz_capture_span *spans = spans_of_all(captures, &n);
    struct pz_stretch *stretches = pz_alloc(captures->n * sizeof *stretches);
    pz_contents_find_stretches(spans, n, stretches, captures->n);
    for (size_t i = 0; i < captures->n; i++) {
        captures->all[i].stretch = stretches[i];
        found += !pz_stretch_is_none(&stretches[i]);
    }
    free(stretches);
    free(spans);
    return found;
}
