/* SPDX-License-Identifier: BSD-2-Clause */
/* What was passed over in a list of addresses, in words. */
#ifndef PZ_CLI_LIST_NOTE_H
#define PZ_CLI_LIST_NOTE_H

#include "report/address_list.h"

void pz_tell_skipped(const char *path, const struct pz_address_list *list);

#endif
