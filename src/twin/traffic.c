/* SPDX-License-Identifier: BSD-2-Clause */
#include "twin/traffic.h"

#include <stdlib.h>

const char *pz_twin_class_name(enum pz_twin_class class)
{
    static const char *const names[] = {
#define CLASS_NAME(name, words) words,
        PZ_TWIN_CLASSES(CLASS_NAME)
#undef CLASS_NAME
    };
    return names[class];
}

void pz_twin_traffic_init(struct pz_twin_traffic *traffic, const struct pz_twin_params *params, uint32_t hour,
                          const struct pz_twin_watch *watch)
{
    *traffic = (struct pz_twin_traffic){
        .watch = watch,
        .hour = hour,
        .start_usec = hour * PZ_USEC_PER_HOUR,
        .key = pz_twin_key(pz_twin_key(params->seed, 't'), hour),
        .disorder_usec = params->disorder_msec * 1000,
        .whole = {.address = params->lens_octet << 24, .mask = UINT32_MAX << 24},
    };
    pz_twin_traffic_scanner(traffic, 0, 0); /* number 0 is none */
    for (uint32_t at = 0; at < PZ_SECONDS_PER_HOUR; at++) {
        int64_t second = (int64_t)hour * PZ_SECONDS_PER_HOUR + at;
        const struct pz_twin_lens *view = &traffic->whole;
        for (size_t i = 0; i < params->nlenses; i++)
            if (second >= params->lenses[i].from_second)
                view = &params->lenses[i];
        for (size_t i = 0; i < params->noutages; i++)
            if (second >= params->outages[i].from_second && second < params->outages[i].until_second)
                view = NULL;
        traffic->views[at] = view;
    }
}

void pz_twin_traffic_release(struct pz_twin_traffic *traffic)
{
    for (uint32_t i = 0; i < PZ_TWIN_NBUCKETS; i++)
        pz_twin_traffic_drop(traffic, i);
    free(traffic->scanners);
    free(traffic->met);
}

bool pz_twin_traffic_is_dark(const struct pz_twin_traffic *traffic)
{
    for (uint32_t at = 0; at < PZ_SECONDS_PER_HOUR; at++)
        if (traffic->views[at])
            return false;
    return true;
}

bool pz_twin_traffic_goes_on(const struct pz_twin_traffic *traffic, uint64_t npackets)
{
    return !traffic->watch || traffic->watch->tick(traffic->watch->context, npackets);
}

uint32_t pz_twin_traffic_scanner(struct pz_twin_traffic *traffic, uint64_t host, uint32_t source)
{
    traffic->scanners = pz_room(traffic->scanners, traffic->nscanners, sizeof *traffic->scanners);
    traffic->scanners[traffic->nscanners] =
        (struct pz_twin_scanner){.host = host, .source = source, .hour = traffic->hour};
    return traffic->nscanners++;
}

void pz_twin_traffic_record(struct pz_twin_traffic *traffic, const struct pz_twin_packet *packet)
{
    if (!packet->scanner)
        return;
    struct pz_twin_scanner *scanner = &traffic->scanners[packet->scanner];
    if (!scanner->nscans++ || packet->usec < scanner->first_usec)
        scanner->first_usec = packet->usec; /* not always the first in the file: clocks may be in disorder */
    traffic->met = pz_room(traffic->met, traffic->nmet, sizeof *traffic->met);
    traffic->met[traffic->nmet++] = (uint64_t)packet->source << 32 | packet->destination;
}

struct pz_twin_packet *pz_twin_traffic_slot(struct pz_twin_traffic *traffic, uint32_t bucket)
{
    struct pz_twin_chunk *chunk = traffic->buckets[bucket];
    if (!chunk || chunk->npackets == PZ_TWIN_CHUNK) {
        chunk = pz_realloc(NULL, sizeof *chunk);
        chunk->before = traffic->buckets[bucket];
        chunk->npackets = 0;
        traffic->buckets[bucket] = chunk;
    }
    return &chunk->packets[chunk->npackets++];
}

void pz_twin_traffic_drop(struct pz_twin_traffic *traffic, uint32_t bucket)
{
    for (struct pz_twin_chunk *chunk = traffic->buckets[bucket]; chunk;) {
        struct pz_twin_chunk *before = chunk->before;
        free(chunk);
        chunk = before;
    }
    traffic->buckets[bucket] = NULL;
}

struct pz_keyed *pz_twin_traffic_sort(const struct pz_twin_traffic *traffic, uint32_t bucket, size_t *n)
{
    size_t end = 0;
    for (const struct pz_twin_chunk *chunk = traffic->buckets[bucket]; chunk; chunk = chunk->before)
        end += chunk->npackets;
    struct pz_keyed *sorted = pz_alloc(end * sizeof *sorted);
    *n = end;
    for (const struct pz_twin_chunk *chunk = traffic->buckets[bucket]; chunk; chunk = chunk->before) {
        end -= chunk->npackets; /* the last chunk comes first */
        for (uint32_t i = 0; i < chunk->npackets; i++)
            sorted[end + i] = (struct pz_keyed){chunk->packets[i].key_usec, &chunk->packets[i]};
    }
    pz_sort(sorted, *n);
    return sorted;
}
