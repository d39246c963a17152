/* SPDX-License-Identifier: BSD-2-Clause */
/* patientzero portrait: looks up the packets of the published Figure 5. */
#include "base/text.h"
#include "cli/command.h"
#include "cli/notes.h"
#include "jobs/jobs.h"
#include "report/results.h"
#include "run/published_scan.h"

static int write_tables(const char *directory, const struct pz_published_scan *listed, struct pz_error *error)
{
    struct pz_results results;
    if (pz_results_open(&results, pz_jobs, directory, PZ_OUTBREAK_DEFAULT->port, "portrait", error) != 0)
        return -1;
    pz_tell_drawings(&results);
    struct pz_buf published = {0}, scan = {0};
    const struct pz_results_table tables[] = {{&pz_schema_published_packets, &published},
                                              {&pz_schema_typical_scan, &scan}};
    pz_published_scan_write_published(listed, &published);
    pz_published_scan_write_scan(listed, &scan);
    int status = pz_results_add(&results, "portrait", tables, 2, error);
    pz_buf_release(&published);
    pz_buf_release(&scan);
    pz_results_close(&results);
    return status;
}

static int check(const struct pz_context *context, struct pz_error *error)
{
    if (context->narguments && context->settings.out)
        return 0;
    return pz_fail_usage(error, "%s: portrait CAPTURE... --out DIR",
                         context->narguments ? "--out is missing" : "no captures are named");
}

static int run(struct pz_context *context, struct pz_error *error)
{
    struct pz_published_scan listed = {
        .outbreak = PZ_OUTBREAK_DEFAULT, .decode = context->settings.decode, .filter = context->filters[0]};
    int status = pz_published_scan_find(&listed, &context->captures, error);
    if (status == 0 && !listed.captures_read)
        status = pz_fail_usage(error, "no capture has packets of 21 November 2008, 01:48:29 to 01:49:37 UTC");
    if (status == 0)
        status = write_tables(context->settings.out, &listed, error);
    if (status == 0 && !context->settings.quiet)
        pz_tell("%zu of %zu published packets found", listed.nfound, listed.outbreak->npackets);
    pz_published_scan_release(&listed);
    return status;
}

const struct pz_command pz_command_portrait = {
    .name = "portrait",
    .arguments = "CAPTURE... --out DIR [OPTION...]",
    .summary = "find the packets of the published Figure 5",
    .help = "Looks for the 19 packets of Figure 5 of CAIDA 2009, from 21 November 2008, 01:48:29 to 01:49:36\n"
            "UTC, and compares all fields of each. Writes tables/published_packets.csv with what was found,\n"
            "and tables/typical_scan.csv with all packets that their source sent then. If the packets are not\n"
            "in the captures, typical_scan.csv has those of the most similar source. Neither table names a\n"
            "source. report draws Figure 5 of them.",
    .needs = PZ_NEEDS_CAPTURES | PZ_RUNS_ALONE,
    .options = PZ_OPTIONS(
        {"out", "DIR", "Folder with the results of a run. The tables go there.", PZ_AS_TEXT(out)},
        {"lens", "PREFIX", "Read only packets to this destination prefix. Default: all.", PZ_AS_PREFIX(lens)},
        {"decode", "CMD", "Shell command that turns each file into a capture, as for run.", PZ_AS_TEXT(decode)}),
    .examples = PZ_EXAMPLES({"Find the published packets in an archive, and draw Figure 5 of them:",
                             "patientzero portrait archive --out results\npatientzero report --out results"}),
    .check = check,
    .run = run,
};
