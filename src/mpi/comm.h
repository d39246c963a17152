/* SPDX-License-Identifier: BSD-2-Clause */
/* The ranks of a run and the messages between them. Without MPI there is one rank, and every call here still works, so
 * that no code above needs to know.
 *
 * Messages are bytes. Nothing here fails: MPI's own errors end the job, and so does the watchdog when ranks would wait
 * for one that is gone, as MPI doesn't notice a lost node. Calls marked Collective must be made by every rank, in the
 * same order. */
#ifndef PZ_MPI_COMM_H
#define PZ_MPI_COMM_H

#include "base/bytes.h"
#include "base/error.h"

struct pz_watchdog;

struct pz_comm {
    int rank, size;
    struct pz_watchdog *watchdog; /* owned; NULL with one rank */
};

/* Collective. It is an error if a launcher started many copies of the program that each see one rank: each of them
 * would do all of the work. A process that waits for others longer than `patience` seconds, here or in pz_comm_stop,
 * ends by itself; 0: it waits for ever. */
int pz_comm_start(struct pz_comm *comm, uint32_t patience, struct pz_error *error);
/* Collective; nothing may be said afterwards. `status` is what the process is about to end with, and what it ends with
 * here if the others don't come. */
void pz_comm_stop(struct pz_comm *comm, int status);
/* Whether a launcher started this process, so that there may be others: before pz_comm_start. */
bool pz_comm_launched(void);
/* What the program was built with, for --version. */
const char *pz_comm_library(void);

/* A rank that waits ends the job (exit code PZ_EXIT_STOPPED: run again to go on) after `seconds` without progress,
 * neither of the ranks that it waits for nor, from rank 0, of any other. */
void pz_comm_arm_watchdog(const struct pz_comm *comm, uint32_t seconds);
/* On rank 0: some rank made progress. Ranks that wait get a heartbeat from time to time. */
void pz_comm_progress(const struct pz_comm *comm);
/* A short pause of a rank that polls; here the watchdog may end the job. `whom`: whom it waits for, for the message;
 * NULL if that isn't known. */
void pz_comm_back_off(const struct pz_comm *comm, const char *whom);

struct pz_message {
    int from, tag;
    struct pz_buf body; /* owned; its memory is used again by the next message */
};

/* Sends up to 1 GiB; returns as soon as the bytes may be changed. Tags: 0 to 999. */
void pz_comm_send(const struct pz_comm *comm, int to, int tag, const void *bytes, size_t nbytes);
/* Takes one waiting message, if there is any. On rank 0 only. */
bool pz_comm_poll(const struct pz_comm *comm, struct pz_message *message);
/* Waits for a message with `tag` from rank `from`. */
void pz_comm_receive(const struct pz_comm *comm, int from, int tag, struct pz_message *message);
/* The same for any number of bytes; what is received is appended to `to`. */
void pz_comm_send_large(const struct pz_comm *comm, int to, const struct pz_buf *bytes);
void pz_comm_receive_large(const struct pz_comm *comm, int from, struct pz_buf *to);

/* Collective: adds up `n` numbers of every rank, in place on every rank. */
void pz_comm_sum(const struct pz_comm *comm, uint64_t *values, size_t n);
uint64_t pz_comm_max(const struct pz_comm *comm, uint64_t value);
/* Collective: rank 0's bytes replace those of the others. */
void pz_comm_broadcast(const struct pz_comm *comm, struct pz_buf *bytes);
/* The same for an object without pointers: ranks are one program on machines of one kind. */
void pz_comm_copy(const struct pz_comm *comm, void *object, size_t nbytes);
/* Collective: if any rank comes with a status other than 0, all leave with -1 and the error of the lowest such rank. */
int pz_comm_agree(const struct pz_comm *comm, int status, struct pz_error *error);
/* The same for what the process ends with: the largest code of all ranks, unless one comes with -1. */
int pz_comm_agree_code(const struct pz_comm *comm, int code, struct pz_error *error);
/* Collective: states of all ranks, as bytes, are merged pairwise into rank 0's. `merge` adds the state that `bytes`
 * encodes to that of `context`, `encode` appends the bytes of the state of `context`. The states of other ranks are
 * undefined afterwards. */
void pz_comm_merge(const struct pz_comm *comm, void *context, void (*encode)(void *context, struct pz_buf *to),
                   void (*merge)(void *context, struct pz_cursor *bytes));

#endif
