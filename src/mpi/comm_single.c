/* SPDX-License-Identifier: BSD-2-Clause */
/* One rank, without MPI. There is no other rank, so sending and receiving are bugs. */
#include "mpi/comm.h"
#include "mpi/launch.h"

int pz_comm_start(struct pz_comm *comm, uint32_t patience, struct pz_error *error)
{
    (void)patience;
    const char *said_by = NULL;
    long count = pz_launch_count(&said_by);
    *comm = (struct pz_comm){.rank = 0, .size = 1};
    return pz_launch_check(comm->size, count, said_by, error);
}

void pz_comm_stop(struct pz_comm *comm, int status)
{
    (void)status;
    (void)comm;
}

const char *pz_comm_library(void)
{
    return "none";
}

void pz_comm_arm_watchdog(const struct pz_comm *comm, uint32_t seconds)
{
    (void)comm, (void)seconds;
}

void pz_comm_progress(const struct pz_comm *comm)
{
    (void)comm;
}

void pz_comm_back_off(const struct pz_comm *comm, const char *whom)
{
    (void)comm, (void)whom;
}

void pz_comm_send(const struct pz_comm *comm, int to, int tag, const void *bytes, size_t nbytes)
{
    (void)comm, (void)to, (void)tag, (void)bytes, (void)nbytes;
    pz_bug(__FILE__, __LINE__, "sending without MPI");
}

bool pz_comm_poll(const struct pz_comm *comm, struct pz_message *message)
{
    (void)comm, (void)message;
    return false;
}

void pz_comm_receive(const struct pz_comm *comm, int from, int tag, struct pz_message *message)
{
    (void)comm, (void)from, (void)tag, (void)message;
    pz_bug(__FILE__, __LINE__, "receiving without MPI");
}

void pz_comm_sum(const struct pz_comm *comm, uint64_t *values, size_t n)
{
    (void)comm, (void)values, (void)n;
}

uint64_t pz_comm_max(const struct pz_comm *comm, uint64_t value)
{
    (void)comm;
    return value;
}

void pz_comm_broadcast(const struct pz_comm *comm, struct pz_buf *bytes)
{
    (void)comm, (void)bytes;
}
