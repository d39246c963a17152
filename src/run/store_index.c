/* SPDX-License-Identifier: BSD-2-Clause */
/* The store is listed file by file, and the common section of each tally is read. Among tallies of equal contents one
 * is chosen, and torn copies are dropped, as among captures. Where captures that are listed overlap, the tally with the
 * stretch takes the place of the plain one. If it is missing, or a tally is damaged, that is an error with a remedy:
 * without captures it can't be made again. */
#include "run/store_index.h"

#include "run/contents.h"

#include <ctype.h>
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

/* What is found while the store is listed. */
struct finding {
    struct pz_filter filter;      /* the same for all, as the store refuses others */
    struct pz_capture_facts *all; /* owned, as their damage logs are */
    size_t n, nplain;             /* those without a stretch, which come first when they are sorted */
    struct pz_hours hours;        /* of all, merged */
};

static void release(struct finding *finding)
{
    for (size_t i = 0; i < finding->n; i++)
        pz_damage_log_release(&finding->all[i].log);
    free(finding->all);
    pz_hours_release(&finding->hours);
}

static int add_tally(struct finding *finding, const char *path, struct pz_error *error)
{
    struct pz_tally_file file;
    struct pz_common common;
    bool bad = false;
    if (pz_tally_open(&file, path, &bad, error) != 0)
        return tell_remedy(bad, error);
    pz_common_init(&common);
    int status = pz_tally_read_common(&file, &common, &bad, error);
    if (status == 0) {
        const struct pz_stored stored = pz_stored_of(&file.index);
        finding->filter = file.index.filter;
        finding->all = pz_realloc(finding->all, (finding->n + 1) * sizeof *finding->all);
        finding->all[finding->n++] =
            pz_capture_facts_of(&stored, &common.log, common.fates, common.digest, &common.hours);
        finding->nplain += pz_stretch_is_none(&stored.stretch);
        pz_hours_merge(&finding->hours, &common.hours);
    }
    pz_common_release(&common);
    pz_tally_close(&file);
    return status == 0 ? 0 : tell_remedy(bad, error);
}

static int add_folder(struct finding *finding, const char *folder, struct pz_error *error)
{
    DIR *directory = opendir(folder);
    int status = 0;
    for (struct dirent *entry; status == 0 && directory && (entry = readdir(directory));) {
        if (!ends_in(entry->d_name, ENDING))
            continue;
        status = add_tally(finding, pz_file_join(folder, entry->d_name).text, error);
    }
    if (directory)
        closedir(directory);
    return status;
}

static bool is_folder_of_tallies(const char *name)
{
    return strlen(name) == 2 && isxdigit((unsigned char)name[0]) && isxdigit((unsigned char)name[1]);
}

static int find_all(struct finding *finding, const char *directory, struct pz_error *error)
{
    DIR *folders = opendir(directory);
    int status = 0;
    for (struct dirent *entry; status == 0 && folders && (entry = readdir(folders));) {
        if (!is_folder_of_tallies(entry->d_name))
            continue;
        status = add_folder(finding, pz_file_join(directory, entry->d_name).text, error);
    }
    if (folders)
        closedir(folders);
    return status;
}

static int compare_found(const void *a, const void *b)
{
    const struct pz_capture_facts *x = a, *y = b;
    int order = pz_stretch_is_none(&y->stored.stretch) - pz_stretch_is_none(&x->stored.stretch);
    if (!order)
        order = pz_contents_compare(x, y);
    if (!order)
        order = pz_damage_log_damaged(&x->log) - pz_damage_log_damaged(&y->log);
    return order ? order : pz_identity_compare(&x->stored.identity, &y->stored.identity);
}

/* Whether it is a torn copy, such as the tally of a capture that was read before it was whole. */
static bool is_torn_copy(const struct finding *finding, const struct pz_capture_facts *facts)
{
    for (size_t i = 0; pz_damage_log_damaged(&facts->log) && i < finding->nplain; i++)
        if (pz_contents_torn_copy(facts, &finding->all[i]))
            return true;
    return false;
}

static void list_damage(struct pz_store_index *index, const struct pz_capture_facts *facts)
{
    const struct pz_damage_log *log = &facts->log;
    struct pz_damaged_hours damaged = {facts->stored.identity, 0, UINT32_MAX};
    for (uint32_t i = 0; pz_damage_log_damaged(log) && i < (log->nhours ? log->nhours : 1); i++) {
        if (log->nhours) {
            damaged.first_hour = log->hours[i][0];
            damaged.last_hour = log->hours[i][1];
        }
        index->damaged = pz_room(index->damaged, index->ndamaged, sizeof *index->damaged);
        index->damaged[index->ndamaged++] = damaged;
    }
}

