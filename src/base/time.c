/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/time.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static struct tm utc(int64_t second)
{
    time_t t = (time_t)second;
    struct tm tm = {0};
    gmtime_r(&t, &tm);
    return tm;
}

double pz_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static struct pz_time_text text_of(int64_t second, const char *format)
{
    struct pz_time_text text;
    struct tm tm = utc(second);
    strftime(text.text, sizeof text.text, format, &tm);
    return text;
}

struct pz_time_text pz_time_text(int64_t second)
{
    return text_of(second, "%Y-%m-%dT%H:%M:%SZ");
}

struct pz_time_text pz_time_text_usec(int64_t usec)
{
    struct pz_time_text text = text_of(usec / PZ_USEC_PER_SECOND, "%Y-%m-%dT%H:%M:%S");
    size_t n = strlen(text.text);
    snprintf(text.text + n, sizeof text.text - n, ".%06dZ", (int)(usec % PZ_USEC_PER_SECOND));
    return text;
}

struct pz_time_text pz_time_text_hour(uint32_t hour)
{
    return text_of((int64_t)hour * PZ_SECONDS_PER_HOUR, "%Y-%m-%dT%H");
}

struct pz_time_text pz_time_text_day(uint32_t day)
{
    return text_of((int64_t)day * PZ_HOURS_PER_DAY * PZ_SECONDS_PER_HOUR, "%Y-%m-%d");
}

int pz_time_parse(const char *text, int64_t *second)
{
    static const char *const formats[] = {"%Y-%m-%d",       "%Y-%m-%dT%H",       "%Y-%m-%d %H",      "%Y-%m-%dT%H:%M",
                                          "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        struct tm tm = {0};
        const char *end = strptime(text, formats[i], &tm);
        if (!end || (*end && strcmp(end, "Z") != 0))
            continue;
        struct tm asked = tm;
        time_t t = timegm(&tm);
        if (tm.tm_mday != asked.tm_mday || tm.tm_sec != asked.tm_sec)
            return -1; /* 31 February and the like were carried over */
        *second = (int64_t)t;
        return 0;
    }
    return -1;
}
