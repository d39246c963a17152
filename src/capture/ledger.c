#include "capture/ledger.h"

#include "base/error.h"
#include "base/sort.h"

#include <stdlib.h>

const char *pz_damage_words(enum pz_damage_reason reason)
{
    static const char *const words[] = {
#define PZ_DAMAGE_WORDS(name, words) words,
        PZ_DAMAGES(PZ_DAMAGE_WORDS)
#undef PZ_DAMAGE_WORDS
    };
    return words[reason];
}

bool pz_damage_inside(enum pz_damage_reason reason)
{
    switch (reason) {
    case PZ_DAMAGE_RECORD_TORN:
    case PZ_DAMAGE_RECORD_ABSURD:
    case PZ_DAMAGE_NOT_PCAP:
    case PZ_DAMAGE_UNKNOWN_LINK_TYPE:
    case PZ_DAMAGE_TIME_BACK:
    case PZ_DAMAGE_TIME_RANGE:
    case PZ_DAMAGE_RARE_FORMAT:
    case PZ_DAMAGE_FRACTION:
    case PZ_DAMAGE_TIME_FORWARD:
    case PZ_DAMAGE_BLOCK:
    case PZ_DAMAGE_INTERFACE:
        return true;
    case PZ_DAMAGE_TORN:
    case PZ_DAMAGE_CORRUPT:
    case PZ_DAMAGE_CHECKSUM:
    case PZ_DAMAGE_TRAILING:
    case PZ_DAMAGE_EMPTY:
    case PZ_DAMAGE_UNREADABLE:
    case PZ_DAMAGE_CHANGED:
    case PZ_DAMAGE_FILTER_FAILED:
    case PZ_DAMAGE_WINDOW:
    case PZ_DAMAGE_COUNT:
        break;
    }
    return false;
}

void pz_ledger_init(struct pz_ledger *ledger)
{
    *ledger = (struct pz_ledger){.link_type = PZ_NO_LINK, .stride = PZ_LEDGER_STRIDE};
}

