/* SPDX-License-Identifier: BSD-2-Clause */
/* patientzero survey: what an archive holds, and which resources a run needs, from the heads and sizes of captures. */
#include "run/survey.h"

#include "base/file.h"
#include "base/time.h"
#include "cli/command.h"
#include "cli/fates.h"
#include "cli/notes.h"
#include "cli/survey_numbers.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const struct pz_option options[] = {
    {"cores", "N", "Cores of one node of the cluster. Default: 128.", PZ_AS_COUNT(cores)},
    {"port", "N[,N...]",
     "TCP port whose scans will be counted. Default: 445. Up to 16 ports, separated by\n"
     "commas, are counted in one reading: what that takes is estimated.",
     PZ_AS_PORTS(ports)},
    {"lens", "PREFIX", "Destination prefix that will be counted. Default: all.", PZ_AS_PREFIX(lens)},
    {"decode", "CMD", "Shell command that turns each file into a capture, as for run.", PZ_AS_TEXT(decode)},
    {PZ_OPTION_JSON},
    {"progress", "SECONDS", "Seconds between lines of progress in a log. Default: 10.", PZ_AS_SECONDS(progress)},
    {0},
};

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

/* The fates of the records of all heads, without those of less than a hundredth of them. */
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

static struct pz_time_text time_text(uint64_t usec)
{
    return pz_time_text((int64_t)(usec / PZ_USEC_PER_SECOND));
}

/* When captures begin, and where one seems to be missing. */
static void put_span(const struct pz_captures *captures, const struct pz_survey_head *heads, struct pz_buf *to)
{
    enum { TOLD = 10 };
    struct pz_survey_span span = pz_survey_span_of(captures, heads);
    size_t gaps = 0;
    if (span.n) {
        pz_buf_printf(to, "span          captures begin from %s to %s, mostly %" PRIu64 " s apart\n",
                      time_text(span.begins[0]).text, time_text(span.begins[span.n - 1]).text,
                      (uint64_t)((span.usual + PZ_USEC_PER_SECOND / 2) / PZ_USEC_PER_SECOND));
        for (size_t i = 1; i < span.n; i++) {
            if (!pz_survey_is_gap(&span, i) || ++gaps > TOLD)
                continue;
            pz_buf_printf(to, "%s none begins between %s and %s\n", gaps > 1 ? "             " : "gaps         ",
                          time_text(span.begins[i - 1]).text, time_text(span.begins[i]).text);
        }
        if (gaps > TOLD)
            pz_buf_printf(to, "              and %zu more\n", gaps - TOLD);
        else if (!gaps)
            pz_buf_printf(to, "gaps          none\n");
    }
    free(span.begins);
}

static void put_anonymised(const struct pz_survey_totals *t, struct pz_buf *to)
{
    static const char *const words[] = {
        [PZ_SURVEY_UNKNOWN] = "too few busy sources in the heads to tell",
        [PZ_SURVEY_NOT_ANONYMISED] = "no sign that destinations were anonymised bit by bit",
        [PZ_SURVEY_ANONYMISED] =
            "destinations seem to be anonymised bit by bit: results that depend on their bits would be wrong"};
    if (t->addressed)
        pz_buf_printf(to, "destinations  %s\n",
                      t->zeroed == t->addressed ? "the first octet is zeroed, as public archives have it"
                      : t->zeroed               ? "some have a first octet of zero"
                                                : "none has a first octet of zero");
    pz_buf_printf(to, "anonymised    %s\n", words[pz_survey_anonymised(t)]);
}

static void put_request(const struct pz_survey_request *request, const struct pz_ports *ports, const char *archive,
                        struct pz_buf *to)
{
    char largest[PZ_DURATION_TEXT], time[PZ_DURATION_TEXT];
    uint64_t ranks = request->nodes * request->ranks_per_node;
    pz_buf_printf(to, "work          %.2f core-hours, at %.0f MB/s a core (this machine, on the heads)\n",
                  request->cpu / 3600, request->rate / 1e6);
    pz_buf_printf(to, "longest       %s for the largest capture, of %.2f GB\n",
                  pz_progress_duration(request->longest, largest), (double)request->largest / 1e9);
    pz_buf_printf(to, "memory        %.2f GB a rank at most for scanning, %.2f GB for reducing\n",
                  request->scan_memory / 1e9, request->reduce_memory / 1e9);
    pz_buf_printf(to, "reading       %s on %" PRIu64 " ranks if the file system gives %.2f GB/s; else longer\n\n",
                  pz_progress_duration(request->seconds, time), ranks,
                  (double)request->bytes_read / request->seconds / 1e9);
    pz_survey_put_sbatch(request, ports, archive, to);
    pz_buf_printf(to, "\n");
}

