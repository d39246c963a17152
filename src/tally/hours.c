/* SPDX-License-Identifier: BSD-2-Clause */
/* Hours are an array in order of time. The lens of an hour that packets come to is a plain bit set of 65,536 bits, as a
 * packet adds to it in one instruction; at most two hours have one at a time. When a third hour comes, or at the end,
 * it becomes a Roaring bitmap, which takes less memory and merges. */
#include "tally/hours.h"

#include "base/fields.h"
#include "base/sort.h"
#include "base/time.h"

#include <stdlib.h>

enum { LENS_WORDS = 65536 / 64 };

void pz_hours_init(struct pz_hours *hours)
{
    *hours = (struct pz_hours){0};
}

void pz_hours_release(struct pz_hours *hours)
{
    for (size_t i = 0; i < hours->n; i++) {
        roaring_bitmap_free(hours->hours[i]->lens);
        free(hours->hours[i]->lens_open);
        free(hours->hours[i]);
    }
    free(hours->hours);
    pz_hours_init(hours);
}

static bool is_before(const void *item, const void *hour)
{
    return (*(struct pz_hour *const *)item)->hour < *(const uint32_t *)hour;
}

/* The hour's entry, made if there is none. */
static struct pz_hour *entry_of(struct pz_hours *hours, uint32_t hour)
{
    size_t low = pz_lower_bound(&hour, hours->hours, hours->n, sizeof *hours->hours, is_before);
    if (low < hours->n && hours->hours[low]->hour == hour)
        return hours->hours[low];
    hours->hours = pz_room(hours->hours, hours->n, sizeof *hours->hours);
    memmove(hours->hours + low + 1, hours->hours + low, (hours->n++ - low) * sizeof *hours->hours);
    struct pz_hour *entry = hours->hours[low] = pz_alloc(sizeof *entry);
    *entry = (struct pz_hour){.hour = hour, .first_usec = INT64_MAX, .last_usec = INT64_MIN};
    entry->lens = roaring_bitmap_create();
    PZ_CHECK_MEMORY(entry->lens);
    return entry;
}

static void close_lens(struct pz_hour *hour)
{
    for (uint32_t word = 0; hour->lens_open && word < LENS_WORDS; word++)
        for (uint64_t bits = hour->lens_open[word]; bits; bits &= bits - 1)
            roaring_bitmap_add(hour->lens, word * 64 + (uint32_t)__builtin_ctzll(bits));
    free(hour->lens_open);
    hour->lens_open = NULL;
}

static struct pz_hour *open_hour(struct pz_hours *hours, uint32_t hour)
{
    if (hours->open[0] && hours->open[0]->hour == hour)
        return hours->open[0];
    struct pz_hour *second = hours->open[1];
    if (!second || second->hour != hour) {
        if (second)
            close_lens(second);
        second = entry_of(hours, hour);
        second->lens_open = pz_alloc(LENS_WORDS * sizeof *second->lens_open);
    }
    hours->open[1] = hours->open[0];
    return hours->open[0] = second;
}

static void mark_second(struct pz_hour *hour, int64_t usec)
{
    uint32_t second = (uint32_t)(usec / PZ_USEC_PER_SECOND - hour->hour * PZ_SECONDS_PER_HOUR);
    hour->seconds[second / 64] |= (uint64_t)1 << (second % 64);
}

static void span(struct pz_hour *hour, int64_t first, int64_t last)
{
    hour->first_usec = first < hour->first_usec ? first : hour->first_usec;
    hour->last_usec = last > hour->last_usec ? last : hour->last_usec;
}

static inline void see_lens(struct pz_hour *hour, const struct pz_packet *p)
{
    hour->lens_open[p->destination >> 22] |= (uint64_t)p->has_addresses << (p->destination >> 16 & 63);
    hour->octet3[p->destination >> 15 & 1] |= (uint64_t)p->has_addresses << (p->destination >> 9 & 63);
}

struct pz_hour *pz_hours_observe_near(struct pz_hours *hours, const struct pz_packet *packets, size_t n, int64_t first,
                                      int64_t last)
{
    if (first / PZ_USEC_PER_HOUR != last / PZ_USEC_PER_HOUR ||
        last / PZ_USEC_PER_SECOND - first / PZ_USEC_PER_SECOND > 1)
        return NULL;
    struct pz_hour *hour = open_hour(hours, pz_hour_of(first));
    mark_second(hour, first);
    mark_second(hour, last);
    span(hour, first, last);
    hour->packets += n;
    for (size_t i = 0; i < n; i++)
        see_lens(hour, &packets[i]);
    return hour;
}

