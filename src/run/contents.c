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

/* Of pointers: by contents, the one that counts first. */
static int compare_counted(const void *a, const void *b)
{
    const struct pz_capture *const *x = a, *const *y = b;
    int order = pz_contents_compare((*x)->facts, (*y)->facts);
    order = order ? order : pz_damage_log_damaged(&(*x)->facts->log) - pz_damage_log_damaged(&(*y)->facts->log);
    return order ? order : PZ_ORDER(*x, *y);
}

static bool is_torn_copy(const struct pz_capture_facts *torn, const struct pz_capture_facts *of)
{
    return torn->log.records < of->log.records && torn->first_usec >= of->first_usec &&
           torn->last_usec <= of->last_usec && 2 * pz_damage_log_begins_as(&torn->log, &of->log) >= torn->log.records;
}

static size_t leave_out_torn(struct pz_captures *captures, struct pz_capture *torn)
{
    const struct pz_capture *longest = NULL;
    if (torn->state != PZ_CAPTURE_READABLE || !pz_damage_log_damaged(&torn->facts->log))
        return 0;
    for (const struct pz_capture *of = captures->all; of < captures->all + captures->n; of++)
        if (of->facts && is_torn_copy(torn->facts, of->facts) &&
            (!longest || of->facts->log.records > longest->facts->log.records))
            longest = of;
    if (!longest)
        return 0;
    torn->state = PZ_CAPTURE_DUPLICATE;
    torn->original = longest->state == PZ_CAPTURE_DUPLICATE ? longest->original : (size_t)(longest - captures->all);
    torn->torn_copy = true;
    free(torn->why);
    torn->why = pz_strdup("ends too early; until then it goes like the capture that counts");
    return 1;
}

size_t pz_contents_leave_out(struct pz_captures *captures)
{
    struct pz_capture *all = captures->all;
    struct pz_capture **counted = pz_alloc(captures->n * sizeof *counted);
    size_t n = 0, left_out = 0;
    /* Captures without a record have no contents to compare. */
    for (size_t i = 0; i < captures->n; i++)
        if (all[i].state == PZ_CAPTURE_READABLE && all[i].facts && all[i].facts->log.records)
            counted[n++] = &all[i];
    qsort(counted, n, sizeof *counted, compare_counted);
    for (size_t i = 1, first = 0; i < n; i++) {
        if (pz_contents_compare(counted[i]->facts, counted[first]->facts) != 0) {
            first = i;
            continue;
        }
        counted[i]->state = PZ_CAPTURE_DUPLICATE;
        counted[i]->original = (size_t)(counted[first] - all);
        left_out++;
    }
    for (size_t i = 0; i < n; i++)
        left_out += leave_out_torn(captures, counted[i]);
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

/* The periods of all captures that count, which the caller frees. */
static struct pz_capture_span *spans_of_all(const struct pz_captures *captures, size_t *n)
{
    struct pz_capture_span *spans = pz_alloc(captures->n * PZ_PERIODS * sizeof *spans);
    *n = 0;
    for (size_t i = 0; i < captures->n; i++) {
        const struct pz_capture_facts *facts = captures->all[i].facts;
        bool counts = captures->all[i].state == PZ_CAPTURE_READABLE && facts;
        for (uint32_t j = 0; counts && j < facts->nperiods; j++)
            spans[(*n)++] = (struct pz_capture_span){facts->periods[j].first_usec, facts->periods[j].last_usec, i};
    }
    return spans;
}

void pz_contents_find_overlaps_of_all(struct pz_captures *captures)
{
    size_t n;
    struct pz_capture_span *spans = spans_of_all(captures, &n);
    pz_contents_find_overlaps(captures, spans, n);
    free(spans);
}

size_t pz_contents_find_stretches(struct pz_captures *captures)
{
    struct pz_capture *all = captures->all;
    size_t n, found = 0;
    struct pz_capture_span *spans = spans_of_all(captures, &n);
    qsort(spans, n, sizeof *spans, compare_spans);
    for (size_t i = 0; i < captures->n; i++)
        all[i].stretch = PZ_NO_STRETCH;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n && spans[j].first_usec < spans[i].last_usec; j++) {
            int64_t last = spans[j].last_usec < spans[i].last_usec ? spans[j].last_usec : spans[i].last_usec;
            if (!is_overlap(&spans[i], &spans[j]))
                continue;
            const struct pz_stretch common = pz_stretch_round(spans[j].first_usec, last);
            pz_stretch_widen(&all[spans[i].place].stretch, &common);
            pz_stretch_widen(&all[spans[j].place].stretch, &common);
        }
    for (size_t i = 0; i < captures->n; i++)
        found += !pz_stretch_is_none(&all[i].stretch);
    free(spans);
    return found;
}