/* Of tallies with equal contents, one that isn't damaged or else any is listed, and no torn copy. */
static void list_contents(struct pz_store_index *index, struct finding *finding, struct pz_capture_span *spans,
                          size_t *nspans)
{
    qsort(finding->all, finding->n, sizeof *finding->all, compare_found);
    for (size_t i = 0; i < finding->nplain; i++) {
        const struct pz_capture_facts *facts = &finding->all[i];
        bool equal = i && facts->log.records && pz_contents_compare(facts, &finding->all[i - 1]) == 0;
        if (equal || is_torn_copy(finding, facts))
            continue;
        *nspans += pz_contents_put_periods(facts, index->n, spans + *nspans);
        index->stored[index->n++] = facts->stored;
        list_damage(index, facts);
    }
}

static const struct pz_capture_facts *find_tally(const struct finding *finding, const struct pz_identity *identity,
                                                 const struct pz_stretch *stretch)
{
    for (size_t i = 0; i < finding->n; i++) {
        const struct pz_stored *found = &finding->all[i].stored;
        if (pz_identity_compare(&found->identity, identity) == 0 && pz_stretch_same(&found->stretch, stretch))
            return &finding->all[i];
    }
    return NULL;
}

/* Puts the tally with this stretch in the place of the plain one of the same capture. It may be of the capture as it
 * was before it was repaired. */
static int list_stretch(struct pz_stored *stored, const struct pz_stretch *stretch, const struct finding *finding,
                        const struct pz_store *store, struct pz_error *error)
{
    const struct pz_capture_facts *plain = find_tally(finding, &stored->identity, &stored->stretch);
    const struct pz_capture_facts *found = find_tally(finding, &stored->identity, stretch);
    if (found && pz_contents_compare(found, plain) == 0) {
        *stored = found->stored;
        return 0;
    }
    struct pz_path path = pz_stored_path(store, stored);
    pz_fail(error,
            "the store %s holds tallies of captures that overlap in time, but were not scanned together, for "
            "example %s. SYNs that both recorded would count twice. Scan all captures of the store together "
            "first, with patientzero scan, or give a store of these captures alone",
            store->directory, path.text);
    return -1;
}

/* Lists the tallies that count. */
static int list(struct pz_store_index *index, struct finding *finding, struct pz_error *error)
{
    struct pz_capture_span *spans = pz_alloc(finding->nplain * PZ_PERIODS * sizeof *spans);
    struct pz_stretch *stretches = pz_alloc(finding->nplain * sizeof *stretches);
    size_t nspans = 0;
    int status = 0;
    index->stored = pz_alloc(finding->nplain * sizeof *index->stored);
    list_contents(index, finding, spans, &nspans);
    pz_contents_find_stretches(spans, nspans, stretches, index->n);
    for (size_t i = 0; status == 0 && i < index->n; i++)
        if (!pz_stretch_is_none(&stretches[i]))
            status = list_stretch(&index->stored[i], &stretches[i], finding, &index->store, error);
    pz_stored_sort(index->stored, index->n);
    free(stretches);
    free(spans);
    return status;
}

/* Merges the hours of what is listed. */
static int merge_hours(struct pz_store_index *index, struct pz_error *error)
{
    int status = 0;
    for (size_t i = 0; status == 0 && i < index->n; i++) {
        struct finding one = {.n = 0};
        status = add_tally(&one, pz_stored_path(&index->store, &index->stored[i]).text, error);
        pz_hours_merge(&index->hours, &one.hours);
        release(&one);
    }
    return status;
}

int pz_store_index_make(struct pz_store_index *index, const char *directory, struct pz_error *error)
{
    *index = (struct pz_store_index){.store.directory = pz_strdup(directory)};
    struct finding finding = {.n = 0};
    int status = find_all(&finding, directory, error);
    if (status == 0 && !finding.nplain)
        status = pz_fail_usage(error, "%s is not a store with tallies: give the folder where scan or run keeps them",
                               directory);
    index->store.filter = finding.filter;
    if (status == 0)
        status = list(index, &finding, error);
    if (status == 0 && index->n < finding.n)
        status = merge_hours(index, error);
    else
        pz_hours_merge(&index->hours, &finding.hours);
    release(&finding);
    return status;
}

void pz_store_index_release(struct pz_store_index *index)
{
    pz_hours_release(&index->hours);
    free(index->stored);
    free(index->damaged);
    pz_store_close(&index->store);
    *index = (struct pz_store_index){0};
}
