/* SPDX-License-Identifier: BSD-2-Clause */
/* A name's numbers are taken for a date and time or, if they are none, for a counter. What they mean is learned from
 * captures that were read and are named in the same way: by how many hours their packets differ from the dates in their
 * names (names may be in local time), or how hours go with the counter. */
#include "run/unread.h"

#include "base/time.h"
#include "capture/kind.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

enum { NUMBERS = 12, DIGITS = 18, DAY = PZ_HOURS_PER_DAY };
enum { FARTHEST = 1000 }; /* steps of a counter from a capture that was read: a line through two is no guide beyond */

struct number {
    uint64_t value;
    unsigned ndigits;
};

struct name {
    const struct pz_capture *capture;
    char *pattern; /* owned: the label, each number as one #, less what compressors add */
    struct number numbers[NUMBERS];
    unsigned n;
    int64_t second; /* that the numbers tell as a date and time; -1 for none */
    bool read;      /* then the hours of its packets are known: */
    int64_t first_hour, last_hour;
};

static void read_numbers(struct name *name, const char *label)
{
    size_t length = pz_kind_stem(label);
    char *to = name->pattern = pz_alloc(length + 1);
    for (size_t i = 0; i < length;) {
        if (!isdigit((unsigned char)label[i])) {
            *to++ = label[i++];
            continue;
        }
        struct number number = {0};
        for (; i < length && isdigit((unsigned char)label[i]); i++)
            if (number.ndigits++ < DIGITS)
                number.value = 10 * number.value + (uint64_t)(label[i] - '0');
        *to++ = '#';
        if (name->n < NUMBERS)
            name->numbers[name->n++] = number;
    }
}

/* Of year, month, day, hour, minute and second, run together as in 20081121050000: seconds since 1970, or -1. */
static int64_t second_of(uint64_t ymd_hms)
{
    char text[PZ_TIME_TEXT];
    int64_t second;
    uint64_t day = ymd_hms / 1000000, time = ymd_hms % 1000000;
    if (day / 10000 < 1990 || day / 10000 > 2037)
        return -1;
    snprintf(text, sizeof text, "%04u-%02u-%02uT%02u:%02u:%02u", (unsigned)(day / 10000), (unsigned)(day / 100 % 100),
             (unsigned)(day % 100), (unsigned)(time / 10000), (unsigned)(time / 100 % 100), (unsigned)(time % 100));
    return pz_time_parse(text, &second) == 0 ? second : -1;
}

/* Hour, minute and second after a day, as numbers of two digits or run together; as 50000 for 05:00:00. */
static uint64_t time_after(const struct number *numbers, unsigned n)
{
    uint64_t time = 0;
    unsigned ndigits = 0;
    if (n && (numbers[0].ndigits == 4 || numbers[0].ndigits == 6)) {
        time = numbers[0].value;
        ndigits = numbers[0].ndigits;
    } else {
        for (unsigned i = 0; i < n && i < 3 && numbers[i].ndigits == 2; i++, ndigits += 2)
            time = 100 * time + numbers[i].value;
    }
    for (; ndigits < 6; ndigits += 2)
        time *= 100;
    return time;
}

static int64_t second_at(const struct number *numbers, unsigned n)
{
    uint64_t value = numbers[0].value, scale[15] = {[10] = 10000, [12] = 100, [14] = 1};
    int64_t second = -1;
    if (numbers[0].ndigits == 8)
        second = second_of(value * 1000000 + time_after(numbers + 1, n - 1));
    else if (numbers[0].ndigits == 4 && n >= 3 && numbers[1].ndigits == 2 && numbers[2].ndigits == 2)
        second = second_of((value * 10000 + numbers[1].value * 100 + numbers[2].value) * 1000000 +
                           time_after(numbers + 3, n - 3));
    else if (numbers[0].ndigits < 15 && scale[numbers[0].ndigits])
        second = second_of(value * scale[numbers[0].ndigits]);
    if (second < 0 && numbers[0].ndigits == 10 && value >= PZ_EARLIEST_SECOND && value < PZ_LATEST_SECOND)
        second = (int64_t)value; /* seconds since 1970, as in CAIDA's names */
    return second;
}

