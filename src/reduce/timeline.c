/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows are made in the order of time from the hours of all captures: an hour with packets is one row, and hours without
 * are one row each, or one row together if they are a long stretch. The status of an hour is worked out from the
 * seconds that were recorded and from the hours that damage marks. */
#include "reduce/timeline.h"

#include "base/error.h"
#include "base/sort.h"
#include "base/time.h"

#include <stdlib.h>

const char *pz_status_name(enum pz_status status)
{
    static const char *const names[] = {"whole", "partial", "missing", "damaged"};
    return names[status];
}

void pz_flaws_init(struct pz_flaws *flaws)
{
    *flaws = (struct pz_flaws){0};
    pz_damage_log_init(&flaws->damaged);
    pz_damage_log_init(&flaws->unread);
}

void pz_flaws_release(struct pz_flaws *flaws)
{
    pz_damage_log_release(&flaws->damaged);
    pz_damage_log_release(&flaws->unread);
}

static int second_of(const struct pz_hour *hour, int second)
{
    return hour->seconds[second / 64] >> (second % 64) & 1;
}

/* Seconds that lie in no silence, for each hour. A gap that is too short for a silence is covered, in the hour where
 * the next packet ends it and, for what is before that hour, in the one before: a silence is never longer than an hour.
 */
static uint32_t *covered_of(const struct pz_hours *hours, uint32_t silence)
{
    uint32_t *covered = pz_alloc(hours->n * sizeof *covered);
    int64_t last = -1; /* second of the last packet, since 1970 */
    for (size_t i = 0; i < hours->n; i++) {
        int64_t begin = (int64_t)hours->hours[i]->hour * PZ_SECONDS_PER_HOUR;
        for (int s = 0; s < PZ_SECONDS_PER_HOUR; s++) {
            if (!second_of(hours->hours[i], s))
                continue;
            int64_t gap = last < 0 ? s : begin + s - last - 1; /* the archive begins with the first hour */
            if (gap < silence) {
                int64_t inside = gap < s ? gap : s;
                covered[i] += (uint32_t)inside;
                if (gap > inside)
                    covered[i - 1] += (uint32_t)(gap - inside);
            }
            covered[i]++;
            last = begin + s;
        }
    }
    /* And it ends with the last one. */
    int64_t end = hours->n ? ((int64_t)hours->hours[hours->n - 1]->hour + 1) * PZ_SECONDS_PER_HOUR : 0;
    if (last >= 0 && end - last - 1 < silence)
        covered[hours->n - 1] += (uint32_t)(end - last - 1);
    return covered;
}

static bool is_among(const struct pz_damage_log *ranges, uint32_t hour)
{
    for (uint32_t i = 0; i < ranges->nhours; i++)
        if (hour >= ranges->hours[i][0] && hour <= ranges->hours[i][1])
            return true;
    return false;
}

/* The status of an hour of which so many seconds are covered; of none, if it has no packets. */
static enum pz_status status_of(const struct pz_flaws *flaws, uint32_t hour, bool packets, uint32_t covered)
{
    bool whole = covered == PZ_SECONDS_PER_HOUR;
    if (is_among(&flaws->damaged, hour) || (!whole && is_among(&flaws->unread, hour)))
        return PZ_DAMAGED;
    return whole ? PZ_WHOLE : packets ? PZ_PARTIAL : PZ_MISSING;
}

struct rows {
    struct pz_timeline *timeline;
    const struct pz_flaws *flaws;
    size_t capacity, slots_capacity;
};

static void add_slot(struct rows *rows, const struct pz_timeline_slot *slot)
{
    struct pz_timeline *timeline = rows->timeline;
    if (timeline->nslots == rows->slots_capacity) {
        rows->slots_capacity = rows->slots_capacity ? 2 * rows->slots_capacity : 64;
        timeline->slots = pz_realloc(timeline->slots, rows->slots_capacity * sizeof *timeline->slots);
    }
    timeline->slots[timeline->nslots++] = *slot;
}

