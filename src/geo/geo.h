/* SPDX-License-Identifier: BSD-2-Clause */
/* Countries of addresses: one sorted table of ranges that don't overlap, made of one file or of several.
 *
 * Which file is right for an archive depends on its date, so none is shipped: the user has the registries' delegated
 * files of the day (plain or extended), a range CSV of the time (start, end, ..., two-letter country), as GeoLite and
 * NetAcuity gave out, or a MaxMind DB for later data. Formats are told apart by their contents; all may
 * be compressed. Where ranges overlap, the narrower one holds; of two equal ones, the one named first. */
#ifndef PZ_GEO_GEO_H
#define PZ_GEO_GEO_H

#include "base/bytes.h"
#include "base/error.h"
#include "base/sha256.h"

struct pz_geo_range {
    uint32_t first, last; /* host order, both inside */
    uint16_t country;     /* index among the countries */
};

enum { PZ_COUNTRY_TEXT = 3 };

struct pz_geo_country {
    char code[PZ_COUNTRY_TEXT]; /* two letters, or a letter and a digit as in GeoLite's A1 */
    uint64_t addresses;         /* in its ranges */
};

/* A file of ranges, decompressed: the same ranges have the same digest, compressed or not. */
struct pz_geo_file {
    uint64_t nbytes;
    char digest[PZ_SHA256_TEXT];
};

struct pz_geo {
    struct pz_geo_range *ranges; /* owned, ascending */
    size_t nranges;
    uint32_t *by_upper; /* owned: for each /16 and one more, the first range that ends in it or after it */
    struct pz_geo_country *countries; /* owned, by code */
    size_t ncountries;
    struct pz_buf source;      /* owned: one line on what it was made of, ended by a zero; names no path */
    struct pz_geo_file *files; /* owned: in the order given; only where it was loaded */
    size_t nfiles;
};

/* What addresses in no range are counted under: the registries' code for no country. */
#define PZ_COUNTRY_UNKNOWN "ZZ"

int pz_geo_load(struct pz_geo *geo, const char *const *paths, size_t n, struct pz_error *error);
void pz_geo_release(struct pz_geo *geo);
/* The index of the address's country, or `ncountries` if it lies in no range. */
size_t pz_geo_find(const struct pz_geo *geo, uint32_t address);
/* The code of an index, PZ_COUNTRY_UNKNOWN for `ncountries`. */
const char *pz_geo_code(const struct pz_geo *geo, size_t country);
/* Appends a file's bytes, decompressed and without a UTF-8 byte order mark, and a zero. Compression that isn't built in
 * is an error that names the remedy. `to` must be empty. `file` says what the bytes are, with their mark. */
int pz_geo_read_file(const char *path, struct pz_buf *to, struct pz_geo_file *file, struct pz_error *error);
/* For other ranks. */
void pz_geo_encode(const struct pz_geo *geo, struct pz_buf *to);
void pz_geo_decode(struct pz_geo *geo, struct pz_cursor *from);

#endif
