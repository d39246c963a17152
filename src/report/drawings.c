/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/drawings.h"

#include "base/file.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#define MARK "# sha256 "

static void put_first_line(const uint8_t *script, size_t nbytes, struct pz_buf *to)
{
    pz_buf_printf(to, MARK "%s of the lines below: a script that you change is kept\n",
                  pz_sha256_text(script, nbytes).text);
}

void pz_script_seal(struct pz_buf *script)
{
    struct pz_buf sealed = {0};
    put_first_line(script->bytes, script->nbytes, &sealed);
    pz_buf_put(&sealed, script->bytes, script->nbytes);
    pz_buf_release(script);
    *script = sealed;
}

/* A script that can't be read counts as changed. */
bool pz_script_is_changed(const char *path)
{
    struct pz_buf script = {0}, line = {0};
    struct pz_error ignored;
    bool changed = true;
    if (access(path, F_OK) != 0)
        return false;
    if (pz_file_read(path, &script, &ignored) == 0) {
        const uint8_t *end = script.nbytes ? memchr(script.bytes, '\n', script.nbytes) : NULL;
        size_t first = end ? (size_t)(end - script.bytes) + 1 : 0;
        put_first_line(script.bytes + first, script.nbytes - first, &line);
        changed = line.nbytes != first || memcmp(line.bytes, script.bytes, first) != 0;
    }
    pz_buf_release(&line);
    pz_buf_release(&script);
    return changed;
}

static void remove_files(const char *folder, const char *name)
{
    static const char *const endings[] = {"gp", "svg", "png", "pdf", "txt"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        unlink(pz_path("%s/%s.%s", folder, name, endings[i]).text);
}

char *pz_script_make_room(const char *folder, const char *name)
{
    enum { NAMES = 9 }; /* of which one left by an earlier report may be, after those that were changed */
    char *room = NULL;
    for (int i = 1; i <= NAMES || !room; i++) {
        char *candidate = i == 1 ? pz_strdup(name) : pz_format("%s-%d", name, i);
        if (!pz_script_is_changed(pz_path("%s/%s.gp", folder, candidate).text)) {
            remove_files(folder, candidate);
            room = room ? room : pz_strdup(candidate);
        }
        free(candidate);
    }
    return room;
}

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
