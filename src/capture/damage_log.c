/* SPDX-License-Identifier: BSD-2-Clause */
/* Damages are counted by reason, the first PZ_DAMAGE_LOG_ENTRIES are kept one by one, and all mark hours. Hours are
 * ranges, sorted and never adjacent, so that decades of damaged hours are one entry. Sums of digests at every `stride`
 * records show whether a torn capture is the beginning of another; when their table is full, every other sum is dropped
 * and the stride doubles. */
#include "capture/damage_log.h"

#include "base/error.h"
#include "base/sort.h"

#include <stdlib.h>

enum { OUTSIDE, INSIDE };

static const struct {
    bool inside;
    const char *words;
} reasons[PZ_DAMAGE_COUNT] = {
#define PZ_DAMAGE_ROW(name, where, words) {where, words},
    PZ_DAMAGES(PZ_DAMAGE_ROW)
#undef PZ_DAMAGE_ROW
};

const char *pz_damage_words(enum pz_damage_reason reason)
{
    return reasons[reason].words;
}

bool pz_damage_inside(enum pz_damage_reason reason)
{
    return reasons[reason].inside;
}

void pz_damage_log_init(struct pz_damage_log *log)
{
    *log = (struct pz_damage_log){.link_type = PZ_NO_LINK, .stride = PZ_DAMAGE_LOG_STRIDE};
}

void pz_damage_log_release(struct pz_damage_log *log)
{
    free(log->hours);
    free(log->files);
    pz_damage_log_init(log);
}

/* Ranges have the room of the next power of two, so that it needs no field of its own. */
static size_t room_for(uint32_t n)
{
    size_t room = 1;
    while (room < n)
        room *= 2;
    return room;
}

static void resize(uint32_t (**hours)[2], uint32_t *nhours, uint32_t n)
{
    if (!*hours || room_for(n) != room_for(*nhours))
        *hours = pz_realloc(*hours, room_for(n) * sizeof **hours);
    *nhours = n;
}

static bool is_apart_before(const void *item, const void *hour)
{
    return (uint64_t)((const uint32_t *)item)[1] + 1 < *(const uint32_t *)hour;
}

void pz_ranges_join(uint32_t (**hours)[2], uint32_t *nhours, uint32_t first_hour, uint32_t last_hour)
{
    /* The first range that the new one touches or lies before. */
    uint32_t from = (uint32_t)pz_lower_bound(&first_hour, *hours, *nhours, sizeof **hours, is_apart_before);
    uint32_t to = from; /* after the last range that it touches */
    for (; to < *nhours && (*hours)[to][0] <= (uint64_t)last_hour + 1; to++)
        continue;
    if (from == to) {
        resize(hours, nhours, *nhours + 1);
        memmove(*hours + from + 1, *hours + from, (*nhours - 1 - from) * sizeof **hours);
        (*hours)[from][0] = first_hour;
        (*hours)[from][1] = last_hour;
        return;
    }
    uint32_t *range = (*hours)[from];
    range[0] = range[0] < first_hour ? range[0] : first_hour;
    range[1] = (*hours)[to - 1][1] > last_hour ? (*hours)[to - 1][1] : last_hour;
    if (to - from == 1)
        return;
    memmove(*hours + from + 1, *hours + to, (*nhours - to) * sizeof **hours);
    resize(hours, nhours, *nhours - (to - from - 1));
}

void pz_damage_log_mark(struct pz_damage_log *log, uint32_t first_hour, uint32_t last_hour)
{
    pz_ranges_join(&log->hours, &log->nhours, first_hour, last_hour);
}

void pz_damage_log_add(struct pz_damage_log *log, const struct pz_damage *damage)
{
    log->counts[damage->reason]++;
    if (log->nentries < PZ_DAMAGE_LOG_ENTRIES)
        log->entries[log->nentries++] = *damage;
    if (damage->first_hour != PZ_NO_HOUR)
        pz_damage_log_mark(log, damage->first_hour, damage->last_hour);
}

void pz_damage_log_extend(struct pz_damage_log *log, uint32_t entry, uint32_t hour)
{
    if (entry >= log->nentries)
        return;
    struct pz_damage *damage = &log->entries[entry];
    bool none = damage->first_hour == PZ_NO_HOUR;
    damage->first_hour = none || hour < damage->first_hour ? hour : damage->first_hour;
    damage->last_hour = none || hour > damage->last_hour ? hour : damage->last_hour;
}

void pz_damage_log_mark_entry(struct pz_damage_log *log, uint32_t entry, uint32_t first_hour, uint32_t last_hour)
{
    pz_damage_log_mark(log, first_hour, last_hour);
    pz_damage_log_extend(log, entry, first_hour);
    pz_damage_log_extend(log, entry, last_hour);
}

void pz_damage_log_add_file(struct pz_damage_log *log, const struct pz_stamp *file)
{
    log->files = pz_realloc(log->files, (log->nfiles + 1) * sizeof *log->files);
    log->files[log->nfiles++] = *file;
}

bool pz_damage_log_has_file(const struct pz_damage_log *log, const struct pz_stamp *file)
{
    for (uint32_t i = 0; i < log->nfiles; i++)
        if (pz_stamp_same(&log->files[i], file))
            return true;
    return false;
}

void pz_damage_log_add_sum(struct pz_damage_log *log, uint64_t nrecords, uint64_t sum)
{
    if (log->nsums == PZ_DAMAGE_LOG_SUMS) {
        for (uint32_t i = 0; i < PZ_DAMAGE_LOG_SUMS / 2; i++)
            log->sums[i] = log->sums[2 * i + 1];
        log->nsums = PZ_DAMAGE_LOG_SUMS / 2;
        log->stride *= 2;
    }
    if (nrecords % log->stride == 0)
        log->sums[log->nsums++] = sum;
}

