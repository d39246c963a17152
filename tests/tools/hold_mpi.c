/* SPDX-License-Identifier: BSD-2-Clause */
/* To be preloaded into the ranks of a test: the rank that PZ_HOLD names ("init 1", "finalize 0") never gets through
 * that call, as if its node were lost. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void hold(const char *call)
{
    const char *wanted = getenv("PZ_HOLD"), *rank = getenv("PMIX_RANK");
    char text[32];
    snprintf(text, sizeof text, "%s %s", call, rank ? rank : "");
    while (wanted && strcmp(wanted, text) == 0)
        pause();
}

int MPI_Init(int *argc, char ***argv);
int MPI_Finalize(void);

int MPI_Init(int *argc, char ***argv)
{
    int (*next)(int *, char ***) = (int (*)(int *, char ***))dlsym(RTLD_NEXT, "MPI_Init");
    hold("init");
    return next(argc, argv);
}

int MPI_Finalize(void)
{
    int (*next)(void) = (int (*)(void))dlsym(RTLD_NEXT, "MPI_Finalize");
    hold("finalize");
    return next();
}
