/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of a delegated file are filtered, sorted by country and address, and gathered into ranges with running sums of
 * addresses, so that an address is drawn by one random number and two binary searches. The key of a world names its
 * ranges. */
#include "twin/world.h"

#include "base/sort.h"
#include "geo/delegated.h"
#include "worm/reachable.h"

#include <stdlib.h>
#include <string.h>

struct line {
    char code[3];
    uint32_t first;
    uint64_t count;
};

static int by_code_and_address(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    int order = strcmp(x->code, y->code);
    if (order == 0)
        order = PZ_ORDER(x->first, y->first);
    return order ? order : PZ_ORDER(x->count, y->count);
}

/* Takes a line whose addresses hosts may have. Other lines are passed over, as is a range without a usable address; any
 * range of two addresses has one. */
static bool take_line(const struct pz_twin_world *world, const struct pz_delegated *given, struct line *line)
{
    if (!given->is_held || !given->is_good || strlen(given->country) != 2 || given->count < 2)
        return false;
    uint64_t most = (UINT64_C(1) << 32) - given->first;
    *line = (struct line){.first = given->first, .count = given->count < most ? given->count : most};
    line->count = line->count < UINT32_MAX ? line->count : UINT32_MAX;
    memcpy(line->code, given->country, sizeof line->code);
    /* If no address of a table were usable, drawing one would never end. */
    return pz_twin_world_usable(world, line->first | 1);
}

/* Sets a country's clock and weight: from our own list or, if it is not there, UTC and a weight by its addresses. */
static void describe(struct pz_twin_country *country)
{
    country->clock_seconds = 0;
    country->weight = 1 + (uint32_t)(country->naddresses >> 21);
    for (uint32_t i = 0; i < pz_twin_country_rows; i++)
        if (strcmp(pz_twin_country_table[i].code, country->code) == 0) {
            country->clock_seconds = pz_twin_country_table[i].clock_minutes * 60;
            country->weight = pz_twin_country_table[i].weight;
        }
}

static void gather(struct pz_twin_world *world, const struct line *lines, size_t nlines)
{
    world->ranges = pz_alloc(nlines * sizeof *world->ranges);
    world->countries = pz_alloc(nlines * sizeof *world->countries);
    for (size_t i = 0; i < nlines; i++) {
        struct pz_twin_country *country = world->countries + world->ncountries - 1;
        if (i == 0 || strcmp(country->code, lines[i].code) != 0) {
            country = &world->countries[world->ncountries++];
            memcpy(country->code, lines[i].code, sizeof country->code);
            country->first_range = world->nranges;
        }
        world->key = pz_twin_key(world->key, (uint64_t)lines[i].first << 32 | lines[i].count);
        world->ranges[world->nranges++] = (struct pz_twin_range){
            .first = lines[i].first, .count = (uint32_t)lines[i].count, .before = country->naddresses};
        country->nranges++;
        country->naddresses += lines[i].count;
    }
    for (uint32_t i = 0; i < world->ncountries; i++) {
        describe(&world->countries[i]);
        world->countries[i].before = world->naddresses;
        world->naddresses += world->countries[i].naddresses;
        world->weight += world->countries[i].weight;
    }
}

int pz_twin_world_read(struct pz_twin_world *world, const struct pz_buf *text, uint32_t lens_octet,
                       struct pz_error *error)
{
    *world = (struct pz_twin_world){.lens_octet = lens_octet};
    struct line *lines = NULL;
    size_t nlines = 0;
    struct pz_buf copy = {0};
    struct pz_delegated line;
    pz_buf_put(&copy, text->bytes, text->nbytes);
    pz_buf_put(&copy, "", 1);
    for (char *at = (char *)copy.bytes; pz_delegated_next(&at, &line);) {
        lines = pz_room(lines, nlines, sizeof *lines);
        nlines += take_line(world, &line, &lines[nlines]);
    }
    pz_buf_release(&copy);
    if (nlines)
        qsort(lines, nlines, sizeof *lines, by_code_and_address);
    gather(world, lines, nlines);
    free(lines);
    if (world->naddresses < 1 << 20) {
        pz_twin_world_release(world);
        return pz_fail(error, "the table of addresses has fewer than 2^20 usable IPv4 addresses: give lines like "
                              "apnic|CN|ipv4|58.14.0.0|131072|20050818|allocated");
    }
    return 0;
}

void pz_twin_world_release(struct pz_twin_world *world)
{
    free(world->countries);
    free(world->ranges);
    *world = (struct pz_twin_world){0};
}

uint32_t pz_twin_world_country(const struct pz_twin_world *world, struct pz_twin_rng *rng)
{
    uint64_t at = pz_twin_below64(rng, world->weight);
    uint32_t country = 0;
    while (at >= world->countries[country].weight)
        at -= world->countries[country++].weight;
    return country;
}

bool pz_twin_world_usable(const struct pz_twin_world *world, uint32_t address)
{
    uint32_t octet = address >> 24, low = address & 255;
    return octet != 0 && octet != 10 && octet != 127 && octet < 224 && octet != world->lens_octet && low != 0 &&
           low != 255 && address >> 20 != 0xac1 && address >> 16 != 0xc0a8 && address >> 16 != 0xa9fe;
}

static bool range_begins(const void *item, const void *at)
{
    return ((const struct pz_twin_range *)item)->before <= *(const uint64_t *)at;
}

static bool country_begins(const void *item, const void *at)
{
    return ((const struct pz_twin_country *)item)->before <= *(const uint64_t *)at;
}

/* The last of the country's ranges that begins by then. */
static const struct pz_twin_range *range_at(const struct pz_twin_world *world, const struct pz_twin_country *country,
                                            uint64_t at)
{
    const struct pz_twin_range *first = &world->ranges[country->first_range];
    return first + pz_lower_bound(&at, first, country->nranges, sizeof *first, range_begins) - 1;
}

static bool holds_block(const struct pz_twin_range *range, uint32_t address, uint32_t bits)
{
    uint32_t size_less_1 = (1u << bits) - 1, first = address & ~size_less_1;
    return first >= range->first && (first | size_less_1) <= range->first + (range->count - 1);
}

uint32_t pz_twin_world_address(const struct pz_twin_world *world, uint32_t country, bool reachable,
                               struct pz_twin_rng *rng, uint32_t *block_bits)
{
    enum { TRIES = 64 }; /* a quarter of all addresses is reachable; a country's blocks may hold none */
    const struct pz_twin_country *home = &world->countries[country];
    const struct pz_twin_range *range;
    uint32_t address;
    int tries = 0;
    do {
        uint64_t at = pz_twin_below64(rng, home->naddresses);
        range = range_at(world, home, at);
        address = range->first + (uint32_t)(at - range->before);
    } while (!pz_twin_world_usable(world, address) || (reachable && !pz_worm_reaches(address) && ++tries < TRIES));
    while (*block_bits && !holds_block(range, address, *block_bits))
        --*block_bits;
    return address;
}

uint32_t pz_twin_world_anywhere(const struct pz_twin_world *world, struct pz_twin_rng *rng)
{
    for (;;) {
        uint64_t at = pz_twin_below64(rng, world->naddresses);
        const struct pz_twin_country *country =
            world->countries +
            pz_lower_bound(&at, world->countries, world->ncountries, sizeof *country, country_begins) - 1;
        const struct pz_twin_range *range = range_at(world, country, at - country->before);
        uint32_t address = range->first + (uint32_t)(at - country->before - range->before);
        if (pz_twin_world_usable(world, address))
            return address;
    }
}
