#include "archive/find.h"

#include "base/file.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <sys/stat.h>

void pz_candidates_release(struct pz_candidates *candidates)
{
    for (size_t i = 0; i < candidates->n; i++) {
        free(candidates->all[i].path);
        free(candidates->all[i].label);
    }
    free(candidates->all);
    *candidates = (struct pz_candidates){0};
}

void pz_candidates_add(struct pz_candidates *candidates, const char *path, const char *label, uint64_t size, bool named)
{
    if (candidates->n == candidates->capacity) {
        candidates->capacity = candidates->capacity ? 2 * candidates->capacity : 64;
        candidates->all = pz_realloc(candidates->all, candidates->capacity * sizeof *candidates->all);
    }
    candidates->all[candidates->n++] = (struct pz_candidate){pz_strdup(path), pz_strdup(label), size, named};
}

static int find_in_folder(const char *folder, struct pz_candidates *candidates, struct pz_error *error)
{
    char *path = pz_strdup(folder);
    for (size_t length = strlen(path); length > 1 && path[length - 1] == '/'; length--)
        path[length - 1] = 0;
    size_t below = strlen(path) + (strcmp(path, "/") != 0);
    char *const roots[] = {path, NULL};
    int status = 0;
    FTS *tree = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, NULL);
    if (!tree)
        status = pz_fail(error, "cannot search %s: %s", folder, strerror(errno));
    while (status == 0 && (errno = 0, 1)) {
        FTSENT *entry = fts_read(tree);
        if (!entry) {
            if (errno)
                status = pz_fail(error, "cannot search %s: %s", folder, strerror(errno));
            break;
        }
        if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR)
            status = pz_fail(error, "cannot search %s: %s", entry->fts_path, strerror(entry->fts_errno));
        /* A file that can't even be looked at is kept: whoever opens it will say why not. */
        uint64_t size = entry->fts_info == FTS_F ? (uint64_t)entry->fts_statp->st_size : 0;
        if (entry->fts_info == FTS_F || entry->fts_info == FTS_NS)
            pz_candidates_add(candidates, entry->fts_path, entry->fts_path + below, size, entry->fts_info == FTS_NS);
    }
    if (tree)
        fts_close(tree);
    free(path);
    return status;
}

/* A file or a folder. */
static int find_path(const char *path, const char *label, struct pz_candidates *candidates, struct pz_error *error)
{
    struct stat info;
    bool known = strcmp(path, "-") != 0 && stat(path, &info) == 0;
    if (known && S_ISDIR(info.st_mode))
        return find_in_folder(path, candidates, error);
    pz_candidates_add(candidates, path, label, known && S_ISREG(info.st_mode) ? (uint64_t)info.st_size : 0, true);
    return 0;
}

static int find_in_list(const char *list, struct pz_candidates *candidates, struct pz_error *error)
{
    struct pz_buf text = {0};
    int status = pz_file_read(list, &text, error);
    if (status != 0)
        error->exit = PZ_EXIT_USAGE;
    pz_buf_put(&text, "\n", 1);
    for (char *line = (char *)text.bytes, *end = line + text.nbytes, *next; status == 0 && line < end; line = next) {
        char *stop = memchr(line, '\n', (size_t)(end - line));
        next = stop + 1;
        if (stop > line && stop[-1] == '\r')
            stop--;
        *stop = 0;
        if (*line && *line != '#')
            status = find_path(line, line, candidates, error);
    }
    pz_buf_release(&text);
    return status;
}

int pz_find(const char *argument, struct pz_candidates *candidates, struct pz_error *error)
{
    if (argument[0] == '@')
        return find_in_list(argument + 1, candidates, error);
    const char *slash = strrchr(argument, '/');
    return find_path(argument, slash ? slash + 1 : argument, candidates, error);
}

void pz_candidates_encode(const struct pz_candidates *candidates, struct pz_buf *to)
{
    pz_buf_put_u64(to, candidates->n);
    for (size_t i = 0; i < candidates->n; i++) {
        pz_buf_put_text(to, candidates->all[i].path);
        pz_buf_put_text(to, candidates->all[i].label);
        pz_buf_put_u64(to, candidates->all[i].size);
        pz_buf_put_u32(to, candidates->all[i].named);
    }
}

void pz_candidates_decode(struct pz_candidates *candidates, struct pz_cursor *from)
{
    uint64_t n = pz_cursor_u64(from);
    for (uint64_t i = 0; i < n && !from->bad; i++) {
        char *path = pz_cursor_text(from), *label = pz_cursor_text(from);
        uint64_t size = pz_cursor_u64(from);
        pz_candidates_add(candidates, path, label, size, pz_cursor_u32(from));
        free(path);
        free(label);
    }
}
