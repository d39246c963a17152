/* SPDX-License-Identifier: BSD-2-Clause */
/* Manual pages, from the tables that --help is made of and that parse options: all three have one source. */
#ifndef PZ_CLI_MANUAL_H
#define PZ_CLI_MANUAL_H

#include "cli/command.h"

/* The page of one command, patientzero-NAME(1), for man. */
void pz_manual_command(const struct pz_command *command, struct pz_buf *to);
/* The page of the program, patientzero(1). */
void pz_manual_program(const struct pz_command *const *commands, size_t n, struct pz_buf *to);

#endif
