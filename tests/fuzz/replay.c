/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs a fuzzer on files, and on all files of folders; a finding aborts. */
#include "fuzz.h"

#include "base/bytes.h"
#include "base/file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned long nfiles;

static void replay(const char *path)
{
    DIR *dir = opendir(path);
    if (dir) {
        for (struct dirent *entry; (entry = readdir(dir));) {
            if (entry->d_name[0] == '.')
                continue;
            replay(pz_file_join(path, entry->d_name).text);
        }
        closedir(dir);
        return;
    }
    struct pz_error error;
    struct pz_buf bytes = {0};
    if (pz_file_read(path, &bytes, &error) != 0) {
        fprintf(stderr, "replay: %s\n", error.text);
        exit(1);
    }
    printf("%s\n", path);
    fflush(stdout);
    uint8_t *exact = malloc(bytes.nbytes ? bytes.nbytes : 1); /* so that a sanitizer sees what reads on */
    if (bytes.nbytes)
        memcpy(exact, bytes.bytes, bytes.nbytes);
    LLVMFuzzerTestOneInput(exact, bytes.nbytes);
    free(exact);
    pz_buf_release(&bytes);
    nfiles++;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        replay(argv[i]);
    printf("%lu files\n", nfiles);
    return nfiles ? 0 : 1;
}
