/* SPDX-License-Identifier: BSD-2-Clause */
/* A result is opened by reading its lists of digests and comparing the files with them. It is whole if every listed file
 * is there with its digest, and no table of ours is there that isn't listed. Tables are read when they are first asked
 * for, and kept until the result is closed. */
#include "report/results.h"

#include "base/csv.h"
#include "reduce/job.h"
#include "report/folders.h"
#include "worm/outbreak.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct pz_path pz_results_path(const struct pz_results *results, const char *name)
{
    return pz_folders_path(results->directory, results->folder, name);
}

struct pz_path pz_results_table_name(const struct pz_schema *schema)
{
    return pz_path("%s/%s.csv", pz_schema_is_restricted(schema) ? "restricted" : "tables", schema->name);
}

void pz_results_set_synthetic(struct pz_results *results, struct pz_synthetic synthetic)
{
    bool noisy = synthetic.noise < 1 || synthetic.noise > 1;
    char noise[32] = "";
    if (noisy)
        snprintf(noise, sizeof noise, ", %g times the noise", synthetic.noise);
    if (!synthetic.any)
        *results->made_up = 0;
    else if (!synthetic.known)
        strcpy(results->made_up, "synthetic in part, or at several scales");
    else
        snprintf(results->made_up, sizeof results->made_up, "synthetic, scale %g%s", synthetic.scale, noise);
    results->synthetic = synthetic;
}

#define HOURLY "tables/hourly.csv"

/* The sets of a long archive are some gigabytes in ten thousand files: beyond this, only names and sizes are compared
 * here, and the digest of a set when it is read. */
enum { SETS_READ_NBYTES_MAX = 64 << 20 };

static bool is_there(const struct pz_results *results, const char *name)
{
    return access(pz_results_path(results, name).text, F_OK) == 0;
}

static bool are_none(const struct pz_results *results)
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
        results->directory, pz_folders_name(results->folder, name).text, what);
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

static int take_record(struct pz_results *results, struct pz_error *error)
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

static int check(struct pz_results *results, const char *maker, struct pz_error *error)
{
    if (!is_there(results, PZ_RESULTS_SUMMARY))
        return fail_without_summary(results, error);
    struct pz_path path = pz_file_join(results->directory, PZ_RESULTS_SUMMARY);
    int status = pz_file_read(path.text, &results->record, error);
    if (status == 0)
        status = take_record(results, error);
    if (status == 0)
        status = check_unlisted_tables(results, false, error);
    if (status == 0)
        status = pz_results_check_listed(results, &results->tables, error);
    if (status == 0)
        status = pz_results_check_added(results, maker, error);
    return status == 0 ? check_restricted(results, error) : status;
}

void pz_results_begin(struct pz_results *results, const struct pz_job *const *jobs, const char *directory,
                      uint16_t port, const struct pz_manifest *restricted, const struct pz_buf *summary)
{
    struct pz_error ignored;
    *results = (struct pz_results){.directory = directory, .jobs = jobs, .port = port};
    pz_buf_put(&results->record, summary->bytes, summary->nbytes);
    (void)take_record(results, &ignored);
    pz_manifest_add_all(&results->restricted, restricted);
    pz_folders_choose(&results->restricted, results->folder);
}

int pz_results_open(struct pz_results *results, const struct pz_job *const *jobs, const char *directory, uint16_t port,
                    const char *maker, struct pz_error *error)
{
    *results = (struct pz_results){.directory = directory, .jobs = jobs, .port = port};
    int status = check(results, maker, error);
    if (status != 0)
        pz_results_close(results);
    return status;
}

/* The ports that summary.json names, the wanted one before the others; one that it doesn't name stays for an error. */
static size_t list_ports(const char *directory, uint16_t first, uint16_t ports[PZ_PORTS])
{
    struct pz_manifest summary;
    struct pz_error ignored;
    size_t n = 0;
    (void)pz_manifest_read(&summary, pz_file_join(directory, PZ_RESULTS_SUMMARY).text, &ignored);
    if (first || !summary.nports)
        ports[n++] = first;
    for (size_t i = 0; i < summary.nports; i++)
        if (summary.ports[i] != first && n < PZ_PORTS)
            ports[n++] = summary.ports[i];
    pz_manifest_release(&summary);
    return n;
}

