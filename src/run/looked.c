/* SPDX-License-Identifier: BSD-2-Clause */
/* The file is a header with the --decode, then a record a file: its path, and the capture as pz_capture_encode has it.
 * A file that begins otherwise is ignored, and reading ends where a record is cut short: the rest is then looked at
 * again. Paths are matched with captures by binary search. */
#include "run/looked.h"

#include "base/file.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define NAME "looked-at"
#define MAGIC "patientzero looked at 3\n"

enum { TICK_SECONDS = 3 }; /* a file that changed no longer ago may change again without a sign */

static int compare(const void *a, const void *b)
{
    const struct pz_capture *const *x = a, *const *y = b;
    return strcmp((*x)->path, (*y)->path);
}

static bool begins_right(struct pz_cursor *from, const char *decode)
{
    char *magic = pz_cursor_text(from), *command = pz_cursor_text(from);
    bool right = !from->bad && strcmp(magic, MAGIC) == 0 && strcmp(command, decode ? decode : "") == 0;
    free(magic);
    free(command);
    return right;
}

/* The stamp is the last of a record: it is zero in one that is cut short, which then holds of no file. */
static void recall(struct pz_captures *captures, struct pz_cursor *from)
{
    struct pz_capture **sorted = pz_alloc(captures->n * sizeof *sorted);
    for (size_t i = 0; i < captures->n; i++)
        sorted[i] = &captures->all[i];
    qsort(sorted, captures->n, sizeof *sorted, compare);
    while (pz_cursor_left(from) && !from->bad) {
        struct pz_capture other = {.path = pz_cursor_text(from)}, *key = &other;
        struct pz_capture **found = bsearch(&key, sorted, captures->n, sizeof *sorted, compare);
        pz_capture_decode(found ? *found : &other, from);
        free(other.path);
        free(other.why);
    }
    free(sorted);
}

void pz_looked_recall(struct pz_captures *captures, const struct pz_session *session, const char *store)
{
    struct pz_buf file = {0};
    struct pz_error ignored;
    if (session->comm->rank == 0)
        pz_file_read(pz_file_join(store, NAME).text, &file, &ignored);
    pz_comm_broadcast(session->comm, &file);
    struct pz_cursor from = pz_cursor_of(file.bytes, file.nbytes);
    if (begins_right(&from, session->decode))
        recall(captures, &from);
    pz_buf_release(&file);
}

bool pz_looked_holds(const struct pz_capture *capture)
{
    struct stat info;
    if (!capture->why || stat(capture->path, &info) != 0)
        return false;
    struct pz_stamp stamp = pz_stamp_of(&info);
    return (uint64_t)info.st_size == capture->identity.size && pz_stamp_same(&stamp, &capture->stamp);
}

void pz_looked_keep(const struct pz_captures *captures, const char *decode, const char *store)
{
    int64_t settled = ((int64_t)time(NULL) - TICK_SECONDS) * INT64_C(1000000000);
    struct pz_buf file = {0};
    struct pz_error ignored;
    pz_buf_put_text(&file, MAGIC);
    pz_buf_put_text(&file, decode ? decode : "");
    for (size_t i = 0; i < captures->n; i++) {
        const struct pz_capture *capture = &captures->all[i];
        const struct pz_stamp *stamp = &capture->stamp;
        if (!capture->why || capture->state == PZ_CAPTURE_UNREADABLE || !stamp->inode || stamp->ctime_nsec > settled ||
            stamp->mtime_nsec > settled)
            continue;
        pz_buf_put_text(&file, capture->path);
        pz_capture_encode(capture, &file);
    }
    if (pz_file_make_dirs(store, PZ_FILE_PRIVATE_FOLDER, &ignored) == 0)
        pz_file_write_as(PZ_FILE_PRIVATE, pz_file_join(store, NAME).text, file.bytes, file.nbytes, &ignored);
    pz_buf_release(&file);
}

void pz_looked_remove(const char *store)
{
    unlink(pz_file_join(store, NAME).text);
}
