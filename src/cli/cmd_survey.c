/* SPDX-License-Identifier: BSD-2-Clause */
/* patientzero survey: what an archive is, and what to ask a cluster for, from heads and sizes. */
#include "run/survey.h"

#include "base/file.h"
#include "base/sort.h"
#include "base/time.h"
#include "cli/command.h"
#include "cli/doubles.h"
#include "cli/fates.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const struct pz_option options[] = {
    {"cores", "N", "Cores of one of the cluster's nodes (128).", PZ_AS_COUNT(cores)},
    {"port", "N", "The TCP port whose scans will be counted (445).", PZ_AS_PORT(port)},
    {"lens", "PREFIX", "The destination prefix that will be counted (all).", PZ_AS_PREFIX(lens)},
    {"decode", "CMD", "A shell command that turns each file into a capture, as in run.", PZ_AS_TEXT(decode)},
    {"progress", "SECONDS", "Between lines of progress in a log (10).", PZ_AS_SECONDS(progress)},
    {"quiet", NULL, "No progress.", PZ_AS_FLAG(quiet)},
    {0},
};

/* A scan keeps a row of 256 bytes and 22 of index for each source and hour, and writes them sorted: all in all less
 * than this. */
enum { ROW_BYTES = 512 };
/* And for each SYN in time that another capture has too: docs/architecture.md, Memory. */
enum { SHARED_BYTES = 100 };
/* The processor time of a scan against that of reading alone, as keeping tallies comes on top: docs/scaling.md. */
#define SCAN_COST 2.2
/* What a rank takes before its first row: the program, MPI, buffers; and what reducing takes, see PZ_RANGE_MEMORY. */
#define RANK_BYTES ((double)(1536 << 20))

/* Sums over all captures, and the extremes. */
struct totals {
    size_t captures, damaged, heads;
    uint64_t bytes, bytes_read, largest, head_bytes, head_nsec, records, addressed, zeroed, busy, one_side,
        one_side_2_only;
    double rank_bytes; /* of memory for the capture that takes most, estimated */
};

/* Which captures overlap others, as far as heads tell; the caller frees it. */
static bool *find_overlapping(const struct pz_captures *captures)
{
    bool *overlapping = pz_alloc(captures->n * sizeof *overlapping);
    for (size_t i = 0; i < captures->n; i++)
        if (captures->all[i].overlaps != i)
            overlapping[i] = overlapping[captures->all[i].overlaps] = true;
    return overlapping;
}

static struct totals add_up(const struct pz_captures *captures, const struct pz_survey_head *heads)
{
    struct totals t = {0};
    bool *overlapping = find_overlapping(captures);
    for (size_t i = 0; i < captures->n; i++) {
        const struct pz_survey_head *head = &heads[i];
        uint64_t size = captures->all[i].identity.size;
        if (captures->all[i].state != PZ_CAPTURE_READABLE)
            continue;
        t.captures++;
        t.damaged += head->damaged != 0;
        t.bytes += size;
        t.bytes_read += overlapping[i] ? 2 * size : size;
        t.largest = size > t.largest ? size : t.largest;
        if (!head->bytes || !head->records)
            continue;
        t.heads++;
        t.head_bytes += head->bytes;
        t.head_nsec += head->cpu_nsec;
        t.records += head->records;
        t.addressed += head->addressed;
        t.zeroed += head->zeroed;
        t.busy += head->busy;
        t.one_side += head->one_side;
        t.one_side_2_only += head->one_side_2_only;
        /* As if new sources came on as fast as at the start: it's less. */
        double heads_in_it = (double)size / (double)head->bytes;
        double bytes = heads_in_it * (double)head->sources * ROW_BYTES;
        bytes += overlapping[i] ? heads_in_it * (double)head->scans * SHARED_BYTES : 0;
        t.rank_bytes = bytes > t.rank_bytes ? bytes : t.rank_bytes;
    }
    free(overlapping);
    return t;
}

