/* SPDX-License-Identifier: BSD-2-Clause */
/* Rank 0 knows all captures, hours and damage. It sends the other ranks the list of wanted tallies and the timeline, as
 * plain memory: ranks are one program on machines of one kind. */
#include "run/basis.h"

#include "run/unread.h"

#include <stdlib.h>

/* Rank 0 makes the timeline, as it has all hours and all damage. */
static void make_timeline(struct pz_basis *basis, const struct pz_captures *captures,
                          const struct pz_timeline_options *options)
{
    struct pz_flaws flaws;
    pz_flaws_init(&flaws);
    for (size_t i = 0; i < captures->n; i++) {
        if (captures->all[i].state != PZ_CAPTURE_READABLE)
            continue;
        const struct pz_damage_log *log = &captures->all[i].facts->log;
        for (uint32_t j = 0; j < log->nhours; j++)
            pz_damage_log_mark(&flaws.damaged, log->hours[j][0], log->hours[j][1]);
    }
    pz_unread_find_hours(captures, &flaws);
    basis->untold = flaws.captures_untold;
    pz_timeline_make(&basis->timeline, options, basis->hours, &flaws);
    pz_flaws_release(&flaws);
}

void pz_basis_share(struct pz_basis *basis, const struct pz_captures *captures,
                    const struct pz_timeline_options *options)
{
    const struct pz_comm *comm = basis->comm;
    struct pz_buf stored = {0}, bytes = {0};
    if (comm->rank == 0) {
        pz_captures_put_stored(captures, options->since, options->until, &stored);
        make_timeline(basis, captures, options);
        pz_timeline_encode(&basis->timeline, &bytes);
    }
    pz_comm_broadcast(comm, &stored);
    pz_comm_broadcast(comm, &bytes);
    basis->stored = (void *)stored.bytes;
    basis->nstored = stored.nbytes / sizeof *basis->stored;
    if (comm->rank != 0) {
        struct pz_cursor from = pz_cursor_of(bytes.bytes, bytes.nbytes);
        pz_timeline_decode(&basis->timeline, &from);
    }
    pz_buf_release(&bytes);
}

void pz_basis_release(struct pz_basis *basis)
{
    pz_timeline_release(&basis->timeline);
    free(basis->stored);
    *basis = (struct pz_basis){0};
}
