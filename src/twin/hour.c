/* One hour of the archive. */
#include "base/error.h"
#include "twin/noise.h"
#include "twin/truth.h"
#include "twin/worm.h"
#include "twin/writer.h"

#include <stdlib.h>

/* A name for all parameters that a capture's packets depend on, so that hours made with others aren't taken for ours.
 * The span of the archive isn't among them: an hour is the same in any. */
uint64_t pz_twin_params_key(const struct pz_twin *twin)
{
    const struct pz_twin_params *params = twin->params;
    const uint64_t numbers[] = {params->seed, params->scale_q32, params->noise_q16, params->background_q16,
                                params->lens_octet, params->mask_bits, params->link_type, params->disorder_usec,
                                (uint64_t)params->level, params->isal, twin->world.key};
    uint64_t key = 0;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        key = pz_twin_key(key, numbers[i]);
    for (size_t i = 0; i < params->nlenses; i++)
        key = pz_twin_key(pz_twin_key(pz_twin_key(key, (uint64_t)params->lenses[i].from_second), params->lenses[i].address),
                          params->lenses[i].mask);
    for (size_t i = 0; i < params->noutages; i++)
        key = pz_twin_key(pz_twin_key(key, (uint64_t)params->outages[i].from_second),
                          (uint64_t)params->outages[i].until_second);
    for (size_t i = 0; i < params->ntears; i++)
        key = pz_twin_key(pz_twin_key(key, params->tears[i].hour), params->tears[i].fraction_q32);
    return key;
}

static void fill(const struct pz_twin *twin, uint32_t hour, struct pz_twin_traffic *traffic)
{
    for (uint32_t i = 0; i < twin->nhosts; i++) {
        pz_twin_worm_add(twin, &twin->hosts[i], traffic);
        if (twin->hosts[i].flags & PZ_TWIN_ROOMMATE)
            pz_twin_roommate_add(twin, &twin->hosts[i], hour, traffic);
    }
    pz_twin_noise_add(twin, hour, traffic);
    pz_twin_background_add(twin, hour, traffic);
}

/* Writes the hour to `capture` and notes the truth about its first `most` packets; returns how many there are. */
static uint64_t write(const struct pz_twin *twin, uint32_t hour, uint64_t most, struct pz_buf *capture,
                      struct pz_buf *truth)
{
    struct pz_twin_traffic traffic;
    struct pz_twin_writer writer;
    struct pz_twin_sorted sorted = {0};
    struct pz_twin_notes notes = {0};
    uint64_t npackets = 0;
    pz_twin_traffic_init(&traffic, twin->params, hour);
    fill(twin, hour, &traffic);
    pz_twin_writer_begin(&writer, twin->params, hour, capture);
    for (uint32_t bucket = 0; bucket < PZ_TWIN_NBUCKETS; bucket++) {
        pz_twin_traffic_sort(&traffic, bucket, &sorted);
        for (uint32_t i = 0; i < sorted.npackets; i++) {
            pz_twin_writer_put(&writer, sorted.packets[i]);
            if (npackets++ < most)
                pz_twin_note(&notes, &traffic, sorted.packets[i]);
        }
        pz_twin_traffic_drop(&traffic, bucket);
    }
    pz_twin_writer_end(&writer);
    pz_twin_notes_encode(&notes, &traffic, pz_twin_params_key(twin), hour, truth);
    pz_twin_notes_release(&notes);
    pz_twin_sorted_release(&sorted);
    pz_twin_traffic_release(&traffic);
    return npackets;
}

static bool is_dark(const struct pz_twin *twin, uint32_t hour)
{
    struct pz_twin_traffic traffic;
    pz_twin_traffic_init(&traffic, twin->params, hour);
    bool dark = pz_twin_traffic_is_dark(&traffic);
    pz_twin_traffic_release(&traffic);
    return dark;
}

uint64_t pz_twin_make_hour(const struct pz_twin *twin, uint32_t hour, struct pz_buf *capture, struct pz_buf *truth)
{
    if (is_dark(twin, hour))
        return 0;
    size_t start = capture->nbytes, truth_start = truth->nbytes;
    uint64_t npackets = write(twin, hour, UINT64_MAX, capture, truth);
    for (size_t i = 0; i < twin->params->ntears; i++) {
        if (twin->params->tears[i].hour != hour)
            continue;
        uint64_t nbytes = capture->nbytes - start;
        size_t left = (size_t)(((nbytes >> 16) * twin->params->tears[i].fraction_q32 >> 16) +
                               ((nbytes & 0xffff) * twin->params->tears[i].fraction_q32 >> 32));
        uint64_t whole = pz_twin_count_records(capture->bytes + start, left);
        /* The truth is about what can be read: the hour is made once more, and noted as far as that. */
        capture->nbytes = start;
        truth->nbytes = truth_start;
        write(twin, hour, whole, capture, truth);
        capture->nbytes = start + left;
        return whole;
    }
    return npackets;
}

char *pz_twin_capture_name(uint32_t hour)
{
    return pz_format("ucsd-nt.%lld.pcap.gz", (long long)hour * PZ_SECONDS_PER_HOUR);
}
