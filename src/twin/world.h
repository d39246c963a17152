/* SPDX-License-Identifier: BSD-2-Clause */
/* The addresses that hosts live at, by country: read from the registries' delegated statistics, so that the country
 * figures can read the same file.
 *
 * A made-up table comes with the program: its countries, clocks and rough sizes are real, its blocks are not. Nothing
 * in a world depends on the order of its lines. */
#ifndef PZ_TWIN_WORLD_H
#define PZ_TWIN_WORLD_H

#include "base/bytes.h"
#include "base/error.h"
#include "twin/random.h"

struct pz_twin_range {
    char code[3];
    uint32_t first, count;
    uint64_t before; /* addresses in the ranges before this one */
};

struct pz_twin_country {
    char code[3];
    int32_t clock_seconds; /* local time minus UTC, in winter */
    uint32_t weight;       /* its share of the worm's hosts */
    uint64_t before;       /* addresses in the countries before it */
    uint64_t naddresses;
};

struct pz_twin_world {
    struct pz_twin_country *countries; /* owned, in order of their codes */
    uint32_t ncountries;
    struct pz_twin_range *ranges; /* owned, by country and address */
    uint32_t nranges;
    uint64_t naddresses;
    uint64_t weight;
    uint32_t lens_octet; /* no host lives in the telescope */
    uint64_t key;        /* names the table */
};

/* The made-up table, in the registries' format. */
void pz_twin_world_text(struct pz_buf *to);
/* From the text of one or more delegated files, one after the other; plain or extended. */
int pz_twin_world_read(struct pz_twin_world *world, const struct pz_buf *text, uint32_t lens_octet,
                       struct pz_error *error);
void pz_twin_world_release(struct pz_twin_world *world);

/* What is known of a country from elsewhere; the neutral entry if nothing is. */
struct pz_twin_country_row {
    char code[3];
    const char *registry;
    int32_t clock_minutes;
    uint32_t weight;
    uint32_t nblocks; /* of 2^16 addresses, in the made-up table; 0: one small block of 2^15 */
};
extern const struct pz_twin_country_row pz_twin_country_table[];
extern const uint32_t pz_twin_country_rows;

/* A country, drawn by its share of the worm's hosts. */
uint32_t pz_twin_world_country(const struct pz_twin_world *world, struct pz_twin_rng *rng);
/* An address in a country, usable by a host. With `reachable` only one that the worm's random scan comes to, if the
 * country has any. `block_bits` is lowered until the aligned block of 2^block_bits around the address is the country's.
 */
uint32_t pz_twin_world_address(const struct pz_twin_world *world, uint32_t country, bool reachable,
                               struct pz_twin_rng *rng, uint32_t *block_bits);
/* An address of any country, each address as likely as the others. */
uint32_t pz_twin_world_anywhere(const struct pz_twin_world *world, struct pz_twin_rng *rng);
/* Whether a host can have it: neither reserved nor the telescope's, and no .0 or .255. */
bool pz_twin_world_usable(const struct pz_twin_world *world, uint32_t address);

#endif
