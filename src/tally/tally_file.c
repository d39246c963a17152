/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads tally files. The index is read and checked first; each section is read in one call and used only if its
 * checksum is right, and even then decoded with every length checked. */
#include "tally/tally_file.h"

#include "base/vectors.h"
#include "tally/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef PZ_HAVE_ISAL
#    include <isa-l/crc.h>
#else
#    include <zlib.h>
#endif

uint32_t pz_checksum(const void *bytes, size_t nbytes)
{
#ifdef PZ_HAVE_ISAL
    uint32_t checksum = crc32_gzip_refl(0, bytes, nbytes); /* ten times as fast */
    pz_vectors_clear();
    return checksum;
#else
    return (uint32_t)crc32_z(0, bytes, nbytes);
#endif
}

void pz_common_init(struct pz_common *common)
{
    *common = (struct pz_common){0};
    pz_damage_log_init(&common->log);
    pz_hours_init(&common->hours);
}

void pz_common_release(struct pz_common *common)
{
    pz_damage_log_release(&common->log);
    pz_hours_release(&common->hours);
}

static void section_fields(struct pz_fields *f, struct pz_section *section)
{
    section->offset = pz_field_u64(f, section->offset);
    section->nbytes = pz_field_u64(f, section->nbytes);
    section->checksum = pz_field_u32(f, section->checksum);
    pz_field_u32(f, 0);
}

static void index_fields(struct pz_fields *f, struct pz_tally_index *index)
{
    index->filter.port = (uint16_t)pz_field_u32(f, index->filter.port);
    index->filter.lens = pz_field_u32(f, index->filter.lens);
    index->filter.lens_mask = pz_field_u32(f, index->filter.lens_mask);
    pz_identity_fields(f, &index->identity);
    index->first_hour = pz_field_u32(f, index->first_hour);
    index->last_hour = pz_field_u32(f, index->last_hour);
    index->rows = pz_field_u64(f, index->rows);
    index->edge_rows = pz_field_u64(f, index->edge_rows);
    pz_stretch_fields(f, &index->stretch);
    section_fields(f, &index->common);
    section_fields(f, &index->sets);
    uint64_t at = pz_field_u64(f, index->shards[0].offset);
    for (int shard = 0; shard < PZ_SHARDS; shard++) {
        struct pz_section *section = &index->shards[shard];
        section->offset = at;
        at = pz_field_u64(f, at + section->nbytes);
        section->nbytes = at - section->offset;
    }
    for (int shard = 0; shard < PZ_SHARDS; shard++)
        index->shards[shard].checksum = pz_field_u32(f, index->shards[shard].checksum);
}

enum {
    FRONT_BYTES = 12,
    CHECKED_BYTES = PZ_TALLY_INDEX_BYTES - 4
}; /* what it is and its version; all but its checksum */

void pz_tally_index_encode(struct pz_tally_index *index, uint8_t bytes[PZ_TALLY_INDEX_BYTES])
{
    struct pz_fields f = {.to = bytes + FRONT_BYTES, .end = bytes + CHECKED_BYTES};
    memset(bytes, 0, PZ_TALLY_INDEX_BYTES);
    memcpy(bytes, PZ_TALLY_MAGIC, 8);
    pz_set_le32(bytes + 8, PZ_TALLY_VERSION);
    index_fields(&f, index);
    PZ_CHECK(f.to <= f.end);
    pz_set_le32(bytes + CHECKED_BYTES, pz_checksum(bytes, CHECKED_BYTES));
}

enum { EDGE_BYTES_MIN = 23 }; /* of a SYN */

bool pz_tally_index_decode(const uint8_t *bytes, struct pz_tally_index *index)
{
    struct pz_cursor from = pz_cursor_of(bytes + FRONT_BYTES, CHECKED_BYTES - FRONT_BYTES);
    struct pz_fields f = pz_fields_from(&from);
    if (memcmp(bytes, PZ_TALLY_MAGIC, 8) != 0 || pz_get_le32(bytes + 8) != PZ_TALLY_VERSION ||
        pz_checksum(bytes, CHECKED_BYTES) != pz_get_le32(bytes + CHECKED_BYTES))
        return false;
    index_fields(&f, index);
    const struct pz_section *common = &index->common, *sets = &index->sets, *shards = index->shards;
    bool good = common->offset == PZ_TALLY_INDEX_BYTES && common->nbytes < UINT32_MAX &&
                sets->offset == common->offset + common->nbytes && sets->nbytes < UINT64_MAX / 4 &&
                shards->offset == sets->offset + sets->nbytes;
    for (int shard = 0; shard < PZ_SHARDS; shard++)
        good = good && shards[shard].offset < UINT64_MAX / 2 && shards[shard].nbytes < UINT64_MAX / 2;
    const uint64_t nbytes = shards[PZ_SHARDS - 1].offset + shards[PZ_SHARDS - 1].nbytes - sets->offset;
    return good && index->edge_rows <= nbytes / EDGE_BYTES_MIN * 2 && index->rows <= nbytes / PZ_SOURCE_BYTES_MIN;
}

