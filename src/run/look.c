/* SPDX-License-Identifier: BSD-2-Clause */
/* The beginning of a file is decoded and decompressed, and compared with what captures and other files begin with; its
 * name counts where the bytes don't tell. What was found is then kept in the store, a record a file. */
#include "run/look.h"

#include "base/file.h"
#include "base/sha256.h"
#include "capture/container.h"
#include "capture/format.h"
#include "capture/kind.h"
#include "capture/stream.h"
#include "run/packets.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* What was seen of a file's beginning, decoded and decompressed. */
struct sight {
    uint8_t head[PZ_KIND_BYTES];
    size_t nbytes;
    struct pz_stream_read last; /* how reading it ended */
    bool decode_failed;
};

static void look_inside(struct pz_input *input, struct sight *sight)
{
    struct pz_stream *stream = pz_stream_open(input, PZ_INFLATER_ZLIB);
    do {
        sight->last = pz_stream_read(stream, sight->head + sight->nbytes, sizeof sight->head - sight->nbytes);
        sight->nbytes += sight->last.nbytes;
    } while (sight->nbytes < sizeof sight->head &&
             (sight->last.event == PZ_STREAM_MEMBER_END || sight->last.event == PZ_STREAM_MORE));
    pz_stream_free(stream);
    sight->decode_failed = pz_input_filter_failed(input);
}

static enum pz_capture_state say(struct pz_error *why, const char *words, enum pz_capture_state state)
{
    pz_fail(why, "%s", words);
    return state;
}

static bool is_compressed(const uint8_t *bytes, size_t nbytes)
{
    return pz_container_member(bytes, nbytes, true, NULL);
}

/* Whether the file itself, before any decoding, may be a capture in a form that --decode is for. */
static bool raw_seems_capture(struct pz_input *input, const char *name)
{
    uint8_t head[PZ_KIND_BYTES];
    size_t n = pz_input_head(input, head, sizeof head);
    return !pz_kind_named_text(name) &&
           (pz_kind_of_bytes(head, n) || pz_capture_magic(head, n) || is_compressed(head, n));
}

/* Whether what was decompressed is compressed again. One compression is read here; a command must remove the outer one.
 */
static bool is_compressed_twice(struct pz_input *input, const struct sight *sight, struct pz_error *why)
{
    uint8_t head[PZ_CONTAINER_HEAD];
    size_t n = pz_input_head(input, head, sizeof head);
    const struct pz_container *outer = pz_container_member(head, n, true, NULL);
    if (!outer || !is_compressed(sight->head, sight->nbytes))
        return false;
    const char *command = strcmp(outer->name, "lzma") == 0 ? "xz" : outer->nmagic ? outer->name : "zstd";
    pz_fail(why, "compressed twice; add --decode '%s -dcf'", command);
    return true;
}

static enum pz_capture_state state_of(struct pz_input *input, const struct pz_candidate *candidate, bool decoded,
                                      const struct sight *sight, struct pz_error *why)
{
    bool named = pz_kind_named_capture(candidate->path), text = pz_kind_named_text(candidate->path);
    bool broken = sight->last.event == PZ_STREAM_BROKEN;
    if (pz_capture_magic(sight->head, sight->nbytes))
        return pz_packets_written_here(sight->head, sight->nbytes)
                   ? say(why, "written by patientzero packets, not recorded", PZ_CAPTURE_NONE)
                   : PZ_CAPTURE_READABLE;
    if (broken && sight->last.reason == PZ_DAMAGE_UNREADABLE)
        return say(why, pz_input_failure(input), PZ_CAPTURE_UNREADABLE);
    /* A command that ends well and gives nothing may be the last of several, of which the first failed. */
    if (sight->decode_failed || (decoded && !sight->nbytes && sight->last.event == PZ_STREAM_END))
        return named || candidate->named || raw_seems_capture(input, candidate->path)
                   ? say(why, PZ_WHY_DECODE_FAILED, PZ_CAPTURE_UNREADABLE)
                   : say(why, PZ_WHY_NOT_DECODED, PZ_CAPTURE_NONE);
    /* Compressed data that are torn before they show what they are. */
    if (broken && sight->nbytes < 4 && !text)
        return PZ_CAPTURE_READABLE;
    if (pz_kind_is_signature(sight->head, sight->nbytes))
        return PZ_CAPTURE_NONE;
    const char *kind = pz_kind_of_bytes(sight->head, sight->nbytes);
    if (kind && !text)
        return !decoded && is_compressed_twice(input, sight, why) ? PZ_CAPTURE_UNREADABLE
                                                                  : say(why, kind, PZ_CAPTURE_UNREADABLE);
    if (!named)
        return PZ_CAPTURE_NONE;
    return say(why,
               sight->nbytes ? "named as a capture and not one; copy it again, or rename it"
                             : "holds nothing; copy it again, or remove it",
               PZ_CAPTURE_UNREADABLE);
}

