/* SPDX-License-Identifier: BSD-2-Clause */
/* A result is whole if every listed file is there with its digest, and no table of ours is there that isn't listed. */
#include "report/results_check.h"

#include "base/csv.h"
#include "reduce/job.h"
#include "report/folders.h"
#include "worm/outbreak.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#define HOURLY "tables/hourly.csv"

/* The sets of a long archive are some gigabytes in ten thousand files: beyond this, only names and sizes are compared
 * here, and the digest of a set when it is read. */
enum { SETS_READ_NBYTES_MAX = 64 << 20 };

static bool is_there(const struct pz_results *results, const char *name)
{
    return access(pz_results_path(results, name).text, F_OK) == 0;
}

bool pz_results_are_none(const struct pz_results *results)
{
    return !is_there(results, PZ_RESULTS_SUMMARY) && !is_there(results, PZ_RESULTS_UNFINISHED) &&
           !is_there(results, HOURLY);
}

static int fail_without_summary(const struct pz_results *results, struct pz_error *error)
{
    if (is_there(results, PZ_RESULTS_UNFINISHED))
        return pz_fail_usage(
            error,
            "%s holds a result that is not whole: its run is still at work, or was stopped. The same command "
            "continues it",
            results->directory);
    if (is_there(results, HOURLY))
        return pz_fail_usage(error,
                             "%s has tables but no summary.json: the run that wrote them was stopped. The same command "
                             "continues it",
                             results->directory);
    return pz_fail_usage(error,
                         "%s holds no result: it has no summary.json, no tables/hourly.csv and no sets of sources. Give"
                         " the folder that a run wrote its results to",
                         results->directory);
}

static int fail_mixture(const struct pz_results *results, const char *name, const char *what, struct pz_error *error)
{
    return pz_fail_usage(
        error,
        "%s holds a result that is not whole: %s %s. Either another run writes to the folder, or files "
        "of two runs are mixed. Run again with the right captures: the tables are made again from the "
        "stored tallies",
        results->directory, name, what);
}

static bool has_size(const struct pz_manifest_file *file, const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode) && (uint64_t)info.st_size == file->size;
}

static bool ends_in(const char *name, const char *ending)
{
    size_t length = strlen(name), n = strlen(ending);
    return length > n && strcmp(name + length - n, ending) == 0;
}

int pz_results_check_listed(const struct pz_results *results, const struct pz_manifest *list, struct pz_error *error)
{
    uint64_t sets = 0;
    for (size_t i = 0; i < list->n; i++)
        sets += ends_in(list->files[i].name, ".csv") ? 0 : list->files[i].size;
    for (size_t i = 0; i < list->n; i++) {
        const struct pz_manifest_file *file = &list->files[i];
        bool read = ends_in(file->name, ".csv") || sets <= SETS_READ_NBYTES_MAX;
        if (!(read ? pz_manifest_is_at : has_size)(file, pz_results_path(results, file->name).text))
            return fail_mixture(results, file->name, "is not the file that was written with the others", error);
    }
    return 0;
}

/* A table or a set of ours that isn't listed was left by another run. */
static int check_unlisted(const struct pz_results *results, struct pz_manifest *list, const char *name,
                          struct pz_error *error)
{
    return pz_manifest_find(list, name) || !is_there(results, name)
               ? 0
               : fail_mixture(results, name, "is not of the same run as the others", error);
}

static int check_unlisted_tables(struct pz_results *results, bool restricted, struct pz_error *error)
{
    static const struct pz_schema *const none[] = {NULL};
    const struct pz_schema *schema;
    int status = 0;
    for (size_t i = 0; status == 0 && (schema = pz_jobs_schema(results->jobs, none, i)); i++)
        if (pz_schema_is_restricted(schema) == restricted)
            status = check_unlisted(results, restricted ? &results->restricted : &results->tables,
                                    pz_results_table_name(schema).text, error);
    return status;
}

