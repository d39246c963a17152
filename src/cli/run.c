/* patientzero run: captures in, tables out. */
#include "cli/command.h"
#include "report/summary.h"
#include "run/scan.h"
#include "run/tables.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct settings {
    const char *out, *store, *decode;
    uint16_t port;
    struct pz_prefix lens;
    int64_t since, until; /* hours since 1970 */
    uint32_t silence, timeline_bin, progress;
    enum pz_inflater inflater;
    bool strict, accept_anonymised, quiet;
};

static int parse_silence(const char *text, void *field, struct pz_error *error)
{
    if (pz_parse_seconds(text, field, error) != 0 || *(uint32_t *)field > PZ_SECONDS_PER_HOUR)
        return pz_fail_usage(error, "give whole seconds, from 1 to an hour's 3600");
    return 0;
}

static int parse_bin(const char *text, void *field, struct pz_error *error)
{
    const uint32_t day = PZ_HOURS_PER_DAY * PZ_SECONDS_PER_HOUR;
    uint32_t bin = 0;
    bool good = pz_parse_seconds(text, &bin, error) == 0 && bin >= 10;
    good = good && (bin <= PZ_SECONDS_PER_HOUR ? PZ_SECONDS_PER_HOUR % bin == 0
                                               : bin % PZ_SECONDS_PER_HOUR == 0 && day % bin == 0);
    if (!good)
        return pz_fail_usage(error, "give 10 seconds or more that divide an hour, or whole hours that divide a day:"
                                    " 60, 600, 3600, 21600");
    *(uint32_t *)field = bin;
    return 0;
}

static int parse_inflater(const char *text, void *field, struct pz_error *error)
{
    bool zlib = strcmp(text, "zlib") == 0;
    if (!zlib && strcmp(text, "fastest") != 0)
        return pz_fail_usage(error, "give zlib or fastest");
    *(enum pz_inflater *)field = zlib ? PZ_INFLATER_ZLIB : PZ_INFLATER_FASTEST;
    return 0;
}

#define FIELD(name) offsetof(struct settings, name)

static const struct pz_option options[] = {
    {"out", "DIR", "Where the results go; made if it isn't there.", FIELD(out), pz_parse_text},
    {"store", "DIR",
     "Where the captures' tallies are kept, so that a later run reads no capture\n"
     "again (restricted/store inside the output folder).",
     FIELD(store), pz_parse_text},
    {"port", "N", "The TCP port whose scans are counted (445).", FIELD(port), pz_parse_port},
    {"lens", "PREFIX",
     "Only packets to this destination prefix, like 0.5.0.0/16 (all). Public\n"
     "archives have the first octet zeroed: there the telescope is 0.0.0.0/8.",
     FIELD(lens), pz_parse_prefix},
    {"since", "TIME", "Tables from this UTC hour on, like 2008-11-21 or 2008-11-21T01.", FIELD(since), pz_parse_hour},
    {"until", "TIME", "Tables up to this UTC hour, which is not in them.", FIELD(until), pz_parse_hour},
    {"silence", "SECONDS",
     "So many seconds without any packet, and the telescope counts as not\n"
     "recording then (60).",
     FIELD(silence), parse_silence},
    {"timeline-bin", "SECONDS", "Width of the bins of first_seen.csv (600).", FIELD(timeline_bin), parse_bin},
    {"decode", "CMD",
     "A shell command that turns each file, on its standard input, into a capture:\n"
     "decryption, or a compression other than gzip and zstd ('xz -dc').",
     FIELD(decode), pz_parse_text},
    {"strict", NULL, "Stop at the first damaged capture, with exit 1.", FIELD(strict), pz_parse_flag},
    {"accept-anonymised", NULL, "Make tables even if destinations look anonymised bit by bit.",
     FIELD(accept_anonymised), pz_parse_flag},
    {"inflater", "NAME", "fastest or zlib: which library inflates gzip. The results are the same.", FIELD(inflater),
     parse_inflater},
    {"progress", "SECONDS", "Between lines of progress in a log (10).", FIELD(progress), pz_parse_seconds},
    {"quiet", NULL, "No progress.", FIELD(quiet), pz_parse_flag},
    {0},
};

static struct pz_frame_options frame_options(const struct settings *settings)
{
    return (struct pz_frame_options){.since = settings->since < 0 ? 0 : (uint32_t)settings->since,
                                     .until = settings->until < 0 ? UINT32_MAX : (uint32_t)settings->until,
                                     .silence = settings->silence, .timeline_bin = settings->timeline_bin};
}

