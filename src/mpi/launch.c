/* SPDX-License-Identifier: BSD-2-Clause */
#include "mpi/launch.h"

#include "mpi/comm.h"

#include <stdlib.h>
#include <string.h>

extern char **environ;

/* The innermost launcher first: under mpirun the others, if they are set, speak of the daemons that it started.
 * SLURM_NTASKS is not among them: in the batch step it says how many processes could be started, and a single process
 * is right there. */
static const char *const counts[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"};

/* Launchers and batch systems leave variables that begin so in the environment. */
static const char *const traces[] = {"OMPI_COMM_WORLD_", "PRTE_", "PMI",  "PALS_", "ALPS_", "MV2_",  "I_MPI_", "HYDRA_",
                                     "MPIEXEC_",         "FLUX_", "JSM_", "LSB_",  "PBS_",  "SLURM", "SGE_",   "OAR_"};

bool pz_launch_by_hand(void)
{
    for (char **variable = environ; *variable; variable++)
        for (size_t i = 0; i < sizeof traces / sizeof *traces; i++)
            if (strncmp(*variable, traces[i], strlen(traces[i])) == 0)
                return false;
    return true;
}

long pz_launch_count(const char **said_by)
{
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        const char *text = getenv(counts[i]);
        long n = text ? atol(text) : 0;
        if (n > 0) {
            *said_by = counts[i];
            return n;
        }
    }
    return 0;
}

int pz_launch_check(int size, long count, const char *said_by, struct pz_error *error)
{
    if (size > 1 || count <= 1)
        return 0;
    return pz_fail_usage(
        error,
        "%s says that %ld processes were started, but each of them finds itself alone, so all would do "
        "the same work. The launcher does not support the MPI of this program (%s). Under Slurm use srun "
        "--mpi=pmix, or the mpirun of the MPI that the program was built with",
        said_by, count, pz_comm_library());
}

bool pz_comm_launched(void)
{
    const char *said_by;
    return pz_launch_count(&said_by) > 0;
}