static void put_links(const struct pz_captures *captures, const struct pz_survey_head *heads, struct pz_buf *to)
{
    enum { LINKS = 300 };
    size_t counts[LINKS] = {0}, none = 0;
    const char *before = "link types    ";
    for (size_t i = 0; i < captures->n; i++) {
        if (captures->all[i].state != PZ_CAPTURE_READABLE)
            continue;
        if (heads[i].link_type < LINKS)
            counts[heads[i].link_type]++;
        else
            none++;
    }
    for (int link = 0; link < LINKS; link++)
        if (counts[link]) {
            pz_buf_printf(to, "%s%d (%zu captures)", before, link, counts[link]);
            before = ", ";
        }
    if (none)
        pz_buf_printf(to, "%sother or none (%zu captures)", before, none);
    pz_buf_printf(to, "\n");
}

/* What the records of all heads are, but for what is less than a hundredth of them. */
static void put_contents(const struct pz_captures *captures, const struct pz_survey_head *heads, struct pz_buf *to)
{
    uint64_t fates[PZ_FATE_COUNT] = {0}, records = 0;
    for (size_t i = 0; i < captures->n; i++)
        for (int fate = 0; fate < PZ_FATE_COUNT; fate++) {
            fates[fate] += heads[i].fates[fate];
            records += heads[i].fates[fate];
        }
    if (!records)
        return;
    pz_buf_printf(to, "contents      %" PRIu64 " records in the heads", records);
    const char *before = ": ";
    for (int fate = 0; fate < PZ_FATE_COUNT; fate++)
        if (fates[fate] >= records / 100 && fates[fate]) {
            pz_buf_printf(to, "%s%s %.0f %%", before, pz_fate_name((enum pz_fate)fate),
                          100 * (double)fates[fate] / (double)records);
            before = ", ";
        }
    pz_buf_printf(to, "\n");
}

/* When captures begin, and where one seems to be missing: a distance much longer than the usual one. */
static void put_span(const struct pz_captures *captures, const struct pz_survey_head *heads, struct pz_buf *to)
{
    enum { TOLD = 10 };
    uint64_t *begins = pz_alloc(captures->n * sizeof *begins), *steps = pz_alloc(captures->n * sizeof *steps);
    size_t n = 0, gaps = 0;
    char one[PZ_TIME_TEXT], other[PZ_TIME_TEXT];
    for (size_t i = 0; i < captures->n; i++)
        if (heads[i].first_usec && captures->all[i].state == PZ_CAPTURE_READABLE)
            begins[n++] = heads[i].first_usec;
    if (n) {
        pz_sort_u64(begins, n);
        for (size_t i = 1; i < n; i++)
            steps[i - 1] = begins[i] - begins[i - 1];
        pz_sort_u64(steps, n - 1);
        uint64_t usual = n > 1 ? steps[(n - 1) / 2] : 0;
        pz_time_text((int64_t)(begins[0] / PZ_USEC_PER_SECOND), one);
        pz_time_text((int64_t)(begins[n - 1] / PZ_USEC_PER_SECOND), other);
        pz_buf_printf(to, "span          captures begin from %s to %s, mostly %" PRIu64 " s apart\n", one, other,
                      (uint64_t)((usual + PZ_USEC_PER_SECOND / 2) / PZ_USEC_PER_SECOND));
        for (size_t i = 1; i < n; i++) {
            if (begins[i] - begins[i - 1] <= usual + usual / 2 + 60 * PZ_USEC_PER_SECOND || ++gaps > TOLD)
                continue;
            pz_time_text((int64_t)(begins[i - 1] / PZ_USEC_PER_SECOND), one);
            pz_time_text((int64_t)(begins[i] / PZ_USEC_PER_SECOND), other);
            pz_buf_printf(to, "%s none begins between %s and %s\n", gaps > 1 ? "             " : "gaps         ", one,
                          other);
        }
        if (gaps > TOLD)
            pz_buf_printf(to, "              and %zu more\n", gaps - TOLD);
        else if (!gaps)
            pz_buf_printf(to, "gaps          none\n");
    }
    free(steps);
    free(begins);
}

