/* SPDX-License-Identifier: BSD-2-Clause */
/* The ranks of an MPI job. Counts in MPI are ints, so large messages go in steps. Every wait is a loop of ours around a
 * call that returns at once: MPI's own waits take a whole core, and never end when a node is lost. */
#include "base/text.h"
#include "base/time.h"
#include "mpi/comm.h"
#include "mpi/launch.h"

#include <mpi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    SUM_STEP = 1 << 24,
    TAG_BEAT = 997,
    HEARTBEATS = 8,     /* of rank 0 within the watchdog's time: one late heartbeat must not end the job */
    EAGER_TRIES = 1000, /* before a wait rests between two looks: most answers are there within microseconds */
    ABORT_SECONDS = 10, /* to end the job in order; then this process ends by itself */
};

struct pz_watchdog {
    uint32_t patience;   /* seconds that MPI may take to start or to end; 0: any */
    double limit;        /* seconds; 0: it doesn't watch */
    double heard;        /* when this rank last heard of progress; on rank 0, of any */
    double told;         /* on rank 0: when it last sent beats */
    uint64_t heartbeats; /* sent by rank 0 to each of the others; received by this one */
};

/* The message and the exit code of a process that MPI keeps too long. Static, because the signal handler has no
 * argument. */
static struct {
    char text[256];
    int status;
} too_late;

static void on_alarm(int number)
{
    (void)number;
    ssize_t n = write(STDERR_FILENO, too_late.text, strlen(too_late.text));
    (void)n;
    _exit(too_late.status);
}

/* Ends the process after `seconds`, unless it is called again; 0: never. */
static void end_after(uint32_t seconds, int status, const char *text)
{
    struct sigaction action = {.sa_handler = on_alarm};
    snprintf(too_late.text, sizeof too_late.text, "%s", text);
    too_late.status = status;
    sigemptyset(&action.sa_mask);
    sigaction(SIGALRM, &action, NULL);
    alarm(seconds);
}

static void take_heartbeats(const struct pz_comm *comm)
{
    int there = comm->rank != 0;
    while (there) {
        MPI_Iprobe(0, TAG_BEAT, MPI_COMM_WORLD, &there, MPI_STATUS_IGNORE);
        if (there) {
            MPI_Recv(NULL, 0, MPI_BYTE, 0, TAG_BEAT, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
            comm->watchdog->heartbeats++;
            comm->watchdog->heard = pz_clock();
        }
    }
}

static void abort_job(const struct pz_comm *comm, const char *whom)
{
    pz_tell("for %.0f s rank %d has heard of no progress%s%s: a node or its network must be lost, and"
            " the watchdog (--watchdog) ends the job; the same command continues it",
            comm->watchdog->limit, comm->rank, whom ? " of " : "", whom ? whom : " anywhere");
    fflush(NULL);
    end_after(ABORT_SECONDS, PZ_EXIT_STOPPED, ""); /* MPI_Abort talks to daemons, and may wait for lost ones */
    MPI_Abort(MPI_COMM_WORLD, PZ_EXIT_STOPPED);
}

static void back_off(const struct pz_comm *comm, double since, const char *whom)
{
    nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    struct pz_watchdog *watchdog = comm->watchdog;
    take_heartbeats(comm);
    double last = since > watchdog->heard ? since : watchdog->heard;
    if (watchdog->limit > 0 && pz_clock() - last > watchdog->limit)
        abort_job(comm, whom);
}

/* A wait that is a loop of tries. */
struct wait {
    int tries;
    double since; /* the last of the eager tries */
};

/* Between two tries. */
static void try_again(const struct pz_comm *comm, struct wait *wait)
{
    if (wait->tries == EAGER_TRIES) { /* it may wait for days */
        back_off(comm, wait->since, NULL);
        return;
    }
    if (++wait->tries == EAGER_TRIES)
        wait->since = pz_clock();
}

/* Until `request` is done. */
static void wait_for(const struct pz_comm *comm, MPI_Request *request)
{
    struct wait wait = {0};
    int done = 0;
    while (MPI_Test(request, &done, MPI_STATUS_IGNORE), !done)
        try_again(comm, &wait);
}

int pz_comm_start(struct pz_comm *comm, uint32_t patience, struct pz_error *error)
{
    const char *said_by = NULL;
    long count = pz_launch_count(&said_by);
    *comm = (struct pz_comm){.size = 1, .watchdog = pz_alloc(sizeof *comm->watchdog)};
    if (pz_launch_by_hand())
        return 0; /* MPI takes long to start, and starts at the same time may disturb each other */
    if (!count && !getenv("PMIX_RANK"))
        setenv("OMPI_MCA_ess_singleton_isolated", "1", 0); /* started by hand: no helper daemon is needed */
    comm->watchdog->patience = patience;
    end_after(
        patience, PZ_EXIT_STOPPED,
        "patientzero: MPI did not start in time: a node or its network must be lost, and the watchdog (--watchdog)"
        " ends the job; the same command continues it\n");
    MPI_Init(NULL, NULL);
    end_after(0, 0, "");
    MPI_Comm_rank(MPI_COMM_WORLD, &comm->rank);
    MPI_Comm_size(MPI_COMM_WORLD, &comm->size);
    return pz_launch_check(comm->size, count, said_by, error);
}

void pz_comm_stop(struct pz_comm *comm, int status)
{
    end_after(comm->watchdog->patience, status,
              "patientzero: the work is done, but MPI did not end in time: a node or its network must be lost\n");
    if (comm->size > 1) {
        /* Beats still under way are received, as MPI wants it. */
        uint64_t sent = pz_comm_max(comm, comm->rank == 0 ? comm->watchdog->heartbeats : 0);
        while (comm->rank != 0 && comm->watchdog->heartbeats < sent)
            back_off(comm, pz_clock(), NULL);
    }
    int started;
    MPI_Initialized(&started);
    if (started)
        MPI_Finalize();
    end_after(0, 0, "");
    free(comm->watchdog);
    comm->watchdog = NULL;
}

const char *pz_comm_library(void)
{
#if defined(OMPI_MAJOR_VERSION)
    return "Open MPI";
#elif defined(MPICH_VERSION)
    return "MPICH";
#else
    return "MPI";
#endif
}

void pz_comm_arm_watchdog(const struct pz_comm *comm, uint32_t seconds)
{
    comm->watchdog->limit = seconds;
    comm->watchdog->heard = pz_clock();
}

void pz_comm_progress(const struct pz_comm *comm)
{
    struct pz_watchdog *watchdog = comm->watchdog;
    watchdog->heard = pz_clock();
    if (comm->size == 1 || watchdog->limit <= 0 || watchdog->heard - watchdog->told < watchdog->limit / HEARTBEATS)
        return;
    watchdog->told = watchdog->heard;
    watchdog->heartbeats++;
    for (int rank = 1; rank < comm->size; rank++)
        pz_comm_send(comm, rank, TAG_BEAT, NULL, 0);
}

void pz_comm_back_off(const struct pz_comm *comm, const char *whom)
{
    back_off(comm, 0, whom);
}

void pz_comm_send(const struct pz_comm *comm, int to, int tag, const void *bytes, size_t nbytes)
{
    PZ_CHECK(nbytes <= 1u << 30);
    MPI_Request request;
    MPI_Isend(bytes, (int)nbytes, MPI_BYTE, to, tag, MPI_COMM_WORLD, &request);
    wait_for(comm, &request);
}

static void take(const struct pz_comm *comm, const MPI_Status *status, struct pz_message *message)
{
    int nbytes = 0;
    MPI_Get_count(status, MPI_BYTE, &nbytes);
    message->from = status->MPI_SOURCE;
    message->tag = status->MPI_TAG;
    pz_buf_clear(&message->body);
    uint8_t *to = pz_buf_extend(&message->body, (size_t)nbytes);
    MPI_Request request;
    MPI_Irecv(to, nbytes, MPI_BYTE, message->from, message->tag, MPI_COMM_WORLD, &request);
    wait_for(comm, &request);
}

bool pz_comm_poll(const struct pz_comm *comm, struct pz_message *message)
{
    PZ_CHECK(comm->rank == 0);
    if (comm->size == 1)
        return false;
    int there = 0;
    MPI_Status status;
    MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &there, &status);
    if (there)
        take(comm, &status, message);
    return there;
}

