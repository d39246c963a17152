/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/quiet_job.h"

#include "base/sort.h"

_Static_assert(sizeof(struct pz_quiet_source) == 80, "rows are sent as plain memory");

/* The finaliser of splitmix64, as in twin/random.h. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

int pz_quiet_compare(const void *a, const void *b)
{
    const struct pz_quiet_source *x = a, *y = b;
    return PZ_ORDER(x->hash, y->hash);
}

static int compare(const void *a, const void *b)
{
    const struct pz_quiet_source *x = a, *y = b;
    if (x->window != y->window)
        return x->window < y->window ? -1 : 1;
    if (x->worm != y->worm)
        return x->worm < y->worm ? -1 : 1;
    return pz_quiet_compare(a, b);
}

static bool together(const void *a, const void *b)
{
    const struct pz_quiet_source *x = a, *y = b;
    return x->window == y->window && x->worm == y->worm;
}

static void count(struct pz_accumulator *acc, const struct pz_window *window, const struct pz_window_hour *hour)
{
    uint64_t *sums = pz_accumulator_sums(acc, hour->row, PZ_CLASSES);
    for (size_t i = 0; i < hour->n; i++) {
        const uint32_t member = hour->members[i];
        sums[pz_features_class(&window->lens, &window->features[member], window->llrs[member])]++;
    }
}

static void window(struct pz_accumulator *acc, const struct pz_window *window)
{
    for (size_t i = 0; i < window->nhours; i++)
        count(acc, window, &window->hours[i]);
    for (size_t i = 0; i < window->sources.n; i++) {
        struct pz_quiet_source source = {.window = window->number, .features = window->features[i]};
        source.address = pz_table_row(&window->sources, i)->address;
        source.hash = mix((uint64_t)window->number << 32 | source.address);
        source.worm = pz_features_beyond_doubt(&window->lens, &source.features);
        pz_topk_add(&acc->top, &source);
    }
}

const struct pz_job pz_quiet_job = {.hour_sums = PZ_CLASSES,
                                    .top = PZ_QUIET_SAMPLE,
                                    .row_nbytes = sizeof(struct pz_quiet_source),
                                    .compare = compare,
                                    .together = together,
                                    .window = window};
