/* SPDX-License-Identifier: BSD-2-Clause */
#include "twin/twin.h"

#include "base/error.h"
#include "twin/noise.h"
#include "twin/spread.h"
#include "twin/truth.h"
#include "twin/worm.h"
#include "twin/writer.h"

#include <stdlib.h>

struct pz_twin *pz_twin_new(const struct pz_twin_params *params, const struct pz_buf *delegated, struct pz_error *error)
{
    struct pz_twin *twin = pz_alloc(sizeof *twin);
    twin->params = params;
    if (pz_twin_world_read(&twin->world, delegated, params->lens_octet, error) != 0) {
        free(twin);
        return NULL;
    }
    pz_twin_rand_init(&twin->rand, params->lens_octet);
    pz_twin_outbreak(twin);
    return twin;
}

void pz_twin_free(struct pz_twin *twin)
{
    if (!twin)
        return;
    pz_twin_world_release(&twin->world);
    pz_twin_rand_release(&twin->rand);
    free(twin->hosts);
    free(twin);
}

static bool fill(const struct pz_twin *twin, struct pz_twin_traffic *traffic)
{
    enum { TICK_HOSTS = 1024 }; /* some tens of milliseconds */
    for (uint32_t i = 0; i < twin->nhosts; i++) {
        if (i % TICK_HOSTS == 0 && !pz_twin_traffic_goes_on(traffic, 0))
            return false;
        pz_twin_worm_add(twin, &twin->hosts[i], traffic);
        if (twin->hosts[i].flags & PZ_TWIN_CORESIDENT)
            pz_twin_coresident_add(twin, &twin->hosts[i], traffic);
    }
    return pz_twin_noise_add(twin, traffic) && pz_twin_background_add(twin, traffic);
}

/* Writes all packets in order, and records the truth about the first `most` of them. Returns how many there are. */
static uint64_t drain(const struct pz_twin *twin, uint64_t most, struct pz_twin_traffic *traffic,
                      struct pz_buf *capture)
{
    struct pz_twin_writer writer;
    uint64_t npackets = 0;
    pz_twin_writer_begin(&writer, twin->params, traffic->hour, capture);
    for (uint32_t bucket = 0; bucket < PZ_TWIN_NBUCKETS && pz_twin_traffic_goes_on(traffic, npackets); bucket++) {
        size_t n;
        struct pz_keyed *sorted = pz_twin_traffic_sort(traffic, bucket, &n);
        for (size_t i = 0; i < n; i++) {
            pz_twin_writer_put(&writer, sorted[i].value);
            if (npackets++ < most)
                pz_twin_traffic_record(traffic, sorted[i].value);
        }
        free(sorted);
        pz_twin_traffic_drop(traffic, bucket);
    }
    pz_twin_writer_end(&writer);
    return npackets;
}

/* The hour, with the truth about its first `most` packets. Returns about how many it is. */
static uint64_t make(const struct pz_twin *twin, uint32_t hour, uint64_t most, const struct pz_twin_watch *watch,
                     struct pz_buf *capture, struct pz_buf *truth)
{
    struct pz_twin_traffic traffic;
    uint64_t npackets = 0;
    pz_twin_traffic_init(&traffic, twin->params, hour, watch);
    if (!pz_twin_traffic_is_dark(&traffic) && fill(twin, &traffic)) {
        npackets = drain(twin, most, &traffic, capture);
        npackets = npackets < most ? npackets : most;
        pz_twin_truth_encode(&traffic, npackets, truth);
    }
    pz_twin_traffic_release(&traffic);
    return npackets;
}

uint64_t pz_twin_make_hour(const struct pz_twin *twin, uint32_t hour, const struct pz_twin_watch *watch,
                           struct pz_buf *capture, struct pz_buf *truth)
{
    size_t start = capture->nbytes, truth_start = truth->nbytes;
    uint64_t npackets = make(twin, hour, UINT64_MAX, watch, capture, truth);
    for (size_t i = 0; i < twin->params->ntears; i++) {
        if (twin->params->tears[i].hour != hour || capture->nbytes == start)
            continue;
        uint64_t nbytes = capture->nbytes - start, fraction_q32 = twin->params->tears[i].fraction_q32;
        size_t left = (size_t)(((nbytes >> 16) * fraction_q32 >> 16) + ((nbytes & 0xffff) * fraction_q32 >> 32));
        uint64_t whole = pz_twin_count_records(capture->bytes + start, left);
        /* The truth is about what can be read, so the hour is made again and recorded up to the tear. */
        capture->nbytes = start;
        truth->nbytes = truth_start;
        npackets = make(twin, hour, whole, watch, capture, truth);
        capture->nbytes = start + left;
        break;
    }
    return npackets;
}

struct pz_path pz_twin_capture_name(uint32_t hour)
{
    return pz_path("ucsd-nt.%lld.pcap.gz", (long long)hour * PZ_SECONDS_PER_HOUR);
}