static int print(const struct pz_settings *settings, const struct pz_survey *survey, const char *archive,
                 struct pz_error *error)
{
    const struct pz_captures *captures = survey->captures;
    const struct pz_survey_head *heads = survey->heads;
    struct pz_survey_totals t = pz_survey_add_up(survey);
    struct pz_survey_request request = pz_survey_request_of(&t, settings->cores);
    struct pz_buf text = {0};
    if (settings->json) {
        pz_survey_put_json(captures, heads, &t, &request, &settings->ports, archive, &text);
        int done = pz_file_print(text.bytes, text.nbytes, error);
        pz_buf_release(&text);
        return done;
    }
    pz_buf_printf(&text, "captures      %zu, %.3f GB", t.captures, (double)t.bytes / 1e9);
    pz_buf_printf(&text, "; %zu already damaged in the head; %zu could not be read; %zu duplicates; %zu other files\n",
                  t.damaged, pz_captures_count(captures, PZ_CAPTURE_UNREADABLE),
                  pz_captures_count(captures, PZ_CAPTURE_DUPLICATE), pz_captures_count(captures, PZ_CAPTURE_NONE));
    put_links(captures, heads, &text);
    put_contents(captures, heads, &text);
    put_span(captures, heads, &text);
    put_anonymised(&t, &text);
    if (t.head_nsec)
        put_request(&request, &settings->ports, archive, &text);
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
static int tell(const struct pz_context *context, const struct pz_survey *survey, struct pz_error *error)
{
    const struct pz_captures *captures = &context->captures;
    const struct pz_survey_head *heads = survey->heads;
    if (pz_fates_check_any(captures, context->arguments[0], error) != 0)
        return -1;
    pz_tell_doubles(captures, false);
    int code = print(&context->settings, survey, context->arguments[0], error);
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
    const struct pz_comm *comm = context->session.comm;
    struct pz_captures *captures = &context->captures;
    struct pz_survey survey = {
        .session = &context->session, .captures = captures, .filters = context->filters, .nports = context->nports};
    int code = pz_survey_run(&survey, error);
    if (code == 0) {
        if (comm->rank == 0)
            code = tell(context, &survey, error);
        code = pz_comm_agree(comm, code < 0 ? -1 : 0, error) ? -1 : (int)pz_comm_max(comm, (uint64_t)code);
    }
    pz_survey_release(&survey);
    return code == 1 ? PZ_EXIT_STOPPED : code;
}

static const struct pz_example examples[] = {
    {"What an archive holds, and what a job on nodes with 64 cores needs:", "patientzero survey archive --cores 64"},
    {"The same numbers for a program:", "patientzero survey archive --json"},
    {0},
};

const struct pz_command pz_command_survey = {
    .name = "survey",
    .arguments = "CAPTURE... [OPTION...]",
    .summary = "describe an archive, and estimate what a cluster job needs",
    .help = "Reads the heads and sizes of captures. Prints how many there are, their link types and contents,\n"
            "when they begin, where one seems to be missing, whether destinations seem to be anonymised, and\n"
            "what a scan needs: core-hours, memory, and an sbatch line. It warns if most packets are of a\n"
            "kind that cannot be read, such as those of a tunnel. A CAPTURE is a file, a folder or @LIST.\n"
            "\n"
            "Ends with 3 if the head of a capture is damaged.",
    .needs = PZ_NEEDS_CAPTURES | PZ_TELLS_FATES | PZ_IS_WATCHED,
    .options = options,
    .examples = examples,
    .check = check,
    .run = run,
};
