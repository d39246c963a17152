/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of jobs are checked before anything else. --help and its kin are answered without MPI where possible. Then
 * MPI starts, ranks check that they have the same arguments, and the command runs with its context. Every way out
 * passes pz_comm_stop with the exit code. */
#include "cli/command.h"

#include "base/file.h"
#include "base/text.h"
#include "capture/container.h"
#include "commit.h"
#include "jobs/jobs.h"
#include "mpi/comm.h"
#include "report/report.h"
#include "run/published_scan.h"
#include "run/scores.h"
#include "run/stop.h"

#include <pcap/pcap.h>
#include <roaring/roaring_version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* All commands, in the order of --help. */
#define COMMANDS(_) \
    _(run)          \
    _(scan)         \
    _(reduce)       \
    _(report)       \
    _(survey) _(packets) _(judge) _(calibrate) _(outbreak) _(portrait) _(overlap) _(sources) _(source) _(synth)

#define DECLARE(name) extern const struct pz_command pz_command_##name;
COMMANDS(DECLARE)

#define LIST(name) &pz_command_##name,
static const struct pz_command *const commands[] = {COMMANDS(LIST)};
enum { NCOMMANDS = sizeof commands / sizeof *commands };

/* Tables that no job makes, but a command. */
extern const struct pz_schema pz_schema_overlap, pz_schema_overlap_hourly, pz_schema_overlap_country, pz_schema_source;
const struct pz_schema *const pz_other_tables[] = {&pz_schema_overlap,
                                                   &pz_schema_overlap_hourly,
                                                   &pz_schema_overlap_country,
                                                   &pz_schema_published_packets,
                                                   &pz_schema_typical_scan,
                                                   &pz_schema_reproduction,
                                                   &pz_schema_judged,
                                                   &pz_schema_source,
                                                   NULL};

/* Of which docs/tables.md is made. */
static void put_tables(struct pz_buf *to)
{
    const struct pz_schema *schema;
    for (int restricted = 0; restricted < 2; restricted++) {
        pz_buf_printf(to, restricted ? "## Restricted\n\n" : "## For everybody\n\n");
        for (size_t i = 0; (schema = pz_jobs_schema(pz_jobs, pz_other_tables, i)); i++)
            if (pz_schema_is_restricted(schema) == restricted)
                pz_schema_describe(schema, to);
    }
    to->nbytes--; /* the last empty line */
}

static void put_help(struct pz_buf *to)
{
    pz_buf_printf(to,
                  "usage: patientzero COMMAND ...\n\n"
                  "Reads the packet archive of a network telescope and reports who scanned a TCP port, and when.\n\n");
    for (int i = 0; i < NCOMMANDS; i++)
        pz_buf_printf(to, "  %-12s %s\n", commands[i]->name, commands[i]->summary);
    pz_buf_printf(to, "\nCOMMAND --help explains a command. --version lists what is built in.\n\n"
                      "Exit codes: 0 done; 1 the environment failed, for example a disk is full; 2 usage error;\n"
                      "3 done, but a capture was torn or unreadable, or a file that was named is not a capture;\n"
                      "75 stopped, on request or by the watchdog: give the same command again to continue.\n");
}

/* The commands, for completion. */
static void put_list(struct pz_buf *to)
{
    for (int i = 0; i < NCOMMANDS; i++)
        pz_buf_printf(to, "%s\t%s\n", commands[i]->name, commands[i]->summary);
}

void pz_version_put(struct pz_buf *to, const char *indent)
{
    char *names = pz_container_names();
    pz_buf_printf(to, "%spatientzero %s (commit %s), MPI: %s, reads %s (gzip with %s)\n", indent, PZ_VERSION, PZ_COMMIT,
                  pz_comm_library(), names, pz_codec_gzip(PZ_INFLATER_FASTEST)->name);
    pz_buf_printf(to, "%slibraries: %s, zlib %s, CRoaring %d.%d.%d\n", indent, pcap_lib_version(), zlibVersion(),
                  ROARING_VERSION_MAJOR, ROARING_VERSION_MINOR, ROARING_VERSION_REVISION);
    free(names);
}

static bool asks(int argc, char **argv, const char *option, const char *brief)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], option) == 0 || (brief && strcmp(argv[i], brief) == 0))
            return true;
    return false;
}