static uint64_t sum_after(const struct pz_damage_log *log, uint64_t nrecords)
{
    return log->sums[nrecords / log->stride - 1];
}

uint64_t pz_damage_log_begins_as(const struct pz_damage_log *torn, const struct pz_damage_log *whole)
{
    uint64_t stride = torn->stride > whole->stride ? torn->stride : whole->stride;
    uint64_t last = torn->nsums * torn->stride / stride * stride; /* after which both have a sum */
    bool same = last && last <= whole->nsums * whole->stride && sum_after(torn, last) == sum_after(whole, last);
    return same ? last : 0;
}

bool pz_damage_log_damaged(const struct pz_damage_log *log)
{
    for (int i = 0; i < PZ_DAMAGE_COUNT; i++)
        if (log->counts[i])
            return true;
    return false;
}

void pz_damage_log_say(struct pz_damage_log *log, const char *words, size_t n)
{
    if (log->libpcap[0])
        return;
    n = n < PZ_DAMAGE_LOG_WORDS ? n : PZ_DAMAGE_LOG_WORDS - 1;
    for (size_t i = 0; i < n && words[i]; i++)
        log->libpcap[i] = words[i] >= ' ' && words[i] <= '~' ? words[i] : '?';
}

static void damage_fields(struct pz_fields *f, struct pz_damage *damage)
{
    damage->reason = (uint32_t)pz_field_within(f, pz_field_u32(f, damage->reason), PZ_DAMAGE_COUNT - 1);
    damage->offset = pz_field_u64(f, damage->offset);
    damage->record = pz_field_u64(f, damage->record);
    damage->first_hour = pz_field_u32(f, damage->first_hour);
    damage->last_hour = pz_field_u32(f, damage->last_hour);
    damage->passed = pz_field_u64(f, damage->passed);
    damage->window = pz_field_u64(f, damage->window);
}

static void log_fields(struct pz_fields *f, struct pz_damage_log *log)
{
    uint32_t nwords = (uint32_t)strlen(log->libpcap);
    log->records = pz_field_u64(f, log->records);
    log->link_type = pz_field_u32(f, log->link_type);
    log->synthetic = pz_field_u32(f, log->synthetic);
    uint32_t nreasons = pz_field_u32(f, PZ_DAMAGE_COUNT);
    for (uint32_t i = 0; i < PZ_DAMAGE_COUNT; i++)
        log->counts[i] = pz_field_u64(f, log->counts[i]);
    log->padding = pz_field_u64(f, log->padding);
    log->passed = pz_field_u64(f, log->passed);
    log->nentries = (uint32_t)pz_field_within(f, pz_field_u32(f, log->nentries), PZ_DAMAGE_LOG_ENTRIES);
    for (uint32_t i = 0; i < log->nentries; i++)
        damage_fields(f, &log->entries[i]);
    uint32_t nhours = pz_field_items(f, log->nhours, sizeof *log->hours);
    if (f->from)
        resize(&log->hours, &log->nhours, nhours);
    for (uint32_t i = 0; i < nhours; i++) {
        log->hours[i][0] = pz_field_u32(f, log->hours[i][0]);
        log->hours[i][1] = pz_field_u32(f, log->hours[i][1]);
    }
    nwords = (uint32_t)pz_field_within(f, pz_field_u32(f, nwords), PZ_DAMAGE_LOG_WORDS - 1);
    pz_field_bytes(f, log->libpcap, nwords);
    log->nfiles = pz_field_items(f, log->nfiles, PZ_STAMP_BYTES);
    if (f->from)
        log->files = pz_realloc(log->files, log->nfiles * sizeof *log->files);
    for (uint32_t i = 0; i < log->nfiles; i++)
        pz_stamp_fields(f, &log->files[i]);
    log->stride = pz_field_u64(f, log->stride);
    log->nsums = (uint32_t)pz_field_within(f, pz_field_u32(f, log->nsums), PZ_DAMAGE_LOG_SUMS);
    for (uint32_t i = 0; i < log->nsums; i++)
        log->sums[i] = pz_field_u64(f, log->sums[i]);
    if (f->from && (nreasons != PZ_DAMAGE_COUNT || strlen(log->libpcap) != nwords))
        f->from->bad = true;
}

/* Whether a log that was read can be one. */
static bool is_possible(const struct pz_damage_log *log)
{
    bool good = log->synthetic == PZ_SYNTHETIC_MIXED || pz_synthetic_of_header(log->synthetic) == log->synthetic;
    for (uint32_t i = 0; i < log->nhours; i++) {
        const uint32_t *range = log->hours[i];
        good = good && (i == 0 || is_apart_before(range - 2, range)) && range[0] <= range[1] && range[1] < PZ_NO_HOUR;
    }
    for (const char *word = log->libpcap; *word; word++)
        good = good && *word >= ' ' && *word <= '~';
    return good && log->stride >= PZ_DAMAGE_LOG_STRIDE && !(log->stride & (log->stride - 1)) &&
           log->nsums <= log->records / log->stride;
}

void pz_damage_log_encode(const struct pz_damage_log *log, struct pz_buf *to)
{
    struct pz_damage_log copy = *log;
    struct pz_fields f =
        pz_fields_to(to, sizeof *log + log->nhours * sizeof *log->hours + (size_t)log->nfiles * PZ_STAMP_BYTES);
    log_fields(&f, &copy);
    pz_fields_written(&f, to);
}

void pz_damage_log_decode(struct pz_damage_log *log, struct pz_cursor *from)
{
    struct pz_fields f = pz_fields_from(from);
    log_fields(&f, log);
    from->bad = from->bad || !is_possible(log);
    if (from->bad)
        pz_damage_log_release(log);
}
