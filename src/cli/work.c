#include "cli/work.h"

#include "base/text.h"
#include "base/time.h"
#include "cli/conclude.h"
#include "cli/copies_note.h"
#include "cli/doubles.h"
#include "cli/earlier.h"
#include "cli/fates.h"
#include "figures/figures.h"
#include "jobs/jobs.h"
#include "run/contents.h"
#include "run/looked.h"
#include "run/scan.h"
#include "run/tables.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int pz_parse_silence(const char *text, void *field, struct pz_error *error)
{
    if (pz_parse_seconds(text, field, error) != 0 || *(uint32_t *)field > PZ_SECONDS_PER_HOUR)
        return pz_fail_usage(error, "give whole seconds, from 1 to an hour's 3600");
    return 0;
}

int pz_parse_window(const char *text, void *field, struct pz_error *error)
{
    uint64_t n;
    if (pz_parse_count(text, &n, error) != 0 || n < 1 || n > 31 * PZ_HOURS_PER_DAY)
        return pz_fail_usage(error, "give whole hours, from 1 to a month's 744");
    *(uint32_t *)field = (uint32_t)n;
    return 0;
}

int pz_parse_bin(const char *text, void *field, struct pz_error *error)
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

int pz_parse_inflater(const char *text, void *field, struct pz_error *error)
{
    bool zlib = strcmp(text, "zlib") == 0;
    if (!zlib && strcmp(text, "fastest") != 0)
        return pz_fail_usage(error, "give zlib or fastest");
    *(enum pz_inflater *)field = zlib ? PZ_INFLATER_ZLIB : PZ_INFLATER_FASTEST;
    return 0;
}

int pz_parse_watchdog(const char *text, void *field, struct pz_error *error)
{
    uint64_t n;
    if (pz_parse_count(text, &n, error) != 0 || n > PZ_HOURS_PER_DAY * PZ_SECONDS_PER_HOUR)
        return pz_fail_usage(error, "give whole seconds, up to a day's 86400, or 0 for never");
    *(uint32_t *)field = (uint32_t)n;
    return 0;
}

int pz_parse_chunk(const char *text, void *field, struct pz_error *error)
{
    enum { MOST = 100000 };
    uint32_t *share = field;
    int used = 0;
    bool good = strspn(text, "0123456789/") == strlen(text) &&
                sscanf(text, "%6" SCNu32 "/%6" SCNu32 "%n", &share[0], &share[1], &used) == 2 && !text[used];
    if (!good || share[0] < 1 || share[0] > share[1] || share[1] > MOST)
        return pz_fail_usage(error, "give which of how many parts, from 1/N to N/N, like 3/16");
    return 0;
}

static struct pz_timeline_options timeline_options(const struct pz_work_settings *settings)
{
    return (struct pz_timeline_options){.since = settings->since < 0 ? 0 : (uint32_t)settings->since,
                                        .until = settings->until < 0 ? UINT32_MAX : (uint32_t)settings->until,
                                        .silence = settings->silence,
                                        .timeline_bin = settings->timeline_bin,
                                        .window = settings->window};
}

/* The run while it goes on. */
struct run {
    const struct pz_comm *comm;
    const struct pz_command *command;
    enum pz_work_halves halves;
    const struct pz_work_settings *settings;
    struct pz_filter filter;
    const char *first_named; /* borrowed from argv */
    char *store_directory;
    struct pz_captures captures;
    struct pz_store store;
    struct pz_output output;
    struct pz_pseudonyms pseudonyms; /* on rank 0, which writes the tables */
    struct pz_scan scan;
    struct pz_geo countries;
    struct pz_model model;
    struct pz_tables tables;
};

/* One paragraph a run: when, where, how fast. Nobody's result depends on it, so a failure is let pass. Appended in one
 * piece, as tasks of a job array may do so at once. */
static void append_log(const struct run *work, int code)
{
    const struct pz_scan *scan = &work->scan;
    char *path = pz_file_join(work->settings->out, "run.log");
    char host[256] = "", now[PZ_TIME_TEXT];
    gethostname(host, sizeof host - 1);
    pz_time_text((int64_t)time(NULL), now);
    struct pz_buf text = {0};
    pz_buf_printf(&text, "%s patientzero %s %s, ", now, PZ_VERSION, work->command->name);
    if (work->settings->nchunks)
        pz_buf_printf(&text, "part %u/%u, ", work->settings->chunk, work->settings->nchunks);
    pz_buf_printf(&text, "%d ranks, rank 0 on %s: exit %d\n", work->comm->size, host, code);
    if (work->halves & PZ_WORK_SCAN)
        pz_buf_printf(&text, "    scanned %zu captures, %" PRIu64 " bytes, %" PRIu64 " packets in %.1f s\n",
                      scan->once.captures, scan->once.bytes, scan->once.packets, scan->once.seconds);
    if (scan->again.captures)
        pz_buf_printf(&text,
                      "    again, as they overlap: %zu captures of %" PRIu64 " bytes, %" PRIu64 " packets in %.1f s\n",
                      scan->again.captures, scan->again.bytes, scan->again.packets, scan->again.seconds);
    if (work->halves & PZ_WORK_REDUCE)
        pz_buf_printf(&text, "    tables in %.1f s\n", work->tables.seconds);
    pz_file_append(path, text.bytes, text.nbytes);
    pz_buf_release(&text);
    free(path);
}

