/* patientzero judge: every source with what is known of it and how it is judged. */
#include "base/file.h"
#include "base/text.h"
#include "cli/fates.h"
#include "cli/work.h"
#include "run/scan.h"
#include "run/scores.h"

static const struct pz_option options[] = {
    PZ_OPTION_STORE,
    {"out", "FILE", "Where the table goes, - for standard output. A new file is yours alone to read.",
     PZ_WORK_FIELD(out), pz_parse_text},
    PZ_OPTION_SINCE,
    PZ_OPTION_UNTIL,
    PZ_OPTION_WINDOW,
    PZ_OPTION_MODEL,
    PZ_OPTION_PORT,
    PZ_OPTION_LENS,
    PZ_OPTION_DECODE,
    PZ_OPTION_QUIET,
    {0},
};

/* On rank 0. */
static int judge(const struct pz_work_settings *settings, const struct pz_scan *scan, const struct pz_model *model,
                 struct pz_error *error)
{
    struct pz_scoring judging = {.store = scan->store,
                                 .captures = scan->captures,
                                 .hours = &scan->hours,
                                 .model = model,
                                 .since = settings->since < 0 ? 0 : (uint32_t)settings->since,
                                 .until = settings->until < 0 ? UINT32_MAX - 1 : (uint32_t)settings->until,
                                 .window = settings->window};
    struct pz_buf csv = {0};
    int status = pz_scorer(&judging, &csv, error);
    if (status == 0)
        status = pz_file_deliver(settings->out, true, csv.bytes, csv.nbytes, error);
    pz_buf_release(&csv);
    if (status == 0 && !settings->quiet)
        pz_tell("%zu sources in windows", judging.nsources);
    return status;
}

static int run(const struct pz_comm *comm, int argc, char **argv, struct pz_error *error)
{
    extern const struct pz_command pz_command_judge;
    struct pz_work_settings settings = {
        .port = PZ_OUTBREAK_DEFAULT->port, .window = PZ_HOURS_PER_DAY, .since = -1, .until = -1, .progress = 10};
    struct pz_model model;
    int n;
    if (pz_options_read(&pz_command_judge, &settings, argc, argv, &n, error) != 0)
        return -1;
    if (!n || !settings.store || !settings.out)
        return pz_fail_usage(error, "captures, --store and --out are all needed: patientzero judge --help");
    if (pz_model_load(comm, settings.model, &model, error) != 0)
        return -1;
    const struct pz_filter filter = {
        .lens = settings.lens.address, .lens_mask = settings.lens.mask, .port = settings.port};
    const struct pz_captures_wanted wanted = {.arguments = argv, .narguments = n, .decode = settings.decode};
    struct pz_captures captures;
    struct pz_store store;
    int code = pz_captures_find(comm, &wanted, &captures, error);
    pz_store_open(&store, settings.store, &filter);
    struct pz_scan scan = {.comm = comm,
                           .store = &store,
                           .captures = &captures,
                           .decode = settings.decode,
                           .only_look_up = true,
                           .quiet = settings.quiet,
                           .progress_seconds = settings.progress};
    if (code == 0) {
        code = pz_scan_run(&scan, error);
        if (code == 0)
            code = pz_comm_agree(comm, comm->rank ? 0 : judge(&settings, &scan, &model, error), error);
        pz_scan_release(&scan);
    }
    pz_store_close(&store);
    code = code == 0 ? pz_fates_conclude(comm, &captures) : code == 1 ? PZ_EXIT_STOPPED : code;
    pz_captures_release(&captures);
    return code;
}

const struct pz_command pz_command_judge = {
    .name = "judge",
    .arguments = "CAPTURE... --store DIR --out FILE [OPTION...]",
    .summary = "every source, what is known of it and how it is judged",
    .help = "Writes a CSV table with a line for each source in each window: its first scan, its destinations (from 8\n"
            "on estimated) by whether the worm reaches them or octet 2, octet 4 or both are 128 or above, /16s (8 for\n"
            "that many or more), the bounds of the seven lower bits of octets 2 and 4, seconds from the first scan to\n"
            "the last, seconds recorded since, attempts by their SYNs, traits, the rules of others, and the evidence:\n"
            "the logarithm of how many times likelier all that is of the worm than of others; and the probability of\n"
            "being the worm, given how\n"
            "many of the window's sources of about as many destinations seem to be. The captures must be in the store. "
            "The table\n"
            "names sources, and only you may read it.",
    .options = options,
    .run = run,
};
