/* SPDX-License-Identifier: BSD-2-Clause */
/* A result is opened by reading its lists of digests and comparing the files with them (results_check.c). Tables are
 * read when they are first asked for, and kept until the result is closed. Commands that add tables to a result
 * (overlap, portrait, report) write them with a list of their own, which names the summary.json that it belongs to. */
#include "report/results.h"

#include "base/file.h"
#include "report/datapackage.h"
#include "report/folders.h"
#include "report/results_check.h"
#include "worm/outbreak.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define RECORDED               \
    {                          \
        .scale = 1, .noise = 1 \
    }

struct pz_path pz_results_path(const struct pz_results *results, const char *name)
{
    return pz_folders_path(results->directory, results->folder, name);
}

static void take_summary(void *context, const struct pz_json_value *value)
{
    struct pz_results *results = context;
    if (pz_manifest_is_port(value) && results->nports < PZ_PORTS)
        results->ports[results->nports++] = (uint16_t)strtoul(value->text, NULL, 10);
    else
        pz_manifest_take_synthetic(&results->synthetic, value);
}

void pz_results_begin(struct pz_results *results, const struct pz_job *const *jobs, const char *directory,
                      uint16_t port, const struct pz_manifest *tables, const struct pz_manifest *restricted,
                      const struct pz_buf *summary)
{
    *results = (struct pz_results){.directory = directory,
                                   .jobs = jobs,
                                   .port = port,
                                   .outbreak = pz_outbreak_of_port(port),
                                   .synthetic = RECORDED};
    (void)pz_json_read(summary->bytes, summary->nbytes, take_summary, results);
    results->folder = results->nports > 1 ? port : 0;
    pz_manifest_add_all(&results->tables, tables);
    pz_manifest_add_all(&results->restricted, restricted);
    pz_folders_choose(&results->tables, results->folder);
    pz_folders_choose(&results->restricted, results->folder);
    results->summary = pz_sha256_text(summary->bytes, summary->nbytes);
    pz_buf_put(&results->record, summary->bytes, summary->nbytes);
}

/* Another run may have replaced it since its list was read. */
static int read_record(struct pz_results *results, struct pz_error *error)
{
    struct pz_path path = pz_file_join(results->directory, PZ_RESULTS_SUMMARY);
    int status = pz_file_read(path.text, &results->record, error);
    results->changed |=
        !pz_sha256_same(pz_sha256_text(results->record.bytes, results->record.nbytes), results->summary);
    return status == 0 ? pz_results_check_unchanged(results, error) : status;
}

int pz_results_open_port(struct pz_results *results, const struct pz_job *const *jobs, const char *directory,
                         uint16_t port, const char *maker, struct pz_error *error)
{
    *results = (struct pz_results){.directory = directory, .jobs = jobs, .port = port, .synthetic = RECORDED};
    int status = pz_results_check(results, maker, error);
    results->outbreak = pz_outbreak_of_port(results->port);
    if (status == 0)
        status = read_record(results, error);
    if (status != 0)
        pz_results_close(results);
    return status;
}

int pz_results_open(struct pz_results *results, const struct pz_job *const *jobs, const char *directory,
                    const char *maker, struct pz_error *error)
{
    return pz_results_open_port(results, jobs, directory, 0, maker, error);
}

/* The ports that summary.json names, the wanted one before the others; one that it doesn't name stays for an error. */
static size_t list_ports(const char *directory, uint16_t first, uint16_t ports[PZ_PORTS])
{
    struct pz_manifest summary;
    struct pz_error ignored;
    size_t n = 0;
    bool read = pz_manifest_read(&summary, pz_file_join(directory, PZ_RESULTS_SUMMARY).text, &ignored) == 0;
    if (!read || first || !summary.nports)
        ports[n++] = first;
    for (size_t i = 0; read && i < summary.nports; i++)
        if (summary.ports[i] != first && n < PZ_PORTS)
            ports[n++] = summary.ports[i];
    if (read)
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
        status = pz_results_open_port(&results[*n], jobs, directory, ports[*n], maker, error);
    while (status != 0 && *n)
        pz_results_close(&results[--*n]);
    return status;
}

