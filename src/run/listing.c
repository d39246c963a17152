#include "run/listing.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>

#define ENDING ".tally"

static bool ends_in(const char *name, const char *ending)
{
    size_t length = strlen(name), n = strlen(ending);
    return length > n && strcmp(name + length - n, ending) == 0;
}

/* A damaged tally stays: only who has its capture can make it good. */
static int tell_remedy(bool bad, struct pz_error *error)
{
    if (!bad)
        return -1;
    char *what = pz_strdup(error->text);
    pz_fail(error, "%s: scan its capture again with this store, which makes it good", what);
    free(what);
    return -1;
}

static int add_tally(struct pz_listing *listing, const char *path, struct pz_error *error)
{
    struct pz_tally_file file;
    struct pz_common common;
    bool bad = false;
    if (pz_tally_open(&file, path, &bad, error) != 0)
        return tell_remedy(bad, error);
    pz_common_init(&common);
    int status = pz_tally_read_common(&file, &common, &bad, error);
    if (status == 0) {
        const struct pz_tally_index *index = &file.index;
        listing->store.filter = index->filter; /* the same in all, as the store refuses others */
        listing->stored = pz_realloc(listing->stored, (listing->n + 1) * sizeof *listing->stored);
        listing->stored[listing->n++] =
            (struct pz_stored){index->identity, index->first_hour, index->last_hour, index->rows};
        pz_hours_merge(&listing->hours, &common.hours);
    }
    pz_common_release(&common);
    pz_tally_close(&file);
    return status == 0 ? 0 : tell_remedy(bad, error);
}

static int add_folder(struct pz_listing *listing, const char *folder, struct pz_error *error)
{
    DIR *directory = opendir(folder);
    int status = 0;
    for (struct dirent *entry; status == 0 && directory && (entry = readdir(directory));) {
        if (!ends_in(entry->d_name, ENDING))
            continue;
        char *path = pz_file_join(folder, entry->d_name);
        status = add_tally(listing, path, error);
        free(path);
    }
    if (directory)
        closedir(directory);
    return status;
}

static bool is_folder_of_tallies(const char *name)
{
    return strlen(name) == 2 && isxdigit((unsigned char)name[0]) && isxdigit((unsigned char)name[1]);
}

int pz_listing_make(struct pz_listing *listing, const char *directory, struct pz_error *error)
{
    *listing = (struct pz_listing){.store.directory = pz_strdup(directory)};
    pz_hours_init(&listing->hours);
    DIR *folders = opendir(directory);
    int status = 0;
    for (struct dirent *entry; status == 0 && folders && (entry = readdir(folders));) {
        if (!is_folder_of_tallies(entry->d_name))
            continue;
        char *folder = pz_file_join(directory, entry->d_name);
        status = add_folder(listing, folder, error);
        free(folder);
    }
    if (folders)
        closedir(folders);
    if (status == 0 && !listing->n)
        status = pz_fail_usage(
            error, "%s is no store with tallies in it: give the folder that scan or run keeps them in", directory);
    pz_stored_sort(listing->stored, listing->n);
    return status;
}

void pz_listing_release(struct pz_listing *listing)
{
    pz_hours_release(&listing->hours);
    free(listing->stored);
    pz_store_close(&listing->store);
    *listing = (struct pz_listing){0};
}
