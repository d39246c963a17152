/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/script.h"

#include "base/file.h"
#include "base/sha256.h"

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
