/* SPDX-License-Identifier: BSD-2-Clause */
/* A store is made once, by rank 0, with a key: a text file that names the filter and the format of all its tallies. A
 * run with another filter, or a program with another format, is refused. Each tally file is written under a temporary
 * name and renamed. */
#include "tally/store.h"

#include "base/text.h"

#include <dirent.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define KEY_NAME "key"
#define PORT_PREFIX "port-"

/* Plain text, so that the folder explains itself. */
static char *key_of(const struct pz_filter *filter)
{
    return pz_format("patientzero store\nformat %d\nport %u\nlens " PZ_IPV4 "/%d\n", PZ_TALLY_VERSION, filter->port,
                     PZ_OCTETS(filter->lens), __builtin_popcount(filter->lens_mask));
}

static char *in_one_line(const struct pz_buf *key)
{
    char *text = pz_format("%.*s", (int)(key->nbytes < 200 ? key->nbytes : 200), (const char *)key->bytes);
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++)
        if (text[i] == '\n')
            text[i] = i + 1 < length ? ',' : 0;
    return text;
}

/* The format of tallies that a key names, 0 for none. */
static unsigned format_of(const char *key)
{
    unsigned format = 0;
    return sscanf(key, "patientzero store,format %9u,", &format) == 1 ? format : 0;
}

/* The store has another key than the one that is asked for. */
static int fail_other(const char *directory, const struct pz_buf *found, const struct pz_buf *asked,
                      struct pz_error *error)
{
    char *is = in_one_line(found), *should = in_one_line(asked);
    unsigned format = format_of(is);
    if (!format)
        pz_fail_usage(error, "%s is not a store: its file " KEY_NAME " holds something else; give another --store",
                      directory);
    else if (format != PZ_TALLY_VERSION)
        pz_fail_usage(error,
                      "the store %s holds tallies of format %u, and this version of patientzero has format %d:"
                      " give another --store (or --out, if it lies in there), or remove this one; either way the"
                      " captures are scanned again",
                      directory, format, PZ_TALLY_VERSION);
    else
        pz_fail_usage(error,
                      "the store %s was made for other scans (it has \"%s\", this run needs \"%s\"), and tallies of "
                      "both cannot be mixed: give another --out or --store, or the earlier --lens",
                      directory, is, should);
    free(is);
    free(should);
    return -1;
}

/* The port that a key names, 0 for none. */
static uint16_t port_of(const struct pz_buf *key)
{
    unsigned port = 0;
    char *text = in_one_line(key);
    bool good = sscanf(text, "patientzero store,format %*u,port %5u,", &port) == 1 && port <= UINT16_MAX;
    free(text);
    return good ? (uint16_t)port : 0;
}

static bool is_key(const struct pz_buf *found, const struct pz_filter *filter)
{
    char *key = key_of(filter);
    bool is = found->nbytes == strlen(key) && memcmp(found->bytes, key, found->nbytes) == 0;
    free(key);
    return is;
}

static struct pz_path folder_of_port(const char *directory, uint16_t port)
{
    return pz_path("%s/" PORT_PREFIX "%u", directory, port);
}

/* Makes the folder and its key, if there is none, and appends to `found` the key that is there. */
static int make_folder(const char *directory, const struct pz_filter *filter, struct pz_buf *found,
                       struct pz_error *error)
{
    if (pz_file_make_dirs(directory, PZ_FILE_PRIVATE_FOLDER, error) != 0)
        return -1;
    char *wanted = key_of(filter);
    struct pz_path path = pz_file_join(directory, KEY_NAME);
    int status = access(path.text, F_OK) == 0
                     ? 0
                     : pz_file_write_as(PZ_FILE_PRIVATE_NEW, path.text, wanted, strlen(wanted), error);
    /* What counts is what is there now: another run may have made it at the same moment. */
    if (status >= 0)
        status = pz_file_read(path.text, found, error);
    free(wanted);
    return status;
}

int pz_store_prepare(const char *directory, const struct pz_filter *filter, struct pz_error *error)
{
    struct pz_buf found = {0};
    struct pz_filter other = *filter;
    struct pz_path folder = pz_path("%s", directory);
    int status = make_folder(folder.text, filter, &found, error);
    other.port = port_of(&found);
    if (status == 0 && other.port != filter->port && is_key(&found, &other)) {
        folder = folder_of_port(directory, filter->port);
        pz_buf_clear(&found);
        status = make_folder(folder.text, filter, &found, error);
    }
    if (status == 0 && !is_key(&found, filter)) {
        char *wanted = key_of(filter);
        struct pz_buf asked = {.bytes = (uint8_t *)wanted, .nbytes = strlen(wanted)};
        status = fail_other(folder.text, &found, &asked, error);
        free(wanted);
    }
    pz_buf_release(&found);
    return status;
}

/* The port of the folder itself; 0 if it is no store yet. */
static uint16_t own_port(const char *directory)
{
    struct pz_buf key = {0};
    struct pz_error ignored;
    struct pz_path path = pz_file_join(directory, KEY_NAME);
    uint16_t port = access(path.text, F_OK) == 0 && pz_file_read(path.text, &key, &ignored) == 0 ? port_of(&key) : 0;
    pz_buf_release(&key);
    return port;
}

