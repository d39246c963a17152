/* SPDX-License-Identifier: BSD-2-Clause */
/* A source range: some subshards of all stored tallies, hour by hour. Sources of different source ranges are different
 * addresses, so what is counted in source ranges adds up.
 *
 * A tally's subshards are taken an hour before the tally's first hour comes, and dropped after its last: memory holds
 * two hours' worth (or a whole capture, if it has many hours). The hour ahead is needed because boundary rows of one
 * file may be copies of another's SYNs, or pieces of the same attempts. With it, every SYN of the present hour can be
 * settled, and every attempt that began in it closed: its first two SYNs are known, and whether there is a third. */
#ifndef PZ_REDUCE_SOURCE_RANGE_H
#define PZ_REDUCE_SOURCE_RANGE_H

#include "reduce/subshards.h"
#include "reduce/timeline.h"
#include "tally/store.h"

/* What must be known of a capture's tally to read it in the right order. */
struct pz_stored {
    struct pz_identity identity;
    uint32_t first_hour, last_hour; /* first > last: no sources */
    uint64_t rows;                  /* source-hours, those that its boundary rows may make too */
    uint64_t edge_rows;             /* these, of the boundary rows */
    struct pz_stretch stretch;      /* the tally's */
};

struct pz_stored pz_stored_of(const struct pz_tally_index *index);

struct pz_range_hour {
    uint32_t hour;
    uint16_t port;                /* that scans go to */
    const struct pz_source *rows; /* by subshard, and ascending by address inside each */
    size_t n;
    /* Scans of the hour and attempts that began in it which no capture could settle or close; the rows have them
     * already. */
    const struct pz_scan_row *scans;
    size_t nscans;
    const struct pz_attempt *boundary;
    size_t nboundary;
};

struct pz_range;

/* `stored` is borrowed, as the store is, and in the order of pz_stored_sort. Hours outside `since` to `until` - 1 are
 * left out. `given`: it reads no files, and the subshards of all tallies are given to it, in the order of `stored`. Else
 * subshards must be shards. */
struct pz_range *pz_range_open(const struct pz_store *store, const struct pz_stored *stored, size_t n,
                               const struct pz_subshards *subshards, bool given, uint32_t since, uint32_t until);
/* The timeline is borrowed. If a tally has sources of an hour for which the timeline has no scans, it is damaged: its
 * hours and its shards count the same scans. */
void pz_range_check(struct pz_range *range, const struct pz_timeline *timeline);
/* The next tally's: of each subshard, how many bytes it has (8) and the bytes. What is in `bytes` is taken over. */
void pz_range_give(struct pz_range *range, struct pz_buf *bytes);
/* 1 with the next hour that has sources, 0 at the end, -1 with `error` set, PZ_RANGE_WAITS if the next tally must be
 * given first. A tally file that turns out to be damaged is removed, so that its capture will be scanned again. `hour`
 * is good until the next call. */
enum { PZ_RANGE_WAITS = 2 };
int pz_range_next(struct pz_range *range, struct pz_range_hour *hour, struct pz_error *error);
/* Adds the sources, and the scans and attempts that no capture could settle or close. */
void pz_range_hour_count(const struct pz_range_hour *hour, struct pz_timeline_slot *slot);
void pz_range_close(struct pz_range *range);

/* Whether there is anything in it for tables of these hours: sources, or pieces of attempts from next to them. */
bool pz_stored_wanted(const struct pz_stored *stored, uint32_t since, uint32_t until);
/* By first hour, then by identity. */
void pz_stored_sort(struct pz_stored *stored, size_t n);
/* The path of its tally file. */
struct pz_path pz_stored_path(const struct pz_store *store, const struct pz_stored *stored);

#endif
