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

/* Seconds that lie in no silence, for each hour. A gap that is too short for a silence counts as covered: the part in
 * the hour of the next packet there, the rest in the hour before. (A silence is at most an hour.) */
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

/* The status of an hour with `covered` seconds covered; without packets it is missing. */
static enum pz_status status_of(const struct pz_flaws *flaws, uint32_t hour, bool packets, uint32_t covered)
{
    bool whole = covered == PZ_SECONDS_PER_HOUR;
    if (is_among(&flaws->damaged, hour) || (!whole && is_among(&flaws->unread, hour)))
        return PZ_DAMAGED;
    return whole ? PZ_WHOLE : packets ? PZ_PARTIAL : PZ_MISSING;
}

static void add_slot(struct pz_timeline *timeline, const struct pz_timeline_slot *slot)
{
    timeline->slots = pz_room(timeline->slots, timeline->nslots, sizeof *timeline->slots);
    timeline->slots[timeline->nslots++] = *slot;
}

static void add_row(struct pz_timeline *timeline, const struct pz_timeline_hour *row)
{
    timeline->hours = pz_room(timeline->hours, timeline->n, sizeof *timeline->hours);
    timeline->hours[timeline->n++] = *row;
}

/* Hours from `begin` to `end` - 1, in which no packet came. */
static void add_empty(struct pz_timeline *timeline, const struct pz_flaws *flaws, uint32_t begin, uint32_t end)
{
    while (begin < end) {
        enum pz_status status = status_of(flaws, begin, false, 0);
        uint32_t stop = begin + 1;
        while (status == PZ_MISSING && stop < end && status_of(flaws, stop, false, 0) == status)
            stop++;
        uint32_t step = stop - begin > PZ_STRETCH_HOURS ? stop - begin : 1;
        for (; begin < stop; begin += step)
            add_row(
                timeline,
                &(struct pz_timeline_hour){
                    .hour = begin, .nhours = step, .status = status, .first_usec = INT64_MAX, .last_usec = INT64_MIN});
    }
}

/* To the hours from `first` to `last` as far as they lie in the span. */
static void widen(const struct pz_timeline_options *options, uint32_t first, uint32_t last, uint32_t *begin,
                  uint32_t *end)
{
    first = first > options->since ? first : options->since;
    last = last < options->until ? last : options->until - 1;
    if (first > last)
        return;
    *begin = first < *begin ? first : *begin;
    *end = last + 1 > *end ? last + 1 : *end;
}

/* From the first hour inside the span that has a packet or a flaw, to the last and one; empty if there is none. */
static void find_range(const struct pz_timeline_options *options, const struct pz_hours *hours,
                       const struct pz_flaws *flaws, uint32_t *begin, uint32_t *end)
{
    const struct pz_damage_log *logs[] = {&flaws->damaged, &flaws->unread};
    *begin = UINT32_MAX;
    *end = 0;
    for (size_t i = 0; i < hours->n; i++)
        widen(options, hours->hours[i]->hour, hours->hours[i]->hour, begin, end);
    for (int i = 0; i < 2; i++)
        for (uint32_t j = 0; j < logs[i]->nhours; j++)
            widen(options, logs[i]->hours[j][0], logs[i]->hours[j][1], begin, end);
}

/* Counts the /16s that an hour's packets went to. They lie all over the Internet if none of its /8s has most of them: a
 * telescope is a /8, a /16 or a few of them; a random scanner comes to 16 first octets within some 17 scans. */
