/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of a run: found on rank 0, examined by all ranks, and the same list on every rank.
 *
 * The list has every file that was named or found in a folder, with its fate. Order is by label, then by identity, so
 * that it doesn't depend on the order of arguments. */
#ifndef PZ_RUN_CAPTURES_H
#define PZ_RUN_CAPTURES_H

#include "capture/damage_log.h"
#include "capture/input.h"
#include "capture/packet.h"
#include "reduce/source_range.h"
#include "run/progress.h"
#include "tally/hours.h"

/* The fate of a file: exactly one. */
enum pz_capture_state {
    PZ_CAPTURE_READABLE,   /* read, now or when its tally was stored */
    PZ_CAPTURE_DUPLICATE,  /* of the capture `original`: counted once */
    PZ_CAPTURE_NONE,       /* not a capture; `why` may say what it is */
    PZ_CAPTURE_UNREADABLE, /* it is or seems to be a capture, and could not be read; `why` says what to do */
};

enum { PZ_PERIODS = 4 };

/* What a tally says of its capture, apart from the packets. */
struct pz_capture_facts {
    struct pz_damage_log log;
    uint64_t fates[PZ_FATE_COUNT];
    uint64_t digest; /* of its packets */
    struct pz_stored stored;
    int64_t first_usec, last_usec; /* of its packets that belong to an hour; first > last if none does */
    /* When its packets came, in runs of hours: one run unless clocks jump. If there are more than PZ_PERIODS, the last
     * covers the rest. */
    struct pz_stretch periods[PZ_PERIODS];
    uint32_t nperiods;
};

struct pz_capture {
    char *path, *label; /* owned */
    char *why;          /* owned; empty for none: what is wrong, and what to do; NULL until it was looked at */
    enum pz_capture_state state;
    bool named;                  /* by itself, and so meant to be a capture */
    size_t original;             /* of a duplicate: its place in the list */
    bool torn_copy;              /* a duplicate that ends too early; on rank 0 */
    struct pz_identity identity; /* of standard input: known only once it is read */
    struct pz_stamp stamp;       /* of the file when it was found */
    size_t overlaps;             /* the place of an earlier capture that it overlaps in time; its own for none */
    struct pz_stretch stretch;   /* other captures have packets of this time too: the tally has them as boundary rows */
    size_t read;                 /* the place of the file that was read for it: its own, or that of a better copy */
    struct pz_capture_facts *facts;             /* of the port at work, one of those below */
    struct pz_capture_facts *by_port[PZ_PORTS]; /* owned; on rank 0, once its tally is stored; else NULL */
};

struct pz_captures {
    struct pz_capture *all; /* owned */
    size_t n;
    size_t port; /* at work: which one of those that are scanned */
};

/* What is looked for. */
struct pz_captures_wanted {
    char **arguments; /* as pz_find takes them */
    int narguments;
    unsigned chunk, nchunks; /* chunk `chunk` of `nchunks`, from 1; 0 of 0 for all files */
    const char *out, *store; /* folders of this very run, which are not searched; NULL for none */
    bool remember;           /* what is found, in the store until pz_looked_remove: for long looks */
};

/* Collective. 0, 1 when stopped, -1 with `error` set. */
int pz_captures_find(const struct pz_session *session, const struct pz_captures_wanted *wanted,
                     struct pz_captures *captures, struct pz_error *error);
void pz_captures_release(struct pz_captures *captures);

/* Of a tally, whose damage log it shares. */
struct pz_capture_facts pz_capture_facts_of(const struct pz_stored *stored, const struct pz_damage_log *log,
                                            const uint64_t fates[PZ_FATE_COUNT], uint64_t digest,
                                            const struct pz_hours *hours);
/* Of all ports. */
void pz_capture_facts_forget(struct pz_capture *capture);
/* From now on the facts are those of another port. */
void pz_captures_choose_port(struct pz_captures *captures, size_t port);
/* What a look finds, what it is a duplicate of, and its stretch. Decoding replaces what was there. */
void pz_capture_encode(const struct pz_capture *capture, struct pz_buf *to);
void pz_capture_decode(struct pz_capture *capture, struct pz_cursor *from);
/* Collective: the other ranks get these of all captures from rank 0. */
void pz_captures_share(struct pz_captures *captures, const struct pz_comm *comm);

/* Appends what is stored of the captures that count, as far as it is wanted for these hours: pz_stored structs, in the
 * order of pz_stored_sort. */
void pz_captures_put_stored(const struct pz_captures *captures, uint32_t since, uint32_t until, struct pz_buf *to);

/* The next file after `from` in the list with the identity of capture `i`, itself left out; `captures->n` if there is
 * none. */
size_t pz_captures_next_copy(const struct pz_captures *captures, size_t i, size_t from);

/* Damage, a capture that could not be read, or a file that isn't what it was named as: what makes a run end with
 * PZ_EXIT_DAMAGE. */
bool pz_capture_flawed(const struct pz_capture *capture);
/* How many files have a state. */
size_t pz_captures_count(const struct pz_captures *captures, enum pz_capture_state state);

#endif
