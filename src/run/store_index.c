/* SPDX-License-Identifier: BSD-2-Clause */
/* The store is listed file by file, and the common section of each tally is read. A tally without a stretch makes a
 * capture; those that count are found as among captures of a run. Where these overlap, the facts of the tally with the
 * stretch take the place of those of the plain one. If it is missing, or a tally is damaged, that is an error with a remedy: without captures
 * it can't be made again. */
#include "run/store_index.h"

#include "base/sort.h"
#include "run/contents.h"

#include <dirent.h>
#include <stdlib.h>

#define ENDING ".tally"

static bool ends_in(const char *name, const char *ending)
{
    size_t length = strlen(name), n = strlen(ending);
    return length > n && strcmp(name + length - n, ending) == 0;
}

/* A damaged tally is not removed here: only a scan of its capture can replace it. */
static int tell_remedy(bool bad, struct pz_error *error)
{
    if (!bad)
        return -1;
    char *what = pz_strdup(error->text);
    pz_fail(error, "%s: scan its capture again with this store, which replaces the tally", what);
    free(what);
    return -1;
}

/* Opens a tally and reads its common section; both are the caller's to release, whatever is returned. */
static int read_tally(const char *path, struct pz_tally_file *file, struct pz_common *common, struct pz_error *error)
{
    bool bad = false;
    pz_common_init(common);
    int status = pz_tally_open(file, path, &bad, error);
    if (status == 0)
        status = pz_tally_read_common(file, common, &bad, error);
    return status == 0 ? 0 : tell_remedy(bad, error);
}

/* A tally with a stretch is listed as no capture, with facts that count only where they are asked for. */
static int add_tally(struct pz_store_index *index, const char *path, struct pz_error *error)
{
    struct pz_captures *captures = &index->captures;
    struct pz_tally_file file;
    struct pz_common common;
    int status = read_tally(path, &file, &common, error);
    if (status == 0) {
        const struct pz_stored stored = pz_stored_of(&file.index);
        bool plain = pz_stretch_is_none(&stored.stretch);
        struct pz_capture capture = {.state = plain ? PZ_CAPTURE_READABLE : PZ_CAPTURE_NONE,
                                     .identity = stored.identity};
        capture.by_port[0] = pz_alloc(sizeof *capture.facts);
        *capture.by_port[0] = pz_capture_facts_of(&stored, &common.log, common.fates, common.digest, &common.hours);
        pz_damage_log_init(&common.log); /* the facts have it now */
        capture.facts = plain ? capture.by_port[0] : NULL;
        captures->all = pz_room(captures->all, captures->n, sizeof *captures->all);
        captures->all[captures->n++] = capture;
        index->store.filter = file.index.filter; /* the same for all, as the store refuses others */
        pz_hours_merge(&index->hours, &common.hours);
    }
    pz_common_release(&common);
    pz_tally_close(&file);
    return status;
}

static int add_folder(struct pz_store_index *index, const char *folder, struct pz_error *error)
{
    DIR *directory = opendir(folder);
    int status = 0;
    for (struct dirent *entry; status == 0 && directory && (entry = readdir(directory));)
        if (ends_in(entry->d_name, ENDING))
            status = add_tally(index, pz_file_join(folder, entry->d_name).text, error);
    if (directory)
        closedir(directory);
    return status;
}

/* By capture, the plain tally first. */
static int compare(const void *a, const void *b)
{
    const struct pz_capture *x = a, *y = b;
    int order = pz_identity_compare(&x->identity, &y->identity);
    return order ? order : PZ_ORDER(x->state, y->state);
}

/* Of the tally of capture `i` with its stretch; NULL if there is none, or if it is of the capture as it was before it was
 * repaired. */
static struct pz_capture_facts *find_stretch(const struct pz_captures *captures, size_t i)
{
    const struct pz_capture *capture = &captures->all[i];
    for (; i < captures->n && pz_identity_compare(&captures->all[i].identity, &capture->identity) == 0; i++) {
        struct pz_capture_facts *facts = captures->all[i].by_port[0];
        if (pz_stretch_same(&facts->stored.stretch, &capture->stretch))
            return pz_contents_compare(facts, capture->facts) == 0 ? facts : NULL;
    }
    return NULL;
}

/* Leaves the captures and tallies that count. */
static int choose(struct pz_store_index *index, struct pz_error *error)
{
    struct pz_captures *captures = &index->captures;
    qsort(captures->all, captures->n, sizeof *captures->all, compare);
    pz_contents_leave_out(captures);
    pz_contents_find_stretches(captures);
    for (size_t i = 0; i < captures->n; i++) {
        struct pz_capture *capture = &captures->all[i];
        if (capture->state != PZ_CAPTURE_READABLE)
            continue;
        struct pz_capture_facts *facts = find_stretch(captures, i);
        if (!facts)
            return pz_fail(error,
                           "the store %s holds tallies of captures that overlap in time, but were not scanned "
                           "together, for example %s. SYNs that both recorded would count twice. Scan all captures "
                           "of the store together first, with patientzero scan, or give a store of these captures "
                           "alone",
                           index->store.directory, pz_stored_path(&index->store, &capture->facts->stored).text);
        capture->facts = facts;
    }
    return 0;
}

/* Merges the hours of the tallies that count, which are not all. */
static int merge_hours(struct pz_store_index *index, struct pz_error *error)
{
    int status = 0;
    pz_hours_release(&index->hours);
    for (size_t i = 0; status == 0 && i < index->captures.n; i++) {
        const struct pz_capture *capture = &index->captures.all[i];
        struct pz_tally_file file;
        struct pz_common common;
        if (capture->state != PZ_CAPTURE_READABLE)
            continue;
        status = read_tally(pz_stored_path(&index->store, &capture->facts->stored).text, &file, &common, error);
        pz_hours_merge(&index->hours, &common.hours);
        pz_common_release(&common);
        pz_tally_close(&file);
    }
    return status;
}

int pz_store_index_make(struct pz_store_index *index, const char *directory, struct pz_error *error)
{
    *index = (struct pz_store_index){.store.directory = pz_strdup(directory)};
    int status = 0;
    for (unsigned folder = 0; status == 0 && folder < PZ_STORE_FOLDERS; folder++)
        status = add_folder(index, pz_path("%s/%02x", directory, folder).text, error);
    const struct pz_captures *captures = &index->captures;
    if (status == 0 && !pz_captures_count(captures, PZ_CAPTURE_READABLE))
        status = pz_fail_usage(error, "%s is not a store with tallies: give the folder where scan or run keeps them",
                               directory);
    if (status == 0)
        status = choose(index, error);
    if (status == 0 && pz_captures_count(captures, PZ_CAPTURE_READABLE) < captures->n)
        status = merge_hours(index, error);
    return status;
}

void pz_store_index_release(struct pz_store_index *index)
{
    pz_hours_release(&index->hours);
    pz_captures_release(&index->captures);
    pz_store_close(&index->store);
    *index = (struct pz_store_index){0};
}
