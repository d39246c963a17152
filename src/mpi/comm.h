/* The ranks of a run and the few things they say to each other. Built without MPI there is one rank, and everything
 * here still works, so that no code above needs to know.
 *
 * Messages are bytes. Nothing here fails: MPI's own errors end the job. Calls marked Collective must be made by every
 * rank, in the same order. */
#ifndef PZ_MPI_COMM_H
#define PZ_MPI_COMM_H

#include "base/bytes.h"
#include "base/error.h"

struct pz_comm {
    int rank, size;
};

/* Collective. Refuses a launcher that started many copies of a program that each believe to be alone: they would all do
 * all of the work. */
int pz_comm_start(struct pz_comm *comm, struct pz_error *error);
/* Collective; nothing may be said afterwards. */
void pz_comm_stop(void);
/* What the program was built with, for --version. */
const char *pz_comm_library(void);

struct pz_message {
    int from, tag;
    struct pz_buf body; /* owned; its memory is used again by the next message */
};

/* Sends up to 1 GiB; returns as soon as the bytes may be changed. Tags: 0 to 999. */
void pz_comm_send(const struct pz_comm *comm, int to, int tag, const void *bytes, size_t nbytes);
/* Takes one waiting message, if there is any. */
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
/* Collective: afterwards every rank has the bytes of all ranks, one behind the other in no certain order. */
void pz_comm_gather(const struct pz_comm *comm, struct pz_buf *bytes);
/* Collective: if any rank comes with a status other than 0, all leave with -1 and the error of the lowest such rank. */
int pz_comm_agree(const struct pz_comm *comm, int status, struct pz_error *error);
/* Collective: states of all ranks, as bytes, are merged pairwise into rank 0's. `merge` adds what `bytes` encodes to the
 * state behind `context`, `encode` appends that state's bytes. What other ranks hold afterwards is of no use. */
int pz_comm_merge(const struct pz_comm *comm, void *context, void (*encode)(void *context, struct pz_buf *to),
                  int (*merge)(void *context, struct pz_cursor *bytes, struct pz_error *error),
                  struct pz_error *error);

#endif