/* More than a capture can hold, and little enough for sums over all captures of an archive. */
#define RECORDS_MAX ((uint64_t)1 << 44)

bool pz_common_decode(const uint8_t *bytes, size_t nbytes, struct pz_common *common)
{
    struct pz_cursor from = pz_cursor_of(bytes, nbytes);
    if (pz_cursor_u32(&from) != PZ_FATE_COUNT)
        return false;
    for (int fate = 0; fate < PZ_FATE_COUNT; fate++) {
        common->fates[fate] = pz_cursor_u64(&from);
        if (common->fates[fate] > RECORDS_MAX)
            return false;
    }
    common->digest = pz_cursor_u64(&from);
    pz_damage_log_decode(&common->log, &from);
    pz_hours_decode(&common->hours, &from);
    return !from.bad && pz_cursor_left(&from) == 0;
}

bool pz_shard_boundary(struct pz_cursor *shard, struct pz_buf *scans, struct pz_buf *attempts)
{
    size_t nbytes = pz_cursor_u32(shard);
    const uint8_t *bytes = pz_cursor_take(shard, nbytes);
    if (!bytes)
        return false;
    struct pz_cursor boundary = pz_cursor_of(bytes, nbytes);
    pz_scans_decode(&boundary, scans);
    pz_attempts_decode(&boundary, attempts);
    return !boundary.bad && pz_cursor_left(&boundary) == 0;
}

bool pz_shard_next(struct pz_cursor *shard, uint32_t *hour, size_t *n, struct pz_cursor *rows)
{
    if (shard->bad || pz_cursor_left(shard) == 0)
        return false;
    *hour = pz_cursor_u32(shard);
    *n = pz_cursor_u32(shard);
    size_t nbytes = pz_cursor_u32(shard);
    const uint8_t *bytes = pz_cursor_take(shard, nbytes);
    if (!*n || *n > nbytes / PZ_SOURCE_BYTES_MIN || !pz_hour_possible(*hour))
        shard->bad = true;
    if (!shard->bad)
        *rows = pz_cursor_of(bytes, nbytes);
    return !shard->bad;
}

bool pz_sets_boundary(struct pz_cursor *sets, struct pz_buf *scans)
{
    pz_scans_decode(sets, scans);
    return !sets->bad;
}

bool pz_sets_next(struct pz_cursor *sets, uint32_t *hour, const uint8_t **bytes, size_t *nbytes)
{
    if (sets->bad || pz_cursor_left(sets) == 0)
        return false;
    *hour = pz_cursor_u32(sets);
    *nbytes = pz_cursor_u32(sets);
    *bytes = pz_cursor_take(sets, *nbytes);
    sets->bad = sets->bad || !pz_hour_possible(*hour);
    return !sets->bad;
}

static int fail_bad(const char *path, const char *what, bool *bad, struct pz_error *error)
{
    if (bad)
        *bad = true;
    return pz_fail(error, "the tally file %s is damaged or not a tally file (%s)", path, what);
}

int pz_tally_fail_damaged(const char *path, struct pz_error *error)
{
    unlink(path);
    return pz_fail(error, "the tally file %s was damaged and has been removed: run again to scan its capture again",
                   path);
}

