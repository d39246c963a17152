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

void pz_damage_log_encode(const struct pz_damage_log *log, struct pz_buf *to)
{
    pz_buf_put_u64(to, log->records);
    pz_buf_put_u32(to, log->link_type);
    pz_buf_put_u32(to, log->synthetic);
    pz_buf_put_u32(to, PZ_DAMAGE_COUNT);
    for (int i = 0; i < PZ_DAMAGE_COUNT; i++)
        pz_buf_put_u64(to, log->counts[i]);
    pz_buf_put_u64(to, log->padding);
    pz_buf_put_u64(to, log->passed);
    pz_buf_put_u32(to, log->nentries);
    for (uint32_t i = 0; i < log->nentries; i++) {
        const struct pz_damage *damage = &log->entries[i];
        pz_buf_put_u32(to, damage->reason);
        pz_buf_put_u64(to, damage->offset);
        pz_buf_put_u64(to, damage->record);
        pz_buf_put_u32(to, damage->first_hour);
        pz_buf_put_u32(to, damage->last_hour);
        pz_buf_put_u64(to, damage->passed);
        pz_buf_put_u64(to, damage->window);
    }
    pz_buf_put_u32(to, log->nhours);
    for (uint32_t i = 0; i < log->nhours; i++) {
        pz_buf_put_u32(to, log->hours[i][0]);
        pz_buf_put_u32(to, log->hours[i][1]);
    }
    pz_buf_put_u32(to, (uint32_t)strlen(log->libpcap));
    pz_buf_put(to, log->libpcap, strlen(log->libpcap));
    pz_buf_put_u32(to, log->nfiles);
    for (uint32_t i = 0; i < log->nfiles; i++)
        pz_stamp_encode(&log->files[i], to);
    pz_buf_put_u64(to, log->stride);
    pz_buf_put_u32(to, log->nsums);
    for (uint32_t i = 0; i < log->nsums; i++)
        pz_buf_put_u64(to, log->sums[i]);
}

void pz_damage_log_decode(struct pz_damage_log *log, struct pz_cursor *from)
{
    log->records = pz_cursor_u64(from);
    log->link_type = pz_cursor_u32(from);
    log->synthetic = pz_cursor_u32(from);
    if (log->synthetic != PZ_SYNTHETIC_MIXED && pz_synthetic_of_header(log->synthetic) != log->synthetic)
        from->bad = true;
    if (pz_cursor_u32(from) != PZ_DAMAGE_COUNT)
        from->bad = true;
    for (int i = 0; i < PZ_DAMAGE_COUNT; i++)
        log->counts[i] = pz_cursor_u64(from);
    log->padding = pz_cursor_u64(from);
    log->passed = pz_cursor_u64(from);
    uint32_t nentries = pz_cursor_u32(from);
    if (nentries > PZ_DAMAGE_LOG_ENTRIES)
        from->bad = true;
    for (uint32_t i = 0; i < nentries && !from->bad; i++) {
        struct pz_damage *damage = &log->entries[log->nentries++];
        damage->reason = pz_cursor_u32(from);
        damage->offset = pz_cursor_u64(from);
        damage->record = pz_cursor_u64(from);
        damage->first_hour = pz_cursor_u32(from);
        damage->last_hour = pz_cursor_u32(from);
        damage->passed = pz_cursor_u64(from);
        damage->window = pz_cursor_u64(from);
        if (damage->reason >= PZ_DAMAGE_COUNT)
            from->bad = true;
    }
    uint32_t nhours = pz_cursor_u32(from);
    if (nhours > pz_cursor_left(from) / 8)
        from->bad = true;
    for (uint32_t i = 0; i < nhours && !from->bad; i++) {
        uint32_t first_hour = pz_cursor_u32(from);
        uint32_t last_hour = pz_cursor_u32(from);
        bool ordered = i == 0 || (uint64_t)log->hours[i - 1][1] + 1 < first_hour;
        if (ordered && first_hour <= last_hour && last_hour < PZ_NO_HOUR)
            pz_damage_log_mark(log, first_hour, last_hour);
        else
            from->bad = true;
    }
    uint32_t nwords = pz_cursor_u32(from);
    const uint8_t *words = nwords < PZ_DAMAGE_LOG_WORDS ? pz_cursor_take(from, nwords) : NULL;
    if (words)
        pz_damage_log_say(log, (const char *)words, nwords);
    else
        from->bad = true;
    uint32_t nfiles = pz_cursor_u32(from);
    if (nfiles > pz_cursor_left(from) / PZ_STAMP_BYTES)
        from->bad = true;
    for (uint32_t i = 0; i < nfiles && !from->bad; i++) {
        struct pz_stamp file = pz_stamp_decode(from);
        pz_damage_log_add_file(log, &file);
    }
    log->stride = pz_cursor_u64(from);
    uint32_t nsums = pz_cursor_u32(from);
    if (log->stride < PZ_DAMAGE_LOG_STRIDE || log->stride & (log->stride - 1) || nsums > PZ_DAMAGE_LOG_SUMS ||
        nsums > log->records / log->stride)
        from->bad = true;
    for (uint32_t i = 0; i < nsums && !from->bad; i++)
        log->sums[log->nsums++] = pz_cursor_u64(from);
    if (from->bad)
        log->stride = PZ_DAMAGE_LOG_STRIDE;
}
