/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of paths, @LIST: any bytes make some candidates, and each has a path. */
#include "fuzz.h"

#include "archive/find.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char argument[] = "@/tmp/patientzero-fuzz-XXXXXX";
    int fd = mkstemp(argument + 1);
    PZ_CHECK(fd >= 0);
    /* Names that lead nowhere: the file system itself isn't what is tested. */
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = data[i] == '/' || data[i] == '.' ? '_' : data[i];
        PZ_CHECK(write(fd, &byte, 1) == 1);
    }
    close(fd);
    struct pz_candidates candidates = {0};
    struct pz_error error;
    if (pz_find(argument, &candidates, &error) == 0)
        for (size_t i = 0; i < candidates.n; i++)
            PZ_CHECK(candidates.all[i].path && *candidates.all[i].path && candidates.all[i].label);
    pz_candidates_release(&candidates);
    unlink(argument + 1);
    return 0;
}
