/* SPDX-License-Identifier: BSD-2-Clause */
/* What the readers of range files hand over, for files of src/geo only. */
#ifndef PZ_GEO_LOAD_H
#define PZ_GEO_LOAD_H

#include "geo/geo.h"

struct pz_geo_raw {
    uint32_t first, last;
    uint32_t order; /* in which it came */
    uint32_t place; /* index among the names */
};

/* Names, each once, in the order in which they came. */
struct pz_geo_names {
    char **all; /* owned, as are the texts */
    size_t n;
    uint32_t *slots; /* owned: of a hash table, an index + 1; 0 is empty */
    size_t nslots;
};

struct pz_geo_raws {
    struct pz_geo_raw *all; /* owned */
    size_t n;
    struct pz_geo_names names;
};

uint32_t pz_geo_name(struct pz_geo_names *names, const char *text, size_t length);
void pz_geo_names_release(struct pz_geo_names *names);
/* Adds a range. */
void pz_geo_add_range(struct pz_geo_raws *raws, uint32_t first, uint32_t last, const char *place, size_t length);
/* Adds one of a country; a code that isn't of two letters or digits, or stands for no country, is passed over. */
void pz_geo_add(struct pz_geo_raws *raws, uint32_t first, uint32_t last, const char *code, size_t code_length);
/* Takes away the overlaps: the ranges of an edition, and the addresses of each place. `raws` are put in another order.
 */
void pz_geo_flatten(struct pz_geo_edition *edition, struct pz_geo_raw *raws, size_t n);

/* A file of countries in any form, or one of networks; what it is goes to the source and the notes of `geo`. */
int pz_geo_read_countries(struct pz_geo_raws *raws, const char *path, struct pz_geo *geo, struct pz_error *error);
int pz_geo_read_networks(struct pz_geo_raws *raws, const char *path, struct pz_geo *geo, struct pz_error *error);

/* Each appends to `source` what the file is, like "delegated file of apnic, serial 20081121". */
int pz_geo_read_delegated(struct pz_geo_raws *raws, const char *path, char *text, struct pz_buf *source,
                          struct pz_error *error);
int pz_geo_read_csv(struct pz_geo_raws *raws, const char *path, char *text, struct pz_buf *source,
                    struct pz_error *error);
int pz_geo_read_mmdb(struct pz_geo_raws *raws, const char *path, const struct pz_buf *bytes, struct pz_buf *source,
                     struct pz_error *error);
/* Skips lines that are no prefix, length and network; returns how many. */
size_t pz_geo_read_pfx2as(struct pz_geo_raws *raws, char *text);
/* How many of the ranges from `begin` on are, with another place, there before: the first holds. */
size_t pz_geo_count_contradictions(const struct pz_geo_raws *raws, size_t begin);

#endif
