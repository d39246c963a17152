/* SPDX-License-Identifier: BSD-2-Clause */
/* Which sources a command is about: of which results or store, from when to when, by which rule. */
#ifndef PZ_CLI_SELECTION_OPTIONS_H
#define PZ_CLI_SELECTION_OPTIONS_H

#include "cli/command.h"

extern const struct pz_option pz_options_of_selection[]; /* ended by a NULL name; --out is the command's own */

/* As these options say; the model is the context's. */
struct pz_selection pz_selection_of(const struct pz_context *context);

#endif
