/* SPDX-License-Identifier: BSD-2-Clause */
/* A result is whole if every listed file is there with its digest, and no table of ours is there that isn't listed. */
#include "report/results_check.h"

#include "base/file.h"
#include "reduce/job.h"
#include "report/folders.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const pz_results_makers[] = {"overlap", "portrait", "reproduction", NULL};

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
           !is_there(results, "tables/hourly.csv");
}

static int fail_without_summary(const struct pz_results *results, struct pz_error *error)
{
    if (is_there(results, PZ_RESULTS_UNFINISHED))
        return pz_fail_usage(
            error,
            "%s holds a result that is not whole: its run is still at work, or was stopped. The same command "
            "continues it",
            results->directory);
    if (is_there(results, "tables/hourly.csv"))
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

static int check_bytes(const struct pz_results *results, const struct pz_manifest_file *file, struct pz_error *error)
{
    struct pz_buf bytes = {0};
    struct pz_error ignored;
    bool good =
        pz_file_read(pz_results_path(results, file->name).text, &bytes, &ignored) == 0 && pz_manifest_is(file, &bytes);
    pz_buf_release(&bytes);
    return good ? 0 : fail_mixture(results, file->name, "is not the file that was written with the others", error);
}

static int check_size(const struct pz_results *results, const struct pz_manifest_file *file, struct pz_error *error)
{
    struct stat info;
    bool good = stat(pz_results_path(results, file->name).text, &info) == 0 && S_ISREG(info.st_mode) &&
                (uint64_t)info.st_size == file->size;
    return good ? 0 : fail_mixture(results, file->name, "is not the file that was written with the others", error);
}

static bool ends_in(const char *name, const char *ending)
{
    size_t length = strlen(name), n = strlen(ending);
    return length > n && strcmp(name + length - n, ending) == 0;
}

static int check_listed(const struct pz_results *results, const struct pz_manifest *manifest, struct pz_error *error)
{
    uint64_t sets = 0;
    int status = 0;
    for (size_t i = 0; i < manifest->n; i++)
        sets += ends_in(manifest->files[i].name, ".csv") ? 0 : manifest->files[i].size;
    for (size_t i = 0; status == 0 && i < manifest->n; i++) {
        const struct pz_manifest_file *file = &manifest->files[i];
        bool read = ends_in(file->name, ".csv") || sets <= SETS_READ_NBYTES_MAX;
        status = (read ? check_bytes : check_size)(results, file, error);
    }
    return status;
}

/* A table of ours that isn't listed was left by another run. */
static int check_unlisted(const struct pz_results *results, struct pz_manifest *manifest, const char *folder,
                          const char *table, struct pz_error *error)
{
    struct pz_path name = pz_path("%s/%s.csv", folder, table);
    int status = 0;
    if (!pz_manifest_find(manifest, name.text) && is_there(results, name.text))
        status = fail_mixture(results, name.text, "is not of the same run as the others", error);
    return status;
}

static int check_unlisted_sets(const struct pz_results *results, struct pz_manifest *manifest, struct pz_error *error)
{
    DIR *directory = opendir(pz_results_path(results, PZ_RESULTS_SETS).text);
    int status = 0;
    for (struct dirent *entry; status == 0 && directory && (entry = readdir(directory));) {
        struct pz_path name = pz_file_join(PZ_RESULTS_SETS, entry->d_name);
        if (ends_in(name.text, ".roaring") && !pz_manifest_find(manifest, name.text))
            status = fail_mixture(results, name.text, "is not of the same run as the others", error);
    }
    if (directory)
        closedir(directory);
    return status;
}

static int check_all_unlisted(struct pz_results *results, bool restricted, struct pz_error *error)
{
    struct pz_manifest *manifest = restricted ? &results->restricted : &results->tables;
    int status = 0;
    for (size_t i = 0; results->jobs[i]; i++)
        for (const struct pz_job_table *table = results->jobs[i]->tables; status == 0 && table && table->schema.name;
             table++)
            if (pz_schema_is_restricted(&table->schema) == restricted)
                status =
                    check_unlisted(results, manifest, restricted ? "restricted" : "tables", table->schema.name, error);
    if (status == 0 && restricted)
        status = check_unlisted_sets(results, manifest, error);
    return status;
}

/* A table that was added to another result is ignored: the command that adds it again replaces it. */
static int check_added(struct pz_results *results, const char *maker, struct pz_error *error)
{
    int status = 0;
    for (size_t i = 0; status == 0 && pz_results_makers[i]; i++) {
        struct pz_manifest added;
        struct pz_path name = pz_path("tables/%s.json", pz_results_makers[i]),
                       path = pz_results_path(results, name.text);
        bool wanted = !maker || strcmp(maker, pz_results_makers[i]) != 0;
        int found = wanted ? pz_manifest_read(&added, path.text, error) : 1;
        if (found < 0)
            status = -1;
        if (found == 0)
            pz_folders_choose(&added, results->folder);
        if (found == 0 && pz_sha256_same(added.summary, results->summary)) {
            status = check_listed(results, &added, error);
            pz_manifest_add_all(&results->tables, &added);
        }
        if (found == 0)
            pz_manifest_release(&added);
    }
    return status;
}

/* Tables are passed on without restricted/, and its mode keeps other users out. */
static int check_restricted(struct pz_results *results, struct pz_error *error)
{
    struct pz_path folder = pz_file_join(results->directory, "restricted"),
                   path = pz_file_join(results->directory, PZ_RESULTS_RESTRICTED);
    int status = 0;
    if (access(folder.text, R_OK | X_OK) == 0) {
        int found = pz_manifest_read(&results->restricted, path.text, error);
        status = found < 0 ? -1 : 0;
        if (found == 0 && !pz_sha256_same(results->restricted.summary, results->summary))
            status = fail_mixture(results, PZ_RESULTS_RESTRICTED, "is not of the same run as summary.json", error);
        pz_folders_choose(&results->restricted, results->folder);
        if (status == 0)
            status = check_all_unlisted(results, true, error);
        if (status == 0)
            status = check_listed(results, &results->restricted, error);
    }
    return status;
}

/* Chooses the port among those of the result. */
static int choose_port(struct pz_results *results, struct pz_error *error)
{
    struct pz_buf names = {0};
    bool there = false;
    int status = 0;
    results->nports = results->tables.nports;
    for (size_t i = 0; i < results->nports; i++) {
        results->ports[i] = results->tables.ports[i];
        there = there || results->ports[i] == results->port;
        pz_buf_printf(&names, "%s%u", i ? ", " : "", results->ports[i]);
    }
    if (results->port && !there)
        status = pz_fail_usage(
            error, "%s has no result of port %u, but of %.*s: choose one of these, or run again with --port %u",
            results->directory, results->port, (int)names.nbytes, (const char *)names.bytes, results->port);
    else if (!results->port && results->nports > 1)
        status = pz_fail_usage(error, "%s holds the results of ports %.*s: choose one with --port %u",
                               results->directory, (int)names.nbytes, (const char *)names.bytes, results->ports[0]);
    else if (!results->port && results->nports)
        results->port = results->ports[0];
    results->folder = results->nports > 1 ? results->port : 0;
    pz_folders_choose(&results->tables, results->folder);
    pz_buf_release(&names);
    return status;
}

int pz_results_check(struct pz_results *results, const char *maker, struct pz_error *error)
{
    int status = pz_manifest_read(&results->tables, pz_file_join(results->directory, PZ_RESULTS_SUMMARY).text, error);
    if (status == 1)
        return fail_without_summary(results, error);
    if (status == 0 && !results->tables.n)
        status = pz_fail_usage(
            error,
            "%s/summary.json is of an earlier version and has no digests of the tables. Run again: they are "
            "made again from the stored tallies",
            results->directory);
    results->summary = results->tables.itself;
    results->synthetic = results->tables.synthetic;
    if (status == 0)
        status = choose_port(results, error);
    if (status == 0)
        status = check_all_unlisted(results, false, error);
    if (status == 0)
        status = check_listed(results, &results->tables, error);
    if (status == 0)
        status = check_added(results, maker, error);
    return status == 0 ? check_restricted(results, error) : status;
}
