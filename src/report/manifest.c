/* SPDX-License-Identifier: BSD-2-Clause */
/* A list is an array that is sorted by name when it is searched or written. Names are checked when a list is read: none
 * may be absolute or lead out of the folders of a result, as files are opened and removed by these names. */
#include "report/manifest.h"

#include "base/file.h"
#include "report/folders.h"

#include <stdlib.h>
#include <unistd.h>

void pz_manifest_release(struct pz_manifest *manifest)
{
    for (size_t i = 0; i < manifest->n; i++)
        free(manifest->files[i].name);
    free(manifest->files);
    *manifest = (struct pz_manifest){0};
}

void pz_manifest_add(struct pz_manifest *manifest, const char *name, uint64_t size, struct pz_sha256_text digest)
{
    manifest->files = pz_room(manifest->files, manifest->n, sizeof *manifest->files);
    manifest->files[manifest->n++] = (struct pz_manifest_file){pz_strdup(name), size, digest};
    manifest->sorted = false;
}

void pz_manifest_add_bytes(struct pz_manifest *manifest, const char *name, const struct pz_buf *bytes)
{
    pz_manifest_add(manifest, name, bytes->nbytes, pz_sha256_text(bytes->bytes, bytes->nbytes));
}

void pz_manifest_add_all(struct pz_manifest *manifest, const struct pz_manifest *others)
{
    for (size_t i = 0; i < others->n; i++)
        pz_manifest_add(manifest, others->files[i].name, others->files[i].size, others->files[i].digest);
}

static int compare(const void *a, const void *b)
{
    const struct pz_manifest_file *x = a, *y = b;
    return strcmp(x->name, y->name);
}

void pz_manifest_sort(struct pz_manifest *manifest)
{
    if (!manifest->sorted && manifest->n)
        qsort(manifest->files, manifest->n, sizeof *manifest->files, compare);
    manifest->sorted = true;
}

const struct pz_manifest_file *pz_manifest_find(struct pz_manifest *manifest, const char *name)
{
    const struct pz_manifest_file wanted = {.name = (char *)(uintptr_t)name};
    pz_manifest_sort(manifest);
    return manifest->n ? bsearch(&wanted, manifest->files, manifest->n, sizeof wanted, compare) : NULL;
}

bool pz_manifest_is(const struct pz_manifest_file *file, const struct pz_buf *bytes)
{
    return bytes->nbytes == file->size && pz_sha256_same(pz_sha256_text(bytes->bytes, bytes->nbytes), file->digest);
}

bool pz_manifest_is_at(const struct pz_manifest_file *file, const char *path)
{
    struct pz_buf bytes = {0};
    struct pz_error ignored;
    bool is = pz_file_read(path, &bytes, &ignored) == 0 && pz_manifest_is(file, &bytes);
    pz_buf_release(&bytes);
    return is;
}

void pz_manifest_write(struct pz_manifest *manifest, uint16_t folder, struct pz_json *json)
{
    pz_manifest_sort(manifest);
    pz_json_open(json, "files", '{');
    for (size_t i = 0; i < manifest->n; i++) {
        pz_json_open(json, pz_folders_name(folder, manifest->files[i].name).text, '{');
        pz_json_u64(json, "size", manifest->files[i].size);
        pz_json_text(json, "sha256", manifest->files[i].digest.text);
        pz_json_close(json, '}');
    }
    pz_json_close(json, '}');
}

/* A text that is too long for a digest leaves it empty: no file has that one. */
static void read_digest(const char *text, struct pz_sha256_text *digest)
{
    if (strlen(text) < sizeof digest->text)
        strcpy(digest->text, text);
}

static void take_file(struct pz_manifest *manifest, const struct pz_json_value *value)
{
    const char *name = value->path[1].key, *what = value->path[2].key;
    if (!manifest->n || strcmp(manifest->files[manifest->n - 1].name, name) != 0)
        pz_manifest_add(manifest, name, 0, (struct pz_sha256_text){""});
    struct pz_manifest_file *last = &manifest->files[manifest->n - 1];
    if (strcmp(what, "size") == 0)
        last->size = strtoull(value->text, NULL, 10);
    else if (strcmp(what, "sha256") == 0)
        read_digest(value->text, &last->digest);
}

static void take_synthetic(struct pz_synthetic *synthetic, const struct pz_json_value *value)
{
    const char *key = value->depth == 2 && value->path[0].key ? value->path[1].key : NULL;
    if (!key || strcmp(value->path[0].key, "synthetic") != 0)
        return;
    double number = strtod(value->text, NULL);
    synthetic->any = true;
    if (strcmp(key, "scale") == 0 && number > 0 && number <= 1) {
        synthetic->known = true;
        synthetic->scale = number;
    } else if (strcmp(key, "noise") == 0 && number >= 0) {
        synthetic->noise = number;
    }
}

bool pz_manifest_is_port(const struct pz_json_value *value)
{
    const struct pz_json_step *path = value->path;
    if (value->depth < 2 || !path[0].key || strcmp(path[0].key, "options") != 0 || !path[1].key)
        return false;
    return (value->depth == 2 && strcmp(path[1].key, "port") == 0) ||
           (value->depth == 3 && strcmp(path[1].key, "ports") == 0 && !path[2].key);
}

static void take(void *context, const struct pz_json_value *value)
{
    struct pz_manifest *manifest = context;
    const struct pz_json_step *path = value->path;
    if (value->depth == 3 && path[0].key && strcmp(path[0].key, "files") == 0 && path[1].key && path[2].key)
        take_file(manifest, value);
    else if (pz_manifest_is_port(value) && manifest->nports < PZ_PORTS)
        manifest->ports[manifest->nports++] = (uint16_t)strtoul(value->text, NULL, 10);
    else if (value->depth == 1 && path[0].key && strcmp(path[0].key, "summary") == 0)
        read_digest(value->text, &manifest->summary);
    else
        take_synthetic(&manifest->synthetic, value);
}

static bool names_are_good(const struct pz_manifest *manifest)
{
    for (size_t i = 0; i < manifest->n; i++) {
        const char *name = manifest->files[i].name;
        bool known = strncmp(name, "tables/", 7) == 0 || strncmp(name, "restricted/", 11) == 0 ||
                     strncmp(name, "figures/", 8) == 0 || strcmp(name, "report.html") == 0;
        if (!known || strstr(name, ".."))
            return false;
    }
    return true;
}

int pz_manifest_parse(struct pz_manifest *manifest, const struct pz_buf *text, const char *path, struct pz_error *error)
{
    *manifest = (struct pz_manifest){.synthetic = {.scale = 1, .noise = 1}};
    if (pz_json_read(text->bytes, text->nbytes, take, manifest) == 0 && names_are_good(manifest))
        return 0;
    pz_manifest_release(manifest);
    return pz_fail_usage(error, "%s is damaged: run again to write it", path);
}

int pz_manifest_read(struct pz_manifest *manifest, const char *path, struct pz_error *error)
{
    struct pz_buf text = {0};
    *manifest = (struct pz_manifest){.n = 0};
    if (access(path, F_OK) != 0)
        return 1;
    int status = pz_file_read(path, &text, error);
    if (status == 0)
        status = pz_manifest_parse(manifest, &text, path, error);
    pz_buf_release(&text);
    return status;
}

void pz_manifest_write_list(struct pz_manifest *manifest, uint16_t folder, struct pz_buf *to)
{
    struct pz_json json = {.to = to};
    pz_json_open(&json, NULL, '{');
    pz_json_text(&json, "summary", manifest->summary.text);
    pz_manifest_write(manifest, folder, &json);
    pz_json_close(&json, '}');
}
