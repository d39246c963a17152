#include "capture/ledger.h"

#include "base/error.h"

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

void pz_ledger_init(struct pz_ledger *ledger)
{
    *ledger = (struct pz_ledger){.link_type = PZ_NO_LINK};
}

void pz_ledger_release(struct pz_ledger *ledger)
{
    free(ledger->hours);
    pz_ledger_init(ledger);
}

void pz_ledger_mark(struct pz_ledger *ledger, uint32_t first_hour, uint32_t last_hour)
{
    /* Ranges before the new one stay, those that touch it join it, those behind it stay. */
    uint32_t (*hours)[2] = pz_alloc((ledger->nhours + 1) * sizeof *hours);
    uint32_t n = 0, i = 0;
    for (; i < ledger->nhours && ledger->hours[i][1] + 1 < first_hour; i++)
        memcpy(hours[n++], ledger->hours[i], sizeof *hours);
    for (; i < ledger->nhours && ledger->hours[i][0] <= last_hour + 1; i++) {
        first_hour = ledger->hours[i][0] < first_hour ? ledger->hours[i][0] : first_hour;
        last_hour = ledger->hours[i][1] > last_hour ? ledger->hours[i][1] : last_hour;
    }
    hours[n][0] = first_hour;
    hours[n++][1] = last_hour;
    for (; i < ledger->nhours; i++)
        memcpy(hours[n++], ledger->hours[i], sizeof *hours);
    free(ledger->hours);
    ledger->hours = hours;
    ledger->nhours = n;
}

void pz_ledger_add(struct pz_ledger *ledger, const struct pz_damage *damage)
{
    ledger->counts[damage->reason]++;
    if (ledger->ndetails < PZ_LEDGER_DETAILS)
        ledger->details[ledger->ndetails++] = *damage;
    if (damage->first_hour != PZ_NO_HOUR)
        pz_ledger_mark(ledger, damage->first_hour, damage->last_hour);
}

bool pz_ledger_damaged(const struct pz_ledger *ledger)
{
    for (int i = 0; i < PZ_DAMAGE_COUNT; i++)
        if (ledger->counts[i])
            return true;
    return false;
}

void pz_ledger_encode(const struct pz_ledger *ledger, struct pz_buf *to)
{
    pz_buf_put_u64(to, ledger->records);
    pz_buf_put_u32(to, ledger->link_type);
    pz_buf_put_u32(to, PZ_DAMAGE_COUNT);
    for (int i = 0; i < PZ_DAMAGE_COUNT; i++)
        pz_buf_put_u64(to, ledger->counts[i]);
    pz_buf_put_u32(to, ledger->ndetails);
    for (uint32_t i = 0; i < ledger->ndetails; i++) {
        const struct pz_damage *damage = &ledger->details[i];
        pz_buf_put_u32(to, damage->reason);
        pz_buf_put_u64(to, damage->offset);
        pz_buf_put_u64(to, damage->record);
        pz_buf_put_u32(to, damage->first_hour);
        pz_buf_put_u32(to, damage->last_hour);
    }
    pz_buf_put_u32(to, ledger->nhours);
    for (uint32_t i = 0; i < ledger->nhours; i++) {
        pz_buf_put_u32(to, ledger->hours[i][0]);
        pz_buf_put_u32(to, ledger->hours[i][1]);
    }
}

void pz_ledger_decode(struct pz_ledger *ledger, struct pz_cursor *from)
{
    ledger->records = pz_cursor_u64(from);
    ledger->link_type = pz_cursor_u32(from);
    if (pz_cursor_u32(from) != PZ_DAMAGE_COUNT)
        from->bad = true;
    for (int i = 0; i < PZ_DAMAGE_COUNT; i++)
        ledger->counts[i] = pz_cursor_u64(from);
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
        if (damage->reason >= PZ_DAMAGE_COUNT)
            from->bad = true;
    }
    uint32_t nhours = pz_cursor_u32(from);
    if (nhours > pz_cursor_left(from) / 8)
        from->bad = true;
    for (uint32_t i = 0; i < nhours && !from->bad; i++) {
        uint32_t first_hour = pz_cursor_u32(from);
        uint32_t last_hour = pz_cursor_u32(from);
        if (first_hour > last_hour || last_hour > UINT32_MAX - 2)
            from->bad = true;
        else
            pz_ledger_mark(ledger, first_hour, last_hour);
    }
}
