/* SPDX-License-Identifier: BSD-2-Clause */
/* An outbreak profile: what is known of a worm's outbreak. Each outbreak is one const struct in a file of its own
 * (conficker.c) and a line in outbreak.c; no other file of src or jobs has its dates or its published numbers.
 *
 * A run asks for the profile of its port. Where none is known there are no published numbers and no variants. */
#ifndef PZ_WORM_OUTBREAK_H
#define PZ_WORM_OUTBREAK_H

#include "worm/fingerprint.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pz_variant {
    const char *name;
    int64_t second; /* since 1970: midnight UTC of the first day on which it was seen */
};

/* A number of the published analysis. What the report compares with it is found by its id. */
struct pz_published {
    const char *id;
    const char *quantity, *unit;
    const char *text; /* as published, where `count` doesn't say it; NULL */
    double
        count; /* of sources or addresses, which synthetic data have fewer of; 0 if the number counts no such thing */
    double low, high;      /* ours must lie between these to pass; both 0 if another rule decides */
    int64_t begin, end;    /* seconds since 1970: the time that it is about, or that it dates; 0 if it has none */
    const char *tolerance; /* in words; NULL where numbers say it */
    bool noise;            /* a count of others than the worm */
    bool open;             /* never judged: the note says why */
    const char *note;      /* NULL if there is none */
};

/* A packet that the published analysis lists. */
struct pz_published_packet {
    int64_t usec;
    uint32_t destination, sequence; /* the destination's first octet is zeroed */
    uint16_t source_port, ip_id;
};

struct pz_outbreak {
    const char *name;
    uint16_t port;
    int64_t begin;                                /* seconds since 1970: midnight UTC of the first day */
    const char *day;                              /* the first day, in words */
    int64_t first_scan;                           /* seconds since 1970: by the published analysis */
    const struct pz_fingerprint *fingerprint;     /* what its scans look like */
    const char *model;                            /* that tells it from others, as worm/model.h reads it */
    const char *title, *introduction, *reference; /* of the report's page, as plain text */
    const char *lines;                            /* what the lines on the first days of the variants are */
    const struct pz_variant *variants;            /* in order of time; ended by one without a name */
    const struct pz_published *published;         /* ended by one without an id */
    const struct pz_published_packet *packets;    /* of one source, in order of time; all of one length and TTL */
    size_t npackets;
    uint16_t packet_ip_len;
    uint8_t packet_ttl;
};

extern const struct pz_outbreak pz_conficker;

/* The outbreak whose port is the default of a run. */
#define PZ_OUTBREAK_DEFAULT (&pz_conficker)

/* NULL if none is known that scanned this port. */
const struct pz_outbreak *pz_outbreak_of_port(uint16_t port);
/* Hours since 1970 of its begin; no hour that packets can have without an outbreak. */
static inline uint32_t pz_outbreak_hour(const struct pz_outbreak *outbreak)
{
    return outbreak ? (uint32_t)(outbreak->begin / 3600) : UINT32_MAX / 2;
}
/* Seconds since 1970 of its begin, likewise. */
static inline int64_t pz_outbreak_begin(const struct pz_outbreak *outbreak)
{
    return outbreak ? outbreak->begin : INT64_MAX / 2;
}
/* NULL if the analysis has no number of this id. */
const struct pz_published *pz_outbreak_published(const struct pz_outbreak *outbreak, const char *id);

#endif
