/* SPDX-License-Identifier: BSD-2-Clause */
/* Stored damage logs: what is accepted must be stored again as the same bytes. */
#include "fuzz.h"

#include "base/error.h"
#include "capture/damage_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pz_damage_log log;
    struct pz_cursor cursor = pz_cursor_of(data, size);
    pz_damage_log_init(&log);
    pz_damage_log_decode(&log, &cursor);
    if (!cursor.bad) {
        struct pz_buf again = {0};
        pz_damage_log_encode(&log, &again);
        PZ_CHECK(again.nbytes == size - pz_cursor_left(&cursor));
        PZ_CHECK(memcmp(again.bytes, data, again.nbytes) == 0);
        for (uint32_t i = 0; i < log.nentries; i++)
            PZ_CHECK(pz_damage_words(log.entries[i].reason));
        pz_damage_log_mark(&log, 340000, 340100);
        for (uint32_t i = 1; i < log.nhours; i++)
            PZ_CHECK(log.hours[i - 1][1] + 1 < log.hours[i][0]);
        pz_buf_release(&again);
    }
    pz_damage_log_release(&log);
    return 0;
}
