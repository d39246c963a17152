/* SPDX-License-Identifier: BSD-2-Clause */
/* The store: a folder of tally files, named by their captures' identities. It is what a scan leaves, what a run that
 * was stopped goes on from, and what tables are made of.
 *
 * A capture has one tally, and another for each stretch that it shared with other captures in a run. The stretch is in
 * the file's name, so a run without those captures still finds the first tally.
 *
 * All tallies of a store were made with the same lens; another one is refused. The store itself is that of one port, the
 * first that it was made for. Tallies of another port are a store of their own, in its folder port-N. Files lie in 256 folders by the first
 * two digits of their name, so that none grows too large and a file is found without listing anything. A file appears
 * whole or not at all, and its bytes depend on nothing but the capture, the filter and the stretch: ranks and runs may
 * write the same one at once. */
#ifndef PZ_TALLY_STORE_H
#define PZ_TALLY_STORE_H

#include "base/file.h"
#include "tally/tally_file.h"

struct pz_store {
    char *directory; /* owned */
    struct pz_filter filter;
};

/* To be called on one rank, before the others use the store: makes it if there is none, with a place for the filter's
 * port, and refuses one with another lens. */
int pz_store_prepare(const char *directory, const struct pz_filter *filter, struct pz_error *error);
/* The folder of a store that has the tallies of a port, or would have them: for pz_store_open. */
struct pz_path pz_store_folder(const char *directory, uint16_t port);
/* The ports that a store has a place for, ascending, 65535 at most; the caller frees. */
uint16_t *pz_store_ports(const char *directory, size_t *n);
void pz_store_open(struct pz_store *store, const char *directory, const struct pz_filter *filter);
void pz_store_close(struct pz_store *store);
/* The path of a capture's tally file. */
struct pz_path pz_store_path(const struct pz_store *store, const struct pz_identity *identity,
                             const struct pz_stretch *stretch);
/* Whether the capture has a tally with this stretch whose index and common section are whole; then `common`,
 * initialised, and `index` are filled. A bad one is removed, and `error` says so (error->text is empty otherwise). */
bool pz_store_look_up(const struct pz_store *store, const struct pz_identity *identity,
                      const struct pz_stretch *stretch, struct pz_tally_index *index, struct pz_common *common,
                      struct pz_error *error);
/* Finishes the tally, and writes it as that of the capture with its stretch. */
int pz_store_write(const struct pz_store *store, const struct pz_identity *identity, struct pz_tally *tally,
                   const struct pz_damage_log *log, struct pz_error *error);
/* Removes the capture's tally files, with any stretch. */
void pz_store_remove(const struct pz_store *store, const struct pz_identity *identity);
/* Which of the folders has the capture's tally files. */
enum { PZ_STORE_FOLDERS = 256 };
unsigned pz_store_folder_of(const struct pz_identity *identity);
/* Removes the temporary files of writers that died, in one of the folders. */
void pz_store_sweep(const struct pz_store *store, unsigned folder);

#endif
