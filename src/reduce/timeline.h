/* SPDX-License-Identifier: BSD-2-Clause */
/* The hours that tables are made of: one entry for each row of the hourly table, in order, outages included.
 *
 * Made once, of the hours of all captures, and then the same on every rank. Scans and attempts that no capture could
 * settle or close are not in it while source ranges are reduced: they are added when all source ranges have counted
 * theirs. Seconds are covered unless they lie in a silence, 60 or more seconds in a row (or as many as asked for)
 * without a packet of any kind: across hours and captures, and from the beginning of the first hour that has a packet
 * to the end of the last. */
#ifndef PZ_REDUCE_TIMELINE_H
#define PZ_REDUCE_TIMELINE_H

#include "capture/damage_log.h"
#include "geo/geo.h"
#include "tally/hours.h"
#include "worm/calibrated.h"
#include "worm/outbreak.h"

enum pz_status { PZ_WHOLE, PZ_PARTIAL, PZ_MISSING, PZ_DAMAGED, PZ_STATUS_COUNT };

/* whole, partial, missing, damaged */
const char *pz_status_name(enum pz_status status);

/* A stretch of missing hours longer than this, in hours, is one row: 30 days. */
enum { PZ_STRETCH_HOURS = 30 * 24 };

struct pz_timeline_hour {
    uint32_t hour;   /* since 1970 */
    uint32_t nhours; /* 1; more for a long stretch of missing ones */
    enum pz_status status;
    uint32_t covered_seconds;
    uint64_t packets, syns, scans;    /* SYNs to the port are scans and copies of them */
    int64_t first_usec, last_usec;    /* of its packets; first > last if it has none */
    size_t slot;                      /* its place among the hours with SYNs, from 1 on; 0 if it has none */
    size_t day;                       /* its place among the timeline's days */
    uint32_t lens_low, lens_high;     /* /16s that its packets went to, as those of the timeline below */
    bool masked;                      /* all of them have a first octet of 0, as in published archives */
    uint64_t octet3[PZ_OCTET3_WORDS]; /* bit v: the upper seven bits of a destination's octet 3 were v */
    bool everywhere; /* they lie all over the Internet: no telescope recorded it, but one of its hosts */
};

/* What is kept only of hours with SYNs: a damaged clock can spread a few packets over decades of hours. All are counts. */
struct pz_timeline_slot {
    uint64_t sources; /* counted by the source ranges alone */
    uint64_t scans_by[PZ_TRAITS];
    uint64_t attempts_by[PZ_TRAITS][PZ_PATTERNS];
    uint64_t tools[PZ_TOOLS];
};
enum { PZ_SLOT_COUNTS = sizeof(struct pz_timeline_slot) / sizeof(uint64_t) };

/* A row of the daily table. */
struct pz_timeline_day {
    uint32_t day; /* since 1970 */
    enum pz_status status;
    uint32_t covered_seconds;
    uint64_t packets, syns, scans;
};

/* What changes tables and no tally. */
struct pz_timeline_options {
    uint32_t since, until; /* hours since 1970, the first inside and the first outside */
    uint32_t silence;      /* seconds */
    uint32_t timeline_bin; /* seconds; divides an hour, or is a number of hours that divides a day */
    uint32_t min_cell;     /* sources: cells with fewer are joined (reduce/small_cells.h); 0 and 1 join none */
    uint32_t window;       /* hours over which a source is scored; windows begin at multiples of it since 1970 */
};

/* Whether the hour is inside. */
static inline bool pz_timeline_has(const struct pz_timeline_options *options, uint32_t hour)
{
    return hour >= options->since && hour < options->until;
}

/* What hours are known to lack. Of these damage logs, only the hours are used. */
struct pz_flaws {
    struct pz_damage_log damaged; /* hours that lack something */
    struct pz_damage_log unread;  /* hours that unread captures may be of: they lack something unless they are whole */
    uint64_t captures_unread, captures_untold; /* untold: and their hours are not known */
};

void pz_flaws_init(struct pz_flaws *flaws);
void pz_flaws_release(struct pz_flaws *flaws);

struct pz_timeline {
    struct pz_timeline_options options;
    struct pz_timeline_hour *hours; /* owned */
    size_t n;
    struct pz_timeline_slot *slots; /* owned; slot 0 is that of all hours without SYNs, and all zero */
    size_t nslots;                  /* with slot 0 */
    struct pz_timeline_day *days;   /* owned; a long stretch of missing ones is one */
    size_t ndays;
    uint64_t captures_unread;     /* that could not be read */
    uint64_t lens_low, lens_high; /* /16s that packets went to, with a second octet below 128 and from 128 on */
    const struct pz_outbreak
        *outbreak; /* borrowed, set by the reducer: the outbreak of the port; NULL if none is known */
    /* The model, and what was learned of it in the archive, NULL for nothing. Borrowed; set by the reducer. */
    const struct pz_model *model;
    const struct pz_calibrated *calibrated;
    /* Borrowed, set by the reducer; NULL if none were given. */
    const struct pz_geo *countries, *networks;
    const struct pz_busiest *busiest; /* reduce/busiest.h; NULL before they are known */
};

#define PZ_NO_ROW SIZE_MAX

void pz_timeline_make(struct pz_timeline *timeline, const struct pz_timeline_options *options,
                      const struct pz_hours *hours, const struct pz_flaws *flaws);
/* A copy of a timeline, to be released, with what all source ranges counted for each of its slots added. */
void pz_timeline_finish(struct pz_timeline *timeline, const struct pz_timeline *made,
                        const struct pz_timeline_slot *counted);
void pz_timeline_release(struct pz_timeline *timeline);
void pz_timeline_encode(const struct pz_timeline *timeline, struct pz_buf *to);
void pz_timeline_decode(struct pz_timeline *timeline, struct pz_cursor *from);
/* The first row whose hour is `hour` or later; `n` if there is none. */
size_t pz_timeline_from(const struct pz_timeline *timeline, uint32_t hour);
/* Of the 128 values of octet 3's upper seven bits, how many the packets of a window went to; 0 if these lie everywhere. */
uint32_t pz_timeline_octet3(const struct pz_timeline *timeline, uint32_t window);
/* The model for what is seen through a lens. */
const struct pz_model *pz_timeline_model(const struct pz_timeline *timeline, const struct pz_lens *lens);
/* Whether any SYN came in the hour. */
bool pz_timeline_has_syns(const struct pz_timeline *timeline, uint32_t hour);
/* The row of an hour, or PZ_NO_ROW if it lies outside the timeline. */
size_t pz_timeline_row(const struct pz_timeline *timeline, uint32_t hour);

/* What of the span was recorded: hours by status, and the outages. */
struct pz_outage {
    uint32_t from, until; /* hours since 1970: the first that is missing, and the first that isn't */
};

struct pz_recorded {
    uint64_t hours[PZ_STATUS_COUNT];
    struct pz_outage *outages; /* owned, in order of time */
    size_t noutages;
};

void pz_recorded_of(struct pz_recorded *recorded, const struct pz_timeline *timeline);
void pz_recorded_release(struct pz_recorded *recorded);

#endif
