/* patientzero portrait: the packets of the published Figure 5, looked up. */
#include "base/text.h"
#include "cli/command.h"
#include "cli/drawings.h"
#include "cli/fates.h"
#include "jobs/jobs.h"
#include "report/results.h"
#include "run/published_scan.h"

struct settings {
    const char *out, *decode;
    uint16_t port;
    struct pz_prefix lens;
};

#define FIELD(name) offsetof(struct settings, name)

static const struct pz_option options[] = {
    {"out", "DIR", "The folder with the results of a run; the tables go there.", FIELD(out), pz_parse_text},
    {"lens", "PREFIX", "Only packets to this destination prefix (all).", FIELD(lens), pz_parse_prefix},
    {"decode", "CMD", "A shell command that turns each file into a capture, as for run.", FIELD(decode), pz_parse_text},
    {0},
};

static int write_tables(const struct settings *settings, const struct pz_published_scan *listed, struct pz_error *error)
{
    struct pz_results results;
    if (pz_results_open(&results, pz_jobs, settings->out, "portrait", error) != 0)
        return -1;
    pz_tell_drawings(&results);
    struct pz_buf published = {0}, scan = {0};
    const struct pz_results_table tables[] = {{"published_packets", &published}, {"typical_scan", &scan}};
    pz_published_scan_write_published(listed, &published);
    pz_published_scan_write_scan(listed, &scan);
    int status = pz_results_add(&results, "portrait", tables, 2, error);
    pz_buf_release(&published);
    pz_buf_release(&scan);
    pz_results_close(&results);
    return status;
}

static int run(const struct pz_comm *comm, int argc, char **argv, struct pz_error *error)
{
    extern const struct pz_command pz_command_portrait;
    struct settings settings = {.port = PZ_OUTBREAK_DEFAULT->port};
    int n;
    if (pz_options_read(&pz_command_portrait, &settings, argc, argv, &n, error) != 0)
        return -1;
    if (!n || !settings.out)
        return pz_fail_usage(error, "%s: portrait CAPTURE... --out DIR",
                             n ? "--out is missing" : "no captures are named");
    const struct pz_captures_wanted wanted = {.arguments = argv, .narguments = n, .decode = settings.decode};
    struct pz_captures captures;
    int code = pz_captures_find(comm, &wanted, &captures, error);
    struct pz_published_scan listed = {
        .outbreak = PZ_OUTBREAK_DEFAULT,
        .decode = settings.decode,
        .filter = {.lens = settings.lens.address, .lens_mask = settings.lens.mask, .port = settings.port}};
    if (code == 0) {
        int status = comm->rank ? 0 : pz_published_scan_find(&listed, &captures, error);
        if (comm->rank == 0 && status == 0 && !listed.captures_read)
            status = pz_fail_usage(error, "no capture has packets of 21 November 2008, 01:48:29 to 01:49:37 UTC");
        if (comm->rank == 0 && status == 0)
            status = write_tables(&settings, &listed, error);
        if (comm->rank == 0 && status == 0)
            pz_tell("%zu of %zu published packets found", listed.nfound, listed.outbreak->npackets);
        code = pz_comm_agree(comm, status, error);
    }
    pz_published_scan_release(&listed);
    code = code == 0 ? pz_fates_conclude(comm, &captures) : code == 1 ? PZ_EXIT_STOPPED : code;
    pz_captures_release(&captures);
    return code;
}

const struct pz_command pz_command_portrait = {
    .name = "portrait",
    .arguments = "CAPTURE... --out DIR [OPTION...]",
    .summary = "the packets of the published Figure 5, looked up",
    .help = "Looks for the 19 packets of the published Figure 5, of 21 November 2008, 01:48:29 to 01:49:36 UTC, each\n"
            "with all its fields, and writes tables/published_packets.csv with what was found, and\n"
            "tables/typical_scan.csv with all that their source sent then; if they are not there, with what the\n"
            "source sent that is most like it. Neither table names a source. report draws Figure 5 from them.",
    .options = options,
    .run = run,
};
