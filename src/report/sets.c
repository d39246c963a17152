#include "report/sets.h"

#include "base/file.h"
#include "base/time.h"
#include "tally/bitmap.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#define ENDING ".roaring"

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* The hours that have a set, ascending; the caller frees. */
static uint32_t *list_hours(const char *folder, uint32_t since, uint32_t until, size_t *n)
{
    uint32_t *hours = NULL;
    DIR *directory = opendir(folder);
    *n = 0;
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        char name[PZ_TIME_TEXT];
        int64_t second;
        size_t length = strcspn(entry->d_name, ".");
        if (length >= sizeof name || strcmp(entry->d_name + length, ENDING) != 0)
            continue;
        memcpy(name, entry->d_name, length);
        name[length] = 0;
        if (pz_time_parse(name, &second) != 0 || second < 0)
            continue;
        uint32_t hour = (uint32_t)(second / PZ_SECONDS_PER_HOUR);
        if (hour < since || hour >= until)
            continue;
        hours = pz_realloc(hours, (*n + 1) * sizeof *hours);
        hours[(*n)++] = hour;
    }
    if (directory)
        closedir(directory);
    if (*n)
        qsort(hours, *n, sizeof *hours, compare);
    return hours;
}

int pz_sets_each(const char *directory, uint32_t since, uint32_t until,
                 void (*take)(void *context, uint32_t hour, const roaring_bitmap_t *set), void *context,
                 struct pz_error *error)
{
    char *folder = pz_file_join(directory, "restricted/sources");
    size_t n;
    uint32_t *hours = list_hours(folder, since, until, &n);
    int status = n ? 0
                   : pz_fail_usage(error,
                                   "%s has no sets of sources in that time: give the folder that a run wrote its"
                                   " results to, and hours that it has",
                                   folder);
    for (size_t i = 0; status == 0 && i < n; i++) {
        char time[PZ_TIME_TEXT];
        struct pz_buf bytes = {0};
        pz_time_text_hour(hours[i], time);
        char *path = pz_format("%s/%s" ENDING, folder, time);
        status = pz_file_read(path, &bytes, error);
        roaring_bitmap_t *set = status == 0 ? pz_bitmap_read(bytes.bytes, bytes.nbytes, UINT64_MAX) : NULL;
        if (set) {
            take(context, hours[i], set);
            roaring_bitmap_free(set);
        } else if (status == 0) {
            status = pz_fail(error, "%s holds no set: run again to write it", path);
        }
        pz_buf_release(&bytes);
        free(path);
    }
    free(hours);
    free(folder);
    return status;
}

roaring_bitmap_t *pz_sets_read(const char *path, struct pz_address_list *list, struct pz_error *error)
{
    struct pz_buf bytes = {0};
    *list = (struct pz_address_list){0};
    if (pz_geo_read_file(path, &bytes, error) == 0) {
        list->set = pz_bitmap_read(bytes.bytes, bytes.nbytes - 1, UINT64_MAX);
        if (!list->set && memchr(bytes.bytes, 0, bytes.nbytes - 1))
            pz_fail_usage(error,
                          "%s is neither text nor a Roaring bitmap in the portable format: give one IPv4 address a line",
                          path);
        else if (!list->set && pz_address_list_read(list, path, (char *)bytes.bytes, error) != 0)
            list->set = NULL;
    }
    pz_buf_release(&bytes);
    return list->set;
}

void pz_sets_count(const roaring_bitmap_t *set, const struct pz_geo *geo, uint64_t *counts)
{
    roaring_uint32_iterator_t *at = roaring_create_iterator(set);
    PZ_CHECK(at);
    for (; at->has_value; roaring_advance_uint32_iterator(at))
        counts[pz_geo_find(geo, at->current_value)]++;
    roaring_free_uint32_iterator(at);
}
