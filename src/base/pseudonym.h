/* SPDX-License-Identifier: BSD-2-Clause */
/* Keyed names for sources: with one key, one address has one name in all tables of all runs, and without the key a name
 * tells nothing. A keyed hash and no plain one: there are so few addresses that all could be hashed in minutes. */
#ifndef PZ_BASE_PSEUDONYM_H
#define PZ_BASE_PSEUDONYM_H

#include "base/bytes.h"
#include "base/error.h"

struct pz_pseudonyms {
    struct pz_buf key; /* owned; empty for none */
};

/* All bytes of the file are the key; too few are refused. */
int pz_pseudonyms_read(struct pz_pseudonyms *pseudonyms, const char *path, struct pz_error *error);
void pz_pseudonyms_release(struct pz_pseudonyms *pseudonyms);
/* The name of an address. Whoever has packets of the telescope could look a source up by what else is told of it: so
 * base/csv.h leaves out sequence numbers and destinations too, and microseconds. */
void pz_pseudonyms_put(const struct pz_pseudonyms *pseudonyms, uint32_t address, struct pz_buf *to);

#endif
