/* SPDX-License-Identifier: BSD-2-Clause */
/* Candidates are added as they are found, with what stat() says of them, and no file is opened but a list. Then they can
 * be cut into chunks, and go to the other ranks as bytes. */
#include "archive/find.h"

#include "base/file.h"
#include "capture/kind.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

void pz_candidates_add(struct pz_candidates *candidates, const char *path, const char *label, bool named,
                       enum pz_found found, const char *why, uint64_t size)
{
    candidates->all = pz_room(candidates->all, candidates->n, sizeof *candidates->all);
    candidates->all[candidates->n++] = (struct pz_candidate){.path = pz_strdup(path),
                                                             .label = pz_strdup(label),
                                                             .why = pz_strdup(why),
                                                             .size = size,
                                                             .found = found,
                                                             .named = named};
}

/* In words, why stat() failed. */
static const char *stat_failure(const char *path, int reason)
{
    struct stat info;
    if ((reason == ENOENT || reason == ELOOP) && lstat(path, &info) == 0)
        return "a link to a file that is not there; bring the file back, or remove the link";
    return strerror(reason);
}

bool pz_candidates_add_stat(struct pz_candidates *candidates, const char *path, const char *label, bool named,
                            const struct stat *info, int reason)
{
    if (reason)
        pz_candidates_add(candidates, path, label, named, PZ_FOUND_UNREADABLE, stat_failure(path, reason), 0);
    else if (S_ISDIR(info->st_mode))
        return true;
    else if (S_ISREG(info->st_mode))
        pz_candidates_add(candidates, path, label, named, PZ_FOUND_FILE, "", (uint64_t)info->st_size);
    else if (named || pz_kind_named_capture(path))
        pz_candidates_add(candidates, path, label, named, PZ_FOUND_UNREADABLE,
                          "a pipe, a socket or a device, which can be read only once; pass it on to standard input, and"
                          " name it -",
                          0);
    else
        pz_candidates_add(candidates, path, label, named, PZ_FOUND_OTHER, "a pipe, a socket or a device", 0);
    return false;
}

static void release(struct pz_candidate *candidate)
{
    free(candidate->path);
    free(candidate->label);
    free(candidate->why);
}

void pz_candidates_release(struct pz_candidates *candidates)
{
    for (size_t i = 0; i < candidates->n; i++)
        release(&candidates->all[i]);
    free(candidates->all);
    *candidates = (struct pz_candidates){0};
}

static void add_standard_input(struct pz_candidates *candidates)
{
    struct stat info;
    int flags = fcntl(STDIN_FILENO, F_GETFL);
    const char *why = NULL;
    if (flags < 0 || fstat(STDIN_FILENO, &info) != 0 || (flags & O_ACCMODE) == O_WRONLY)
        why = "standard input is closed; give it a capture, as with < FILE";
    else if (S_ISDIR(info.st_mode))
        why = "standard input is a folder; name the folder instead of -";
    pz_candidates_add(candidates, "-", "-", true, why ? PZ_FOUND_UNREADABLE : PZ_FOUND_FILE, why ? why : "", 0);
}

static void find_path(const char *path, const char *label, struct pz_candidates *candidates)
{
    struct stat info;
    if (strcmp(path, "-") == 0)
        add_standard_input(candidates);
    else if (pz_candidates_add_stat(candidates, path, label, true, &info, stat(path, &info) == 0 ? 0 : errno))
        pz_walk(path, label, candidates);
}