static void sweep(const struct run *work)
{
    for (size_t i = 0; i < work->captures.n; i++)
        if (work->captures.all[i].state == PZ_CAPTURE_READABLE)
            pz_store_sweep(&work->store, &work->captures.all[i].identity);
    pz_file_sweep(work->store_directory, 0);
    if (work->halves & PZ_WORK_REDUCE)
        pz_output_sweep(&work->output);
}

/* What is wrong with each file is told first. Tables without a row may be the truth of captures that are whole, but
 * take no other result's place. */
static int check_readable(struct run *work, struct pz_error *error)
{
    if (!pz_captures_count(&work->captures, PZ_CAPTURE_READABLE)) {
        if (pz_fates_tell(&work->captures))
            return pz_fail_usage(error,
                                 "nothing that is named can be read as a capture: there is nothing to make tables of");
        return pz_fail_usage(error,
                             "%s: there is no capture in what is named, of %zu files; captures are known by their"
                             " contents",
                             work->first_named, work->captures.n);
    }
    bool flawed = false;
    for (size_t i = 0; !flawed && i < work->captures.n; i++)
        flawed = pz_capture_flawed(&work->captures.all[i]);
    work->tables.refuse_empty = flawed || (work->settings->out && pz_earlier_there(work->settings->out));
    return 0;
}

/* Scan and tables; again if a stored tally turned out to be damaged on the way. */
static int scan_and_make(struct run *work, struct pz_error *error)
{
    /* Other nodes may see a new file only after a while: NFS remembers for up to a minute that a name isn't there. */
    static const unsigned pauses[] = {2, 15, 60};
    enum { ATTEMPTS = sizeof pauses / sizeof *pauses };
    struct pz_scan *scan = &work->scan;
    for (int attempt = 0;; attempt++) {
        int status = pz_scan_run(scan, error);
        if (status != 0 || !(work->halves & PZ_WORK_REDUCE))
            return status;
        if (pz_comm_agree(work->comm, work->comm->rank ? 0 : check_readable(work, error), error) != 0)
            return -1;
        work->tables.hours = &scan->hours;
        status = pz_tables_make(&work->tables, error);
        if (status >= 0 || error->exit != PZ_EXIT_ENVIRONMENT || attempt == ATTEMPTS)
            return status;
        if (!pz_comm_max(work->comm, work->tables.unread))
            return status; /* the store is not to blame */
        sleep(pauses[attempt]);
        for (size_t i = 0; i < work->captures.n; i++)
            pz_capture_facts_forget(&work->captures.all[i]);
        pz_scan_release(scan);
    }
}

static int prepare(struct run *work, struct pz_error *error)
{
    int status = 0;
    if (work->comm->rank == 0) {
        if (!work->settings->nchunks)
            status = check_readable(work, error);
        if (status == 0 && (work->halves & PZ_WORK_REDUCE) && !work->settings->replace)
            status = pz_earlier_check(work->settings->out, &work->captures, error);
        if (status == 0 && work->settings->pseudonyms)
            status = pz_pseudonyms_read(&work->pseudonyms, work->settings->pseudonyms, error);
        if (status == 0 && work->settings->out)
            status = pz_output_prepare(&work->output, error);
        if (status == 0)
            status = pz_store_prepare(work->store_directory, &work->filter, error);
    }
    return pz_comm_agree(work->comm, status, error);
}

static void warn(const struct pz_captures *captures)
{
    const uint64_t **fates = pz_alloc(captures->n * sizeof *fates);
    for (size_t i = 0; i < captures->n; i++)
        if (captures->all[i].state == PZ_CAPTURE_READABLE && captures->all[i].facts)
            fates[i] = captures->all[i].facts->fates;
    pz_fates_warn(captures, fates);
    free(fates);
}

