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

static int by_code_and_address(const void *a, const void *b)
{
    const struct pz_twin_range *x = a, *y = b;
    int order = strcmp(x->code, y->code);
    if (order == 0)
        order = PZ_ORDER(x->first, y->first);
    return order ? order : PZ_ORDER(x->count, y->count);
}

/* Takes a line whose addresses hosts may have. Other lines are passed over, as is a range without a usable address; any
 * range of two addresses has one. */
static bool take_line(const struct pz_twin_world *world, const struct pz_delegated *line, struct pz_twin_range *range)
{
    if (!line->is_held || !line->is_good || strlen(line->country) != 2 || line->count < 2)
        return false;
    uint64_t most = (UINT64_C(1) << 32) - line->first, count = line->count < most ? line->count : most;
    *range = (struct pz_twin_range){.first = line->first, .count = (uint32_t)(count < UINT32_MAX ? count : UINT32_MAX)};
    memcpy(range->code, line->country, sizeof range->code);
    /* If no address of a table were usable, drawing one would never end. */
    return pz_twin_world_usable(world, range->first | 1);
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

/* Sorts the ranges, and makes the countries of them. */
static void gather(struct pz_twin_world *world)
{
    if (world->nranges)
        qsort(world->ranges, world->nranges, sizeof *world->ranges, by_code_and_address);
    for (uint32_t i = 0; i < world->nranges; i++) {
        struct pz_twin_range *range = &world->ranges[i];
        if (i == 0 || strcmp(range[-1].code, range->code) != 0) {
            world->countries = pz_room(world->countries, world->ncountries, sizeof *world->countries);
            world->countries[world->ncountries] = (struct pz_twin_country){.before = world->naddresses};
            memcpy(world->countries[world->ncountries++].code, range->code, sizeof range->code);
        }
        range->before = world->naddresses;
        world->naddresses += range->count;
        world->countries[world->ncountries - 1].naddresses += range->count;
        world->key = pz_twin_key(world->key, (uint64_t)range->first << 32 | range->count);
    }
    for (uint32_t i = 0; i < world->ncountries; i++) {
        describe(&world->countries[i]);
        world->weight += world->countries[i].weight;
    }
}

int pz_twin_world_read(struct pz_twin_world *world, const struct pz_buf *text, uint32_t lens_octet,
                       struct pz_error *error)
{
    *world = (struct pz_twin_world){.lens_octet = lens_octet};
    struct pz_buf copy = {0};
    struct pz_delegated line;
    pz_buf_put(&copy, text->bytes, text->nbytes);
    pz_buf_put(&copy, "", 1);
    for (char *at = (char *)copy.bytes; pz_delegated_next(&at, &line);) {
        world->ranges = pz_room(world->ranges, world->nranges, sizeof *world->ranges);
        world->nranges += take_line(world, &line, &world->ranges[world->nranges]);
    }
    pz_buf_release(&copy);
    gather(world);
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

/* The range of one of all addresses, by its number. */
static const struct pz_twin_range *range_at(const struct pz_twin_world *world, uint64_t at)
{
    return world->ranges + pz_lower_bound(&at, world->ranges, world->nranges, sizeof *world->ranges, range_begins) - 1;
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
        uint64_t at = home->before + pz_twin_below64(rng, home->naddresses);
        range = range_at(world, at);
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
        const struct pz_twin_range *range = range_at(world, at);
        uint32_t address = range->first + (uint32_t)(at - range->before);
        if (pz_twin_world_usable(world, address))
            return address;
    }
}
