/* SPDX-License-Identifier: BSD-2-Clause */
#include "calendar.h"

#include "scope_sources.h"

#include <stdio.h>
#include <stdlib.h>

// Epoch seconds of a civil date's midnight.
static int64_t midnight(int year, int month, int day)
{
    int y = month <= 2 ? year - 1 : year;
    int era = y / 400, of_era = y - era * 400;
    int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    return (int64_t)(era * 146097 + days - 719468) * 86400;
}

int64_t calendar_date(const char *name, const char *text, const char **end)
{
    int year, month, day, length = 0;
    if (sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &length) != 3 || year < 1971 || month < 1 || month > 12 ||
        day < 1 || day > 31) {
        options_fail(name, text);
    }
    *end = text + length;
    return midnight(year, month, day);
}

static void record(struct options *o, int64_t from, int hours)
{
    if (hours > 0) {
        o->recorded = grown(o->recorded, sizeof *o->recorded * (size_t)(o->nrecorded + hours));
    }
    for (int i = 0; i < hours; i++) {
        o->recorded[o->nrecorded++] = from + i * 3600;
    }
}

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

void calendar_record(struct options *o, const struct calendar *c)
{
    record(o, o->outbreak_day - c->quiet_days * 86400, c->quiet_days * 24);
    record(o, o->outbreak_day + c->first * 3600, c->last - c->first);
    for (const char *at = c->later; at && *at; at += *at == ',') {
        record(o, calendar_date("--later-days", at, &at), 24);
        if (*at && *at != ',') {
            options_fail("--later-days", at);
        }
    }
    if (!o->nrecorded) {
        options_fail("--hours", "none is left to record");
    }
    qsort(o->recorded, (size_t)o->nrecorded, sizeof *o->recorded, by_time);
    int kept = 0;
    for (int i = 0; i < o->nrecorded; i++) {
        int64_t hour = o->recorded[i];
        bool gap = kept && o->recorded[kept - 1] == hour;
        for (int g = 0; g < c->ngaps; g++) {
            gap |= hour >= c->gap_from[g] && hour < c->gap_from[g] + c->gap_hours[g] * 3600;
        }
        if (!gap) {
            o->recorded[kept++] = hour;
        }
    }
    o->nrecorded = kept;
    if (!kept) {
        options_fail("--gap", "no hour is left to record");
    }
}

void calendar_gap(struct calendar *c, const char *text)
{
    const char *rest;
    int hour, hours, n = 0;
    int64_t day = calendar_date("--gap", text, &rest);
    if (c->ngaps == 64 || sscanf(rest, "T%2d+%d%n", &hour, &hours, &n) != 2 || rest[n] || hour > 23 || hours < 1) {
        options_fail("--gap", text);
    }
    c->gap_from[c->ngaps] = day + hour * 3600;
    c->gap_hours[c->ngaps++] = hours;
}
