/* SPDX-License-Identifier: BSD-2-Clause */
/* What the readers of range files hand over, for files of src/geo only. */
#ifndef PZ_GEO_LOAD_H
#define PZ_GEO_LOAD_H

#include "geo/geo.h"

struct pz_geo_raw {
    uint32_t first, last;
    uint32_t order; /* in which it came */
    char code[PZ_COUNTRY_TEXT];
};

struct pz_geo_raws {
    struct pz_geo_raw *all; /* owned */
    size_t n;
};

/* Adds a range; a code that isn't of two letters or digits, or stands for no country, is passed over. */
void pz_geo_add(struct pz_geo_raws *raws, uint32_t first, uint32_t last, const char *code, size_t code_length);

/* Each appends to `source` what the file is, like "delegated file of apnic, serial 20081121". */
int pz_geo_read_delegated(struct pz_geo_raws *raws, const char *path, char *text, struct pz_buf *source,
                          struct pz_error *error);
int pz_geo_read_csv(struct pz_geo_raws *raws, const char *path, char *text, struct pz_buf *source,
                    struct pz_error *error);
int pz_geo_read_mmdb(struct pz_geo_raws *raws, const char *path, const struct pz_buf *bytes, struct pz_buf *source,
                     struct pz_error *error);

#endif