/* Paths one a line; or with a zero after each, as find -print0 writes them, and then a path may hold anything else. */
static int find_in_list(const char *list, struct pz_candidates *candidates, struct pz_error *error)
{
    static const char utf8_mark[] = "\xef\xbb\xbf", utf16_marks[2][3] = {"\xff\xfe", "\xfe\xff"};
    struct pz_buf text = {0};
    if (pz_file_read(list, &text, error) != 0) {
        error->exit = PZ_EXIT_USAGE;
        return -1;
    }
    size_t before = candidates->n, begin = 0;
    bool zeros = text.nbytes && memchr(text.bytes, 0, text.nbytes);
    if (text.nbytes >= 3 && memcmp(text.bytes, utf8_mark, 3) == 0)
        begin = 3;
    bool utf16 =
        text.nbytes >= 2 && (memcmp(text.bytes, utf16_marks[0], 2) == 0 || memcmp(text.bytes, utf16_marks[1], 2) == 0);
    pz_buf_put(&text, zeros ? "" : "\n", 1);
    for (char *path = (char *)text.bytes + begin, *end = (char *)text.bytes + text.nbytes; !utf16 && path < end;) {
        char *stop = memchr(path, zeros ? 0 : '\n', (size_t)(end - path)), *next = stop + 1;
        if (!zeros && stop > path && stop[-1] == '\r')
            stop--;
        *stop = 0;
        /* A list that ends in a zero may have a newline after it. */
        if (*path && (zeros ? strcmp(path, "\n") != 0 : *path != '#'))
            find_path(path, path, candidates);
        path = next;
    }
    pz_buf_release(&text);
    if (utf16)
        return pz_fail_usage(error, "%s is a list in UTF-16: convert it with iconv -f UTF-16 -t UTF-8", list);
    if (candidates->n == before)
        return pz_fail_usage(error, "the list %s names no file: write one path on each line", list);
    return 0;
}

int pz_find(const char *argument, struct pz_candidates *candidates, struct pz_error *error)
{
    if (argument[0] == '@')
        return find_in_list(argument + 1, candidates, error);
    size_t end = strlen(argument);
    while (end > 1 && argument[end - 1] == '/')
        end--;
    size_t begin = end;
    while (begin && argument[begin - 1] != '/')
        begin--;
    char *label = pz_format("%.*s", (int)(end - begin), argument + begin);
    find_path(argument, label, candidates);
    free(label);
    return 0;
}

/* Opening a file costs about as much as reading this many bytes. Without it, thousands of small files would all go to
 * one chunk. */
enum { FILE_BYTES = 1 << 20 };

static int by_size(const void *a, const void *b)
{
    const struct pz_candidate *x = a, *y = b;
    if (x->size != y->size)
        return x->size > y->size ? -1 : 1;
    int order = strcmp(x->label, y->label);
    return order ? order : strcmp(x->path, y->path);
}

/* The biggest file first, each to the chunk that has the fewest bytes so far: no chunk then has more than 4/3 of the
 * best possible (Graham, Bounds on multiprocessing timing anomalies, 1969). */
void pz_candidates_chunk(struct pz_candidates *candidates, unsigned chunk, unsigned nchunks)
{
    PZ_CHECK(chunk >= 1 && chunk <= nchunks);
    uint64_t *bytes = pz_alloc(nchunks * sizeof *bytes);
    size_t kept = 0;
    if (candidates->n)
        qsort(candidates->all, candidates->n, sizeof *candidates->all, by_size);
    for (size_t i = 0; i < candidates->n; i++) {
        struct pz_candidate candidate = candidates->all[i];
        unsigned least = 0;
        for (unsigned j = 1; j < nchunks; j++)
            if (bytes[j] < bytes[least])
                least = j;
        bytes[least] += candidate.size + FILE_BYTES;
        if (least == chunk - 1)
            candidates->all[kept++] = candidate;
        else
            release(&candidate);
    }
    candidates->n = kept;
    free(bytes);
}

void pz_candidates_encode(const struct pz_candidates *candidates, struct pz_buf *to)
{
    for (size_t i = 0; i < candidates->n; i++) {
        const struct pz_candidate *candidate = &candidates->all[i];
        pz_buf_put(to, candidate, sizeof *candidate); /* between ranks: of the same program, on machines of a kind */
        pz_buf_put_text(to, candidate->path);
        pz_buf_put_text(to, candidate->label);
        pz_buf_put_text(to, candidate->why);
    }
}

void pz_candidates_decode(struct pz_candidates *candidates, struct pz_cursor *from)
{
    while (pz_cursor_left(from)) {
        candidates->all = pz_room(candidates->all, candidates->n, sizeof *candidates->all);
        struct pz_candidate *candidate = &candidates->all[candidates->n++];
        memcpy(candidate, pz_cursor_take(from, sizeof *candidate), sizeof *candidate);
        candidate->path = pz_cursor_text(from);
        candidate->label = pz_cursor_text(from);
        candidate->why = pz_cursor_text(from);
    }
}
