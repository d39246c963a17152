/* SPDX-License-Identifier: BSD-2-Clause */
/* pz_output_begin renames summary.json, so that the old result is no longer whole; then files are written, each by
 * rename, and their digests are kept in two lists, of tables and of restricted files; pz_output_end writes
 * restricted/manifest.json and summary.json with these lists, which makes the new result whole. A table with a column
 * of addresses goes to restricted/. */
#include "report/output.h"

#include "report/datapackage.h"
#include "report/draw.h"
#include "report/drawings.h"
#include "report/folders.h"
#include "report/result_sets.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define TABLES "tables"
#define RESTRICTED "restricted"
#define FIGURES "figures"

/* A link is followed only to a folder that the user owns: in another's folder, the other user could read all that names
 * sources. */
static int close_to_others(const char *folder, struct pz_error *error)
{
    struct stat itself, target;
    if (lstat(folder, &itself) == 0 && S_ISLNK(itself.st_mode) && stat(folder, &target) == 0 &&
        target.st_uid != geteuid())
        return pz_fail(error, "%s is a link to a folder of another user, who would see the sources: remove the link",
                       folder);
    if (chmod(folder, PZ_FILE_PRIVATE_FOLDER) != 0)
        return pz_fail(error, "cannot make %s readable by you alone: %s", folder, strerror(errno));
    return 0;
}

void pz_output_choose_port(struct pz_output *output, uint16_t port)
{
    output->folder = output->nports > 1 ? port : 0;
}

/* Of a file or a folder, by its name in a result of one port. */
static struct pz_path path_in(const struct pz_output *output, uint16_t folder, const char *name)
{
    return pz_folders_path(output->directory, folder, name);
}

static uint16_t folder_of(const struct pz_output *output, size_t port)
{
    return output->nports > 1 ? output->ports[port] : 0;
}

static int make_folders(const struct pz_output *output, uint16_t folder, struct pz_error *error)
{
    int status = pz_file_make_dirs(path_in(output, folder, TABLES).text, 0777, error);
    return status == 0 ? pz_file_make_dirs(path_in(output, folder, RESTRICTED).text, PZ_FILE_PRIVATE_FOLDER, error)
                       : status;
}

int pz_output_prepare(const struct pz_output *output, struct pz_error *error)
{
    int status = make_folders(output, 0, error);
    if (status == 0)
        status = close_to_others(path_in(output, 0, RESTRICTED).text, error);
    for (size_t i = 0; status == 0 && i < output->nports; i++)
        status = make_folders(output, folder_of(output, i), error);
    return status;
}

static void remove_file(const struct pz_output *output, uint16_t folder, const char *name)
{
    unlink(path_in(output, folder, name).text);
}

static void remove_folder(const struct pz_output *output, uint16_t folder, const char *name)
{
    rmdir(path_in(output, folder, name).text); /* what is not ours stays, and its folder too */
}

/* Removes the port's sets of hours that have no scans in the timeline; without one, all of them. */
static void remove_sets(const struct pz_output *output, uint16_t folder, const struct pz_timeline *timeline)
{
    DIR *directory = opendir(path_in(output, folder, PZ_RESULTS_SETS).text);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        uint32_t hour;
        if (!pz_set_hour(entry->d_name, &hour))
            continue;
        size_t row = timeline ? pz_timeline_row(timeline, hour) : PZ_NO_ROW;
        if (row == PZ_NO_ROW || !timeline->hours[row].scans)
            unlinkat(dirfd(directory), entry->d_name, 0);
    }
    if (directory)
        closedir(directory);
}

/* Removes what was drawn of the port's earlier tables. */
static void remove_drawings(const struct pz_output *output, uint16_t folder)
{
    remove_file(output, folder, PZ_DRAWINGS_LIST);
    pz_draw_remove(path_in(output, folder, FIGURES).text, output->figures);
}