static int check_unlisted_sets(struct pz_results *results, struct pz_error *error)
{
    DIR *directory = opendir(pz_results_path(results, PZ_RESULTS_SETS).text);
    int status = 0;
    for (struct dirent *entry; status == 0 && directory && (entry = readdir(directory));)
        if (ends_in(entry->d_name, PZ_SET_ENDING))
            status =
                check_unlisted(results, &results->restricted, pz_file_join(PZ_RESULTS_SETS, entry->d_name).text, error);
    if (directory)
        closedir(directory);
    return status;
}

/* Tables are passed on without restricted/, and its mode keeps other users out. */
static int check_restricted(struct pz_results *results, struct pz_error *error)
{
    struct pz_path folder = pz_file_join(results->directory, "restricted"),
                   path = pz_file_join(results->directory, PZ_RESULTS_RESTRICTED);
    if (access(folder.text, R_OK | X_OK) != 0)
        return 0;
    int found = pz_manifest_read(&results->restricted, path.text, error), status = found < 0 ? -1 : 0;
    if (found == 0 && !pz_sha256_same(results->restricted.summary, results->summary))
        status = fail_mixture(results, PZ_RESULTS_RESTRICTED, "is not of the same run as summary.json", error);
    pz_folders_choose(&results->restricted, results->folder);
    if (status == 0)
        status = check_unlisted_tables(results, true, error);
    if (status == 0)
        status = check_unlisted_sets(results, error);
    return status == 0 ? pz_results_check_listed(results, &results->restricted, error) : status;
}

/* Chooses the port among those of the result. */
static int choose_port(struct pz_results *results, struct pz_error *error)
{
    const struct pz_manifest *summary = &results->tables;
    struct pz_buf names = {0};
    bool there = false;
    int status = 0;
    for (size_t i = 0; i < summary->nports; i++) {
        there = there || summary->ports[i] == results->port;
        pz_buf_printf(&names, "%s%u", i ? ", " : "", summary->ports[i]);
    }
    if (results->port && !there)
        status = pz_fail_usage(
            error, "%s has no result of port %u, but of %.*s: choose one of these, or run again with --port %u",
            results->directory, results->port, (int)names.nbytes, (const char *)names.bytes, results->port);
    else if (!results->port && summary->nports > 1)
        status = pz_fail_usage(error, "%s holds the results of ports %.*s: choose one with --port %u",
                               results->directory, (int)names.nbytes, (const char *)names.bytes, summary->ports[0]);
    else if (!results->port && summary->nports)
        results->port = summary->ports[0];
    results->folder = summary->nports > 1 ? results->port : 0;
    pz_buf_release(&names);
    return status;
}

int pz_results_take_record(struct pz_results *results, struct pz_error *error)
{
    const struct pz_buf *record = &results->record;
    struct pz_path path = pz_file_join(results->directory, PZ_RESULTS_SUMMARY);
    int status = pz_manifest_parse(&results->tables, record, path.text, error);
    if (status == 0 && !results->tables.n)
        status = pz_fail_usage(
            error,
            "%s/summary.json is of an earlier version and has no digests of the tables. Run again: they are "
            "made again from the stored tallies",
            results->directory);
    results->summary = pz_sha256_text(record->bytes, record->nbytes);
    pz_results_set_synthetic(results, results->tables.synthetic);
    if (status == 0)
        status = choose_port(results, error);
    pz_folders_choose(&results->tables, results->folder);
    results->outbreak = pz_outbreak_of_port(results->port);
    return status;
}

int pz_results_check(struct pz_results *results, const char *maker, struct pz_error *error)
{
    if (!is_there(results, PZ_RESULTS_SUMMARY))
        return fail_without_summary(results, error);
    struct pz_path path = pz_file_join(results->directory, PZ_RESULTS_SUMMARY);
    int status = pz_file_read(path.text, &results->record, error);
    if (status == 0)
        status = pz_results_take_record(results, error);
    if (status == 0)
        status = check_unlisted_tables(results, false, error);
    if (status == 0)
        status = pz_results_check_listed(results, &results->tables, error);
    if (status == 0)
        status = pz_results_check_added(results, maker, error);
    return status == 0 ? check_restricted(results, error) : status;
}