void pz_ledger_release(struct pz_ledger *ledger)
{
    free(ledger->hours);
    free(ledger->files);
    pz_ledger_init(ledger);
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
    uint32_t to = from; /* behind the last range that it touches */
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

void pz_ledger_mark(struct pz_ledger *ledger, uint32_t first_hour, uint32_t last_hour)
{
    pz_ranges_join(&ledger->hours, &ledger->nhours, first_hour, last_hour);
}

void pz_ledger_add(struct pz_ledger *ledger, const struct pz_damage *damage)
{
    ledger->counts[damage->reason]++;
    if (ledger->ndetails < PZ_LEDGER_DETAILS)
        ledger->details[ledger->ndetails++] = *damage;
    if (damage->first_hour != PZ_NO_HOUR)
        pz_ledger_mark(ledger, damage->first_hour, damage->last_hour);
}

void pz_ledger_stretch(struct pz_ledger *ledger, uint32_t detail, uint32_t hour)
{
    if (detail >= ledger->ndetails)
        return;
    struct pz_damage *damage = &ledger->details[detail];
    bool none = damage->first_hour == PZ_NO_HOUR;
    damage->first_hour = none || hour < damage->first_hour ? hour : damage->first_hour;
    damage->last_hour = none || hour > damage->last_hour ? hour : damage->last_hour;
}

void pz_ledger_add_file(struct pz_ledger *ledger, const struct pz_stamp *file)
{
    ledger->files = pz_realloc(ledger->files, (ledger->nfiles + 1) * sizeof *ledger->files);
    ledger->files[ledger->nfiles++] = *file;
}

bool pz_ledger_has_file(const struct pz_ledger *ledger, const struct pz_stamp *file)
{
    for (uint32_t i = 0; i < ledger->nfiles; i++)
        if (pz_stamp_same(&ledger->files[i], file))
            return true;
    return false;
}

void pz_ledger_again(struct pz_ledger *ledger, enum pz_damage_reason reason, uint32_t detail, uint32_t hour)
{
    ledger->counts[reason]++;
    pz_ledger_stretch(ledger, detail, hour);
    pz_ledger_mark(ledger, hour, hour);
}

void pz_ledger_add_sum(struct pz_ledger *ledger, uint64_t nrecords, uint64_t sum)
{
    if (ledger->nsums == PZ_LEDGER_SUMS) {
        for (uint32_t i = 0; i < PZ_LEDGER_SUMS / 2; i++)
            ledger->sums[i] = ledger->sums[2 * i + 1];
        ledger->nsums = PZ_LEDGER_SUMS / 2;
        ledger->stride *= 2;
    }
    if (nrecords % ledger->stride == 0)
        ledger->sums[ledger->nsums++] = sum;
}

static uint64_t sum_after(const struct pz_ledger *ledger, uint64_t nrecords)
{
    return ledger->sums[nrecords / ledger->stride - 1];
}

uint64_t pz_ledger_begins_as(const struct pz_ledger *torn, const struct pz_ledger *whole)
{
    uint64_t stride = torn->stride > whole->stride ? torn->stride : whole->stride;
    uint64_t last = torn->nsums * torn->stride / stride * stride; /* after which both have a sum */
    bool same = last && last <= whole->nsums * whole->stride && sum_after(torn, last) == sum_after(whole, last);
    return same ? last : 0;
}

bool pz_ledger_damaged(const struct pz_ledger *ledger)
{
    for (int i = 0; i < PZ_DAMAGE_COUNT; i++)
        if (ledger->counts[i])
            return true;
    return false;
}

void pz_ledger_say(struct pz_ledger *ledger, const char *words, size_t n)
{
    if (ledger->libpcap[0])
        return;
    n = n < PZ_LEDGER_WORDS ? n : PZ_LEDGER_WORDS - 1;
    for (size_t i = 0; i < n && words[i]; i++)
        ledger->libpcap[i] = words[i] >= ' ' && words[i] <= '~' ? words[i] : '?';
}

void pz_ledger_encode(const struct pz_ledger *ledger, struct pz_buf *to)
{
    pz_buf_put_u64(to, ledger->records);
    pz_buf_put_u32(to, ledger->link_type);
    pz_buf_put_u32(to, ledger->synthetic);
    pz_buf_put_u32(to, PZ_DAMAGE_COUNT);
    for (int i = 0; i < PZ_DAMAGE_COUNT; i++)
        pz_buf_put_u64(to, ledger->counts[i]);
    pz_buf_put_u64(to, ledger->padding);
    pz_buf_put_u64(to, ledger->passed);
    pz_buf_put_u32(to, ledger->ndetails);
    for (uint32_t i = 0; i < ledger->ndetails; i++) {
        const struct pz_damage *damage = &ledger->details[i];
        pz_buf_put_u32(to, damage->reason);
        pz_buf_put_u64(to, damage->offset);
        pz_buf_put_u64(to, damage->record);
        pz_buf_put_u32(to, damage->first_hour);
        pz_buf_put_u32(to, damage->last_hour);
        pz_buf_put_u64(to, damage->passed);
        pz_buf_put_u64(to, damage->window);
    }
    pz_buf_put_u32(to, ledger->nhours);
    for (uint32_t i = 0; i < ledger->nhours; i++) {
        pz_buf_put_u32(to, ledger->hours[i][0]);
        pz_buf_put_u32(to, ledger->hours[i][1]);
    }
    pz_buf_put_u32(to, (uint32_t)strlen(ledger->libpcap));
    pz_buf_put(to, ledger->libpcap, strlen(ledger->libpcap));
    pz_buf_put_u32(to, ledger->nfiles);
    for (uint32_t i = 0; i < ledger->nfiles; i++)
        pz_stamp_encode(&ledger->files[i], to);
    pz_buf_put_u64(to, ledger->stride);
    pz_buf_put_u32(to, ledger->nsums);
    for (uint32_t i = 0; i < ledger->nsums; i++)
        pz_buf_put_u64(to, ledger->sums[i]);
}

void pz_ledger_decode(struct pz_ledger *ledger, struct pz_cursor *from)
{
    ledger->records = pz_cursor_u64(from);
    ledger->link_type = pz_cursor_u32(from);
    ledger->synthetic = pz_cursor_u32(from);
    if (ledger->synthetic != PZ_SYNTHETIC_MIXED && pz_synthetic_of_header(ledger->synthetic) != ledger->synthetic)
        from->bad = true;
    if (pz_cursor_u32(from) != PZ_DAMAGE_COUNT)
        from->bad = true;
    for (int i = 0; i < PZ_DAMAGE_COUNT; i++)
        ledger->counts[i] = pz_cursor_u64(from);
    ledger->padding = pz_cursor_u64(from);
    ledger->passed = pz_cursor_u64(from);
    uint32_t ndetails = pz_cursor_u32(from);
    if (ndetails > PZ_LEDGER_DETAILS)
        from->bad = true;
    for (uint32_t i = 0; i < ndetails && !from->bad; i++) {
        struct pz_damage *damage = &ledger->details[ledger->ndetails++];
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
        bool ordered = i == 0 || (uint64_t)ledger->hours[i - 1][1] + 1 < first_hour;
        if (ordered && first_hour <= last_hour && last_hour < PZ_NO_HOUR)
            pz_ledger_mark(ledger, first_hour, last_hour);
        else
            from->bad = true;
    }
    uint32_t nwords = pz_cursor_u32(from);
    const uint8_t *words = nwords < PZ_LEDGER_WORDS ? pz_cursor_take(from, nwords) : NULL;
    if (words)
        pz_ledger_say(ledger, (const char *)words, nwords);
    else
        from->bad = true;
    uint32_t nfiles = pz_cursor_u32(from);
    if (nfiles > pz_cursor_left(from) / PZ_STAMP_BYTES)
        from->bad = true;
    for (uint32_t i = 0; i < nfiles && !from->bad; i++) {
        struct pz_stamp file = pz_stamp_decode(from);
        pz_ledger_add_file(ledger, &file);
    }
    ledger->stride = pz_cursor_u64(from);
    uint32_t nsums = pz_cursor_u32(from);
    if (ledger->stride < PZ_LEDGER_STRIDE || ledger->stride & (ledger->stride - 1) || nsums > PZ_LEDGER_SUMS ||
        nsums > ledger->records / ledger->stride)
        from->bad = true;
    for (uint32_t i = 0; i < nsums && !from->bad; i++)
        ledger->sums[ledger->nsums++] = pz_cursor_u64(from);
    if (from->bad)
        ledger->stride = PZ_LEDGER_STRIDE;
}