/* Options that leave nothing of what was read. */
static void tell_nothing_left(const struct run *work)
{
    const struct pz_work_settings *settings = work->settings;
    const struct pz_hours *hours = &work->scan.hours;
    uint64_t packets = 0, scans = 0;
    for (size_t i = 0; i < hours->n; i++) {
        int64_t hour = hours->hours[i]->hour;
        if (hour < settings->since || (settings->until >= 0 && hour >= settings->until))
            continue;
        packets += hours->hours[i]->packets;
        scans += hours->hours[i]->syns;
    }
    if (hours->n && !packets) {
        char first[PZ_TIME_TEXT], last[PZ_TIME_TEXT];
        pz_time_text_hour(hours->hours[0]->hour, first);
        pz_time_text_hour(hours->hours[hours->n - 1]->hour, last);
        pz_tell("--since and --until leave nothing: packets are from the hours %s to %s", first, last);
    } else if (packets && !scans) {
        pz_tell("no packet is a SYN to port %u, of %" PRIu64 " packets: is --port right?", settings->port, packets);
    }
}

/* On rank 0, after its success: what is left to write and to say. */
static int finish(struct run *work, struct pz_error *error)
{
    pz_contents_find_overlaps_of_all(&work->captures);
    pz_doubles_tell(&work->captures, work->scan.chunk);
    int code = pz_fates_tell(&work->captures) ? PZ_EXIT_DAMAGE : PZ_EXIT_DONE;
    warn(&work->captures);
    tell_nothing_left(work);
    if (work->tables.untold)
        pz_tell(
            "the hours of %zu unread captures are not known from their names: counts of any hour may be too low, and"
            " a missing hour may be theirs",
            work->tables.untold);
    pz_tell_copies(&work->captures, work->halves & PZ_WORK_REDUCE ? &work->tables : NULL);
    const struct pz_timeline_options timeline = timeline_options(work->settings);
    const struct pz_conclusion conclusion = {.captures = &work->captures,
                                             .settings = work->settings,
                                             .filter = &work->filter,
                                             .timeline = &timeline,
                                             .calibrated = &work->tables.calibrated};
    if ((work->halves & PZ_WORK_REDUCE) && pz_conclude(&conclusion, &work->output, error) != 0)
        return -1;
    sweep(work);
    return code;
}

static int run_prepared(struct run *work, struct pz_error *error)
{
    const struct pz_comm *comm = work->comm;
    const struct pz_work_settings *settings = work->settings;
    pz_store_open(&work->store, work->store_directory, &work->filter);
    int code = scan_and_make(work, error);
    if (comm->rank == 0 && code < 0 && error->exit == PZ_EXIT_USAGE) {
        /* Nothing to make tables of, and this is why. */
        pz_fates_tell(&work->captures);
        warn(&work->captures);
    }
    if (code == 1)
        code = PZ_EXIT_STOPPED;
    /* What rank 0 does alone, and drawing figures above all, gives no sign of life: the others are patient now. */
    if (settings->watchdog && settings->watchdog < PZ_WATCHDOG_SECONDS)
        pz_comm_arm_watchdog(comm, PZ_WATCHDOG_SECONDS);
    if (comm->rank == 0 && code == 0)
        code = finish(work, error);
    bool refused = code < 0 && error->exit == PZ_EXIT_USAGE; /* an earlier result stays as it is */
    if (comm->rank == 0 && settings->out && !refused)
        append_log(work, code < 0 ? (int)error->exit : code);
    int failed = pz_comm_agree(comm, code < 0 ? -1 : 0, error);
    code = failed ? -1 : (int)pz_comm_max(comm, (uint64_t)code);
    pz_scan_release(&work->scan);
    pz_store_close(&work->store);
    return code;
}

static int check(const struct pz_work_settings *settings, enum pz_work_halves halves, const char *name, int ncaptures,
                 char **captures, struct pz_error *error)
{
    if (!ncaptures)
        return pz_fail_usage(error,
                             "no captures are named: patientzero %s CAPTURE... %s DIR, where a CAPTURE is a"
                             " file, a folder, - or @LIST",
                             name, halves == PZ_WORK_SCAN ? "--store" : "--out");
    if (halves == PZ_WORK_SCAN && !settings->out && !settings->store)
        return pz_fail_usage(error,
                             "--store is missing: add --store DIR, the folder for the captures' tallies, or --out"
                             " DIR for a store inside a folder for results");
    if ((halves & PZ_WORK_REDUCE) && !settings->out)
        return pz_fail_usage(error, "--out is missing: add --out DIR, the folder for the results");
    if (settings->since >= 0 && settings->until >= 0 && settings->since >= settings->until)
        return pz_fail_usage(error, "--until is not after --since: nothing lies between them");
    for (int i = 0; i < ncaptures; i++)
        if (strcmp(captures[i], "-") == 0 && (halves == PZ_WORK_REDUCE || settings->nchunks))
            return pz_fail_usage(error, "standard input can't be %s: name files",
                                 settings->nchunks ? "a part of several" : "looked up before it is read");
    return 0;
}