static const struct pz_command *find(const char *name)
{
    for (int i = 0; i < NCOMMANDS; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

/* What needs no work and no MPI: --help, --version, --manual, of which the manual pages are made, --complete, which
 * completion asks, and --tables. `help COMMAND` is `COMMAND --help`. */
static bool tell(int argc, char **argv, struct pz_buf *text)
{
    bool word = argc > 1 && strcmp(argv[1], "help") == 0;
    const struct pz_command *command = argc > 1 + word ? find(argv[1 + word]) : NULL;
    bool help = word || asks(argc, argv, "--help", "-h"), manual = asks(argc, argv, "--manual", NULL);
    if (word && argc > 2 && !command)
        return false;
    if (help && command)
        pz_options_help(command, text);
    else if (help)
        put_help(text);
    else if (manual && command)
        pz_manual_command(command, text);
    else if (manual)
        pz_manual_program(commands, NCOMMANDS, text);
    else if (asks(argc, argv, "--complete", NULL))
        command ? pz_options_list(command, text) : put_list(text);
    else if (asks(argc, argv, "--tables", NULL))
        put_tables(text);
    else if (asks(argc, argv, "--version", "-V"))
        pz_version_put(text, "");
    return text->nbytes;
}

static int fail_unknown(const char *name, struct pz_error *error)
{
    struct pz_nearest nearest = {0};
    for (int i = 0; i < NCOMMANDS; i++)
        pz_nearest_try(&nearest, commands[i]->name, name, strlen(name));
    pz_nearest_try(&nearest, "--help", name, strlen(name));
    pz_nearest_try(&nearest, "--version", name, strlen(name));
    return pz_fail_usage(error, "there is no command %s%s%s%s patientzero --help lists them", name,
                         nearest.name ? "; did you mean " : "", nearest.name ? nearest.name : "",
                         nearest.name ? "?" : ":");
}

static int read_command(struct pz_context *context, int argc, char **argv, struct pz_error *error)
{
    if (argc < 2)
        return pz_fail_usage(error, "a command is missing, such as run: patientzero --help lists all");
    const struct pz_command *command = find(argv[1]);
    if (!command)
        return fail_unknown(argv[1 + (argc > 2 && strcmp(argv[1], "help") == 0)], error);
    return pz_context_read(context, command, argc - 2, argv + 2, error);
}

static uint64_t hash_of(int argc, char **argv)
{
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */
    for (int i = 1; i < argc; i++)
        for (const char *c = argv[i];; c++) {
            hash = (hash ^ (uint8_t)*c) * 0x100000001b3u;
            if (!*c)
                break;
        }
    return hash;
}

/* Ranks with different arguments would wait for each other in different places. */
static int check_same(const struct pz_comm *comm, uint64_t hash, struct pz_error *error)
{
    if (pz_comm_max(comm, hash) == ~pz_comm_max(comm, ~hash))
        return 0;
    return pz_fail_usage(
        error, "the ranks of this job were started with different arguments: give all ranks one command line, "
               "and start each --part as a job of its own");
}

int main(int argc, char **argv)
{
    struct pz_comm comm;
    struct pz_error error = {.exit = PZ_EXIT_DONE};
    struct pz_buf text = {0};
    struct pz_context context = {.settings = {.watchdog = PZ_WATCHDOG_SECONDS}};
    uint64_t hash = hash_of(argc, argv); /* reading options changes their order */
    pz_file_hold_standard();
    pz_stop_install();
    if (pz_jobs_check(pz_jobs, pz_other_tables, &error) != 0) {
        pz_tell("%s", error.text);
        return (int)error.exit;
    }
    bool told = tell(argc, argv, &text);
    /* On a login node, or where packages are built, MPI may not even start. */
    if (told && !pz_comm_launched()) {
        if (pz_file_print(&text, &error) != 0)
            pz_tell("%s", error.text);
        return (int)error.exit;
    }
    int read = told ? 0 : read_command(&context, argc, argv, &error);
    int status = pz_comm_start(&comm, context.settings.watchdog, &error);
    if (status == 0)
        status = check_same(&comm, hash, &error);
    if (status == 0)
        status = pz_comm_agree(&comm, read, &error);
    if (status == 0 && told)
        status = pz_comm_agree(&comm, comm.rank ? 0 : pz_file_print(&text, &error), &error);
    else if (status == 0)
        status = pz_context_run(&context, &comm, &error);
    pz_context_release(&context);
    pz_buf_release(&text);
    if (status < 0) {
        status = (int)error.exit;
        if (comm.rank == 0)
            pz_tell("%s", error.text);
    }
    /* mpirun and srun take it for an error, at length. */
    if (status == PZ_EXIT_DAMAGE && comm.rank == 0 && comm.size > 1)
        pz_tell("done, and the results are whole: exit code 3 says that files named above are damaged or unreadable");
    fflush(NULL);
    pz_comm_stop(&comm, status);
    return status;
}