int pz_results_open_or_new(struct pz_results *results, const struct pz_job *const *jobs, const char *directory,
                           uint16_t port, const char *maker, struct pz_error *error)
{
    *results = (struct pz_results){.directory = directory, .jobs = jobs, .synthetic = RECORDED};
    return pz_results_are_none(results) ? 0 : pz_results_open_port(results, jobs, directory, port, maker, error);
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
enum { MOST_SHEETS = 128 };

const struct pz_csv_table *pz_results_table(struct pz_results *results, const char *name)
{
    for (size_t i = 0; i < results->n; i++)
        if (strcmp(results->csv_tables[i].name, name) == 0)
            return results->csv_tables[i].there ? &results->csv_tables[i].table : NULL;
    if (!results->csv_tables)
        results->csv_tables = pz_alloc(MOST_SHEETS * sizeof *results->csv_tables);
    PZ_CHECK(results->n < MOST_SHEETS);
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

const char *pz_results_synthetic_text(const struct pz_results *results, char text[PZ_SYNTHETIC_TEXT])
{
    const struct pz_synthetic *synthetic = &results->synthetic;
    bool noisy = synthetic->noise < 1 || synthetic->noise > 1;
    if (!synthetic->any)
        *text = 0;
    else if (!synthetic->known)
        snprintf(text, PZ_SYNTHETIC_TEXT, "synthetic in part, or at several scales");
    else if (noisy)
        snprintf(text, PZ_SYNTHETIC_TEXT, "synthetic, scale %g, %g times the noise", synthetic->scale,
                 synthetic->noise);
    else
        snprintf(text, PZ_SYNTHETIC_TEXT, "synthetic, scale %g", synthetic->scale);
    return text;
}

char **pz_results_tables(struct pz_results *results, size_t *n)
{
    static const char folder[] = "tables/", ending[] = ".csv";
    struct pz_manifest *tables = &results->tables;
    char **names = pz_alloc(tables->n * sizeof *names);
    (void)pz_manifest_find(tables, ""); /* puts them in order */
    *n = 0;
    for (size_t i = 0; i < tables->n; i++) {
        const char *name = tables->files[i].name + sizeof folder - 1, *end = strrchr(name, '.');
        if (end && strcmp(end, ending) == 0)
            names[(*n)++] = pz_format("%.*s", (int)(end - name), name);
    }
    return names;
}

static struct pz_path list_path(const struct pz_results *results, const char *maker)
{
    return pz_results_path(results, pz_path("tables/%s.json", maker).text);
}

/* Removes a list and what it lists. */
static void remove_added(const char *directory, const char *path, const struct pz_manifest *added)
{
    unlink(path);
    for (size_t i = 0; i < added->n; i++)
        unlink(pz_file_join(directory, added->files[i].name).text);
}

static int add_file(const struct pz_results *results, const char *name, const struct pz_buf *bytes,
                    struct pz_manifest *added, struct pz_error *error)
{
    int status = pz_file_write(pz_results_path(results, name).text, bytes->bytes, bytes->nbytes, error);
    pz_manifest_add_bytes(added, name, bytes);
    return status;
}

int pz_results_add(struct pz_results *results, const char *maker, const struct pz_results_table *tables, size_t n,
                   struct pz_error *error)
{
    struct pz_manifest before, added = {0};
    struct pz_error ignored;
    struct pz_buf json = {0}, package = {0};
    struct pz_path list = list_path(results, maker), folder = pz_results_path(results, "tables");
    if (pz_manifest_read(&before, list.text, &ignored) <= 0)
        remove_added(results->directory, list.text, &before);
    int status = pz_file_make_dirs(folder.text, 0777, error);
    for (size_t i = 0; status == 0 && i < n; i++) {
        struct pz_path name = pz_path("tables/%s.csv", tables[i].schema->name);
        status = add_file(results, name.text, tables[i].csv, &added, error);
    }
    if (status == 0 && n) {
        struct pz_path name = pz_path("tables/datapackage-%s.json", maker);
        pz_datapackage_write_added(maker, tables, n, &package);
        status = add_file(results, name.text, &package, &added, error);
    }
    added.summary = results->summary;
    struct pz_manifest listed = pz_folders_list(&added, results->folder);
    pz_manifest_write_list(&listed, &json);
    pz_manifest_release(&listed);
    if (status == 0)
        status = pz_file_write(list.text, json.bytes, json.nbytes, error);
    pz_manifest_add_all(&results->tables, &added);
    pz_buf_release(&package);
    pz_buf_release(&json);
    pz_manifest_release(&added);
    pz_manifest_release(&before);
    return status;
}

int pz_results_read_added(const struct pz_results *results, const char *maker, const char *table, struct pz_buf *to)
{
    struct pz_manifest added;
    struct pz_error ignored;
    struct pz_path list = list_path(results, maker), name = pz_path("tables/%s.csv", table),
                   path = pz_results_path(results, name.text);
    const struct pz_manifest_file *file = NULL;
    int status = pz_manifest_read(&added, list.text, &ignored);
    if (status == 0) {
        pz_folders_choose(&added, results->folder);
        if (pz_sha256_same(added.summary, results->summary))
            file = pz_manifest_find(&added, name.text);
        status = !file ? 1 : pz_file_read(path.text, to, &ignored) == 0 && pz_manifest_is(file, to) ? 0 : -1;
    }
    pz_manifest_release(&added);
    return status;
}

void pz_results_remove_stale(const struct pz_results *results)
{
    for (size_t i = 0; pz_results_makers[i]; i++) {
        struct pz_manifest added;
        struct pz_error ignored;
        struct pz_path list = list_path(results, pz_results_makers[i]);
        if (pz_manifest_read(&added, list.text, &ignored) <= 0 && !pz_sha256_same(added.summary, results->summary))
            remove_added(results->directory, list.text, &added);
        pz_manifest_release(&added);
    }
}

void pz_results_remove_added(const char *directory, uint16_t folder)
{
    const struct pz_results results = {.directory = directory, .folder = folder, .summary.text = "none"};
    pz_results_remove_stale(&results);
}