static void add_row(struct rows *rows, const struct pz_timeline_hour *row)
{
    struct pz_timeline *timeline = rows->timeline;
    if (timeline->n == rows->capacity) {
        rows->capacity = rows->capacity ? 2 * rows->capacity : 64;
        timeline->hours = pz_realloc(timeline->hours, rows->capacity * sizeof *timeline->hours);
    }
    timeline->hours[timeline->n++] = *row;
}

/* Hours from `begin` to `end` - 1, in which no packet came. */
static void add_empty(struct rows *rows, uint32_t begin, uint32_t end)
{
    while (begin < end) {
        enum pz_status status = status_of(rows->flaws, begin, false, 0);
        uint32_t stop = begin + 1;
        while (status == PZ_MISSING && stop < end && status_of(rows->flaws, stop, false, 0) == status)
            stop++;
        uint32_t step = stop - begin > PZ_STRETCH_HOURS ? stop - begin : 1;
        for (; begin < stop; begin += step)
            add_row(
                rows,
                &(struct pz_timeline_hour){
                    .hour = begin, .nhours = step, .status = status, .first_usec = INT64_MAX, .last_usec = INT64_MIN});
    }
}

static bool in_span(const struct pz_timeline_options *options, uint32_t hour)
{
    return hour >= options->since && hour < options->until;
}

static void widen(const struct pz_timeline_options *options, const struct pz_damage_log *ranges, uint32_t *begin,
                  uint32_t *end)
{
    for (uint32_t i = 0; i < ranges->nhours; i++) {
        uint32_t first = ranges->hours[i][0], last = ranges->hours[i][1];
        first = first > options->since ? first : options->since;
        last = last < options->until ? last : options->until - 1;
        if (first > last)
            continue;
        *begin = first < *begin ? first : *begin;
        *end = last + 1 > *end ? last + 1 : *end;
    }
}

/* From the first hour inside the span that has a packet or a flaw, to the last and one; empty if there is none. */
static void find_range(const struct pz_timeline_options *options, const struct pz_hours *hours,
                       const struct pz_flaws *flaws, uint32_t *begin, uint32_t *end)
{
    *begin = UINT32_MAX;
    *end = 0;
    for (size_t i = 0; i < hours->n; i++) {
        uint32_t hour = hours->hours[i]->hour;
        if (!in_span(options, hour))
            continue;
        *begin = hour < *begin ? hour : *begin;
        *end = hour + 1;
    }
    widen(options, &flaws->damaged, begin, end);
    widen(options, &flaws->unread, begin, end);
}

/* Counts the /16s by the top bit of their second octet. */
static void count_lens(const roaring_bitmap_t *lens, uint32_t *low, uint32_t *high)
{
    roaring_uint32_iterator_t *at = roaring_create_iterator(lens);
    PZ_CHECK(at);
    *low = *high = 0;
    for (; at->has_value; roaring_advance_uint32_iterator(at)) {
        if (at->current_value & 0x80)
            ++*high;
        else
            ++*low;
    }
    roaring_free_uint32_iterator(at);
}

/* Whether the /16s lie all over the Internet, and none of its /8s has most of them. A telescope is a /8, a /16 or a few
 * of them; who scans at random comes to 16 first octets within some 17 scans. */
static bool is_everywhere(const roaring_bitmap_t *lens)
{
    enum { OCTETS = 256, OCTETS_MIN = 16 };
    uint64_t of_octet[OCTETS] = {0}, all = 0, most = 0;
    size_t noctets = 0;
    roaring_uint32_iterator_t *at = roaring_create_iterator(lens);
    PZ_CHECK(at);
    for (; at->has_value; roaring_advance_uint32_iterator(at), all++) {
        uint64_t *of = &of_octet[at->current_value >> 8 & (OCTETS - 1)];
        noctets += !(*of)++;
        most = *of > most ? *of : most;
    }
    roaring_free_uint32_iterator(at);
    return noctets >= OCTETS_MIN && 2 * most <= all;
}

