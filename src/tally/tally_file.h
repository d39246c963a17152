/* SPDX-License-Identifier: BSD-2-Clause */
/* The tally file: one capture's tally as it is stored, exchanged and resumed from. docs/tally-file.md has the format.
 *
 * Its index, in the first 4 KiB, says where each section lies and what its checksum is: the common section (damage log,
 * fates, hours), the sets (one bitmap of all sources an hour), and 256 shards of sources, one after the other, so that
 * any range of shards is one read. A section whose checksum is wrong is never used. */
#ifndef PZ_TALLY_TALLY_FILE_H
#define PZ_TALLY_TALLY_FILE_H

#include "base/file.h"
#include "capture/damage_log.h"
#include "capture/input.h"
#include "tally/tally.h"

enum { PZ_TALLY_VERSION = 16, PZ_TALLY_INDEX_BYTES = 4096 };

struct pz_section {
    uint64_t offset, nbytes;
    uint32_t checksum; /* CRC-32 as in gzip */
};

struct pz_tally_index {
    struct pz_filter filter;
    struct pz_identity identity;
    uint32_t first_hour, last_hour; /* of its sources and boundary rows; first > last if it has none */
    uint64_t rows;                  /* source-hours */
    uint64_t edge_rows;             /* pz_tally_edge_rows */
    struct pz_stretch stretch;      /* what came in it is boundary rows */
    struct pz_section common, sets, shards[PZ_SHARDS];
};

/* Everything that isn't cut into shards. */
struct pz_common {
    struct pz_damage_log log;
    uint64_t fates[PZ_FATE_COUNT];
    uint64_t digest;
    struct pz_hours hours;
};

void pz_common_init(struct pz_common *common);
void pz_common_release(struct pz_common *common);

/* Writes the tally's file piece by piece, a MiB or a section at a time, so that a large one is never in memory. The index
 * comes last, in place of the file's first bytes. Finishes the tally, to which nothing may be added afterwards, and parts
 * copies from scans in its fates. */
int pz_tally_encode(struct pz_tally *tally, const struct pz_damage_log *log, const struct pz_filter *filter,
                    const struct pz_identity *identity, struct pz_file_pieces *file, struct pz_error *error);
/* The index as the first bytes of a file. */
void pz_tally_index_encode(struct pz_tally_index *index, uint8_t bytes[PZ_TALLY_INDEX_BYTES]);
/* From its first PZ_TALLY_INDEX_BYTES; false if they make no index of this version. */
bool pz_tally_index_decode(const uint8_t *bytes, struct pz_tally_index *index);
/* Into an initialised pz_common; false if the bytes make none. */
bool pz_common_decode(const uint8_t *bytes, size_t nbytes, struct pz_common *common);
/* A shard begins with its boundary rows: appends them, as pz_scan_row and pz_attempt structs. False if the bytes make
 * none. */
bool pz_shard_boundary(struct pz_cursor *shard, struct pz_buf *scans, struct pz_buf *attempts);
/* The `n` sources of the next hour of a shard, encoded at `rows`, for pz_sources_decode: false at the section's end. */
bool pz_shard_next(struct pz_cursor *shard, uint32_t *hour, size_t *n, struct pz_cursor *rows);
/* The sets begin with the boundary rows that matter to them: appends these, as pz_scan_row structs. False if the bytes
 * make none. */
bool pz_sets_boundary(struct pz_cursor *sets, struct pz_buf *scans);
/* The bytes of the next hour's set, for pz_bitmap_read: false at the section's end. */
bool pz_sets_next(struct pz_cursor *sets, uint32_t *hour, const uint8_t **bytes, size_t *nbytes);

struct pz_tally_file {
    char *path; /* owned */
    int fd;
    struct pz_tally_index index;
};

/* The readers below fail, with `error` set, if the file can't be read or is damaged; `bad`, if not NULL, is set in the
 * second case: its capture must be scanned again. */
/* Removes a bad file, so that its capture is scanned again, and returns -1 with `error` saying so. */
int pz_tally_fail_damaged(const char *path, struct pz_error *error);
int pz_tally_open(struct pz_tally_file *file, const char *path, bool *bad, struct pz_error *error);
void pz_tally_close(struct pz_tally_file *file);
int pz_tally_read_common(const struct pz_tally_file *file, struct pz_common *common, bool *bad, struct pz_error *error);
/* Opens the file and gives `take` its sets of the hours from `since` to `until` - 1; appends the boundary rows that
 * matter to sets, as pz_scan_row structs. */
int pz_tally_read_sets(const char *path, uint32_t since, uint32_t until, struct pz_buf *boundary,
                       void (*take)(void *context, const roaring_bitmap_t *set), void *context, bool *bad,
                       struct pz_error *error);
/* Shards `begin` to `end` - 1 in one read, appended to `to`. */
int pz_tally_read_shards(const struct pz_tally_file *file, unsigned begin, unsigned end, struct pz_buf *to, bool *bad,
                         struct pz_error *error);

#endif
