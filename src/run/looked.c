/* SPDX-License-Identifier: BSD-2-Clause */
/* The file is a header with the --decode, then a record a file: path, size, stamp and answer. A file that begins
 * otherwise is ignored, and reading ends where a record is cut short: the rest is then looked at again. Paths are
 * matched with candidates by binary search. */
#include "run/looked.h"

#include "base/file.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define NAME "looked-at"
#define MAGIC "patientzero looked at 1\n"

enum { TICK_SECONDS = 3 }; /* a file that changed no longer ago may change again without a sign */

struct by_path {
    const char *path;
    size_t place;
};

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct by_path *)a)->path, ((const struct by_path *)b)->path);
}

static struct by_path *sort(const struct pz_candidates *candidates)
{
    struct by_path *sorted = pz_alloc(candidates->n * sizeof *sorted);
    for (size_t i = 0; i < candidates->n; i++)
        sorted[i] = (struct by_path){candidates->all[i].path, i};
    if (candidates->n)
        qsort(sorted, candidates->n, sizeof *sorted, compare);
    return sorted;
}

static bool begins_right(struct pz_cursor *from, const char *decode)
{
    char *magic = pz_cursor_text(from), *command = pz_cursor_text(from);
    bool right = !from->bad && strcmp(magic, MAGIC) == 0 && strcmp(command, decode ? decode : "") == 0;
    free(magic);
    free(command);
    return right;
}

static void set_entry(struct pz_looked_entry *entry, uint64_t size, struct pz_stamp stamp, const uint8_t *answer,
                      size_t nbytes)
{
    free(entry->answer);
    *entry = (struct pz_looked_entry){size, stamp, pz_alloc(nbytes), nbytes};
    memcpy(entry->answer, answer, nbytes);
}

void pz_looked_read(struct pz_looked *looked, const char *store, const char *decode,
                    const struct pz_candidates *candidates)
{
    *looked = (struct pz_looked){pz_alloc(candidates->n * sizeof *looked->all), candidates->n};
    struct pz_path path = pz_file_join(store, NAME);
    struct pz_buf bytes = {0};
    struct pz_error error;
    if (access(path.text, F_OK) == 0 && pz_file_read(path.text, &bytes, &error) == 0) {
        struct pz_cursor from = pz_cursor_of(bytes.bytes, bytes.nbytes);
        struct by_path *sorted = sort(candidates);
        bool right = begins_right(&from, decode);
        while (right && pz_cursor_left(&from) && !from.bad) {
            char *name = pz_cursor_text(&from);
            uint64_t size = pz_cursor_u64(&from);
            struct pz_stamp stamp = pz_stamp_decode(&from);
            size_t nbytes = pz_cursor_u32(&from);
            const uint8_t *answer = pz_cursor_take(&from, nbytes);
            const struct by_path key = {name, 0}, *found = NULL;
            if (answer)
                found = bsearch(&key, sorted, candidates->n, sizeof *sorted, compare);
            if (found)
                set_entry(&looked->all[found->place], size, stamp, answer, nbytes);
            free(name);
        }
        free(sorted);
    }
    pz_buf_release(&bytes);
}

void pz_looked_release(struct pz_looked *looked)
{
    for (size_t i = 0; i < looked->n; i++)
        free(looked->all[i].answer);
    free(looked->all);
    *looked = (struct pz_looked){0};
}

const uint8_t *pz_looked_answer(const struct pz_looked *looked, const struct pz_candidates *candidates, size_t i,
                                size_t *nbytes)
{
    const struct pz_looked_entry *entry = i < looked->n ? &looked->all[i] : NULL;
    struct stat info;
    if (!entry || !entry->answer || stat(candidates->all[i].path, &info) != 0)
        return NULL;
    struct pz_stamp stamp = pz_stamp_of(&info);
    *nbytes = entry->nbytes;
    return (uint64_t)info.st_size == entry->size && pz_stamp_same(&stamp, &entry->stamp) ? entry->answer : NULL;
}

void pz_looked_encode(const struct pz_looked *looked, struct pz_buf *to)
{
    for (size_t i = 0; i < looked->n; i++) {
        const struct pz_looked_entry *entry = &looked->all[i];
        if (!entry->answer)
            continue;
        pz_buf_put_u64(to, i);
        pz_buf_put_u64(to, entry->size);
        pz_stamp_encode(&entry->stamp, to);
        pz_buf_put_u64(to, entry->nbytes);
        pz_buf_put(to, entry->answer, entry->nbytes);
    }
}

void pz_looked_decode(struct pz_looked *looked, struct pz_cursor *from)
{
    while (pz_cursor_left(from)) {
        uint64_t i = pz_cursor_u64(from), size = pz_cursor_u64(from);
        struct pz_stamp stamp = pz_stamp_decode(from);
        size_t nbytes = pz_cursor_u64(from);
        const uint8_t *answer = pz_cursor_take(from, nbytes);
        PZ_CHECK(!from->bad && i < looked->n); /* it only ever comes from another rank */
        set_entry(&looked->all[i], size, stamp, answer, nbytes);
    }
}

void pz_looked_begin(struct pz_buf *file, const char *decode)
{
    pz_buf_clear(file);
    pz_buf_put_text(file, MAGIC);
    pz_buf_put_text(file, decode ? decode : "");
}

void pz_looked_put(struct pz_buf *file, const char *path, uint64_t size, const struct pz_stamp *stamp,
                   const uint8_t *answer, size_t nbytes)
{
    int64_t settled = ((int64_t)time(NULL) - TICK_SECONDS) * INT64_C(1000000000);
    if (stamp->ctime_nsec > settled || stamp->mtime_nsec > settled)
        return;
    pz_buf_put_text(file, path);
    pz_buf_put_u64(file, size);
    pz_stamp_encode(stamp, file);
    pz_buf_put_u32(file, (uint32_t)nbytes);
    pz_buf_put(file, answer, nbytes);
}

void pz_looked_write(const struct pz_buf *file, const char *store)
{
    struct pz_error error;
    if (pz_file_make_dirs(store, PZ_FILE_PRIVATE_FOLDER, &error) == 0)
        pz_file_write_private(pz_file_join(store, NAME).text, file->bytes, file->nbytes, &error);
}

void pz_looked_remove(const char *store)
{
    unlink(pz_file_join(store, NAME).text);
}
