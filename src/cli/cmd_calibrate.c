/* patientzero calibrate: learns what tells the worm from other sources. */
#include "base/file.h"
#include "base/text.h"
#include "cli/fates.h"
#include "cli/work.h"
#include "run/calibrate.h"
#include "run/scan.h"

#include <stdlib.h>

struct settings {
    struct pz_work_settings work;
    const char *out;
    int64_t others[2], worms[2]; /* hours since 1970: since and until */
};

/* TIME/TIME into two int64_t. */
static int parse_span(const char *text, void *field, struct pz_error *error)
{
    int64_t *span = field;
    const char *slash = strchr(text, '/');
    char *since = pz_format("%.*s", (int)(slash ? slash - text : 0), text);
    int status = slash ? 0 : pz_fail_usage(error, "give two UTC hours, like 2008-11-12/2008-11-13");
    if (status == 0)
        status = pz_parse_hour(since, &span[0], error);
    if (status == 0)
        status = pz_parse_hour(slash + 1, &span[1], error);
    if (status == 0 && span[0] >= span[1])
        status = pz_fail_usage(error, "the second time is not after the first");
    free(since);
    return status;
}

#define FIELD(name) offsetof(struct settings, name)

static const struct pz_option options[] = {
    PZ_OPTION_STORE,
    PZ_OPTION_PORT,
    PZ_OPTION_LENS,
    PZ_OPTION_DECODE,
    {"others", "SINCE/UNTIL", "Hours that are known to hold no worm, like 2008-11-12/2008-11-13.", FIELD(others),
     parse_span},
    {"worms", "SINCE/UNTIL",
     "Hours to find the worm in: sources are taken whose destinations leave no\n"
     "doubt, like 2008-11-21T06/2008-11-22.",
     FIELD(worms), parse_span},
    PZ_OPTION_WINDOW,
    {"out", "FILE", "Where the model goes, for --model; - for standard output.", FIELD(out), pz_parse_text},
    PZ_OPTION_QUIET,
    {0},
};

static struct pz_span span_of(const int64_t hours[2])
{
    return (struct pz_span){(uint32_t)hours[0], (uint32_t)hours[1]};
}

/* On rank 0. */
static int learn(const struct settings *settings, const struct pz_scan *scan, struct pz_error *error)
{
    struct pz_calibration calibration = {
        .others = span_of(settings->others), .worms = span_of(settings->worms), .window = settings->work.window};
    if (pz_calibrate(&calibration, scan->store, scan->captures, &scan->hours, error) != 0)
        return -1;
    struct pz_buf text = {0};
    pz_model_write(&calibration.model, &text);
    int status = pz_file_deliver(settings->out, false, text.bytes, text.nbytes, error);
    pz_buf_release(&text);
    if (status == 0 && !settings->work.quiet)
        pz_tell("learned from %zu other sources and %zu of the worm", calibration.nothers, calibration.nworms);
    return status;
}

static int run(const struct pz_comm *comm, int argc, char **argv, struct pz_error *error)
{
    extern const struct pz_command pz_command_calibrate;
    struct settings settings = {
        .work = {.port = PZ_OUTBREAK_DEFAULT->port, .window = PZ_HOURS_PER_DAY, .progress = 10}};
    int n;
    if (pz_options_read(&pz_command_calibrate, &settings, argc, argv, &n, error) != 0)
        return -1;
    if (!n || !settings.work.store || !settings.out || !settings.others[1] || !settings.worms[1])
        return pz_fail_usage(error,
                             "captures, --store, --others, --worms and --out are all needed: patientzero calibrate"
                             " --help");
    const struct pz_filter filter = {
        .lens = settings.work.lens.address, .lens_mask = settings.work.lens.mask, .port = settings.work.port};
    const struct pz_captures_wanted wanted = {.arguments = argv, .narguments = n, .decode = settings.work.decode};
    struct pz_captures captures;
    struct pz_store store;
    int code = pz_captures_find(comm, &wanted, &captures, error);
    pz_store_open(&store, settings.work.store, &filter);
    struct pz_scan scan = {.comm = comm,
                           .store = &store,
                           .captures = &captures,
                           .decode = settings.work.decode,
                           .only_look_up = true,
                           .quiet = settings.work.quiet,
                           .progress_seconds = settings.work.progress};
    if (code == 0) {
        code = pz_scan_run(&scan, error);
        if (code == 0)
            code = pz_comm_agree(comm, comm->rank ? 0 : learn(&settings, &scan, error), error);
        pz_scan_release(&scan);
    }
    pz_store_close(&store);
    code = code == 0 ? pz_fates_conclude(comm, &captures) : code == 1 ? PZ_EXIT_STOPPED : code;
    pz_captures_release(&captures);
    return code;
}

const struct pz_command pz_command_calibrate = {
    .name = "calibrate",
    .arguments = "CAPTURE... --store DIR --others SINCE/UNTIL --worms SINCE/UNTIL --out FILE",
    .summary = "learns what tells the worm from other sources",
    .help = "A run learns the model from its own quiet days. This does it for hours that you name: from captures that\n"
            "were scanned before it learns how other sources scan the port, in hours without an outbreak, and how the\n"
            "worm does, from sources that are it beyond doubt by their destinations alone. What is learned of little\n"
            "stays near the built-in model. The file that it writes is for --model of run and others.\n\n"
            "With captures in archive and their tallies in results, of the outbreak of 2008:\n\n"
            "  patientzero calibrate archive --store results/restricted/store --others 2008-11-20/2008-11-21"
            " --worms 2008-11-21T06/2008-11-22 --out model",
    .options = options,
    .run = run,
};
