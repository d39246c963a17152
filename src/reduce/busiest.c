/* SPDX-License-Identifier: BSD-2-Clause */
#include "reduce/busiest.h"

#include "base/sort.h"

#include <stdlib.h>

static size_t nsums(const struct pz_timeline *timeline)
{
    return timeline->networks->nplaces + 1;
}

void pz_count_places(const struct pz_geo *geo, const struct pz_table *sources, uint64_t *sums)
{
    for (size_t i = 0; i < sources->n; i++) {
        const struct pz_source *source = pz_table_row(sources, i);
        sums[pz_geo_find(pz_geo_at(geo, pz_hour_of(source->first_usec)), source->address)]++;
    }
}

static void end(struct pz_accumulator *acc, const struct pz_table *sources)
{
    pz_count_places(acc->timeline->networks, sources, acc->sums);
}

const struct pz_job pz_busiest_job = {.networks = true, .nsums = nsums, .end = end};

uint32_t *pz_busiest_order(const struct pz_geo *networks, const uint64_t *sums, size_t *n)
{
    struct pz_keyed *keyed = pz_alloc(networks->nplaces * sizeof *keyed);
    *n = 0;
    for (size_t i = 0; i < networks->nplaces; i++)
        if (sums[i])
            keyed[(*n)++] = (struct pz_keyed){~sums[i], networks->places + i};
    pz_sort(keyed, *n); /* of equal ones the first stays the first */
    uint32_t *order = pz_alloc(*n * sizeof *order);
    for (size_t i = 0; i < *n; i++)
        order[i] = (uint32_t)((char *const *)keyed[i].value - networks->places);
    free(keyed);
    return order;
}

void pz_busiest_find(struct pz_busiest *busiest, const struct pz_geo *networks, const uint64_t *sums)
{
    size_t n;
    uint32_t *order = pz_busiest_order(networks, sums, &n);
    *busiest = (struct pz_busiest){.n = n < PZ_BUSIEST ? n : PZ_BUSIEST};
    busiest->numbers = pz_alloc(networks->nplaces + 1);
    memset(busiest->numbers, (int)busiest->n, networks->nplaces);
    busiest->numbers[networks->nplaces] = (uint8_t)(busiest->n + 1);
    for (size_t i = 0; i < busiest->n; i++) {
        busiest->places[i] = order[i];
        busiest->numbers[order[i]] = (uint8_t)i;
    }
    free(order);
}

void pz_busiest_release(struct pz_busiest *busiest)
{
    free(busiest->numbers);
    *busiest = (struct pz_busiest){0};
}