/* Removes the files that an earlier result has in the folders of a port, or outside all of them. */
static void remove_port(const struct pz_output *output, uint16_t folder)
{
    static const struct pz_schema *const none[] = {NULL};
    const struct pz_schema *schema;
    for (size_t i = 0; (schema = pz_jobs_schema(output->jobs, none, i)); i++)
        remove_file(output, folder, pz_results_table_name(schema).text);
    remove_file(output, folder, PZ_RESULTS_MODEL);
    remove_file(output, folder, TABLES "/" PZ_DATAPACKAGE);
    remove_file(output, folder, RESTRICTED "/" PZ_DATAPACKAGE);
    pz_results_remove_added(output->directory, folder);
    remove_sets(output, folder, NULL);
    remove_drawings(output, folder);
    remove_folder(output, folder, PZ_RESULTS_SETS);
    if (folder) {
        remove_folder(output, folder, TABLES);
        remove_folder(output, folder, RESTRICTED);
        remove_folder(output, folder, FIGURES);
    }
}

/* An earlier result of one port, or of others than now, lies in other folders than the new one. */
static void remove_other_ports(const struct pz_output *output)
{
    size_t n;
    uint16_t *folders = pz_folders_of_ports(output->directory, &n);
    for (size_t i = 0; i < n; i++) {
        bool kept = false;
        for (size_t j = 0; j < output->nports; j++)
            kept = kept || folder_of(output, j) == folders[i];
        if (!kept)
            remove_port(output, folders[i]);
    }
    if (output->nports > 1)
        remove_port(output, 0);
    free(folders);
}

void pz_output_remove_empty(const struct pz_output *output)
{
    for (size_t i = 0; i < output->nports; i++) {
        remove_folder(output, folder_of(output, i), PZ_RESULTS_SETS);
        remove_folder(output, folder_of(output, i), RESTRICTED);
        remove_folder(output, folder_of(output, i), TABLES);
    }
    remove_folder(output, 0, TABLES);
}

int pz_output_begin(struct pz_output *output, struct pz_error *error)
{
    if (output->begun)
        return 0;
    output->begun = true;
    struct pz_path summary = path_in(output, 0, PZ_RESULTS_SUMMARY),
                   unfinished = path_in(output, 0, PZ_RESULTS_UNFINISHED);
    pz_output_release(output);
    if (access(summary.text, F_OK) == 0 && rename(summary.text, unfinished.text) != 0 && errno != ENOENT)
        return pz_fail(error, "cannot rename %s: %s", summary.text, strerror(errno));
    remove_file(output, 0, PZ_RESULTS_RESTRICTED);
    remove_file(output, 0, "report.html");
    remove_other_ports(output);
    for (size_t i = 0; i < output->nports; i++)
        remove_drawings(output, folder_of(output, i));
    return 0;
}

/* A file by its name in a result of one port. */
static int write_file(const struct pz_output *output, const char *name, const struct pz_buf *bytes,
                      struct pz_error *error)
{
    bool private = strncmp(name, RESTRICTED "/", sizeof RESTRICTED) == 0;
    return pz_file_write_as(private ? PZ_FILE_PRIVATE : PZ_FILE_PUBLIC, path_in(output, output->folder, name).text,
                            bytes->bytes, bytes->nbytes, error);
}

int pz_output_end(struct pz_output *output, const struct pz_results *results, const struct pz_buf *summary,
                  struct pz_error *error)
{
    struct pz_buf json = {0};
    for (size_t i = 0; i < output->nports; i++)
        pz_results_remove_stale(&results[i]);
    output->folder = 0; /* what follows is of all ports */
    output->restricted.summary = results->summary;
    pz_manifest_write_list(&output->restricted, 0, &json);
    int status = write_file(output, PZ_RESULTS_RESTRICTED, &json, error);
    if (status == 0)
        status = write_file(output, PZ_RESULTS_SUMMARY, summary, error);
    if (status == 0)
        remove_file(output, 0, PZ_RESULTS_UNFINISHED);
    pz_buf_release(&json);
    return status;
}

void pz_output_release(struct pz_output *output)
{
    pz_manifest_release(&output->tables);
    pz_manifest_release(&output->restricted);
}

