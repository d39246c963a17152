/* SPDX-License-Identifier: BSD-2-Clause */
/* Which networks announce the addresses of the twin's countries. */
#include "base/text.h"
#include "geo/delegated.h"
#include "twin/twin.h"

/* Numbers for private use, which no network on the Internet has (RFC 1930): 64512 to 65534. */
enum { FIRST_AS = 64512, ASES = 1023 };

/* Of blocks, by their number in the table. */
enum { BLOCKS_OF_AN_AS = 8, UNANNOUNCED = 20, SPECIFIC = 5, SEVERAL = 16, SET = 33 };

static void put_prefix(struct pz_buf *to, uint32_t first, unsigned length, unsigned as, unsigned other, char between)
{
    pz_buf_printf(to, PZ_IPV4 "\t%u\t%u", PZ_OCTETS(first), length, as);
    if (between)
        pz_buf_printf(to, "%c%u", between, other);
    pz_buf_printf(to, "\n");
}

/* A block need not be a prefix: it is cut into the largest that there are, from its first address on. */
static void put_block(struct pz_buf *to, uint64_t first, uint64_t count, size_t number)
{
    const unsigned as = FIRST_AS + (unsigned)(number / BLOCKS_OF_AN_AS % ASES),
                   other = FIRST_AS + (unsigned)((number / BLOCKS_OF_AN_AS + 7) % ASES);
    const char between = number % SEVERAL == 0 ? '_' : number % SET == 0 ? ',' : 0;
    while (count) {
        unsigned length = 0;
        while (first & (UINT64_C(0xffffffff) >> length) || (UINT64_C(1) << (32 - length)) > count)
            length++;
        uint64_t size = UINT64_C(1) << (32 - length);
        put_prefix(to, (uint32_t)first, length, as, other, between);
        if (number % SPECIFIC == 0 && length < 24)
            put_prefix(to, (uint32_t)(first + size / 2), length + 1, other, 0, 0);
        first += size;
        count -= size;
    }
}

void pz_twin_networks_text(const struct pz_buf *delegated, struct pz_buf *to)
{
    struct pz_delegated line;
    struct pz_buf copy = {0};
    size_t number = 0;
    pz_buf_put(&copy, delegated->bytes, delegated->nbytes);
    pz_buf_put(&copy, "", 1);
    for (char *at = (char *)copy.bytes; pz_delegated_next(&at, &line);) {
        bool announced = line.is_held && line.is_good && ++number % UNANNOUNCED;
        if (announced && line.count <= UINT32_MAX - line.first + UINT64_C(1))
            put_block(to, line.first, line.count, number);
    }
    pz_buf_release(&copy);
}
