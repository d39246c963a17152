/* SPDX-License-Identifier: BSD-2-Clause */
/* The made-up table of addresses, and which networks announce them. Countries and rough sizes are real. Blocks are drawn
 * in the order of addresses, each in proportion to what a country still lacks, so that all are spread evenly; networks
 * follow from the number of a block alone. */
#include "base/text.h"
#include "geo/delegated.h"
#include "twin/twin.h"

/* Clocks are winter time. Weights, shares of the worm's hosts relative to each other, are assumed; they lean on what
 * was published: Argentina stands out by its number of addresses (CAIDA 2009); China 16 %, Russia 11 %, Brazil 11 %,
 * India 7 % of Conficker C in March 2009 (S. Faber, CERT/SEI, "Conficker.C: how many are there?", 2009); A passed over
 * hosts with a Ukrainian keyboard, and yet there are some (CAIDA 2009). Block counts are of the order of what countries
 * held in 2008. */
const struct pz_twin_country_row pz_twin_country_table[] = {
    {"AE", "ripencc", 240, 5, 24},   {"AR", "lacnic", -180, 105, 140}, {"AT", "ripencc", 60, 5, 130},
    {"AU", "apnic", 600, 7, 560},    {"BE", "ripencc", 60, 4, 120},    {"BG", "ripencc", 120, 14, 50},
    {"BM", "arin", -240, 1, 0},      {"BR", "lacnic", -180, 105, 460}, {"CA", "arin", -300, 9, 1150},
    {"CH", "ripencc", 60, 4, 260},   {"CL", "lacnic", -180, 35, 80},   {"CN", "apnic", 480, 140, 2700},
    {"CO", "lacnic", -300, 30, 60},  {"CZ", "ripencc", 60, 8, 110},    {"DE", "ripencc", 60, 28, 1300},
    {"DK", "ripencc", 60, 3, 150},   {"EG", "afrinic", 120, 10, 30},   {"ES", "ripencc", 60, 26, 330},
    {"FI", "ripencc", 120, 3, 160},  {"FR", "ripencc", 60, 18, 1050},  {"GB", "ripencc", 0, 18, 1100},
    {"GR", "ripencc", 120, 6, 70},   {"HK", "apnic", 480, 9, 130},     {"HU", "ripencc", 60, 10, 70},
    {"ID", "apnic", 420, 16, 90},    {"IL", "ripencc", 120, 6, 80},    {"IN", "apnic", 330, 62, 270},
    {"IR", "ripencc", 210, 10, 40},  {"IT", "ripencc", 60, 36, 500},   {"JP", "apnic", 540, 12, 2300},
    {"KE", "afrinic", 180, 2, 8},    {"KR", "apnic", 540, 28, 1010},   {"MX", "lacnic", -360, 20, 320},
    {"MY", "apnic", 480, 14, 60},    {"NC", "apnic", 660, 1, 0},       {"NL", "ripencc", 60, 6, 330},
    {"NO", "ripencc", 60, 3, 180},   {"PE", "lacnic", -300, 16, 30},   {"PH", "apnic", 480, 20, 60},
    {"PK", "apnic", 300, 8, 40},     {"PL", "ripencc", 60, 22, 230},   {"PT", "ripencc", 0, 8, 90},
    {"RO", "ripencc", 120, 24, 100}, {"RU", "ripencc", 180, 75, 360},  {"SA", "ripencc", 180, 8, 40},
    {"SE", "ripencc", 60, 5, 280},   {"SG", "apnic", 480, 5, 60},      {"SM", "ripencc", 60, 1, 0},
    {"TH", "apnic", 420, 20, 60},    {"TR", "ripencc", 120, 18, 130},  {"TW", "apnic", 480, 52, 370},
    {"UA", "ripencc", 120, 12, 80},  {"US", "arin", -360, 40, 20500},  {"UY", "lacnic", -120, 5, 16},
    {"VE", "lacnic", -270, 18, 60},  {"VN", "apnic", 420, 16, 70},     {"ZA", "afrinic", 120, 7, 180},
};
const uint32_t pz_twin_country_rows = sizeof pz_twin_country_table / sizeof *pz_twin_country_table;