/* The same signs as in jobs/anonymised.c, on the heads. */
static void put_anonymised(const struct totals *t, struct pz_buf *to)
{
    enum { BUSY_MIN = 100 };
    if (t->addressed)
        pz_buf_printf(to, "destinations  %s\n",
                      t->zeroed == t->addressed ? "the first octet is zeroed, as public archives have it"
                      : t->zeroed               ? "some have a first octet of zero"
                                                : "none has a first octet of zero");
    uint64_t one_side_2 = t->one_side + t->one_side_2_only;
    pz_buf_printf(to, "anonymised    %s\n",
                  t->busy < BUSY_MIN ? "too few busy sources in the heads to tell"
                  : one_side_2 * 4 < t->busy * 3 || t->one_side * 20 > one_side_2
                      ? "no sign that destinations were anonymised bit by bit"
                      : "destinations look anonymised bit by bit: what depends on their bits can't be told");
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* What to ask for. Half an hour is aimed at: long enough that starting costs nothing, short enough to start soon. */
static void put_request(const struct totals *t, uint64_t cores, const char *archive, struct pz_buf *to)
{
    enum { AIM_SECONDS = 1800, SPARE = 2, STEP_SECONDS = 900 };
    double rate = (double)t->head_bytes / ((double)t->head_nsec * 1e-9 * SCAN_COST); /* bytes a second and core */
    double cpu = (double)t->bytes_read / rate, longest = (double)t->largest / rate;
    double memory = RANK_BYTES + t->rank_bytes;
    uint64_t ranks = (uint64_t)(cpu / AIM_SECONDS) + 1;
    ranks = least(ranks, t->captures);
    /* More ranks than this would wait for the largest capture. */
    ranks = longest > 0 ? least(ranks, (uint64_t)(cpu / longest) + 1) : ranks;
    uint64_t nodes = (ranks + cores - 1) / cores, tasks = (ranks + nodes - 1) / nodes;
    double seconds = cpu / (double)(nodes * tasks);
    seconds = seconds > longest ? seconds : longest;
    uint64_t limit = ((uint64_t)(SPARE * seconds) / STEP_SECONDS + 1) * STEP_SECONDS;
    char *largest = pz_progress_duration(longest), *time = pz_progress_duration(seconds);
    pz_buf_printf(to, "work          %.2f core-hours, at %.0f MB/s a core (this machine, on the heads)\n", cpu / 3600,
                  rate / 1e6);
    pz_buf_printf(to, "longest       %s for the largest capture, of %.2f GB\n", largest, (double)t->largest / 1e9);
    pz_buf_printf(to, "memory        %.1f GB a rank at most\n", memory / 1e9);
    pz_buf_printf(to, "reading       %s on %" PRIu64 " ranks if the file system gives %.2f GB/s; else longer\n\n", time,
                  nodes * tasks, (double)t->bytes_read / seconds / 1e9);
    pz_buf_printf(to,
                  "sbatch -N %" PRIu64 " --ntasks-per-node=%" PRIu64 " --mem-per-cpu=%.0fG -t %02" PRIu64 ":%02" PRIu64
                  ":00 --export=ALL,ARCHIVE=%s outbreak.sbatch\n",
                  nodes, tasks, memory / (double)(1 << 30) + 0.5, limit / 3600, limit / 60 % 60, archive);
    free(time);
    free(largest);
}

static int print(const struct pz_settings *settings, const struct pz_captures *captures,
                 const struct pz_survey_head *heads, const char *archive, struct pz_error *error)
{
    struct totals t = add_up(captures, heads);
    struct pz_buf text = {0};
    pz_buf_printf(&text, "captures      %zu, %.3f GB", t.captures, (double)t.bytes / 1e9);
    pz_buf_printf(&text, "; %zu already damaged in the head; %zu could not be read; %zu duplicates; %zu other files\n",
                  t.damaged, pz_captures_count(captures, PZ_CAPTURE_UNREADABLE),
                  pz_captures_count(captures, PZ_CAPTURE_DUPLICATE), pz_captures_count(captures, PZ_CAPTURE_NONE));
    put_links(captures, heads, &text);
    put_contents(captures, heads, &text);
    put_span(captures, heads, &text);
    put_anonymised(&t, &text);
    if (t.head_nsec)
        put_request(&t, settings->cores, archive, &text);
    int status = pz_file_print(text.bytes, text.nbytes, error);
    pz_buf_release(&text);
    return status;
}

static void warn(const struct pz_captures *captures, const struct pz_survey_head *heads)
{
    const uint64_t **fates = pz_alloc(captures->n * sizeof *fates);
    for (size_t i = 0; i < captures->n; i++)
        if (captures->all[i].state == PZ_CAPTURE_READABLE)
            fates[i] = heads[i].fates;
    pz_fates_warn(captures, fates);
    free(fates);
}

/* On rank 0. */
static int tell(const struct pz_context *context, const struct pz_survey_head *heads, struct pz_error *error)
{
    const struct pz_captures *captures = &context->captures;
    pz_doubles_tell(captures, false);
    int code = print(&context->settings, captures, heads, context->arguments[0], error);
    if (code == 0 && pz_fates_tell(captures))
        code = PZ_EXIT_DAMAGE;
    warn(captures, heads);
    for (size_t i = 0; code == 0 && i < captures->n; i++)
        if (heads[i].damaged)
            code = PZ_EXIT_DAMAGE;
    return code;
}

static int check(const struct pz_context *context, struct pz_error *error)
{
    uint64_t cores = context->settings.cores;
    if (!context->narguments)
        return pz_fail_usage(error, "no captures are named: patientzero survey CAPTURE..., where a CAPTURE is a file, a"
                                    " folder, or @LIST");
    if (!cores || cores > 1 << 16)
        return pz_fail_usage(error, "--cores: give how many cores a node has, like 128");
    for (int i = 0; i < context->narguments; i++)
        if (strcmp(context->arguments[i], "-") == 0)
            return pz_fail_usage(error, "standard input has no size and can't be surveyed: name files");
    return 0;
}

static int run(struct pz_context *context, struct pz_error *error)
{
    const struct pz_comm *comm = context->comm;
    struct pz_captures *captures = &context->captures;
    struct pz_survey survey = {.comm = comm,
                               .captures = captures,
                               .decode = context->settings.decode,
                               .filter = context->filter,
                               .quiet = context->settings.quiet,
                               .progress_seconds = context->settings.progress};
    int code = pz_survey_run(&survey, error);
    if (code == 0) {
        if (comm->rank == 0)
            code = tell(context, survey.heads, error);
        code = pz_comm_agree(comm, code < 0 ? -1 : 0, error) ? -1 : (int)pz_comm_max(comm, (uint64_t)code);
    }
    pz_survey_release(&survey);
    return code == 1 ? PZ_EXIT_STOPPED : code;
}

const struct pz_command pz_command_survey = {
    .name = "survey",
    .arguments = "CAPTURE... [OPTION...]",
    .summary = "what an archive is, and what to ask a cluster for",
    .help = "Looks at the heads and sizes of captures, and prints how many there are, their link types, what is in\n"
            "them, when they begin and where one seems to be missing, whether destinations look anonymised, and\n"
            "what scanning them takes: core-hours, memory, and the sbatch line to type. Warns where almost all is\n"
            "what isn't read, like a tunnel's packets. A CAPTURE is a file, a folder or @LIST. Ends with 3 if\n"
            "already a head is damaged.",
    .needs = PZ_NEEDS_CAPTURES | PZ_TELLS_FATES | PZ_IS_WATCHED,
    .options = options,
    .check = check,
    .run = run,
};