void pz_hours_observe(struct pz_hours *hours, const struct pz_packet *packets, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (packets[i].fate >= PZ_OUTSIDE_LENS)
            continue;
        struct pz_hour *hour = open_hour(hours, pz_hour_of(packets[i].usec));
        mark_second(hour, packets[i].usec);
        span(hour, packets[i].usec, packets[i].usec);
        hour->packets++;
        see_lens(hour, &packets[i]);
        hour->syns += packets[i].fate == PZ_SCAN;
    }
}

void pz_hours_add_syn(struct pz_hours *hours, uint32_t hour)
{
    entry_of(hours, hour)->syns++;
}

void pz_hours_take_common(struct pz_hours *hours, const struct pz_hours *from)
{
    for (size_t i = 0; i < from->n; i++) {
        const struct pz_hour *other = from->hours[i];
        struct pz_hour *hour = entry_of(hours, other->hour);
        hour->packets = other->packets;
        hour->first_usec = other->first_usec;
        hour->last_usec = other->last_usec;
        memcpy(hour->seconds, other->seconds, sizeof hour->seconds);
        memcpy(hour->octet3, other->octet3, sizeof hour->octet3);
        roaring_bitmap_overwrite(hour->lens, other->lens);
    }
    PZ_CHECK(hours->n == from->n);
}

void pz_hours_add_scans(struct pz_hours *hours, const struct pz_scan_row *scans, size_t n, uint16_t port)
{
    for (size_t i = 0; i < n;) {
        struct pz_hour *hour = entry_of(hours, scans[i].hour);
        for (; i < n && scans[i].hour == hour->hour; i++) {
            hour->scans_by[scans[i].traits]++;
            pz_tools_count(hour->tools, &scans[i], port);
        }
    }
}

void pz_hours_add_source(struct pz_hours *hours, uint32_t hour, uint32_t address)
{
    pz_distinct_add(&entry_of(hours, hour)->sources, address);
}

void pz_hours_add_closed(struct pz_hours *hours, const struct pz_closed_attempt *attempts, size_t n)
{
    struct pz_hour *hour = NULL;
    int64_t begin = 0;
    for (size_t i = 0; i < n; i++) {
        if (!hour || attempts[i].first_usec < begin || attempts[i].first_usec >= begin + PZ_USEC_PER_HOUR) {
            hour = entry_of(hours, pz_hour_of(attempts[i].first_usec));
            begin = hour->hour * PZ_USEC_PER_HOUR;
        }
        hour->attempts_by[attempts[i].traits][attempts[i].pattern]++;
    }
}

void pz_hours_close(struct pz_hours *hours)
{
    for (int i = 0; i < 2; i++) {
        if (hours->open[i])
            close_lens(hours->open[i]);
        hours->open[i] = NULL;
    }
}

static void merge_hour(struct pz_hour *into, const struct pz_hour *other)
{
    into->packets += other->packets;
    into->syns += other->syns;
    for (int traits = 0; traits < PZ_TRAITS; traits++) {
        into->scans_by[traits] += other->scans_by[traits];
        for (int pattern = 0; pattern < PZ_PATTERNS; pattern++)
            into->attempts_by[traits][pattern] += other->attempts_by[traits][pattern];
    }
    for (int tool = 0; tool < PZ_TOOLS; tool++)
        into->tools[tool] += other->tools[tool];
    into->first_usec = other->first_usec < into->first_usec ? other->first_usec : into->first_usec;
    into->last_usec = other->last_usec > into->last_usec ? other->last_usec : into->last_usec;
    for (int i = 0; i < PZ_HOUR_WORDS; i++)
        into->seconds[i] |= other->seconds[i];
    for (int i = 0; i < PZ_OCTET3_WORDS; i++)
        into->octet3[i] |= other->octet3[i];
    pz_distinct_merge(&into->sources, &other->sources);
    roaring_bitmap_or_inplace(into->lens, other->lens);
}

void pz_hours_merge(struct pz_hours *into, const struct pz_hours *other)
{
    PZ_CHECK(!other->open[0] && !into->open[0]);
    for (size_t i = 0; i < other->n; i++)
        merge_hour(entry_of(into, other->hours[i]->hour), other->hours[i]);
}

