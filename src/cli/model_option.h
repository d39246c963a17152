/* The --model option: the file that patientzero calibrate writes. */
#ifndef PZ_CLI_MODEL_OPTION_H
#define PZ_CLI_MODEL_OPTION_H

#include "mpi/comm.h"
#include "worm/model.h"

/* Collective: rank 0 reads the file, if one is named; else it's the model that is built in. */
int pz_model_load(const struct pz_comm *comm, const char *path, struct pz_model *model, struct pz_error *error);

#endif
