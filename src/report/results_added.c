/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands that add tables to a result (overlap, portrait, report) write them with a list of their own, which names the
 * summary.json that it belongs to. */
#include "report/results.h"

#include "report/datapackage.h"

#include <stdlib.h>
#include <unistd.h>

/* The commands that add tables. */
static const char *const makers[] = {"overlap", "portrait", "reproduction"};
enum { MAKERS = sizeof makers / sizeof *makers };

static struct pz_path list_of(const char *maker)
{
    return pz_path("tables/%s.json", maker);
}

/* Removes a list and what it lists. */
static void remove_added(const struct pz_results *results, const char *maker, const struct pz_manifest *added)
{
    unlink(pz_results_path(results, list_of(maker).text).text);
    for (size_t i = 0; i < added->n; i++)
        unlink(pz_results_path(results, added->files[i].name).text);
}

int pz_results_add(struct pz_results *results, const char *maker, const struct pz_results_table *tables, size_t n,
                   struct pz_error *error)
{
    struct pz_manifest before, added = {0};
    struct pz_error ignored;
    struct pz_buf package = {0};
    static const struct pz_job *const none[] = {NULL};
    const struct pz_schema **schemas = pz_alloc((n + 1) * sizeof *schemas);
    struct pz_path title =
        pz_path("Tables that patientzero %s adds", strcmp(maker, "reproduction") == 0 ? "report" : maker);
    struct pz_path list = list_of(maker), description = pz_path("tables/datapackage-%s.json", maker);
    if (pz_results_read_list(results, list.text, &before, &ignored) != 1)
        remove_added(results, maker, &before);
    int status = pz_file_make_dirs(pz_results_path(results, "tables").text, 0777, error);
    for (size_t i = 0; status == 0 && i < n; i++)
        status = pz_results_write(results, pz_results_table_name(tables[i].schema).text, tables[i].csv, &added, error);
    if (status == 0 && n) {
        for (size_t i = 0; i < n; i++)
            schemas[i] = tables[i].schema;
        pz_datapackage_write(maker, title.text, none, schemas, &added, 0, &package);
        status = pz_results_write(results, description.text, &package, &added, error);
    }
    if (status == 0)
        status = pz_results_write_list(results, list.text, &added, error);
    pz_manifest_add_all(&results->tables, &added);
    pz_buf_release(&package);
    free(schemas);
    pz_manifest_release(&added);
    pz_manifest_release(&before);
    return status;
}

int pz_results_read_added(const struct pz_results *results, const char *maker, const char *table, struct pz_buf *to)
{
    struct pz_manifest added;
    struct pz_error ignored;
    struct pz_path name = pz_path("tables/%s.csv", table);
    int status = pz_results_read_list(results, list_of(maker).text, &added, &ignored);
    const struct pz_manifest_file *file = status == 0 ? pz_manifest_find(&added, name.text) : NULL;
    if (file)
        status = pz_file_read(pz_results_path(results, name.text).text, to, &ignored) == 0 && pz_manifest_is(file, to)
                     ? 0
                     : -1;
    else if (status == 0 || status == 2)
        status = 1;
    pz_manifest_release(&added);
    return status;
}

/* A table that was added to another result is ignored: the command that adds it again replaces it. */
int pz_results_check_added(struct pz_results *results, const char *maker, struct pz_error *error)
{
    int status = 0;
    for (size_t i = 0; status == 0 && i < MAKERS; i++) {
        struct pz_manifest added;
        if (maker && strcmp(maker, makers[i]) == 0)
            continue;
        int found = pz_results_read_list(results, list_of(makers[i]).text, &added, error);
        if (found == 0) {
            status = pz_results_check_listed(results, &added, error);
            pz_manifest_add_all(&results->tables, &added);
        }
        status = found < 0 ? -1 : status;
        pz_manifest_release(&added);
    }
    return status;
}

void pz_results_remove_stale(const struct pz_results *results)
{
    for (size_t i = 0; i < MAKERS; i++) {
        struct pz_manifest added;
        struct pz_error ignored;
        int found = pz_results_read_list(results, list_of(makers[i]).text, &added, &ignored);
        if (found < 0 || found == 2)
            remove_added(results, makers[i], &added);
        pz_manifest_release(&added);
    }
}

void pz_results_remove_added(const char *directory, uint16_t folder)
{
    const struct pz_results results = {.directory = directory, .folder = folder, .summary.text = "none"};
    pz_results_remove_stale(&results);
}