/* Tells of each flawed capture on standard error, the first ones in words. */
static bool tell_flaws(const struct pz_captures *captures)
{
    enum { TOLD = 20 };
    size_t flawed = 0;
    for (size_t i = 0; i < captures->n; i++) {
        const struct pz_capture *capture = &captures->all[i];
        if (!pz_capture_flawed(capture) || ++flawed > TOLD)
            continue;
        if (capture->state == PZ_CAPTURE_NONE)
            fprintf(stderr, "patientzero: %s is no capture, and is left out\n", capture->path);
        if (capture->state == PZ_CAPTURE_UNREADABLE)
            fprintf(stderr, "patientzero: %s can't be read: %s\n", capture->path, capture->why);
        const struct pz_ledger *ledger = &capture->facts.ledger;
        for (uint32_t j = 0; capture->state == PZ_CAPTURE_READABLE && j < ledger->ndetails; j++)
            fprintf(stderr, "patientzero: %s is damaged at byte %" PRIu64 ": %s\n", capture->path,
                    ledger->details[j].offset, pz_damage_words((enum pz_damage_reason)ledger->details[j].reason));
    }
    if (flawed > TOLD)
        fprintf(stderr, "patientzero: and %zu captures more: see summary.json\n", flawed - TOLD);
    return flawed;
}

static const char *state_word(enum pz_capture_state state)
{
    static const char *const words[] = {"read", "duplicate", "no capture", "unreadable"};
    return words[state];
}

static int write_summary(const struct pz_output *output, const struct pz_captures *captures,
                         const struct settings *settings, const struct pz_filter *filter, struct pz_error *error)
{
    struct pz_frame_options frame = frame_options(settings);
    struct pz_summary_input *inputs = pz_alloc(captures->n * sizeof *inputs);
    for (size_t i = 0; i < captures->n; i++) {
        const struct pz_capture *capture = &captures->all[i];
        bool read = capture->state == PZ_CAPTURE_READABLE;
        inputs[i] = (struct pz_summary_input){.label = capture->label, .identity = &capture->identity,
                                              .state = state_word(capture->state), .why = capture->why,
                                              .ledger = read ? &capture->facts.ledger : NULL,
                                              .fates = capture->facts.fates};
    }
    const struct pz_summary summary = {.version = PZ_VERSION, .filter = filter, .options = &frame,
                                       .decoded = settings->decode, .inputs = inputs, .ninputs = captures->n,
                                       .passed_over = captures->passed_over};
    struct pz_buf json = {0};
    pz_summary_write(&summary, &json);
    int status = pz_output_write(output, "summary.json", &json, error);
    pz_buf_release(&json);
    free(inputs);
    return status;
}

/* One paragraph a run: when, where, how fast. Nobody's result depends on it, so a failure is let pass. */
static void append_log(const struct settings *settings, const struct pz_scan *scan, double reduce_seconds, int code)
{
    char *path = pz_file_join(settings->out, "run.log");
    FILE *log = fopen(path, "a");
    free(path);
    if (!log)
        return;
    char host[256] = "", now[PZ_TIME_TEXT];
    gethostname(host, sizeof host - 1);
    pz_time_text((int64_t)time(NULL), now);
    fprintf(log, "%s patientzero %s, %d ranks, rank 0 on %s: exit %d\n", now, PZ_VERSION, scan->comm->size, host, code);
    fprintf(log, "    scanned %zu captures, %" PRIu64 " bytes, %" PRIu64 " packets in %.1f s; tables in %.1f s\n",
            scan->scanned, scan->bytes, scan->packets, scan->seconds, reduce_seconds);
    fclose(log);
}

static void sweep(const struct pz_store *store, const struct pz_captures *captures, const struct pz_output *output)
{
    for (size_t i = 0; i < captures->n; i++)
        if (captures->all[i].state == PZ_CAPTURE_READABLE)
            pz_store_sweep(store, &captures->all[i].identity);
    pz_output_sweep(output);
}

/* Scan and tables; again if a stored tally turned out to be damaged on the way. */
static int scan_and_make(struct pz_scan *scan, struct pz_tables *tables, struct pz_error *error)
{
    enum { ATTEMPTS = 3 };
    int status = -1;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        status = pz_scan_run(scan, error);
        if (attempt && status == 0 && !pz_comm_max(scan->comm, scan->scanned))
            return -1; /* nothing was missing: it was another failure */
        tables->hours = &scan->hours;
        struct pz_error failure = {0};
        if (status == 0)
            status = pz_tables_make(tables, &failure);
        else
            break;
        if (status >= 0)
            break;
        *error = failure;
        if (failure.exit != PZ_EXIT_ENVIRONMENT)
            break;
        for (size_t i = 0; i < scan->captures->n; i++)
            scan->captures->all[i].stored = false;
        pz_scan_release(scan);
    }
    return status;
}

