/* SPDX-License-Identifier: BSD-2-Clause */
/* Time as the program counts it: microseconds since 1970-01-01T00:00:00Z, and whole UTC hours since then.
 *
 * No locale or time zone is consulted, and no clock but pz_clock. */
#ifndef PZ_BASE_TIME_H
#define PZ_BASE_TIME_H

#include <stdbool.h>
#include <stdint.h>

#define PZ_USEC_PER_SECOND 1000000LL
#define PZ_SECONDS_PER_HOUR 3600
#define PZ_USEC_PER_HOUR (PZ_SECONDS_PER_HOUR * PZ_USEC_PER_SECOND)
#define PZ_HOURS_PER_DAY 24

/* Packets outside these times are set aside: a capture of the worm's years has none, and a broken clock or record
 * shows as 1970 or as a year past 2038. Seconds since 1970 of 2000-01-01 and 2038-01-01, both UTC. */
#define PZ_EARLIEST_SECOND 946684800LL
#define PZ_LATEST_SECOND 2145916800LL

static inline uint32_t pz_hour_of(int64_t usec)
{
    return (uint32_t)(usec / PZ_USEC_PER_HOUR);
}

/* Hours since 1970, the first inside and the first outside. */
struct pz_span {
    uint32_t since, until;
};

static inline bool pz_span_has(struct pz_span span, uint32_t hour)
{
    return hour >= span.since && hour < span.until;
}

/* Whether packets can have the hour, since 1970. */
static inline bool pz_hour_possible(uint32_t hour)
{
    return hour >= PZ_EARLIEST_SECOND / PZ_SECONDS_PER_HOUR && hour < PZ_LATEST_SECOND / PZ_SECONDS_PER_HOUR;
}

#define PZ_TIME_TEXT 40 /* bytes that hold any text below with its final zero */
struct pz_time_text {
    char text[PZ_TIME_TEXT];
};

/* 2008-11-21T17:00:00Z */
struct pz_time_text pz_time_text(int64_t second);
/* 2008-11-21T01:44:46.123456Z */
struct pz_time_text pz_time_text_usec(int64_t usec);
/* 2008-11-21T17, safe in a file's name */
struct pz_time_text pz_time_text_hour(uint32_t hour);
/* 2008-11-21 */
struct pz_time_text pz_time_text_day(uint32_t day);

/* Seconds of a clock that is never set back: for how long something takes. */
double pz_clock(void);

/* Reads 2008-11-21, 2008-11-21T17, 2008-11-21T17:00, 2008-11-21T17:00:00, each with or without a final Z, and a
 * blank for the T; always UTC. Returns 0, or -1 if the text is none of these or no such date exists. */
int pz_time_parse(const char *text, int64_t *second);

#endif