static struct name name_of(const struct pz_capture *capture)
{
    const struct pz_capture_facts *facts = capture->facts;
    struct name name = {.capture = capture, .second = -1};
    name.read = capture->state == PZ_CAPTURE_READABLE && facts && facts->first_usec <= facts->last_usec;
    if (name.read) {
        /* A capture may begin a little before its hour. */
        int64_t slack = PZ_USEC_PER_HOUR / 60, first = facts->first_usec + slack;
        name.first_hour = (first < facts->last_usec ? first : facts->last_usec) / PZ_USEC_PER_HOUR;
        name.last_hour = facts->last_usec / PZ_USEC_PER_HOUR;
    }
    read_numbers(&name, capture->label);
    for (unsigned i = 0; i < name.n && name.second < 0; i++)
        name.second = second_at(name.numbers + i, name.n - i);
    return name;
}

/* Whether nothing of the capture was read: then its damage log has no hours either. */
static bool is_unread(const struct pz_capture *capture)
{
    return capture->state == PZ_CAPTURE_UNREADABLE ||
           (capture->state == PZ_CAPTURE_READABLE && capture->facts && !capture->facts->log.records &&
            pz_damage_log_damaged(&capture->facts->log));
}

/* The value by which names that are alike are compared: a time, or the counter, the `at`th of their numbers. */
static int64_t value_of(const struct name *name, bool by_date, unsigned at)
{
    return by_date ? name->second : (int64_t)name->numbers[at].value;
}

/* Whether two names that are alike differ in the `at`th number only. */
static bool differ_only_at(const struct name *a, const struct name *b, unsigned at)
{
    for (unsigned i = 0; i < a->n; i++)
        if (i != at && a->numbers[i].value != b->numbers[i].value)
            return false;
    return true;
}

/* The nearest captures that were read, by value, before and after the one that wasn't. */
struct neighbours {
    const struct name *before, *after, *before_that, *after_that; /* NULL for none */
    int64_t step; /* the least distance of two values among all names that are alike; INT64_MAX for none */
};

static struct neighbours neighbours_of(const struct name *names, size_t n, const struct name *of, bool by_date,
                                       unsigned at)
{
    struct neighbours found = {.step = INT64_MAX};
    int64_t value = value_of(of, by_date, at);
    for (size_t i = 0; i < n; i++) {
        const struct name *name = &names[i];
        if (name == of || (by_date ? name->second < 0 : !differ_only_at(name, of, at)))
            continue;
        int64_t other = value_of(name, by_date, at), distance = other < value ? value - other : other - value;
        found.step = distance && distance < found.step ? distance : found.step;
        if (!name->read)
            continue;
        const struct name **near = other <= value ? &found.before : &found.after,
                          **far = other <= value ? &found.before_that : &found.after_that;
        int64_t nearest = *near ? llabs(value_of(*near, by_date, at) - value) : INT64_MAX,
                next = *far ? llabs(value_of(*far, by_date, at) - value) : INT64_MAX;
        if (distance < nearest) {
            *far = *near;
            *near = name;
        } else if (distance > nearest && distance < next) {
            *far = name;
        }
    }
    return found;
}

/* By how many hours a name's date differs from the packets. */
static int64_t offset_of(const struct name *name)
{
    return name->first_hour - name->second / PZ_SECONDS_PER_HOUR;
}

/* What most names differ by, or INT64_MAX if it is more than a day: a few captures may begin in the hour before. */
static int64_t usual_offset(const struct name *names, size_t n)
{
    size_t counts[2 * DAY + 1] = {0}, most = DAY;
    for (size_t i = 0; i < n; i++)
        if (names[i].read && names[i].second >= 0 && llabs(offset_of(&names[i])) <= DAY)
            counts[offset_of(&names[i]) + DAY]++;
    for (size_t i = 0; i <= 2 * DAY; i++)
        most = counts[i] > counts[most] ? i : most;
    return counts[most] ? (int64_t)most - DAY : INT64_MAX;
}

