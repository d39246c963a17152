/* Stored ledgers: what is accepted must be stored again as the same bytes. */
#include "fuzz.h"

#include "base/error.h"
#include "capture/ledger.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pz_ledger ledger;
    struct pz_cursor cursor = pz_cursor_of(data, size);
    pz_ledger_init(&ledger);
    pz_ledger_decode(&ledger, &cursor);
    if (!cursor.bad) {
        struct pz_buf again = {0};
        pz_ledger_encode(&ledger, &again);
        PZ_CHECK(again.nbytes == size - pz_cursor_left(&cursor));
        PZ_CHECK(memcmp(again.bytes, data, again.nbytes) == 0);
        for (uint32_t i = 0; i < ledger.ndetails; i++)
            PZ_CHECK(pz_damage_words(ledger.details[i].reason));
        pz_ledger_mark(&ledger, 340000, 340100);
        for (uint32_t i = 1; i < ledger.nhours; i++)
            PZ_CHECK(ledger.hours[i - 1][1] + 1 < ledger.hours[i][0]);
        pz_buf_release(&again);
    }
    pz_ledger_release(&ledger);
    return 0;
}