enum {
    MOST_LANDS = 128,
    LARGE_BITS = 20,
    SMALL_BITS = 16,
    TINY_BITS = 15, /* blocks of 2^n addresses */
    SPLIT = 1 << (LARGE_BITS - SMALL_BITS),
    FIRST_OCTET = 1,
    LAST_OCTET = 223,
};

static bool reserved_octet(uint32_t octet)
{
    /* Octets with special blocks in them are left out too, for simplicity. */
    static const uint8_t no[] = {10, 100, 127, 169, 172, 192, 198, 203};
    for (size_t i = 0; i < sizeof no; i++)
        if (octet == no[i])
            return true;
    return false;
}

static void put_line(struct pz_buf *to, const struct pz_twin_country_row *land, uint32_t first, uint32_t count)
{
    pz_buf_printf(to, "%s|%s|ipv4|" PZ_IPV4 "|%u|%u0101|allocated\n", land->registry, land->code, PZ_OCTETS(first),
                  count, 1990 + (first >> 16) % 18);
}

/* Draws a country in proportion to the blocks of one kind that it still lacks, and gives it one. */
static const struct pz_twin_country_row *draw_country(struct pz_twin_rng *rng, uint32_t *wanted, uint32_t *total)
{
    uint32_t at = pz_twin_below(rng, (*total)--), land = 0;
    while (at >= wanted[land])
        at -= wanted[land++];
    wanted[land]--;
    return &pz_twin_country_table[land];
}

/* How many blocks of each kind each country gets. */
struct wants {
    uint32_t large[MOST_LANDS], small[MOST_LANDS], nlarge, nsmall;
};

static void count_wants(struct wants *wants)
{
    PZ_CHECK(pz_twin_country_rows <= MOST_LANDS);
    *wants = (struct wants){.nlarge = 0};
    for (uint32_t i = 0; i < pz_twin_country_rows; i++) {
        uint32_t nblocks = pz_twin_country_table[i].nblocks;
        wants->large[i] = nblocks > 8 * SPLIT ? nblocks / SPLIT : 0;
        wants->small[i] = nblocks ? nblocks - wants->large[i] * SPLIT : 1;
        wants->nlarge += wants->large[i];
        wants->nsmall += wants->small[i];
    }
}

void pz_twin_world_text(struct pz_buf *to)
{
    struct wants wants;
    count_wants(&wants);
    uint32_t nfree = 0;
    for (uint32_t octet = FIRST_OCTET; octet <= LAST_OCTET; octet++)
        nfree += reserved_octet(octet) ? 0 : 256 / SPLIT;
    struct pz_buf lines = {0};
    struct pz_twin_rng rng = {.state = 445}; /* the table is always the same */
    uint32_t nlines = 0;
    for (uint32_t first = FIRST_OCTET << 24; first >> 24 <= LAST_OCTET; first += 1u << LARGE_BITS) {
        if (reserved_octet(first >> 24))
            continue;
        /* Each kind of block, and free space, is drawn in proportion to what is left of it, so that all are spread
         * evenly. */
        uint32_t at = pz_twin_below(&rng, nfree--);
        if (at < wants.nlarge) {
            const struct pz_twin_country_row *land = draw_country(&rng, wants.large, &wants.nlarge);
            put_line(&lines, land, first, 1u << LARGE_BITS);
            nlines++;
        } else if (at < wants.nlarge + (wants.nsmall + SPLIT - 1) / SPLIT) {
            for (uint32_t part = 0; part < SPLIT && wants.nsmall; part++, nlines++) {
                const struct pz_twin_country_row *land = draw_country(&rng, wants.small, &wants.nsmall);
                put_line(&lines, land, first + (part << SMALL_BITS), 1u << (land->nblocks ? SMALL_BITS : TINY_BITS));
            }
        }
    }
    PZ_CHECK(wants.nlarge == 0 && wants.nsmall == 0);
    pz_buf_printf(to,
                  "# Made up for patientzero's twin: real countries and rough sizes, invented blocks.\n"
                  "2|patientzero|20081121|%u|19900101|20081121|+0000\n"
                  "patientzero|*|ipv4|*|%u|summary\n",
                  nlines, nlines);
    pz_buf_put(to, lines.bytes, lines.nbytes);
    pz_buf_release(&lines);
}

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