static struct pz_timeline_day *add_day(struct pz_timeline *timeline, uint32_t day)
{
    if (timeline->ndays && timeline->days[timeline->ndays - 1].day == day)
        return &timeline->days[timeline->ndays - 1];
    timeline->days[timeline->ndays] = (struct pz_timeline_day){.day = day, .status = PZ_MISSING};
    return &timeline->days[timeline->ndays++];
}

static void make_days(struct pz_timeline *timeline)
{
    timeline->days =
        pz_alloc(2 * timeline->n * sizeof *timeline->days); /* a stretch may touch a day of its own and one more */
    for (size_t i = 0; i < timeline->n; i++) {
        struct pz_timeline_hour *row = &timeline->hours[i];
        struct pz_timeline_day *day = add_day(timeline, row->hour / PZ_HOURS_PER_DAY);
        row->day = (size_t)(day - timeline->days);
        day->covered_seconds += row->covered_seconds;
        day->packets += row->packets;
        day->syns += row->syns;
        day->scans += row->scans;
        if (row->status == PZ_DAMAGED)
            day->status = PZ_DAMAGED;
        else if (row->packets && day->status == PZ_MISSING)
            day->status = PZ_PARTIAL;
        if (day->status == PZ_PARTIAL && day->covered_seconds == PZ_HOURS_PER_DAY * PZ_SECONDS_PER_HOUR)
            day->status = PZ_WHOLE;
        /* A stretch that begins within a day goes on in a day that is all missing. */
        if (row->nhours > 1 && row->hour % PZ_HOURS_PER_DAY)
            add_day(timeline, row->hour / PZ_HOURS_PER_DAY + 1);
    }
}

void pz_timeline_make(struct pz_timeline *timeline, const struct pz_timeline_options *options,
                      const struct pz_hours *hours, const struct pz_flaws *flaws)
{
    PZ_CHECK(options->silence <= PZ_SECONDS_PER_HOUR);
    *timeline = (struct pz_timeline){.options = *options, .captures_unread = flaws->captures_unread};
    struct rows rows = {.timeline = timeline, .flaws = flaws};
    add_slot(&rows, &(struct pz_timeline_slot){0});
    uint32_t *covered = covered_of(hours, options->silence);
    roaring_bitmap_t *lens = roaring_bitmap_create();
    PZ_CHECK(lens);
    uint32_t next, end;
    find_range(options, hours, flaws, &next, &end);
    for (size_t i = 0; i < hours->n; i++) {
        const struct pz_hour *hour = hours->hours[i];
        if (!in_span(options, hour->hour))
            continue;
        add_empty(&rows, next, hour->hour);
        add_row(&rows, &(struct pz_timeline_hour){.hour = hour->hour,
                                                  .nhours = 1,
                                                  .status = status_of(flaws, hour->hour, true, covered[i]),
                                                  .covered_seconds = covered[i],
                                                  .packets = hour->packets,
                                                  .syns = hour->syns,
                                                  .scans = pz_hour_scans(hour),
                                                  .first_usec = hour->first_usec,
                                                  .last_usec = hour->last_usec});
        struct pz_timeline_hour *row = &timeline->hours[timeline->n - 1];
        if (hour->syns) {
            struct pz_timeline_slot slot;
            memcpy(slot.scans_by, hour->scans_by, sizeof slot.scans_by);
            memcpy(slot.tools, hour->tools, sizeof slot.tools);
            memcpy(slot.attempts_by, hour->attempts_by, sizeof slot.attempts_by);
            row->slot = timeline->nslots;
            add_slot(&rows, &slot);
        }
        count_lens(hour->lens, &row->lens_low, &row->lens_high);
        row->masked = roaring_bitmap_is_empty(hour->lens) || roaring_bitmap_maximum(hour->lens) < 256;
        row->everywhere = is_everywhere(hour->lens);
        roaring_bitmap_or_inplace(lens, hour->lens);
        next = hour->hour + 1;
    }
    add_empty(&rows, next, end);
    make_days(timeline);
    uint32_t low, high;
    count_lens(lens, &low, &high);
    timeline->lens_low = low;
    timeline->lens_high = high;
    roaring_bitmap_free(lens);
    free(covered);
}

