/* SPDX-License-Identifier: BSD-2-Clause */
/* A list is an array that is sorted by name when it is searched or written. Names are checked when a list is read: none
 * may be absolute or lead out of the folders of a result, as files are opened and removed by these names. */
#include "report/manifest.h"

#include "base/file.h"

#include <stdlib.h>
#include <unistd.h>

void pz_manifest_release(struct pz_manifest *manifest)
{
    for (size_t i = 0; i < manifest->n; i++)
        free(manifest->files[i].name);
    free(manifest->files);
    *manifest = (struct pz_manifest){0};
}

static struct pz_manifest_file *append(struct pz_manifest *manifest, const char *name)
{
    manifest->files = pz_room(manifest->files, manifest->n, sizeof *manifest->files);
    struct pz_manifest_file *file = &manifest->files[manifest->n++];
    *file = (struct pz_manifest_file){.name = pz_strdup(name)};
    manifest->sorted = false;
    return file;
}

void pz_manifest_add(struct pz_manifest *manifest, const char *name, uint64_t size,
                     const uint8_t digest[PZ_SHA256_BYTES])
{
    struct pz_manifest_file *file = append(manifest, name);
    file->size = size;
    memcpy(file->digest, digest, sizeof file->digest);
}

void pz_manifest_add_bytes(struct pz_manifest *manifest, const char *name, const struct pz_buf *bytes)
{
    uint8_t digest[PZ_SHA256_BYTES];
    pz_sha256(bytes->bytes, bytes->nbytes, digest);
    pz_manifest_add(manifest, name, bytes->nbytes, digest);
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

static void sort(struct pz_manifest *manifest)
{
    if (!manifest->sorted && manifest->n)
        qsort(manifest->files, manifest->n, sizeof *manifest->files, compare);
    manifest->sorted = true;
}

const struct pz_manifest_file *pz_manifest_find(struct pz_manifest *manifest, const char *name)
{
    const struct pz_manifest_file wanted = {.name = (char *)(uintptr_t)name};
    sort(manifest);
    return manifest->n ? bsearch(&wanted, manifest->files, manifest->n, sizeof wanted, compare) : NULL;
}

bool pz_manifest_is(const struct pz_manifest_file *file, const struct pz_buf *bytes)
{
    uint8_t digest[PZ_SHA256_BYTES];
    if (bytes->nbytes != file->size)
        return false;
    pz_sha256(bytes->bytes, bytes->nbytes, digest);
    return memcmp(digest, file->digest, sizeof digest) == 0;
}

void pz_manifest_write(struct pz_manifest *manifest, struct pz_json *json)
{
    char text[PZ_SHA256_TEXT];
    sort(manifest);
    pz_json_open(json, "files", '{');
    for (size_t i = 0; i < manifest->n; i++) {
        pz_sha256_text(manifest->files[i].digest, text);
        pz_json_open(json, manifest->files[i].name, '{');
        pz_json_u64(json, "size", manifest->files[i].size);
        pz_json_text(json, "sha256", text);
        pz_json_close(json, '}');
    }
    pz_json_close(json, '}');
}

/* Leaves the digest as it was if the text isn't one. */
static void read_digest(const char *text, uint8_t digest[PZ_SHA256_BYTES])
{
    char again[PZ_SHA256_TEXT];
    uint8_t read[PZ_SHA256_BYTES];
    if (strlen(text) != PZ_SHA256_TEXT - 1)
        return;
    for (size_t i = 0; i < PZ_SHA256_BYTES; i++)
        read[i] = (uint8_t)strtoul((const char[]){text[2 * i], text[2 * i + 1], 0}, NULL, 16);
    pz_sha256_text(read, again);
    if (strcmp(again, text) == 0)
        memcpy(digest, read, sizeof read);
}

/* A digest that is lacking or wrong stays all zeros, which no file has. */
static void take_file(struct pz_manifest *manifest, const struct pz_json_value *value)
{
    const char *name = value->path[1].key, *what = value->path[2].key;
    struct pz_manifest_file *last = manifest->n ? &manifest->files[manifest->n - 1] : NULL;
    if (!last || strcmp(last->name, name) != 0)
        last = append(manifest, name);
    if (strcmp(what, "size") == 0)
        last->size = strtoull(value->text, NULL, 10);
    else if (strcmp(what, "sha256") == 0)
        read_digest(value->text, last->digest);
}

void pz_manifest_take_synthetic(struct pz_synthetic *synthetic, const struct pz_json_value *value)
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
    else if (value->depth == 1 && path[0].key && strcmp(path[0].key, "summary") == 0 &&
             strlen(value->text) < sizeof manifest->summary)
        strcpy(manifest->summary, value->text);
    else
        pz_manifest_take_synthetic(&manifest->synthetic, value);
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

int pz_manifest_read(struct pz_manifest *manifest, const char *path, struct pz_error *error)
{
    *manifest = (struct pz_manifest){.synthetic = {.scale = 1, .noise = 1}};
    if (access(path, F_OK) != 0)
        return 1;
    struct pz_buf text = {0};
    uint8_t digest[PZ_SHA256_BYTES];
    int status = pz_file_read(path, &text, error);
    if (status == 0 && (pz_json_read(text.bytes, text.nbytes, take, manifest) != 0 || !names_are_good(manifest)))
        status = pz_fail_usage(error, "%s is damaged: run again to write it", path);
    pz_sha256(text.bytes, text.nbytes, digest);
    pz_sha256_text(digest, manifest->itself);
    pz_buf_release(&text);
    if (status != 0)
        pz_manifest_release(manifest);
    return status;
}

void pz_manifest_write_list(struct pz_manifest *manifest, struct pz_buf *to)
{
    struct pz_json json = {.to = to};
    pz_json_open(&json, NULL, '{');
    pz_json_text(&json, "summary", manifest->summary);
    pz_manifest_write(manifest, &json);
    pz_json_close(&json, '}');
}