/* The hours that the date in the name tells: true if it is believed. */
static bool by_date(const struct name *names, size_t n, const struct name *name, int64_t *first, int64_t *last)
{
    if (name->second < 0)
        return false;
    struct neighbours near = neighbours_of(names, n, name, true, 0);
    const struct name *guide = near.before ? near.before : near.after;
    if (!guide)
        return false;
    /* Names in local time have another offset in one half of the year, so the offset of the nearest captures comes
     * first. */
    bool agree = near.before && near.after && offset_of(near.before) == offset_of(near.after);
    int64_t offset = agree ? offset_of(guide) : usual_offset(names, n);
    if (llabs(offset) > DAY)
        return false;
    /* A capture reaches as far as to the next, and no farther than its neighbour does. */
    int64_t span = (guide->last_hour - guide->first_hour + 1) * PZ_SECONDS_PER_HOUR;
    span = near.step < span ? near.step : span;
    *first = name->second / PZ_SECONDS_PER_HOUR + offset;
    *last = (name->second + span - 1) / PZ_SECONDS_PER_HOUR + offset;
    return true;
}

/* Where hours go with a counter evenly: the hour of `value`, by two captures that were read. */
static bool by_line(const struct name *a, const struct name *b, unsigned at, int64_t value, int64_t *first,
                    int64_t *last)
{
    int64_t va = value_of(a, false, at), vb = value_of(b, false, at), hours = b->first_hour - a->first_hour;
    if (va == vb || hours % (vb - va) || llabs(value - va) > FARTHEST)
        return false;
    int64_t step = hours / (vb - va);
    *first = a->first_hour + step * (value - va);
    *last = *first + (step > 1 ? step - 1 : 0);
    return step >= 0;
}

/* The hours that a counter in the name tells. */
static bool by_counter(const struct name *names, size_t n, const struct name *name, unsigned at, int64_t *first,
                       int64_t *last)
{
    struct neighbours near = neighbours_of(names, n, name, false, at);
    int64_t value = value_of(name, false, at);
    if (near.before && near.after && by_line(near.before, near.after, at, value, first, last))
        return true;
    if (near.before && near.after) { /* it lies between them, and that will do if they are near each other */
        *first = near.before->last_hour;
        *last = near.after->first_hour;
        return *first <= *last && *last - *first <= DAY;
    }
    if (near.before && near.before_that)
        return by_line(near.before_that, near.before, at, value, first, last);
    return near.after && near.after_that && by_line(near.after, near.after_that, at, value, first, last);
}

static bool find_hours(const struct name *names, size_t n, const struct name *name, int64_t *first, int64_t *last)
{
    bool found = by_date(names, n, name, first, last);
    for (unsigned at = name->n; !found && at > 0; at--)
        found = by_counter(names, n, name, at - 1, first, last);
    return found && *first >= PZ_EARLIEST_SECOND / PZ_SECONDS_PER_HOUR &&
           *last < PZ_LATEST_SECOND / PZ_SECONDS_PER_HOUR;
}

static int compare(const void *a, const void *b)
{
    const struct name *x = a, *y = b;
    return strcmp(x->pattern, y->pattern);
}

/* Of `n` names that are alike. */
static void find_alike(const struct name *names, size_t n, struct pz_flaws *flaws)
{
    for (size_t i = 0; i < n; i++) {
        int64_t first = 0, last = 0;
        if (!is_unread(names[i].capture))
            continue;
        flaws->captures_unread++;
        if (find_hours(names, n, &names[i], &first, &last))
            pz_damage_log_mark(&flaws->unread, (uint32_t)first, (uint32_t)last);
        else
            flaws->captures_untold++;
    }
}

void pz_unread_find_hours(const struct pz_captures *captures, struct pz_flaws *flaws)
{
    struct name *names = pz_alloc(captures->n * sizeof *names);
    size_t n = 0;
    for (size_t i = 0; i < captures->n; i++)
        if (is_unread(&captures->all[i]) || captures->all[i].state == PZ_CAPTURE_READABLE)
            names[n++] = name_of(&captures->all[i]);
    if (n)
        qsort(names, n, sizeof *names, compare);
    for (size_t begin = 0, end; begin < n; begin = end) {
        for (end = begin + 1; end < n && compare(&names[begin], &names[end]) == 0; end++)
            continue;
        find_alike(names + begin, end - begin, flaws);
    }
    for (size_t i = 0; i < n; i++)
        free(names[i].pattern);
    free(names);
}
