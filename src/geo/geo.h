/* SPDX-License-Identifier: BSD-2-Clause */
/* Where addresses belong: to countries, or to networks that announce them (autonomous systems). One sorted table of
 * ranges that don't overlap for each time at which a file brings something new.
 *
 * Which file is right for an archive depends on its date, so none is shipped. Of countries the user has the registries'
 * delegated files of the day (plain or extended), a range CSV of the time (start, end, ..., two-letter country), as
 * GeoLite and NetAcuity gave out, or a MaxMind DB for later data; of networks CAIDA's pfx2as. The
 * contents tell which format a file of countries has; all may be compressed. Where ranges overlap, the narrower one holds; of
 * two equal ones, the one named first. Lines of one file that give one range to two places are counted, as are lines of
 * pfx2as that are not read.
 *
 * A file's date is in its name, as YYYYMMDD or YYYYMMDD-HHMM. An hour counts by the latest file that is not later, or
 * by the earliest if all are. Files of countries whose names differ in more than the date, as those of five registries
 * do, hold side by side; one without a date holds all the time. */
#ifndef PZ_GEO_GEO_H
#define PZ_GEO_GEO_H

#include "base/bytes.h"
#include "base/error.h"
#include "base/sha256.h"

struct pz_geo_range {
    uint32_t first, last; /* host order, both inside */
    uint32_t place;       /* index among the places */
};

/* What holds from one hour on. */
struct pz_geo_edition {
    uint32_t since;              /* hours since 1970; 0 for the first */
    size_t nplaces;              /* of the whole */
    struct pz_geo_range *ranges; /* owned, ascending */
    size_t nranges;
    uint32_t *by_upper;  /* owned: the first range that ends in a /16 or after it, for each and one more */
    uint64_t *addresses; /* owned: of each place */
};

/* A file of ranges, decompressed: the same ranges have the same digest, compressed or not. */
struct pz_geo_file {
    uint64_t nbytes;
    struct pz_sha256_text digest;
};

struct pz_geo {
    struct pz_geo_edition *editions; /* owned, ascending; none if no file was given */
    size_t neditions;
    char **places; /* owned, as are the texts: two letters of a country, or a network as CAIDA writes it; ascending */
    size_t nplaces;
    uint32_t earliest;         /* hour of the first dated file; 0 if none is dated; only where it was loaded */
    struct pz_buf source;      /* owned: one line on what it was made of, ended by a zero; names no path */
    struct pz_buf notes;       /* owned: lines on what was passed over; only where it was loaded, as the next */
    struct pz_geo_file *files; /* owned: in the order given */
    size_t nfiles;
};

enum { PZ_COUNTRY_TEXT = 3 };

/* What addresses in no range are counted under: the registries' code for no country. */
#define PZ_COUNTRY_UNKNOWN "ZZ"
#define PZ_NETWORK_UNKNOWN "none"
/* What networks without a row of their own are counted under, together. */
#define PZ_NETWORK_OTHERS "others"

/* Networks are those of pfx2as. Memory: 12 bytes for each range that holds something, some two for each prefix, for each
 * file, and 256 KiB. */
enum pz_geo_kind { PZ_GEO_COUNTRIES, PZ_GEO_NETWORKS };
int pz_geo_load(struct pz_geo *geo, enum pz_geo_kind kind, const char *const *paths, size_t n, struct pz_error *error);
void pz_geo_release(struct pz_geo *geo);
/* What holds in an hour; there must be an edition. */
const struct pz_geo_edition *pz_geo_at(const struct pz_geo *geo, uint32_t hour);
/* The index of the address's place, or `nplaces` if it lies in no range. */
size_t pz_geo_find(const struct pz_geo_edition *edition, uint32_t address);
/* Appends a file's bytes, decompressed and without a UTF-8 byte order mark, and a zero. Compression that isn't built in
 * is an error that names the remedy. `to` must be empty. `file` says what the bytes are, with their mark. */
int pz_geo_read_file(const char *path, struct pz_buf *to, struct pz_geo_file *file, struct pz_error *error);
/* For other ranks. */
void pz_geo_encode(const struct pz_geo *geo, struct pz_buf *to);
void pz_geo_decode(struct pz_geo *geo, struct pz_cursor *from);

#endif