/* With --strict, a file that seems to be a capture and could not be read ends the run before it begins. */
static int check_strict(const struct pz_captures *captures, struct pz_error *error)
{
    for (size_t i = 0; i < captures->n; i++)
        if (captures->all[i].state == PZ_CAPTURE_UNREADABLE)
            return pz_fail(error, "could not read %s: %s (--strict stops there)", captures->all[i].path,
                           captures->all[i].why);
    return 0;
}

int pz_work_run(const struct pz_command *command, enum pz_work_halves halves, const struct pz_comm *comm, int argc,
                char **argv, struct pz_error *error)
{
    struct pz_work_settings settings = {.port = PZ_OUTBREAK_DEFAULT->port,
                                        .since = -1,
                                        .until = -1,
                                        .silence = 60,
                                        .timeline_bin = 600,
                                        .window = PZ_HOURS_PER_DAY,
                                        .progress = 10,
                                        .watchdog = PZ_WATCHDOG_SECONDS};
    int ncaptures;
    if (pz_options_read(command, &settings, argc, argv, &ncaptures, error) != 0 ||
        check(&settings, halves, command->name, ncaptures, argv, error) != 0)
        return -1;
    struct run work = {
        .comm = comm, .command = command, .halves = halves, .settings = &settings, .first_named = argv[0]};
    work.filter =
        (struct pz_filter){.lens = settings.lens.address, .lens_mask = settings.lens.mask, .port = settings.port};
    work.store_directory = settings.store ? pz_strdup(settings.store) : pz_format("%s/restricted/store", settings.out);
    work.output = (struct pz_output){.directory = settings.out,
                                     .jobs = pz_jobs,
                                     .figures = pz_figures,
                                     .pseudonyms = settings.pseudonyms ? &work.pseudonyms : NULL};
    work.scan = (struct pz_scan){.comm = comm,
                                 .store = &work.store,
                                 .captures = &work.captures,
                                 .decode = settings.decode,
                                 .inflater = settings.inflater,
                                 .chunk = settings.nchunks > 1,
                                 .only_look_up = halves == PZ_WORK_REDUCE,
                                 .rescan = settings.rescan,
                                 .strict = settings.strict,
                                 .quiet = settings.quiet,
                                 .progress_seconds = settings.progress,
                                 .began = pz_clock()};
    work.tables = (struct pz_tables){.comm = comm,
                                     .store = &work.store,
                                     .captures = &work.captures,
                                     .output = &work.output,
                                     .countries = settings.countries.n ? &work.countries : NULL,
                                     .model = &work.model,
                                     .outbreak = pz_outbreak_of_port(settings.port),
                                     .keep = settings.model          ? PZ_CALIBRATED_BY_FILE
                                             : settings.no_calibrate ? PZ_UNCALIBRATED_BY_OPTION
                                                                     : PZ_CALIBRATED,
                                     .options = timeline_options(&settings),
                                     .accept_anonymised = settings.accept_anonymised,
                                     .quiet = settings.quiet,
                                     .progress_seconds = settings.progress};
    const struct pz_captures_wanted wanted = {.arguments = argv,
                                              .narguments = ncaptures,
                                              .decode = settings.decode,
                                              .chunk = settings.chunk,
                                              .nchunks = settings.nchunks,
                                              .out = settings.out,
                                              .store = work.store_directory,
                                              .remember = true,
                                              .quiet = settings.quiet,
                                              .progress_seconds = settings.progress};
    pz_comm_arm_watchdog(comm, settings.watchdog);
    int code = pz_countries_load(comm, &settings.countries, &work.countries, error);
    if (code == 0)
        code = pz_model_load(comm, settings.model, &work.model, error);
    if (code == 0)
        code = pz_captures_find(comm, &wanted, &work.captures, error);
    if (code == 0 && settings.strict)
        code = check_strict(&work.captures, error);
    if (code == 0)
        code = prepare(&work, error);
    if (code == 0)
        code = run_prepared(&work, error);
    else if (code == 1)
        code = PZ_EXIT_STOPPED;
    if ((code == PZ_EXIT_DONE || code == PZ_EXIT_DAMAGE) && comm->rank == 0)
        pz_looked_remove(work.store_directory);
    if (code == PZ_EXIT_STOPPED && comm->rank == 0)
        pz_tell("stopped on request; the same command goes on from here");
    pz_captures_release(&work.captures);
    pz_geo_release(&work.countries);
    pz_pseudonyms_release(&work.pseudonyms);
    pz_output_release(&work.output);
    free(work.store_directory);
    return code;
}