static void see_lens(struct pz_timeline_hour *row, const roaring_bitmap_t *lens)
{
    enum { OCTETS = 256, OCTETS_MIN = 16 };
    uint32_t of_octet[OCTETS] = {0}, most = 0, noctets = 0;
    roaring_uint32_iterator_t *at = roaring_iterator_create(lens);
    PZ_CHECK_MEMORY(at);
    for (; at->has_value; roaring_uint32_iterator_advance(at)) {
        uint32_t *of = &of_octet[at->current_value >> 8 & (OCTETS - 1)];
        ++*(at->current_value & 0x80 ? &row->lens_high : &row->lens_low);
        noctets += !(*of)++;
        most = *of > most ? *of : most;
    }
    roaring_uint32_iterator_free(at);
    row->everywhere = noctets >= OCTETS_MIN && 2 * most <= row->lens_low + row->lens_high;
    row->masked = roaring_bitmap_is_empty(lens) || roaring_bitmap_maximum(lens) < 256;
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
    add_slot(timeline, &(struct pz_timeline_slot){0});
    uint32_t *covered = covered_of(hours, options->silence);
    roaring_bitmap_t *lens = roaring_bitmap_create();
    PZ_CHECK_MEMORY(lens);
    uint32_t next, end;
    find_range(options, hours, flaws, &next, &end);
    for (size_t i = 0; i < hours->n; i++) {
        const struct pz_hour *hour = hours->hours[i];
        if (!pz_timeline_has(options, hour->hour))
            continue;
        add_empty(timeline, flaws, next, hour->hour);
        add_row(timeline, &(struct pz_timeline_hour){.hour = hour->hour,
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
            struct pz_timeline_slot slot = {0};
            memcpy(slot.scans_by, hour->scans_by, sizeof slot.scans_by);
            memcpy(slot.tools, hour->tools, sizeof slot.tools);
            memcpy(slot.attempts_by, hour->attempts_by, sizeof slot.attempts_by);
            row->slot = timeline->nslots;
            add_slot(timeline, &slot);
        }
        see_lens(row, hour->lens);
        memcpy(row->octet3, hour->octet3, sizeof row->octet3);
        roaring_bitmap_or_inplace(lens, hour->lens);
        next = hour->hour + 1;
    }
    add_empty(timeline, flaws, next, end);
    make_days(timeline);
    struct pz_timeline_hour all = {0};
    see_lens(&all, lens);
    timeline->lens_low = all.lens_low;
    timeline->lens_high = all.lens_high;
    roaring_bitmap_free(lens);
    free(covered);
}

static void *copy_of(const void *bytes, size_t nbytes)
{
    void *copy = pz_alloc(nbytes);
    return nbytes ? memcpy(copy, bytes, nbytes) : copy; /* an empty one may have no memory at all */
}

void pz_timeline_finish(struct pz_timeline *timeline, const struct pz_timeline *made,
                        const struct pz_timeline_slot *counted)
{
    *timeline = *made;
    timeline->hours = copy_of(made->hours, made->n * sizeof *timeline->hours);
    timeline->slots = copy_of(made->slots, made->nslots * sizeof *timeline->slots);
    timeline->ndays = 0;
    for (size_t i = 0; i < timeline->n; i++) {
        struct pz_timeline_hour *row = &timeline->hours[i];
        const struct pz_timeline_slot *more = &counted[row->slot];
        for (int traits = 0; traits < PZ_TRAITS; traits++)
            row->scans += more->scans_by[traits];
    }
    for (size_t i = 0; i < made->nslots * PZ_SLOT_COUNTS; i++)
        ((uint64_t *)timeline->slots)[i] += ((const uint64_t *)counted)[i];
    make_days(timeline);
}

void pz_timeline_release(struct pz_timeline *timeline)
{
    free(timeline->hours);
    free(timeline->slots);
    free(timeline->days);
    *timeline = (struct pz_timeline){0};
}

/* Between ranks: of the same program, on machines of the same kind. */
void pz_timeline_encode(const struct pz_timeline *timeline, struct pz_buf *to)
{
    pz_buf_put(to, timeline, sizeof *timeline);
    pz_buf_put(to, timeline->slots, timeline->nslots * sizeof *timeline->slots);
    pz_buf_put(to, timeline->hours, timeline->n * sizeof *timeline->hours);
}

static void *decode_array(struct pz_cursor *from, size_t nbytes)
{
    const uint8_t *bytes = pz_cursor_take(from, nbytes);
    PZ_CHECK(bytes);
    return copy_of(bytes, nbytes);
}

void pz_timeline_decode(struct pz_timeline *timeline, struct pz_cursor *from)
{
    struct pz_timeline *sent = decode_array(from, sizeof *sent);
    *timeline = (struct pz_timeline){.options = sent->options,
                                     .n = sent->n,
                                     .nslots = sent->nslots,
                                     .captures_unread = sent->captures_unread,
                                     .lens_low = sent->lens_low,
                                     .lens_high = sent->lens_high};
    free(sent);
    timeline->slots = decode_array(from, timeline->nslots * sizeof *timeline->slots);
    timeline->hours = decode_array(from, timeline->n * sizeof *timeline->hours);
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

uint32_t pz_timeline_octet3(const struct pz_timeline *timeline, uint32_t window)
{
    const uint32_t length = timeline->options.window;
    uint64_t seen[PZ_OCTET3_WORDS] = {0};
    uint32_t n = 0;
    for (size_t i = pz_timeline_from(timeline, window * length);
         i < timeline->n && timeline->hours[i].hour / length == window; i++) {
        if (timeline->hours[i].everywhere)
            return 0;
        for (int word = 0; word < PZ_OCTET3_WORDS; word++)
            seen[word] |= timeline->hours[i].octet3[word];
    }
    for (int word = 0; word < PZ_OCTET3_WORDS; word++)
        n += (uint32_t)__builtin_popcountll(seen[word]);
    return n;
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

void pz_recorded_of(struct pz_recorded *recorded, const struct pz_timeline *timeline)
{
    *recorded = (struct pz_recorded){.outages = pz_alloc((timeline->n + 1) * sizeof *recorded->outages)};
    for (size_t i = 0; i < timeline->n; i++) {
        const struct pz_timeline_hour *hour = &timeline->hours[i];
        struct pz_outage *last = recorded->noutages ? &recorded->outages[recorded->noutages - 1] : NULL;
        recorded->hours[hour->status] += hour->nhours;
        if (hour->status != PZ_MISSING)
            continue;
        if (last && last->until == hour->hour)
            last->until += hour->nhours;
        else
            recorded->outages[recorded->noutages++] = (struct pz_outage){hour->hour, hour->hour + hour->nhours};
    }
}

void pz_recorded_release(struct pz_recorded *recorded)
{
    free(recorded->outages);
    *recorded = (struct pz_recorded){0};
}
