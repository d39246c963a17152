/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/output.h"

#include "base/time.h"
#include "report/draw.h"
#include "report/drawings.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define TABLES "tables"
#define RESTRICTED "restricted"
#define SET_ENDING ".roaring"

/* A link is followed to a folder of the user's own only: another's would give them all that names sources. */
static int close_to_others(const char *folder, struct pz_error *error)
{
    struct stat itself, target;
    if (lstat(folder, &itself) == 0 && S_ISLNK(itself.st_mode) && stat(folder, &target) == 0 &&
        target.st_uid != geteuid())
        return pz_fail(error, "%s is a link to a folder of another user, who would see the sources: remove the link",
                       folder);
    if (chmod(folder, PZ_FILE_PRIVATE_FOLDER) != 0)
        return pz_fail(error, "cannot keep others out of %s: %s", folder, strerror(errno));
    return 0;
}

int pz_output_prepare(const struct pz_output *output, struct pz_error *error)
{
    char *tables = pz_file_join(output->directory, TABLES), *restricted = pz_file_join(output->directory, RESTRICTED);
    int status = pz_file_make_dirs(tables, 0777, error);
    if (status == 0)
        status = pz_file_make_dirs(restricted, PZ_FILE_PRIVATE_FOLDER, error);
    if (status == 0)
        status = close_to_others(restricted, error);
    free(restricted);
    free(tables);
    return status;
}

static void remove_file(const struct pz_output *output, const char *name)
{
    char *path = pz_file_join(output->directory, name);
    unlink(path);
    free(path);
}

int pz_output_begin(struct pz_output *output, struct pz_error *error)
{
    char *summary = pz_file_join(output->directory, PZ_RESULTS_SUMMARY),
         *unfinished = pz_file_join(output->directory, PZ_RESULTS_UNFINISHED);
    pz_output_release(output);
    int status = 0;
    if (access(summary, F_OK) == 0 && rename(summary, unfinished) != 0 && errno != ENOENT)
        status = pz_fail(error, "cannot rename %s: %s", summary, strerror(errno));
    if (status == 0) {
        remove_file(output, PZ_RESULTS_RESTRICTED);
        remove_file(output, "report.html");
        pz_drawings_unlist(output->directory);
        pz_draw_remove(output->directory, output->figures);
    }
    free(unfinished);
    free(summary);
    return status;
}

int pz_output_end(struct pz_output *output, const struct pz_results *results, const struct pz_buf *summary,
                  struct pz_error *error)
{
    struct pz_buf json = {0};
    pz_results_remove_stale(results);
    strcpy(output->restricted.summary, results->summary);
    pz_manifest_write_list(&output->restricted, &json);
    int status = pz_output_write(output, PZ_RESULTS_RESTRICTED, &json, error);
    if (status == 0)
        status = pz_output_write(output, PZ_RESULTS_SUMMARY, summary, error);
    if (status == 0)
        remove_file(output, PZ_RESULTS_UNFINISHED);
    pz_buf_release(&json);
    return status;
}

void pz_output_release(struct pz_output *output)
{
    pz_manifest_release(&output->tables);
    pz_manifest_release(&output->restricted);
}

int pz_output_write(const struct pz_output *output, const char *name, const struct pz_buf *bytes,
                    struct pz_error *error)
{
    char *path = pz_file_join(output->directory, name);
    bool private = strncmp(name, RESTRICTED "/", sizeof RESTRICTED) == 0;
    int status = (private ? pz_file_write_private : pz_file_write)(path, bytes->bytes, bytes->nbytes, error);
    free(path);
    return status;
}

int pz_output_table(struct pz_output *output, const struct pz_job *job, const struct pz_job_table *table,
                    const struct pz_accumulator *acc, struct pz_error *error)
{
    bool restricted = pz_schema_is_restricted(&table->schema);
    char *name = pz_format("%s/%s.csv", restricted ? RESTRICTED : TABLES, table->schema.name);
    struct pz_buf csv = {0};
    pz_job_write(job, table, acc, output->pseudonyms, &csv);
    int status = 0;
    if (csv.nbytes) {
        status = pz_output_write(output, name, &csv, error);
        pz_manifest_add_bytes(restricted ? &output->restricted : &output->tables, name, &csv);
    } else {
        /* Nothing to tell, as of countries where none are known; an earlier run may have had it. */
        remove_file(output, name);
    }
    free(name);
    pz_buf_release(&csv);
    return status;
}

static char *set_name(uint32_t hour)
{
    char time[PZ_TIME_TEXT];
    pz_time_text_hour(hour, time);
    return pz_format(PZ_RESULTS_SETS "/%s" SET_ENDING, time);
}

int pz_output_set(const struct pz_output *output, uint32_t hour, const struct pz_buf *set, struct pz_buf *record,
                  struct pz_error *error)
{
    char *name = set_name(hour);
    uint8_t digest[PZ_SHA256_BYTES];
    int status = 0;
    if (set->nbytes) {
        status = pz_output_write(output, name, set, error);
        pz_sha256(set->bytes, set->nbytes, digest);
        pz_buf_put_u64(record, set->nbytes);
        pz_buf_put(record, digest, sizeof digest);
    } else {
        remove_file(output, name);
    }
    free(name);
    return status;
}

void pz_output_take_set(struct pz_output *output, uint32_t hour, struct pz_cursor *record)
{
    if (!pz_cursor_left(record))
        return;
    char *name = set_name(hour);
    uint64_t nbytes = pz_cursor_u64(record);
    const uint8_t *digest = pz_cursor_take(record, PZ_SHA256_BYTES);
    PZ_CHECK(digest);
    pz_manifest_add(&output->restricted, name, nbytes, digest);
    free(name);
}

/* Whether the name is that of a set of an hour without scans in the timeline. */
static bool is_stale(const char *name, const struct pz_timeline *timeline)
{
    const char *ending = strstr(name, SET_ENDING);
    char time[PZ_TIME_TEXT];
    int64_t second;
    if (!ending || ending[strlen(SET_ENDING)] || ending - name >= PZ_TIME_TEXT)
        return false;
    memcpy(time, name, (size_t)(ending - name));
    time[ending - name] = 0;
    if (pz_time_parse(time, &second) != 0 || second < 0)
        return false;
    size_t row = pz_timeline_row(timeline, (uint32_t)(second / PZ_SECONDS_PER_HOUR));
    return row == PZ_NO_ROW || !timeline->hours[row].scans;
}

int pz_output_prepare_sets(const struct pz_output *output, const struct pz_timeline *timeline, struct pz_error *error)
{
    char *sets = pz_file_join(output->directory, PZ_RESULTS_SETS);
    int status = pz_file_make_dirs(sets, PZ_FILE_PRIVATE_FOLDER, error);
    DIR *directory = status == 0 ? opendir(sets) : NULL;
    for (struct dirent *entry; directory && (entry = readdir(directory));)
        if (is_stale(entry->d_name, timeline))
            unlinkat(dirfd(directory), entry->d_name, 0);
    if (directory)
        closedir(directory);
    free(sets);
    return status;
}

void pz_output_sweep(const struct pz_output *output)
{
    static const char *const folders[] = {"", "/" TABLES, "/" RESTRICTED, "/" PZ_RESULTS_SETS, "/figures"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char *folder = pz_format("%s%s", output->directory, folders[i]);
        pz_file_sweep(folder, 1);
        free(folder);
    }
}
