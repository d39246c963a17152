/* SPDX-License-Identifier: BSD-2-Clause */
/* A request to stop: SIGUSR1, which both mpirun and srun pass on to all ranks, or SIGINT or SIGTERM, which leave less
 * time. Work at hand is dropped, what is stored stays, and the run ends with exit 75. A second signal ends at once. */
#ifndef PZ_RUN_STOP_H
#define PZ_RUN_STOP_H

#include <stdbool.h>

/* Before MPI starts: a signal that comes earlier would end the process. A write to a full file or a closed pipe fails
 * from then on, and doesn't end the process either. */
void pz_stop_install(void);
bool pz_stop_asked(void);

#endif
