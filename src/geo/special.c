/* SPDX-License-Identifier: BSD-2-Clause */
#include "geo/special.h"

#include "base/sort.h"

static const struct range {
    uint32_t first, last;
    enum pz_special special;
} ranges[] = {
    /* Ascending. RFC 3330, "Special-Use IPv4 Addresses", was the list of 2008, and names for each the RFC that reserves
     * it. What it calls "reserved but subject to allocation", and IANA's "IPv4 Address Space Registry" had no date of
     * allocation for until November 2008, is unallocated. */
    {0x00000000, 0x00ffffff, PZ_SPECIAL_RESERVED},    /* 0/8, this network: RFC 1700 */
    {0x01000000, 0x02ffffff, PZ_SPECIAL_UNALLOCATED}, /* 1/8 and 2/8 */
    {0x05000000, 0x05ffffff, PZ_SPECIAL_UNALLOCATED},
    {0x0a000000, 0x0affffff, PZ_SPECIAL_RESERVED},    /* 10/8, private: RFC 1918 */
    {0x0e000000, 0x0effffff, PZ_SPECIAL_UNALLOCATED}, /* 14/8, once for public data networks */
    {0x17000000, 0x17ffffff, PZ_SPECIAL_UNALLOCATED},
    {0x1b000000, 0x1bffffff, PZ_SPECIAL_UNALLOCATED},
    {0x1f000000, 0x1fffffff, PZ_SPECIAL_UNALLOCATED},
    {0x24000000, 0x25ffffff, PZ_SPECIAL_UNALLOCATED}, /* 36/8 and 37/8 */
    {0x27000000, 0x27ffffff, PZ_SPECIAL_UNALLOCATED},
    {0x2a000000, 0x2affffff, PZ_SPECIAL_UNALLOCATED},
    {0x2e000000, 0x2effffff, PZ_SPECIAL_UNALLOCATED},
    {0x31000000, 0x32ffffff, PZ_SPECIAL_UNALLOCATED}, /* 49/8 and 50/8 */
    {0x64000000, 0x6dffffff, PZ_SPECIAL_UNALLOCATED}, /* 100/8 to 109/8; 110/8 was allocated in November 2008 */
    {0x7f000000, 0x7fffffff, PZ_SPECIAL_RESERVED},    /* 127/8, loopback: RFC 1700 */
    {0x80000000, 0x8000ffff, PZ_SPECIAL_UNALLOCATED}, /* 128.0/16 */
    {0xa9fe0000, 0xa9feffff, PZ_SPECIAL_RESERVED},    /* 169.254/16, link-local: RFC 3927 */
    {0xac100000, 0xac1fffff, PZ_SPECIAL_RESERVED},    /* 172.16/12, private: RFC 1918 */
    {0xaf000000, 0xb9ffffff, PZ_SPECIAL_UNALLOCATED}, /* 175/8 to 185/8 */
    {0xbfff0000, 0xbfffffff, PZ_SPECIAL_UNALLOCATED}, /* 191.255/16 */
    {0xc0000000, 0xc00000ff, PZ_SPECIAL_UNALLOCATED}, /* 192.0.0/24 */
    {0xc0000200, 0xc00002ff, PZ_SPECIAL_RESERVED},    /* 192.0.2/24, for documents: RFC 3330 */
    {0xc0a80000, 0xc0a8ffff, PZ_SPECIAL_RESERVED},    /* 192.168/16, private: RFC 1918 */
    {0xc6120000, 0xc613ffff, PZ_SPECIAL_RESERVED},    /* 198.18/15, for benchmarks: RFC 2544 */
    {0xdf000000, 0xdfffffff, PZ_SPECIAL_UNALLOCATED}, /* 223/8 */
    {0xe0000000, 0xffffffff, PZ_SPECIAL_RESERVED},    /* 224/4, multicast: RFC 3171; 240/4: RFC 1700 */
};
enum { RANGES = sizeof ranges / sizeof *ranges };

static bool ends_before(const void *item, const void *address)
{
    return ((const struct range *)item)->last < *(const uint32_t *)address;
}

enum pz_special pz_special_of(uint32_t address)
{
    size_t at = pz_lower_bound(&address, ranges, RANGES, sizeof *ranges, ends_before);
    return at < RANGES && ranges[at].first <= address ? ranges[at].special : PZ_SPECIAL_NOT;
}

uint64_t pz_special_size(enum pz_special special)
{
    uint64_t size = 0;
    for (size_t i = 0; i < RANGES; i++)
        size += ranges[i].special == special ? ranges[i].last - ranges[i].first + UINT64_C(1) : 0;
    return size;
}