void pz_timeline_finish(struct pz_timeline *timeline, const struct pz_timeline *made,
                        const struct pz_timeline_slot *counted)
{
    *timeline = *made;
    timeline->hours = pz_alloc(made->n * sizeof *timeline->hours);
    timeline->slots = pz_alloc(made->nslots * sizeof *timeline->slots);
    if (made->n) /* an empty one may have no memory at all */
        memcpy(timeline->hours, made->hours, made->n * sizeof *timeline->hours);
    if (made->nslots)
        memcpy(timeline->slots, made->slots, made->nslots * sizeof *timeline->slots);
    timeline->ndays = 0;
    for (size_t i = 0; i < timeline->n; i++) {
        struct pz_timeline_hour *row = &timeline->hours[i];
        struct pz_timeline_slot *slot = &timeline->slots[row->slot];
        const struct pz_timeline_slot *more = &counted[row->slot];
        for (int traits = 0; row->slot && traits < PZ_TRAITS; traits++) {
            row->scans += more->scans_by[traits];
            slot->scans_by[traits] += more->scans_by[traits];
            for (int pattern = 0; pattern < PZ_PATTERNS; pattern++)
                slot->attempts_by[traits][pattern] += more->attempts_by[traits][pattern];
        }
        for (int tool = 0; row->slot && tool < PZ_TOOLS; tool++)
            slot->tools[tool] += more->tools[tool];
    }
    make_days(timeline);
}

void pz_timeline_release(struct pz_timeline *timeline)
{
    free(timeline->hours);
    free(timeline->slots);
    free(timeline->days);
    *timeline = (struct pz_timeline){0};
}

static void encode_slot(const struct pz_timeline_slot *slot, struct pz_buf *to)
{
    for (int traits = 0; traits < PZ_TRAITS; traits++) {
        pz_buf_put_varint(to, slot->scans_by[traits]);
        for (int pattern = 0; pattern < PZ_PATTERNS; pattern++)
            pz_buf_put_varint(to, slot->attempts_by[traits][pattern]);
    }
    for (int tool = 0; tool < PZ_TOOLS; tool++)
        pz_buf_put_varint(to, slot->tools[tool]);
}

static void decode_slot(struct pz_timeline_slot *slot, struct pz_cursor *from)
{
    for (int traits = 0; traits < PZ_TRAITS; traits++) {
        slot->scans_by[traits] = pz_cursor_varint(from);
        for (int pattern = 0; pattern < PZ_PATTERNS; pattern++)
            slot->attempts_by[traits][pattern] = pz_cursor_varint(from);
    }
    for (int tool = 0; tool < PZ_TOOLS; tool++)
        slot->tools[tool] = pz_cursor_varint(from);
}

void pz_timeline_encode(const struct pz_timeline *timeline, struct pz_buf *to)
{
    pz_buf_put_u32(to, timeline->options.since);
    pz_buf_put_u32(to, timeline->options.until);
    pz_buf_put_u32(to, timeline->options.silence);
    pz_buf_put_u32(to, timeline->options.timeline_bin);
    pz_buf_put_u32(to, timeline->options.window);
    pz_buf_put_u64(to, timeline->captures_unread);
    pz_buf_put_u64(to, timeline->lens_low);
    pz_buf_put_u64(to, timeline->lens_high);
    pz_buf_put_u64(to, timeline->n);
    for (size_t i = 0; i < timeline->n; i++) {
        const struct pz_timeline_hour *row = &timeline->hours[i];
        pz_buf_put_u32(to, row->hour);
        pz_buf_put_u32(to, row->nhours);
        pz_buf_put_u32(to, row->status);
        pz_buf_put_u32(to, row->covered_seconds);
        pz_buf_put_u64(to, row->packets);
        pz_buf_put_u64(to, row->syns);
        pz_buf_put_u64(to, row->scans);
        pz_buf_put_u64(to, (uint64_t)row->first_usec);
        pz_buf_put_u64(to, (uint64_t)row->last_usec);
        pz_buf_put_u64(to, row->slot);
        pz_buf_put_u32(to, row->lens_low);
        pz_buf_put_u32(to, row->lens_high);
        pz_buf_put_u32(to, row->masked);
        pz_buf_put_u32(to, row->everywhere);
    }
    pz_buf_put_u64(to, timeline->nslots);
    for (size_t i = 0; i < timeline->nslots; i++)
        encode_slot(&timeline->slots[i], to);
}

