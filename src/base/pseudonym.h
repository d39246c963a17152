/* SPDX-License-Identifier: BSD-2-Clause */
/* Keyed names for sources: with the same key, an address has the same name in all tables of all runs. Without the key,
 * a name says nothing about the address. The hash is keyed because all 2^32 addresses can be hashed in minutes. */
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
/* Appends the name of an address. With packets of the telescope, a source could also be found by its sequence numbers,
 * destinations or exact times: base/csv.h leaves these out too. */
void pz_pseudonyms_put(const struct pz_pseudonyms *pseudonyms, uint32_t address, struct pz_buf *to);

#endif