void pz_comm_receive(const struct pz_comm *comm, int from, int tag, struct pz_message *message)
{
    MPI_Status status;
    struct wait wait = {0};
    int there = 0;
    while (MPI_Iprobe(from, tag, MPI_COMM_WORLD, &there, &status), !there)
        try_again(comm, &wait);
    take(comm, &status, message);
}

void pz_comm_sum(const struct pz_comm *comm, uint64_t *values, size_t n)
{
    for (size_t at = 0; comm->size > 1 && at < n; at += SUM_STEP) {
        int step = (int)(n - at < SUM_STEP ? n - at : SUM_STEP);
        MPI_Request request;
        MPI_Iallreduce(MPI_IN_PLACE, values + at, step, MPI_UINT64_T, MPI_SUM, MPI_COMM_WORLD, &request);
        wait_for(comm, &request);
    }
}

uint64_t pz_comm_max(const struct pz_comm *comm, uint64_t value)
{
    if (comm->size == 1)
        return value;
    MPI_Request request;
    MPI_Iallreduce(MPI_IN_PLACE, &value, 1, MPI_UINT64_T, MPI_MAX, MPI_COMM_WORLD, &request);
    wait_for(comm, &request);
    return value;
}

static void broadcast(const struct pz_comm *comm, void *bytes, size_t nbytes)
{
    MPI_Request request;
    MPI_Ibcast(bytes, (int)nbytes, MPI_BYTE, 0, MPI_COMM_WORLD, &request);
    wait_for(comm, &request);
}

void pz_comm_broadcast(const struct pz_comm *comm, struct pz_buf *bytes)
{
    if (comm->size == 1)
        return;
    uint8_t size[8];
    pz_set_le64(size, bytes->nbytes);
    broadcast(comm, size, sizeof size);
    uint64_t nbytes = pz_get_le64(size);
    if (comm->rank != 0) {
        pz_buf_clear(bytes);
        pz_buf_extend(bytes, nbytes);
    }
    for (uint64_t at = 0; at < nbytes; at += 1u << 30) {
        uint64_t left = nbytes - at;
        broadcast(comm, bytes->bytes + at, left < 1u << 30 ? left : 1u << 30);
    }
}