void pz_timeline_decode(struct pz_timeline *timeline, struct pz_cursor *from)
{
    *timeline = (struct pz_timeline){0};
    timeline->options.since = pz_cursor_u32(from);
    timeline->options.until = pz_cursor_u32(from);
    timeline->options.silence = pz_cursor_u32(from);
    timeline->options.timeline_bin = pz_cursor_u32(from);
    timeline->options.window = pz_cursor_u32(from);
    timeline->captures_unread = pz_cursor_u64(from);
    timeline->lens_low = pz_cursor_u64(from);
    timeline->lens_high = pz_cursor_u64(from);
    timeline->n = pz_cursor_u64(from);
    timeline->hours = pz_alloc(timeline->n * sizeof *timeline->hours);
    for (size_t i = 0; i < timeline->n; i++) {
        struct pz_timeline_hour *row = &timeline->hours[i];
        row->hour = pz_cursor_u32(from);
        row->nhours = pz_cursor_u32(from);
        row->status = (enum pz_status)pz_cursor_u32(from);
        row->covered_seconds = pz_cursor_u32(from);
        row->packets = pz_cursor_u64(from);
        row->syns = pz_cursor_u64(from);
        row->scans = pz_cursor_u64(from);
        row->first_usec = (int64_t)pz_cursor_u64(from);
        row->last_usec = (int64_t)pz_cursor_u64(from);
        row->slot = pz_cursor_u64(from);
        row->lens_low = pz_cursor_u32(from);
        row->lens_high = pz_cursor_u32(from);
        row->masked = pz_cursor_u32(from);
        row->everywhere = pz_cursor_u32(from);
    }
    timeline->nslots = pz_cursor_u64(from);
    timeline->slots = pz_alloc(timeline->nslots * sizeof *timeline->slots);
    for (size_t i = 0; i < timeline->nslots; i++)
        decode_slot(&timeline->slots[i], from);
    PZ_CHECK(!from->bad); /* it only ever comes from another rank */
    make_days(timeline);
}

static bool is_before(const void *item, const void *hour)
{
    return ((const struct pz_timeline_hour *)item)->hour < *(const uint32_t *)hour;
}

size_t pz_timeline_from(const struct pz_timeline *timeline, uint32_t hour)
{
    return pz_lower_bound(&hour, timeline->hours, timeline->n, sizeof *timeline->hours, is_before);
}

size_t pz_timeline_row(const struct pz_timeline *timeline, uint32_t hour)
{
    size_t row = pz_timeline_from(timeline, hour);
    return row < timeline->n && timeline->hours[row].hour == hour ? row : PZ_NO_ROW;
}

bool pz_timeline_has_syns(const struct pz_timeline *timeline, uint32_t hour)
{
    size_t row = pz_timeline_row(timeline, hour);
    return row != PZ_NO_ROW && timeline->hours[row].slot;
}

const struct pz_model *pz_timeline_model(const struct pz_timeline *timeline, const struct pz_lens *lens)
{
    const struct pz_calibrated *calibrated = timeline->calibrated;
    bool learned = calibrated && calibrated->state == PZ_CALIBRATED && pz_lens_alike(&calibrated->lens, lens);
    bool built_in = calibrated && calibrated->state != PZ_CALIBRATED_BY_FILE;
    return learned ? &calibrated->model : built_in && !lens->high ? &calibrated->half : timeline->model;
}
