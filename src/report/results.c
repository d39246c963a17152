/* SPDX-License-Identifier: BSD-2-Clause */
/* A result is opened by reading its lists of digests and comparing the files with them (results_check.c). Tables are
 * read when they are first asked for, and kept until the result is closed. */
#include "report/results.h"

#include "base/csv.h"
#include "report/folders.h"
#include "report/results_check.h"

#include <stdio.h>
#include <stdlib.h>

struct pz_path pz_results_path(const struct pz_results *results, const char *name)
{
    return pz_folders_path(results->directory, results->folder, name);
}

struct pz_path pz_results_table_name(const struct pz_schema *schema)
{
    return pz_path("%s/%s.csv", pz_schema_is_restricted(schema) ? "restricted" : "tables", schema->name);
}

void pz_results_begin(struct pz_results *results, const struct pz_job *const *jobs, const char *directory,
                      uint16_t port, const struct pz_manifest *restricted, const struct pz_buf *summary)
{
    struct pz_error ignored;
    *results = (struct pz_results){.directory = directory, .jobs = jobs, .port = port};
    pz_buf_put(&results->record, summary->bytes, summary->nbytes);
    (void)pz_results_take_record(results, &ignored);
    pz_manifest_add_all(&results->restricted, restricted);
    pz_folders_choose(&results->restricted, results->folder);
}

int pz_results_open(struct pz_results *results, const struct pz_job *const *jobs, const char *directory, uint16_t port,
                    const char *maker, struct pz_error *error)
{
    *results = (struct pz_results){.directory = directory, .jobs = jobs, .port = port};
    int status = pz_results_check(results, maker, error);
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
    return pz_results_are_none(results) ? 0 : pz_results_open(results, jobs, directory, port, maker, error);
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
