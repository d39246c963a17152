/* SPDX-License-Identifier: BSD-2-Clause */
/* What the program is and what was built in, as --version and run.log say it. */
#ifndef PZ_CLI_VERSION_H
#define PZ_CLI_VERSION_H

#include "base/bytes.h"

/* Two lines, each after `indent`. */
void pz_version_put(struct pz_buf *to, const char *indent);

#endif