int pz_tally_open(struct pz_tally_file *file, const char *path, bool *bad, struct pz_error *error)
{
    *file = (struct pz_tally_file){.path = pz_strdup(path), .fd = open(path, O_RDONLY | O_CLOEXEC)};
    uint8_t bytes[PZ_TALLY_INDEX_BYTES];
    struct stat info;
    int failed = 0;
    if (file->fd < 0 || fstat(file->fd, &info) != 0)
        failed = pz_fail(error, "cannot read the tally file %s: %s", path, strerror(errno));
    else if (info.st_size < PZ_TALLY_INDEX_BYTES)
        failed = fail_bad(path, "too short", bad, error);
    else if (pz_file_pread(file->fd, path, bytes, sizeof bytes, 0, error) != 0)
        failed = -1;
    else if (memcmp(bytes, PZ_TALLY_MAGIC, 8) == 0 && pz_get_le32(bytes + 8) != PZ_TALLY_VERSION)
        failed = pz_fail(error,
                         "the tally file %s has format %u, and this version of patientzero has format %d: scan its"
                         " capture again, with another --store",
                         path, pz_get_le32(bytes + 8), PZ_TALLY_VERSION);
    else if (!pz_tally_index_decode(bytes, &file->index))
        failed = fail_bad(path, "no index", bad, error);
    else {
        const struct pz_section *last = &file->index.shards[PZ_SHARDS - 1];
        if ((uint64_t)info.st_size != last->offset + last->nbytes)
            failed = fail_bad(path, "wrong size", bad, error);
    }
    if (failed)
        pz_tally_close(file);
    return failed;
}

void pz_tally_close(struct pz_tally_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    free(file->path);
    *file = (struct pz_tally_file){.fd = -1};
}

static int read_section(const struct pz_tally_file *file, const struct pz_section *section, const char *name,
                        struct pz_buf *to, bool *bad, struct pz_error *error)
{
    uint8_t *at = pz_buf_extend(to, section->nbytes);
    if (pz_file_pread(file->fd, file->path, at, section->nbytes, section->offset, error) != 0)
        return -1;
    return pz_checksum(at, section->nbytes) == section->checksum ? 0 : fail_bad(file->path, name, bad, error);
}

int pz_tally_read_common(const struct pz_tally_file *file, struct pz_common *common, bool *bad, struct pz_error *error)
{
    struct pz_buf bytes = {0};
    int status = read_section(file, &file->index.common, "common section", &bytes, bad, error);
    if (status == 0 && !pz_common_decode(bytes.bytes, bytes.nbytes, common))
        status = fail_bad(file->path, "common section", bad, error);
    pz_buf_release(&bytes);
    return status;
}

int pz_tally_read_sets(const char *path, uint32_t since, uint32_t until, struct pz_buf *boundary,
                       void (*take)(void *context, const roaring_bitmap_t *set), void *context, bool *bad,
                       struct pz_error *error)
{
    struct pz_tally_file file;
    struct pz_buf bytes = {0};
    if (pz_tally_open(&file, path, bad, error) != 0)
        return -1;
    int status = read_section(&file, &file.index.sets, "sets", &bytes, bad, error);
    struct pz_cursor sets = pz_cursor_of(bytes.bytes, bytes.nbytes);
    const uint8_t *payload;
    uint32_t hour;
    if (status == 0)
        pz_sets_boundary(&sets, boundary);
    for (size_t nbytes; status == 0 && pz_sets_next(&sets, &hour, &payload, &nbytes);) {
        if (hour < since || hour >= until)
            continue;
        roaring_bitmap_t *set = pz_bitmap_read(payload, nbytes, file.index.rows);
        sets.bad = !set;
        if (!set)
            break;
        take(context, set);
        roaring_bitmap_free(set);
    }
    if (status == 0 && sets.bad)
        status = fail_bad(path, "sets", bad, error);
    pz_buf_release(&bytes);
    pz_tally_close(&file);
    return status;
}

int pz_tally_read_shards(const struct pz_tally_file *file, unsigned begin, unsigned end, struct pz_buf *to, bool *bad,
                         struct pz_error *error)
{
    const struct pz_section *shards = file->index.shards;
    uint64_t offset = shards[begin].offset, nbytes = shards[end - 1].offset + shards[end - 1].nbytes - offset;
    uint8_t *at = pz_buf_extend(to, nbytes);
    if (pz_file_pread(file->fd, file->path, at, nbytes, offset, error) != 0)
        return -1;
    for (unsigned shard = begin; shard < end; shard++)
        if (pz_checksum(at + (shards[shard].offset - offset), shards[shard].nbytes) != shards[shard].checksum)
            return fail_bad(file->path, "shard", bad, error);
    return 0;
}
