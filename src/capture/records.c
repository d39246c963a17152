/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/records.h"

#include "base/time.h"
#include "capture/format.h"

/* Bytes that are no record look like the header of one by chance in one of 2^40 places; several in a row, never. */
enum { HEADER = 16, ENOUGH = 4, LENGTH_MAX = 262144, STEP_MAX = PZ_SECONDS_PER_HOUR };

/* Whether records follow one another from here on. */
static bool follow(const uint8_t *b, size_t n, bool swapped, bool nano, bool whole)
{
    int64_t before = -1;
    size_t at = 0;
    for (int i = 0; i < ENOUGH; i++) {
        if (at == n)
            return whole && i;
        if (n - at < HEADER)
            return false;
        int64_t second = pz_format_u32(b + at, swapped);
        uint32_t fraction = pz_format_u32(b + at + 4, swapped), captured = pz_format_u32(b + at + 8, swapped);
        uint32_t length = pz_format_u32(b + at + 12, swapped);
        bool time = second >= PZ_EARLIEST_SECOND && second < PZ_LATEST_SECOND &&
                    fraction < (nano ? 1000000000u : 1000000u) &&
                    (before < 0 || (second - before <= STEP_MAX && before - second <= STEP_MAX));
        if (!time || !captured || captured > length || length > LENGTH_MAX || captured > n - at - HEADER)
            return false;
        at += HEADER + captured;
        before = second;
    }
    return true;
}

size_t pz_records_find(const uint8_t *b, size_t n, bool swapped, bool nano, bool whole)
{
    for (size_t at = 0; at < n; at++)
        if (follow(b + at, n - at, swapped, nano, whole))
            return at;
    return n;
}

bool pz_capture_magic(const uint8_t *b, size_t n)
{
    /* us, ns and Kuznetzov's modified pcap in either byte order; pcapng's section header. */
    static const uint32_t magics[] = {0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34, 0xd4c3b2a1,
                                      0x4d3cb2a1, 0x34cdb2a1, 0x0a0d0d0a};
    for (size_t i = 0; n >= 4 && i < sizeof magics / sizeof *magics; i++)
        if (pz_get_le32(b) == magics[i])
            return true;
    return false;
}
