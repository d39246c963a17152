/* A slice: a range of units of all stored tallies, hour by hour. Sources of different slices are different addresses, so
 * what is counted in slices adds up.
 *
 * Of each tally one range of units is taken, an hour before its first hour comes, and dropped after its last: memory
 * holds two hours' worth (or, of a capture with many hours, that capture's). The hour ahead is there because edges of one
 * file may be copies of another's SYNs or pieces of the same attempts: with it at hand, every SYN of the present hour is
 * settled and every attempt that began in it is decided, as its first two SYNs and whether there is a third are known. */
#ifndef PZ_REDUCE_SLICE_H
#define PZ_REDUCE_SLICE_H

#include "reduce/cut.h"
#include "reduce/frame.h"
#include "tally/store.h"

/* A capture's tally as far as it must be known to read it in the right order. */
struct pz_stored {
    struct pz_identity identity;
    uint32_t first_hour, last_hour; /* first > last: no sources */
    uint64_t rows;                  /* source-hours, those that its edges may make too */
    struct pz_stretch stretch;      /* the tally's */
};

struct pz_slice_hour {
    uint32_t hour;
    const struct pz_source *rows; /* by unit, and ascending by address inside each */
    size_t n;
    /* Scans of the hour and attempts that began in it that were no partition's to tell; the rows have them already. */
    const struct pz_scan_row *scans;
    size_t nscans;
    const struct pz_attempt *edges;
    size_t nedges;
};

struct pz_slice;

/* `stored` is borrowed, as the store is, and in the order of pz_stored_sort. Hours outside `since` to `until` - 1 are left
 * out. */
struct pz_slice *pz_slice_open(const struct pz_store *store, const struct pz_stored *stored, size_t n,
                               unsigned first_shard, unsigned end_shard, uint32_t since, uint32_t until);
/* The same for any units, and it reads no files: all tallies' units are given to it, in the order of `stored`. */
struct pz_slice *pz_slice_open_given(const struct pz_store *store, const struct pz_stored *stored, size_t n,
                                     const struct pz_units *units, uint32_t since, uint32_t until);
/* Sources of an hour that the frame, which is borrowed, has no scans of come from a damaged tally: hours and shards of a
 * tally tell of the same scans. */
void pz_slice_check(struct pz_slice *slice, const struct pz_frame *frame);
/* The next tally's: of each unit, how many bytes it has (8) and the bytes. What is in `bytes` is taken over. */
void pz_slice_give(struct pz_slice *slice, struct pz_buf *bytes);
/* 1 with the next hour that has sources, 0 at the end, -1 with `error` set, PZ_SLICE_WAITS if more must be given before it
 * is known what comes next. A tally file that turns out to be damaged is removed, so that its capture will be scanned
 * again. `hour` is good until the next call. */
enum { PZ_SLICE_WAITS = 2 };
int pz_slice_next(struct pz_slice *slice, struct pz_slice_hour *hour, struct pz_error *error);
/* Adds what was no partition's to tell. */
void pz_slice_hour_count(const struct pz_slice_hour *hour, struct pz_frame_slot *slot);
void pz_slice_close(struct pz_slice *slice);

/* Whether there is anything in it for tables of these hours: sources, or pieces of attempts from next to them. */
bool pz_stored_wanted(const struct pz_stored *stored, uint32_t since, uint32_t until);
/* By first hour, then by identity. */
void pz_stored_sort(struct pz_stored *stored, size_t n);
/* The path of its tally file, which the caller frees. */
char *pz_stored_path(const struct pz_store *store, const struct pz_stored *stored);

#endif
