/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/drawings.h"

#include "base/file.h"
#include "report/folders.h"
#include "report/script.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#define FIGURES "figures"
#define LIST_NAME "manifest.json"
#define LIST FIGURES "/" LIST_NAME
#define PAGE "report.html"

void pz_drawings_unlist(const char *figures)
{
    unlink(pz_file_join(figures, LIST_NAME).text);
}

int pz_drawings_list(const struct pz_results *results, struct pz_manifest *list, struct pz_error *error)
{
    struct pz_buf json = {0};
    struct pz_path path = pz_results_path(results, LIST);
    list->summary = results->summary;
    struct pz_manifest listed = pz_folders_list(list, results->folder);
    pz_manifest_write_list(&listed, &json);
    pz_manifest_release(&listed);
    int status = pz_file_write(path.text, json.bytes, json.nbytes, error);
    pz_buf_release(&json);
    return status;
}

/* Whether a picture or a script comes from a script that a user changed. */
static bool is_users_own(const struct pz_results *results, const char *name)
{
    const char *ending = strrchr(name, '.');
    struct pz_path script = pz_path("%.*s.gp", (int)(ending - name), name),
                   path = pz_results_path(results, script.text);
    return pz_script_is_changed(path.text);
}

/* A drawing that is listed and missing was removed by a run that began to draw its own. */
static bool is_foreign(const struct pz_results *results, struct pz_manifest *list, const char *name)
{
    const struct pz_manifest_file *file = pz_manifest_find(list, name);
    struct pz_buf bytes = {0};
    struct pz_error ignored;
    struct pz_path path = pz_results_path(results, name);
    bool foreign = (file || access(path.text, F_OK) == 0) && !is_users_own(results, name) &&
                   (!file || pz_file_read(path.text, &bytes, &ignored) != 0 || !pz_manifest_is(file, &bytes));
    pz_buf_release(&bytes);
    return foreign;
}

/* A script that isn't listed, as of a figure that these tables don't give. */
static char *find_unlisted(const struct pz_results *results, struct pz_manifest *list)
{
    char *foreign = NULL;
    DIR *folder = opendir(pz_results_path(results, FIGURES).text);
    for (struct dirent *entry; folder && !foreign && (entry = readdir(folder));) {
        const char *ending = strrchr(entry->d_name, '.');
        char *name = pz_format(FIGURES "/%s", entry->d_name);
        if (ending && strcmp(ending, ".gp") == 0 && is_foreign(results, list, name))
            foreign = name;
        else
            free(name);
    }
    if (folder)
        closedir(folder);
    return foreign;
}

char *pz_drawings_find_foreign(const struct pz_results *results)
{
    struct pz_manifest list;
    struct pz_error ignored;
    char *foreign = NULL;
    if (pz_manifest_read(&list, pz_results_path(results, LIST).text, &ignored) != 0 ||
        !pz_sha256_same(list.summary, results->summary))
        pz_manifest_release(&list);
    pz_folders_choose(&list, results->folder);
    if (is_foreign(results, &list, PAGE))
        foreign = pz_strdup(PAGE);
    for (size_t i = 0; i < list.n && !foreign; i++)
        if (is_foreign(results, &list, list.files[i].name))
            foreign = pz_strdup(list.files[i].name);
    if (!foreign)
        foreign = find_unlisted(results, &list);
    pz_manifest_release(&list);
    return foreign;
}
