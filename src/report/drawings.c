/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/drawings.h"

#include "report/script.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#define FIGURES "figures"
#define PAGE "report.html"

/* Whether a picture or a script comes from a script that a user changed. */
static bool is_users_own(const struct pz_results *results, const char *name)
{
    struct pz_path script = pz_path("%.*s.gp", (int)(strrchr(name, '.') - name), name);
    return pz_script_is_changed(pz_results_path(results, script.text).text);
}

/* A drawing that is listed and missing was removed by a run that began to draw its own. */
static bool is_foreign(const struct pz_results *results, struct pz_manifest *list, const char *name)
{
    const struct pz_manifest_file *file = pz_manifest_find(list, name);
    struct pz_path path = pz_results_path(results, name);
    return (file || access(path.text, F_OK) == 0) && !is_users_own(results, name) &&
           !(file && pz_manifest_is_at(file, path.text));
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
    if (pz_results_read_list(results, PZ_DRAWINGS_LIST, &list, &ignored) != 0)
        pz_manifest_release(&list);
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