static enum pz_capture_state look(const struct pz_candidate *candidate, const char *decode, struct pz_capture *capture,
                                  struct pz_error *why)
{
    if (candidate->found != PZ_FOUND_FILE) {
        pz_fail(why, "%s", candidate->why);
        return candidate->found == PZ_FOUND_OTHER ? PZ_CAPTURE_NONE : PZ_CAPTURE_UNREADABLE;
    }
    if (strcmp(candidate->path, "-") == 0)
        return PZ_CAPTURE_READABLE;
    struct pz_input *input = pz_input_open(candidate->path, decode, why);
    if (!input)
        return PZ_CAPTURE_UNREADABLE;
    capture->stamp = pz_input_stamp(input);
    enum pz_capture_state state = PZ_CAPTURE_UNREADABLE;
    if (pz_input_identify(input, &capture->identity, why)) {
        struct sight sight = {.nbytes = 0};
        if (capture->identity.size)
            look_inside(input, &sight);
        state = state_of(input, candidate, decode && capture->identity.size, &sight, why);
    }
    pz_input_free(input);
    return state;
}

void pz_look_at(const struct pz_candidate *candidate, const char *decode, struct pz_capture *capture)
{
    struct pz_error why = {0};
    capture->identity = (struct pz_identity){0};
    capture->stamp = (struct pz_stamp){0};
    capture->state = look(candidate, decode, capture, &why);
    free(capture->why);
    capture->why = pz_strdup(why.text);
}

/* The file of what was found is a header with the --decode, a record a file, which is its path and the capture as
 * pz_capture_encode has it, and the SHA-256 of all that. A file that begins or ends otherwise is ignored: then all is
 * looked at again. Paths are matched with captures by binary search. */
#define NAME "looked-at"
#define MAGIC "patientzero looked at 4\n"

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

/* Whether the bytes are as they were written. The digest at their end is then no longer among them. */
static bool is_whole(struct pz_buf *file)
{
    uint8_t digest[PZ_SHA256_BYTES];
    if (file->nbytes < sizeof digest)
        return false;
    file->nbytes -= sizeof digest;
    pz_sha256(file->bytes, file->nbytes, digest);
    return memcmp(file->bytes + file->nbytes, digest, sizeof digest) == 0;
}

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
    bool whole = is_whole(&file);
    struct pz_cursor from = pz_cursor_of(file.bytes, file.nbytes);
    if (whole && begins_right(&from, session->decode))
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
    uint8_t digest[PZ_SHA256_BYTES];
    pz_sha256(file.bytes, file.nbytes, digest);
    pz_buf_put(&file, digest, sizeof digest);
    if (pz_file_make_dirs(store, PZ_FILE_PRIVATE_FOLDER, &ignored) == 0)
        pz_file_write_as(PZ_FILE_PRIVATE, pz_file_join(store, NAME).text, file.bytes, file.nbytes, &ignored);
    pz_buf_release(&file);
}

void pz_looked_remove(const char *store)
{
    unlink(pz_file_join(store, NAME).text);
}
