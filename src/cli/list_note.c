/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/list_note.h"

#include "base/text.h"

#include <inttypes.h>

void pz_tell_skipped(const char *path, const struct pz_address_list *list)
{
    if (list->nipv6)
        pz_tell("%s: %" PRIu64 " lines with IPv6 addresses skipped", path, list->nipv6);
    if (list->nheadings)
        pz_tell("%s: the first line names columns, skipped", path);
}
