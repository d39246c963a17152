/* Reduces stored tallies to what all jobs keep: serial, one slice at a time. Whoever shares out the slices adds up the
 * results of several callers with pz_result_sums and the encoded tops. */
#ifndef PZ_REDUCE_REDUCE_H
#define PZ_REDUCE_REDUCE_H

#include "reduce/job.h"
#include "tally/store.h"

struct pz_result {
    const struct pz_frame *frame; /* borrowed */
    uint64_t *sums;               /* owned: of all jobs, one behind the other */
    size_t nsums;
    struct pz_part *parts;        /* owned: one a job; their sums lie in `sums` */
};

/* How many shards a slice should have, a power of two, for `rows` source-hours in all and at least `nranks` slices. A
 * slice takes at most PZ_ROW_MEMORY bytes a source-hour, and no more than PZ_SLICE_MEMORY if one shard doesn't. */
enum { PZ_ROW_MEMORY = 320 };
#define PZ_SLICE_MEMORY ((uint64_t)1 << 30)
unsigned pz_slice_shards(uint64_t rows, int nranks);

void pz_result_init(struct pz_result *result, const struct pz_frame *frame);
void pz_result_release(struct pz_result *result);
/* Adds the shards `first` to `end` - 1 of the stored tallies. `tick` is called after each hour; false from it stops. */
int pz_reduce_slice(struct pz_result *result, const struct pz_store *store, const struct pz_stored *stored, size_t n,
                    unsigned first, unsigned end, bool (*tick)(void *context), void *context, struct pz_error *error);
/* The rows of all tops, for another result to merge. */
void pz_result_encode_tops(const struct pz_result *result, struct pz_buf *to);
void pz_result_merge_tops(struct pz_result *result, struct pz_cursor *from);
/* When everything is together: sorts the tops. */
void pz_result_finish(struct pz_result *result);
/* -1 with `error` set if a job refuses the data. */
int pz_result_check(const struct pz_result *result, struct pz_error *error);

/* The set of all sources of one hour, over all tallies, in canonical form. */
int pz_reduce_set(const struct pz_store *store, const struct pz_stored *stored, size_t n, uint32_t hour,
                  struct pz_buf *to, struct pz_error *error);

#endif