/* More than can come in an hour, and little enough for sums over all hours of an archive. */
#define PACKETS_MAX ((uint64_t)1 << 44)

/* All but the hour itself and its lens. */
static void hour_fields(struct pz_fields *f, struct pz_hour *hour)
{
    hour->packets = pz_field_u64(f, hour->packets);
    hour->syns = pz_field_u64(f, hour->syns);
    hour->first_usec = pz_field_i64(f, hour->first_usec);
    hour->last_usec = pz_field_i64(f, hour->last_usec);
    for (int traits = 0; traits < PZ_TRAITS; traits++) {
        uint64_t *attempts = hour->attempts_by[traits];
        hour->scans_by[traits] = pz_field_varint(f, hour->scans_by[traits], PACKETS_MAX);
        for (int pattern = 0; pattern < PZ_PATTERNS; pattern++)
            attempts[pattern] = pz_field_varint(f, attempts[pattern], PACKETS_MAX);
    }
    for (int tool = 0; tool < PZ_TOOLS; tool++)
        hour->tools[tool] = pz_field_varint(f, hour->tools[tool], PACKETS_MAX);
    for (int word = 0; word < PZ_HOUR_WORDS; word++)
        hour->seconds[word] = pz_field_u64(f, hour->seconds[word]);
    for (int word = 0; word < PZ_OCTET3_WORDS; word++)
        hour->octet3[word] = pz_field_u64(f, hour->octet3[word]);
    if (hour->syns)
        pz_field_bytes(f, hour->sources.runs, PZ_DISTINCT);
}

void pz_hours_encode(const struct pz_hours *hours, struct pz_buf *to)
{
    PZ_CHECK(!hours->open[0]);
    pz_buf_put_u32(to, (uint32_t)hours->n);
    for (size_t i = 0; i < hours->n; i++) {
        pz_buf_put_u32(to, hours->hours[i]->hour);
        struct pz_fields f = pz_fields_to(to, 2 * sizeof *hours->hours[i]); /* a varint takes 10 bytes at most */
        hour_fields(&f, hours->hours[i]);
        pz_fields_written(&f, to);
        const size_t lens = pz_buf_begin_part(to);
        pz_bitmap_write(hours->hours[i]->lens, to);
        pz_buf_end_part(to, lens);
    }
}

static bool counts_fit(const struct pz_hour *hour)
{
    uint64_t scans = pz_hour_scans(hour), attempts = 0;
    bool good = hour->packets && hour->packets <= PACKETS_MAX && hour->syns <= hour->packets && scans <= hour->syns;
    for (int traits = 0; traits < PZ_TRAITS; traits++)
        for (int pattern = 0; pattern < PZ_PATTERNS; pattern++)
            attempts += hour->attempts_by[traits][pattern];
    for (int tool = 0; tool < PZ_TOOLS; tool++)
        good = good && hour->tools[tool] <= scans;
    return good && attempts <= scans;
}

static bool decode_hour(struct pz_hour *hour, struct pz_cursor *from)
{
    struct pz_fields f = pz_fields_from(from);
    hour_fields(&f, hour);
    size_t nbytes = pz_cursor_u32(from);
    const uint8_t *bytes = pz_cursor_take(from, nbytes);
    roaring_bitmap_t *lens = bytes ? pz_bitmap_read(bytes, nbytes, 65536) : NULL;
    if (!lens)
        return false;
    roaring_bitmap_free(hour->lens);
    hour->lens = lens;
    int64_t begin = hour->hour * PZ_USEC_PER_HOUR;
    return counts_fit(hour) && pz_distinct_possible(&hour->sources) && hour->first_usec >= begin &&
           hour->first_usec <= hour->last_usec && hour->last_usec < begin + PZ_USEC_PER_HOUR &&
           !(hour->seconds[PZ_HOUR_WORDS - 1] >> (PZ_SECONDS_PER_HOUR % 64)) &&
           (roaring_bitmap_is_empty(lens) || roaring_bitmap_maximum(lens) < 65536);
}

void pz_hours_decode(struct pz_hours *hours, struct pz_cursor *from)
{
    uint32_t n = pz_cursor_u32(from), previous = 0;
    for (uint32_t i = 0; i < n && !from->bad; i++) {
        uint32_t hour = pz_cursor_u32(from);
        if (from->bad || hour <= previous || !pz_hour_possible(hour) || !decode_hour(entry_of(hours, hour), from))
            from->bad = true;
        previous = hour;
    }
}
