/* SPDX-License-Identifier: BSD-2-Clause */
#include "geo/load.h"

#include "base/text.h"
#include "base/time.h"

#include <stdlib.h>

#define DIGITS "0123456789"

/* The hour of YYYYMMDD, or of YYYYMMDD-HHMM; 0 if there is no such date. `length` is set to that of the text. */
static uint32_t read_date(const char *text, size_t *length)
{
    int64_t second;
    char *time = pz_format("%.4s-%.2s-%.2s", text, text + 4, text + 6);
    *length = 8;
    bool good = pz_time_parse(time, &second) == 0 && second >= PZ_EARLIEST_SECOND && second < PZ_LATEST_SECOND;
    free(time);
    if (!good)
        return 0;
    if (text[8] == '-' && strspn(text + 9, DIGITS) == 4) {
        *length = 13;
        second += (text[9] - '0') * 36000 + (text[10] - '0') * 3600 + (text[11] - '0') * 600;
    }
    return (uint32_t)(second / PZ_SECONDS_PER_HOUR);
}

struct pz_geo_date pz_geo_date_of(const char *path)
{
    static const char *const endings[] = {".gz", ".bz2", ".xz", ".zst", ".lz4", ".lzma"};
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    struct pz_geo_date date = {.series = pz_strdup(name)};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t length = strlen(date.series), end = strlen(endings[i]);
        if (length > end && strcmp(date.series + length - end, endings[i]) == 0)
            date.series[length - end] = 0;
    }
    for (char *at = date.series + strcspn(date.series, DIGITS); *at; at += strcspn(at, DIGITS)) {
        size_t digits = strspn(at, DIGITS), length;
        date.hour = digits == 8 ? read_date(at, &length) : 0;
        if (date.hour) {
            memmove(at, at + length, strlen(at + length) + 1);
            break;
        }
        at += digits;
    }
    return date;
}