int pz_results_open_all(struct pz_results results[PZ_PORTS], size_t *n, const struct pz_job *const *jobs,
                        const char *directory, uint16_t first, const char *maker, struct pz_error *error)
{
    uint16_t ports[PZ_PORTS];
    size_t nports = list_ports(directory, first, ports);
    int status = 0;
    for (*n = 0; status == 0 && *n < nports; *n += status == 0)
        status = pz_results_open(&results[*n], jobs, directory, ports[*n], maker, error);
    while (status != 0 && *n)
        pz_results_close(&results[--*n]);
    return status;
}

int pz_results_open_or_new(struct pz_results *results, const struct pz_job *const *jobs, const char *directory,
                           uint16_t port, const char *maker, struct pz_error *error)
{
    *results = (struct pz_results){.directory = directory, .jobs = jobs};
    return are_none(results) ? 0 : pz_results_open(results, jobs, directory, port, maker, error);
}

void pz_results_close(struct pz_results *results)
{
    for (size_t i = 0; i < results->n; i++) {
        free(results->csv_tables[i].name);
        pz_csv_table_release(&results->csv_tables[i].table);
    }
    free(results->csv_tables);
    pz_manifest_release(&results->tables);
    pz_manifest_release(&results->restricted);
    pz_buf_release(&results->record);
    *results = (struct pz_results){0};
}

static const struct pz_manifest_file *find(struct pz_results *results, const char *name)
{
    const struct pz_manifest_file *file = pz_manifest_find(&results->tables, name);
    return file ? file : pz_manifest_find(&results->restricted, name);
}

int pz_results_read(struct pz_results *results, const char *name, struct pz_buf *to, struct pz_error *error)
{
    const struct pz_manifest_file *file = find(results, name);
    PZ_CHECK(file);
    int status = pz_file_read(pz_results_path(results, name).text, to, error);
    if (status == 0 && !pz_manifest_is(file, to)) {
        results->changed = true;
        status = pz_results_check_unchanged(results, error);
    }
    return status;
}

int pz_results_check_unchanged(const struct pz_results *results, struct pz_error *error)
{
    if (!results->changed)
        return 0;
    return pz_fail(
        error,
        "%s was changed while it was read: another run writes there. When it has ended, give the same command"
        " again",
        results->directory);
}

/* The list never moves, because pointers into it are given out. */
enum { MOST_TABLES = 128 };

const struct pz_csv_table *pz_results_table(struct pz_results *results, const char *name)
{
    for (size_t i = 0; i < results->n; i++)
        if (strcmp(results->csv_tables[i].name, name) == 0)
            return results->csv_tables[i].there ? &results->csv_tables[i].table : NULL;
    if (!results->csv_tables)
        results->csv_tables = pz_alloc(MOST_TABLES * sizeof *results->csv_tables);
    PZ_CHECK(results->n < MOST_TABLES);
    struct pz_result_table *entry = &results->csv_tables[results->n++];
    entry->name = pz_strdup(name);
    static const char *const folders[] = {"tables", "restricted"};
    for (size_t i = 0; !entry->there && i < sizeof folders / sizeof *folders; i++) {
        struct pz_error ignored;
        struct pz_buf bytes = {0};
        struct pz_path path = pz_path("%s/%s.csv", folders[i], name);
        entry->there = find(results, path.text) && pz_results_read(results, path.text, &bytes, &ignored) == 0 &&
                       pz_csv_table_read(&entry->table, &bytes, path.text, &ignored) == 0;
        pz_buf_release(&bytes);
    }
    return entry->there ? &entry->table : NULL;
}

int pz_results_write(const struct pz_results *results, const char *name, const struct pz_buf *bytes,
                     struct pz_manifest *list, struct pz_error *error)
{
    pz_manifest_add_bytes(list, name, bytes);
    return pz_file_write(pz_results_path(results, name).text, bytes->bytes, bytes->nbytes, error);
}

int pz_results_write_list(const struct pz_results *results, const char *name, struct pz_manifest *list,
                          struct pz_error *error)
{
    struct pz_buf json = {0};
    list->summary = results->summary;
    pz_manifest_write_list(list, results->folder, &json);
    int status = pz_file_write(pz_results_path(results, name).text, json.bytes, json.nbytes, error);
    pz_buf_release(&json);
    return status;
}

int pz_results_read_list(const struct pz_results *results, const char *name, struct pz_manifest *list,
                         struct pz_error *error)
{
    int status = pz_manifest_read(list, pz_results_path(results, name).text, error);
    if (status == 0 && !pz_sha256_same(list->summary, results->summary))
        status = 2;
    pz_folders_choose(list, results->folder);
    return status;
}