struct pz_path pz_store_folder(const char *directory, uint16_t port)
{
    uint16_t own = own_port(directory);
    return own && own != port ? folder_of_port(directory, port) : pz_path("%s", directory);
}

static int compare_ports(const void *a, const void *b)
{
    return *(const uint16_t *)a - *(const uint16_t *)b;
}

uint16_t *pz_store_ports(const char *directory, size_t *n)
{
    uint16_t *ports = pz_alloc((UINT16_MAX + 1) * sizeof *ports), own = own_port(directory);
    *n = 0;
    if (own)
        ports[(*n)++] = own;
    DIR *folder = own ? opendir(directory) : NULL;
    for (struct dirent *entry; folder && *n < UINT16_MAX && (entry = readdir(folder));) {
        unsigned port = 0;
        int used = 0;
        if (sscanf(entry->d_name, PORT_PREFIX "%5u%n", &port, &used) != 1 || entry->d_name[used])
            continue;
        if (port == own_port(pz_file_join(directory, entry->d_name).text))
            ports[(*n)++] = (uint16_t)port;
    }
    if (folder)
        closedir(folder);
    qsort(ports, *n, sizeof *ports, compare_ports);
    return ports;
}

void pz_store_open(struct pz_store *store, const char *directory, const struct pz_filter *filter)
{
    *store = (struct pz_store){.directory = pz_strdup(directory), .filter = *filter};
}

void pz_store_close(struct pz_store *store)
{
    free(store->directory);
    *store = (struct pz_store){0};
}

static struct pz_path folder_of(const struct pz_store *store, const char *name)
{
    return pz_path("%s/%.2s", store->directory, name);
}

struct pz_path pz_store_path(const struct pz_store *store, const struct pz_identity *identity,
                             const struct pz_stretch *stretch)
{
    char name[PZ_IDENTITY_TEXT];
    pz_identity_text(identity, name);
    if (pz_stretch_is_none(stretch))
        return pz_path("%s/%.2s/%s.tally", store->directory, name, name);
    return pz_path("%s/%.2s/%s.%" PRId64 "-%" PRId64 ".tally", store->directory, name, name,
                   stretch->first_usec / PZ_STRETCH_STEP_USEC, stretch->last_usec / PZ_STRETCH_STEP_USEC);
}

static bool same_filter(const struct pz_filter *a, const struct pz_filter *b)
{
    return a->port == b->port && a->lens == b->lens && a->lens_mask == b->lens_mask;
}

static bool is_it(const struct pz_tally_index *index, const struct pz_store *store, const struct pz_identity *identity,
                  const struct pz_stretch *stretch)
{
    return same_filter(&index->filter, &store->filter) && pz_identity_compare(&index->identity, identity) == 0 &&
           pz_stretch_same(&index->stretch, stretch);
}

bool pz_store_look_up(const struct pz_store *store, const struct pz_identity *identity,
                      const struct pz_stretch *stretch, struct pz_tally_index *index, struct pz_common *common,
                      struct pz_error *error)
{
    error->text[0] = 0;
    struct pz_path path = pz_store_path(store, identity, stretch);
    struct pz_tally_file file;
    bool bad = false, good = false;
    if (access(path.text, F_OK) == 0 && pz_tally_open(&file, path.text, &bad, error) == 0) {
        if (!is_it(&file.index, store, identity, stretch)) {
            pz_fail(error, "the tally file %s belongs to another capture", path.text);
            bad = true;
        } else {
            good = pz_tally_read_common(&file, common, &bad, error) == 0;
        }
        *index = file.index;
        pz_tally_close(&file);
    }
    if (bad)
        unlink(path.text);
    return good;
}

int pz_store_write(const struct pz_store *store, const struct pz_identity *identity, struct pz_tally *tally,
                   const struct pz_damage_log *log, struct pz_error *error)
{
    struct pz_path path = pz_store_path(store, identity, &tally->copies.stretch);
    int status = pz_file_make_dirs(pz_path("%.*s", (int)(strrchr(path.text, '/') - path.text), path.text).text,
                                   PZ_FILE_PRIVATE_FOLDER, error);
    if (status == 0) {
        struct pz_file_pieces file;
        status = pz_file_begin(&file, path.text, PZ_FILE_PRIVATE, error);
        if (status == 0)
            status = pz_tally_encode(tally, log, &store->filter, identity, &file, error);
        status = pz_file_end(&file, status, error);
    }
    return status;
}

void pz_store_remove(const struct pz_store *store, const struct pz_identity *identity)
{
    char name[PZ_IDENTITY_TEXT];
    pz_identity_text(identity, name);
    struct pz_path folder = folder_of(store, name), pattern = pz_path("%s.*tally", name);
    DIR *files = opendir(folder.text);
    for (struct dirent *entry; files && (entry = readdir(files));)
        if (fnmatch(pattern.text, entry->d_name, 0) == 0)
            unlinkat(dirfd(files), entry->d_name, 0);
    if (files)
        closedir(files);
}

unsigned pz_store_folder_of(const struct pz_identity *identity)
{
    return (unsigned)(identity->hash >> 56); /* the first two digits of its text */
}

void pz_store_sweep(const struct pz_store *store, unsigned folder)
{
    pz_file_sweep(pz_path("%s/%02x", store->directory, folder).text, 0);
}
