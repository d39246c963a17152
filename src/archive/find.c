/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/candidates.h"
#include "base/file.h"
#include "capture/kind.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static void add(struct pz_candidates *candidates, struct pz_candidate candidate)
{
    if (candidates->n == candidates->capacity) {
        candidates->capacity = candidates->capacity ? 2 * candidates->capacity : 64;
        candidates->all = pz_realloc(candidates->all, candidates->capacity * sizeof *candidates->all);
    }
    candidate.path = pz_strdup(candidate.path);
    candidate.label = pz_strdup(candidate.label);
    candidate.why = pz_strdup(candidate.why ? candidate.why : "");
    candidates->all[candidates->n++] = candidate;
}

static struct pz_candidate candidate_of(const char *path, const char *label, bool named)
{
    return (struct pz_candidate){.path = (char *)path, .label = (char *)label, .named = named};
}

void pz_candidates_add_file(struct pz_candidates *candidates, const char *path, const char *label, uint64_t size,
                            bool named)
{
    struct pz_candidate candidate = candidate_of(path, label, named);
    candidate.size = size;
    add(candidates, candidate);
}

void pz_candidates_add_unreadable(struct pz_candidates *candidates, const char *path, const char *label,
                                  const char *why, bool named)
{
    struct pz_candidate candidate = candidate_of(path, label, named);
    candidate.found = PZ_FOUND_UNREADABLE;
    candidate.why = (char *)why;
    add(candidates, candidate);
}

void pz_candidates_add_other(struct pz_candidates *candidates, const char *path, const char *label, const char *why,
                             bool named)
{
    struct pz_candidate candidate = candidate_of(path, label, named);
    candidate.found = PZ_FOUND_OTHER;
    candidate.why = (char *)why;
    add(candidates, candidate);
}

void pz_candidates_add_special(struct pz_candidates *candidates, const char *path, const char *label, bool named)
{
    if (named || pz_kind_named_capture(path))
        pz_candidates_add_unreadable(candidates, path, label,
                                     "a pipe, a socket or a device, which can be read only once; pass it on to standard"
                                     " input, and name it -",
                                     named);
    else
        pz_candidates_add_other(candidates, path, label, "a pipe, a socket or a device", named);
}

const char *pz_stat_failure(const char *path, int reason)
{
    struct stat info;
    if ((reason == ENOENT || reason == ELOOP) && lstat(path, &info) == 0)
        return "a link to a file that is not there; bring the file back, or remove the link";
    return strerror(reason);
}

void pz_candidates_release(struct pz_candidates *candidates)
{
    for (size_t i = 0; i < candidates->n; i++) {
        free(candidates->all[i].path);
        free(candidates->all[i].label);
        free(candidates->all[i].why);
    }
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
    if (why)
        pz_candidates_add_unreadable(candidates, "-", "-", why, true);
    else
        pz_candidates_add_file(candidates, "-", "-", 0, true);
}

static void find_path(const char *path, const char *label, struct pz_candidates *candidates)
{
    struct stat info;
    if (strcmp(path, "-") == 0)
        add_standard_input(candidates);
    else if (stat(path, &info) != 0)
        pz_candidates_add_unreadable(candidates, path, label, pz_stat_failure(path, errno), true);
    else if (S_ISDIR(info.st_mode))
        pz_walk(path, label, candidates);
    else if (S_ISREG(info.st_mode))
        pz_candidates_add_file(candidates, path, label, (uint64_t)info.st_size, true);
    else
        pz_candidates_add_special(candidates, path, label, true);
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
        return pz_fail_usage(error, "the list %s leads to no file: give one path a line", list);
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

void pz_candidates_encode(const struct pz_candidates *candidates, struct pz_buf *to)
{
    pz_buf_put_u64(to, candidates->n);
    for (size_t i = 0; i < candidates->n; i++) {
        const struct pz_candidate *candidate = &candidates->all[i];
        pz_buf_put_text(to, candidate->path);
        pz_buf_put_text(to, candidate->label);
        pz_buf_put_text(to, candidate->why);
        pz_buf_put_u64(to, candidate->size);
        pz_buf_put_u32(to, candidate->found);
        pz_buf_put_u32(to, candidate->named);
    }
}

void pz_candidates_decode(struct pz_candidates *candidates, struct pz_cursor *from)
{
    uint64_t n = pz_cursor_u64(from);
    for (uint64_t i = 0; i < n && !from->bad; i++) {
        struct pz_candidate candidate = {.path = pz_cursor_text(from)};
        candidate.label = pz_cursor_text(from);
        candidate.why = pz_cursor_text(from);
        candidate.size = pz_cursor_u64(from);
        candidate.found = (enum pz_found)pz_cursor_u32(from);
        candidate.named = pz_cursor_u32(from);
        add(candidates, candidate);
        free(candidate.path);
        free(candidate.label);
        free(candidate.why);
    }
}
