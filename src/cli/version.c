/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/command.h"

#include "capture/container.h"
#include "commit.h"
#include "mpi/comm.h"

#include <pcap/pcap.h>
#include <roaring/roaring_version.h>
#include <stdlib.h>
#include <zlib.h>

void pz_version_put(struct pz_buf *to, const char *indent)
{
    char *names = pz_container_names();
    pz_buf_printf(to, "%spatientzero %s (commit %s), MPI: %s, reads %s (gzip with %s)\n", indent, PZ_VERSION, PZ_COMMIT,
                  pz_comm_library(), names, pz_codec_gzip(PZ_INFLATER_FASTEST)->name);
    pz_buf_printf(to, "%slibraries: %s, zlib %s, CRoaring %d.%d.%d\n", indent, pcap_lib_version(), zlibVersion(),
                  ROARING_VERSION_MAJOR, ROARING_VERSION_MINOR, ROARING_VERSION_REVISION);
    free(names);
}
