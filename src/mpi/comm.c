/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls that need no MPI themselves: they are built on those of comm_mpi.c or comm_single.c. */
#include "mpi/comm.h"

enum { TAG_LARGE = 998, TAG_SIZE = 999, LARGE_STEP = 1 << 29 };

void pz_comm_send_large(const struct pz_comm *comm, int to, const struct pz_buf *bytes)
{
    uint8_t size[8];
    pz_set_le64(size, bytes->nbytes);
    pz_comm_send(comm, to, TAG_SIZE, size, sizeof size);
    for (size_t at = 0; at < bytes->nbytes; at += LARGE_STEP) {
        size_t left = bytes->nbytes - at;
        pz_comm_send(comm, to, TAG_LARGE, bytes->bytes + at, left < LARGE_STEP ? left : LARGE_STEP);
    }
}

void pz_comm_receive_large(const struct pz_comm *comm, int from, struct pz_buf *to)
{
    struct pz_message message = {0};
    pz_comm_receive(comm, from, TAG_SIZE, &message);
    PZ_CHECK(message.body.nbytes == 8);
    uint64_t left = pz_get_le64(message.body.bytes);
    while (left) {
        pz_comm_receive(comm, from, TAG_LARGE, &message);
        PZ_CHECK(message.body.nbytes <= left);
        pz_buf_put(to, message.body.bytes, message.body.nbytes);
        left -= message.body.nbytes;
    }
    pz_buf_release(&message.body);
}

void pz_comm_copy(const struct pz_comm *comm, void *object, size_t nbytes)
{
    struct pz_buf bytes = {0};
    pz_buf_put(&bytes, object, nbytes);
    pz_comm_broadcast(comm, &bytes);
    PZ_CHECK(bytes.nbytes == nbytes);
    memcpy(object, bytes.bytes, nbytes);
    pz_buf_release(&bytes);
}

int pz_comm_agree(const struct pz_comm *comm, int status, struct pz_error *error)
{
    /* The lowest failing rank is the largest of size - rank. */
    uint64_t worst = pz_comm_max(comm, status ? (uint64_t)(comm->size - comm->rank) : 0);
    if (!worst)
        return 0;
    int failed = comm->size - (int)worst;
    struct pz_buf text = {0};
    if (comm->rank == failed)
        pz_buf_put_error(&text, error);
    if (failed && comm->rank == failed)
        pz_comm_send_large(comm, 0, &text);
    else if (failed && comm->rank == 0)
        pz_comm_receive_large(comm, failed, &text);
    pz_comm_broadcast(comm, &text);
    struct pz_cursor from = pz_cursor_of(text.bytes, text.nbytes);
    pz_cursor_error(&from, error);
    pz_buf_release(&text);
    return -1;
}

int pz_comm_agree_code(const struct pz_comm *comm, int code, struct pz_error *error)
{
    return pz_comm_agree(comm, code < 0 ? -1 : 0, error) ? -1 : (int)pz_comm_max(comm, (uint64_t)code);
}

void pz_comm_merge(const struct pz_comm *comm, void *context, void (*encode)(void *context, struct pz_buf *to),
                   void (*merge)(void *context, struct pz_cursor *bytes))
{
    struct pz_buf bytes = {0};
    int step = 1;
    for (; step < comm->size && comm->rank % (2 * step) == 0; step *= 2) {
        if (comm->rank + step >= comm->size)
            continue;
        pz_buf_clear(&bytes);
        pz_comm_receive_large(comm, comm->rank + step, &bytes);
        struct pz_cursor cursor = pz_cursor_of(bytes.bytes, bytes.nbytes);
        merge(context, &cursor);
    }
    if (step < comm->size) {
        pz_buf_clear(&bytes);
        encode(context, &bytes);
        pz_comm_send_large(comm, comm->rank - step, &bytes);
    }
    pz_buf_release(&bytes);
}
