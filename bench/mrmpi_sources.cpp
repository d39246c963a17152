// SPDX-License-Identifier: BSD-2-Clause
// What a user of MR-MPI would write for the first of our tables: unique sources of SYNs to port 445 by hour, and nothing
// else. The map reads Ethernet captures through igzip, the fastest inflater there is, and emits an hour and a source for
// each such SYN; MR-MPI collates them, and the reduce counts the sources.
//
//   mpirun -n RANKS mrmpi_sources FILE...
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <mpi.h>
#include <mrmpi/mapreduce.h>
#include <mrmpi/keyvalue.h>

using namespace MAPREDUCE_NS;

static char **files;

static uint32_t be32(const unsigned char *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static void map(int task, KeyValue *pairs, void *)
{
    FILE *in = popen((std::string("igzip -dc '") + files[task] + "'").c_str(), "r");
    static char buffer[1 << 20];
    static unsigned char bytes[1 << 16];
    uint32_t header[6], record[4];
    if (!in || setvbuf(in, buffer, _IOFBF, sizeof buffer) || fread(header, 4, 6, in) != 6)
        MPI_Abort(MPI_COMM_WORLD, 1);
    while (fread_unlocked(record, 4, 4, in) == 4 && record[2] <= sizeof bytes &&
           fread_unlocked(bytes, 1, record[2], in) == record[2]) {
        const unsigned char *ip = bytes + 14, *tcp = ip + 20;
        if (record[2] < 14 + 20 + 14 || ip[0] != 0x45 || ip[9] != 6 || tcp[2] != 445 >> 8 || tcp[3] != (445 & 255) ||
            (tcp[13] & 0x17) != 2)
            continue;
        uint64_t hour_and_source = (uint64_t)(record[0] / 3600) << 32 | be32(ip + 12);
        pairs->add((char *)&hour_and_source, sizeof hour_and_source, NULL, 0);
    }
    pclose(in);
}

static void to_hour(char *key, int, char *, int, int *, KeyValue *pairs, void *)
{
    uint64_t hour_and_source;
    memcpy(&hour_and_source, key, sizeof hour_and_source);
    uint32_t hour = (uint32_t)(hour_and_source >> 32);
    pairs->add((char *)&hour, sizeof hour, NULL, 0);
}

static void count(char *key, int, char *, int nvalues, int *, KeyValue *, void *)
{
    uint32_t hour;
    memcpy(&hour, key, sizeof hour);
    printf("%u,%d\n", hour, nvalues);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    files = argv + 1;
    MapReduce *work = new MapReduce(MPI_COMM_WORLD);
    work->mapstyle = 2; // rank 0 hands out the files
    int size;
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (size == 1)
        work->mapstyle = 0;
    work->verbosity = work->timer = 0;
    work->memsize = 512;
    work->map(argc - 1, map, NULL);
    work->collate(NULL);
    work->reduce(to_hour, NULL);
    work->collate(NULL);
    work->reduce(count, NULL);
    delete work;
    MPI_Finalize();
    return 0;
}