static int run_prepared(const struct pz_comm *comm, const struct settings *settings, struct pz_captures *captures,
                        const struct pz_filter *filter, const char *store_directory, struct pz_error *error)
{
    struct pz_output output = {settings->out};
    int status = 0;
    if (comm->rank == 0 && (status = pz_output_prepare(&output, error)) == 0)
        status = pz_store_prepare(store_directory, filter, error);
    if (pz_comm_agree(comm, status, error) != 0)
        return -1;
    struct pz_store store;
    pz_store_open(&store, store_directory, filter);
    struct pz_scan scan = {.comm = comm, .store = &store, .captures = captures, .decode = settings->decode,
                           .inflater = settings->inflater, .strict = settings->strict, .quiet = settings->quiet,
                           .progress_seconds = settings->progress};
    struct pz_tables tables = {.comm = comm, .store = &store, .captures = captures, .output = &output,
                               .options = frame_options(settings), .accept_anonymised = settings->accept_anonymised,
                               .quiet = settings->quiet, .progress_seconds = settings->progress};
    int code = scan_and_make(&scan, &tables, error);
    if (code == 1)
        code = PZ_EXIT_STOPPED;
    if (comm->rank == 0 && code == 0) {
        if (tell_flaws(captures))
            code = PZ_EXIT_DAMAGE;
        if (write_summary(&output, captures, settings, filter, error) != 0)
            code = -1;
        else
            sweep(&store, captures, &output);
    }
    if (comm->rank == 0) {
        append_log(settings, &scan, tables.seconds, code < 0 ? (int)error->exit : code);
        if (code == PZ_EXIT_STOPPED)
            fprintf(stderr, "patientzero: stopped on request; the same command goes on from here\n");
    }
    int failed = pz_comm_agree(comm, code < 0 ? -1 : 0, error);
    code = failed ? -1 : (int)pz_comm_max(comm, (uint64_t)code);
    pz_scan_release(&scan);
    pz_store_close(&store);
    return code;
}

static int run(const struct pz_comm *comm, int argc, char **argv, struct pz_error *error)
{
    extern const struct pz_command pz_command_run;
    struct settings settings = {.port = 445, .since = -1, .until = -1, .silence = 60, .timeline_bin = 600,
                                .progress = 10};
    int ncaptures;
    if (pz_options_read(&pz_command_run, &settings, argc, argv, &ncaptures, error) != 0)
        return -1;
    if (!ncaptures)
        return pz_fail_usage(error, "no captures are named: patientzero run CAPTURE... --out DIR, where a CAPTURE is a"
                                    " file, a folder, - or @LIST");
    if (!settings.out)
        return pz_fail_usage(error, "--out is missing: add --out DIR, the folder for the results");
    if (settings.since >= 0 && settings.until >= 0 && settings.since >= settings.until)
        return pz_fail_usage(error, "--until is not after --since: nothing lies between them");

    const struct pz_filter filter = {.lens = settings.lens.address, .lens_mask = settings.lens.mask,
                                     .port = settings.port};
    struct pz_captures captures;
    char *store = settings.store ? pz_strdup(settings.store) : pz_format("%s/restricted/store", settings.out);
    int code = pz_captures_find(comm, argv, ncaptures, settings.decode, &captures, error);
    if (code == 0)
        code = run_prepared(comm, &settings, &captures, &filter, store, error);
    pz_captures_release(&captures);
    free(store);
    return code;
}

const struct pz_command pz_command_run = {
    .name = "run",
    .arguments = "CAPTURE... --out DIR [OPTION...]",
    .summary = "captures in, tables out",
    .help = "Reads captures and writes tables of the scans in them. A CAPTURE is a file, a folder (searched at\n"
            "any depth; captures are known by their contents), - for standard input, or @LIST, a file with a\n"
            "path on each line. Under mpirun or srun the work is shared; the results are the same bytes.\n\n"
            "A run that was stopped goes on where it was when the same command is given again, and captures\n"
            "that the store knows are not read again.",
    .options = options,
    .run = run,
};
