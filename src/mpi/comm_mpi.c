/* The ranks of an MPI job. Counts in MPI are ints, so whatever may be large goes in steps. */
#include "mpi/comm.h"

#include <mpi.h>
#include <stdlib.h>

enum { SUM_STEP = 1 << 24 };

/* What launchers tell each process about how many they started. SLURM_NTASKS is not among them: in the batch step it
 * says how many could be started, and a single process there is no mistake. */
static const char *const counts[] = {"SLURM_STEP_NUM_TASKS", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE"};

static long launched(const char **said_by)
{
    long most = 0;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        const char *text = getenv(counts[i]);
        long n = text ? atol(text) : 0;
        if (n > most) {
            most = n;
            *said_by = counts[i];
        }
    }
    return most;
}

int pz_comm_start(struct pz_comm *comm, struct pz_error *error)
{
    const char *said_by = NULL;
    long expected = launched(&said_by);
    if (!expected && !getenv("PMIX_RANK"))
        setenv("OMPI_MCA_ess_singleton_isolated", "1", 0); /* started by hand: no helper daemon is needed */
    MPI_Init(NULL, NULL);
    MPI_Comm_rank(MPI_COMM_WORLD, &comm->rank);
    MPI_Comm_size(MPI_COMM_WORLD, &comm->size);
    if (comm->size == 1 && expected > 1)
        return pz_fail_usage(error,
                             "%s says that %ld processes were started, but each of them believes to be alone, and all "
                             "would do the same work: the launcher does not speak the program's MPI (%s). Under Slurm "
                             "try srun --mpi=pmix, or mpirun of the MPI that the program was built with",
                             said_by, expected, pz_comm_library());
    return 0;
}

void pz_comm_stop(void)
{
    MPI_Finalize();
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

void pz_comm_send(const struct pz_comm *comm, int to, int tag, const void *bytes, size_t nbytes)
{
    (void)comm;
    PZ_CHECK(nbytes <= 1u << 30);
    MPI_Send(bytes, (int)nbytes, MPI_BYTE, to, tag, MPI_COMM_WORLD);
}

static void take(const MPI_Status *status, struct pz_message *message)
{
    int nbytes = 0;
    MPI_Get_count(status, MPI_BYTE, &nbytes);
    message->from = status->MPI_SOURCE;
    message->tag = status->MPI_TAG;
    pz_buf_clear(&message->body);
    uint8_t *to = pz_buf_extend(&message->body, (size_t)nbytes);
    MPI_Recv(to, nbytes, MPI_BYTE, message->from, message->tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}

bool pz_comm_poll(const struct pz_comm *comm, struct pz_message *message)
{
    if (comm->size == 1)
        return false;
    int there = 0;
    MPI_Status status;
    MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &there, &status);
    if (there)
        take(&status, message);
    return there;
}

void pz_comm_receive(const struct pz_comm *comm, int from, int tag, struct pz_message *message)
{
    (void)comm;
    MPI_Status status;
    MPI_Probe(from, tag, MPI_COMM_WORLD, &status);
    take(&status, message);
}

void pz_comm_sum(const struct pz_comm *comm, uint64_t *values, size_t n)
{
    for (size_t at = 0; comm->size > 1 && at < n; at += SUM_STEP) {
        int step = (int)(n - at < SUM_STEP ? n - at : SUM_STEP);
        MPI_Allreduce(MPI_IN_PLACE, values + at, step, MPI_UINT64_T, MPI_SUM, MPI_COMM_WORLD);
    }
}

uint64_t pz_comm_max(const struct pz_comm *comm, uint64_t value)
{
    if (comm->size > 1)
        MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_UINT64_T, MPI_MAX, MPI_COMM_WORLD);
    return value;
}

void pz_comm_broadcast(const struct pz_comm *comm, struct pz_buf *bytes)
{
    if (comm->size == 1)
        return;
    uint64_t nbytes = bytes->nbytes;
    MPI_Bcast(&nbytes, 1, MPI_UINT64_T, 0, MPI_COMM_WORLD);
    if (comm->rank != 0) {
        pz_buf_clear(bytes);
        pz_buf_extend(bytes, nbytes);
    }
    for (uint64_t at = 0; at < nbytes; at += 1u << 30) {
        uint64_t left = nbytes - at;
        MPI_Bcast(bytes->bytes + at, (int)(left < 1u << 30 ? left : 1u << 30), MPI_BYTE, 0, MPI_COMM_WORLD);
    }
}