/* Writes a file of the port, and lists it. */
static int write_listed(struct pz_output *output, struct pz_manifest *list, const char *name,
                        const struct pz_buf *bytes, struct pz_error *error)
{
    int status = write_file(output, name, bytes, error);
    pz_manifest_add_bytes(list, pz_folders_name(output->folder, name).text, bytes);
    return status;
}

int pz_output_model(struct pz_output *output, const struct pz_buf *text, struct pz_error *error)
{
    return write_listed(output, &output->tables, PZ_RESULTS_MODEL, text, error);
}

int pz_output_table(struct pz_output *output, const struct pz_job *job, const struct pz_job_table *table,
                    const struct pz_accumulator *acc, struct pz_error *error)
{
    bool restricted = pz_schema_is_restricted(&table->schema);
    struct pz_path name = pz_results_table_name(&table->schema);
    struct pz_buf csv = {0};
    pz_job_write(job, table, acc, output->pseudonyms, &csv);
    int status = 0;
    if (csv.nbytes) {
        status = write_listed(output, restricted ? &output->restricted : &output->tables, name.text, &csv, error);
    } else {
        /* No such table, as of countries without a list; an earlier run may have left one. */
        remove_file(output, output->folder, name.text);
    }
    pz_buf_release(&csv);
    return status;
}

int pz_output_packages(struct pz_output *output, struct pz_error *error)
{
    static const struct pz_schema *const none[] = {NULL};
    const struct {
        struct pz_manifest *files;
        const char *of, *title;
    } packages[] = {{&output->tables, TABLES, "Who scanned a TCP port, and when, in a network telescope's packets"},
                    {&output->restricted, RESTRICTED, "Sources that scanned a TCP port, by name: not to be passed on"}};
    int status = 0;
    for (size_t i = 0; status == 0 && i < sizeof packages / sizeof *packages; i++) {
        struct pz_buf json = {0};
        pz_datapackage_write(packages[i].of, packages[i].title, output->jobs, none, packages[i].files, output->folder,
                             &json);
        status =
            write_listed(output, packages[i].files, pz_path("%s/" PZ_DATAPACKAGE, packages[i].of).text, &json, error);
        pz_buf_release(&json);
    }
    return status;
}

int pz_output_set(const struct pz_output *output, uint32_t hour, const struct pz_buf *set, struct pz_buf *record,
                  struct pz_error *error)
{
    struct pz_path name = pz_set_name(hour);
    int status = 0;
    if (set->nbytes) {
        status = write_file(output, name.text, set, error);
        pz_buf_put_u64(record, set->nbytes);
        const struct pz_sha256_text digest = pz_sha256_text(set->bytes, set->nbytes);
        pz_buf_put(record, &digest, sizeof digest);
    } else {
        remove_file(output, output->folder, name.text);
    }
    return status;
}

void pz_output_take_set(struct pz_output *output, uint32_t hour, struct pz_cursor *record)
{
    if (!pz_cursor_left(record))
        return;
    struct pz_path real = pz_folders_name(output->folder, pz_set_name(hour).text);
    uint64_t nbytes = pz_cursor_u64(record);
    struct pz_sha256_text digest;
    const uint8_t *taken = pz_cursor_take(record, sizeof digest);
    PZ_CHECK(taken);
    memcpy(&digest, taken, sizeof digest);
    pz_manifest_add(&output->restricted, real.text, nbytes, digest);
}

int pz_output_prepare_sets(const struct pz_output *output, const struct pz_timeline *timeline, struct pz_error *error)
{
    int status =
        pz_file_make_dirs(path_in(output, output->folder, PZ_RESULTS_SETS).text, PZ_FILE_PRIVATE_FOLDER, error);
    if (status == 0)
        remove_sets(output, output->folder, timeline);
    return status;
}

void pz_output_sweep(const struct pz_output *output)
{
    static const char *const folders[] = {TABLES, RESTRICTED, PZ_RESULTS_SETS, FIGURES};
    pz_file_sweep(output->directory, 1);
    for (size_t port = 0; port < output->nports; port++)
        for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
            pz_file_sweep(path_in(output, folder_of(output, port), folders[i]).text, 1);
}
