/* SPDX-License-Identifier: BSD-2-Clause */
/* patientzero survey: what an archive holds, and which resources a run needs, from the heads and sizes of captures. */
#include "base/file.h"
#include "base/json.h"
#include "base/time.h"
#include "cli/command.h"
#include "cli/notes.h"
#include "cli/survey_numbers.h"
#include "worm/outbreak.h"

#include <inttypes.h>

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
static void put_contents(const struct pz_survey_numbers *t, struct pz_buf *to)
{
    uint64_t records = 0;
    const char *before = ": ";
    for (int fate = 0; fate < PZ_FATE_COUNT; fate++)
        records += t->fates[fate];
    if (!records)
        return;
    pz_buf_printf(to, "contents      %" PRIu64 " records in the heads", records);
    for (int fate = 0; fate < PZ_FATE_COUNT; fate++)
        if (t->fates[fate] >= records / 100 && t->fates[fate]) {
            pz_buf_printf(to, "%s%s %.0f %%", before, pz_fate_name((enum pz_fate)fate),
                          100 * (double)t->fates[fate] / (double)records);
            before = ", ";
        }
    pz_buf_printf(to, "\n");
}

static struct pz_time_text begin_text(const struct pz_survey_numbers *t, size_t i)
{
    return pz_time_text((int64_t)(t->begins[i] / PZ_USEC_PER_SECOND));
}

/* When captures begin, and where one seems to be missing. */
static void put_span(const struct pz_survey_numbers *t, struct pz_buf *to)
{
    enum { TOLD = 10 };
    size_t gaps = 0;
    if (!t->nbegins)
        return;
    pz_buf_printf(to, "span          captures begin from %s to %s, mostly %" PRIu64 " s apart\n", begin_text(t, 0).text,
                  begin_text(t, t->nbegins - 1).text,
                  (uint64_t)((t->usual + PZ_USEC_PER_SECOND / 2) / PZ_USEC_PER_SECOND));
    for (size_t i = 1; i < t->nbegins; i++)
        if (pz_survey_is_gap(t, i) && ++gaps <= TOLD)
            pz_buf_printf(to, "%s none begins between %s and %s\n", gaps > 1 ? "             " : "gaps         ",
                          begin_text(t, i - 1).text, begin_text(t, i).text);
    if (gaps > TOLD)
        pz_buf_printf(to, "              and %zu more\n", gaps - TOLD);
    else if (!gaps)
        pz_buf_printf(to, "gaps          none\n");
}

static void put_anonymised(const struct pz_survey_numbers *t, struct pz_buf *to)
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
    pz_buf_printf(to, "anonymised    %s\n", words[t->anonymised]);
}

/* The line to type, without its end. */
static void put_sbatch(const struct pz_context *context, const struct pz_survey_numbers *t, struct pz_buf *to)
{
    const struct pz_ports *ports = &context->settings.ports;
    if (ports->n > 1 || ports->ports[0] != PZ_OUTBREAK_DEFAULT->port) {
        for (size_t i = 0; i < ports->n; i++)
            pz_buf_printf(to, "%s%u", i ? "," : "PATIENTZERO_ARGS=\"--port ", ports->ports[i]);
        pz_buf_printf(to, "\" ");
    }
    pz_buf_printf(to,
                  "sbatch -N %" PRIu64 " --ntasks-per-node=%" PRIu64 " --mem-per-cpu=%.0fG -t %02" PRIu64 ":%02" PRIu64
                  ":00 --export=ALL,ARCHIVE=%s outbreak.sbatch",
                  t->nodes, t->ranks_per_node, t->memory / (double)(1 << 30) + 0.5, t->limit / 3600, t->limit / 60 % 60,
                  context->arguments[0]);
}

static void put_request(const struct pz_context *context, const struct pz_survey_numbers *t, struct pz_buf *to)
{
    char largest[PZ_DURATION_TEXT], time[PZ_DURATION_TEXT];
    pz_buf_printf(to, "work          %.2f core-hours, at %.0f MB/s a core (this machine, on the heads)\n",
                  t->cpu / 3600, t->rate / 1e6);
    pz_buf_printf(to, "longest       %s for the largest capture, of %.2f GB\n",
                  pz_progress_duration(t->longest, largest), (double)t->largest / 1e9);
    pz_buf_printf(to, "memory        %.2f GB a rank at most for scanning, %.2f GB for reducing\n", t->scan_memory / 1e9,
                  t->reduce_memory / 1e9);
    pz_buf_printf(to, "reading       %s on %" PRIu64 " ranks if the file system gives %.2f GB/s; else longer\n\n",
                  pz_progress_duration(t->seconds, time), t->nodes * t->ranks_per_node,
                  (double)t->bytes_read / t->seconds / 1e9);
    put_sbatch(context, t, to);
    pz_buf_printf(to, "\n");
}

static void put_text(const struct pz_context *context, const struct pz_survey *survey,
                     const struct pz_survey_numbers *t, struct pz_buf *to)
{
    const struct pz_captures *captures = survey->captures;
    pz_buf_printf(to, "captures      %zu, %.3f GB", t->captures, (double)t->bytes / 1e9);
    pz_buf_printf(to, "; %zu already damaged in the head; %zu could not be read; %zu duplicates; %zu other files\n",
                  t->damaged, pz_captures_count(captures, PZ_CAPTURE_UNREADABLE),
                  pz_captures_count(captures, PZ_CAPTURE_DUPLICATE), pz_captures_count(captures, PZ_CAPTURE_NONE));
    put_links(captures, survey->heads, to);
    put_contents(t, to);
    put_span(t, to);
    put_anonymised(t, to);
    if (t->rate > 0)
        put_request(context, t, to);
}

static void put_span_json(const struct pz_survey_numbers *t, struct pz_json *json)
{
    if (t->nbegins) {
        pz_json_text(json, "first_begins", begin_text(t, 0).text);
        pz_json_text(json, "last_begins", begin_text(t, t->nbegins - 1).text);
        pz_json_number(json, "usual_step_seconds", (double)t->usual / PZ_USEC_PER_SECOND);
    }
    pz_json_open(json, "gaps", '[');
    for (size_t i = 1; i < t->nbegins; i++)
        if (pz_survey_is_gap(t, i)) {
            pz_json_open(json, NULL, '{');
            pz_json_text(json, "after", begin_text(t, i - 1).text);
            pz_json_text(json, "before", begin_text(t, i).text);
            pz_json_close(json, '}');
        }
    pz_json_close(json, ']');
}

static void put_request_json(const struct pz_context *context, const struct pz_survey_numbers *t, struct pz_json *json)
{
    struct pz_buf line = {0};
    put_sbatch(context, t, &line);
    pz_buf_put(&line, "", 1);
    pz_json_number(json, "core_hours", t->cpu / 3600);
    pz_json_number(json, "bytes_per_core_second", t->rate);
    pz_json_number(json, "largest_capture_seconds", t->longest);
    pz_json_number(json, "seconds", t->seconds);
    pz_json_number(json, "bytes_per_rank", t->memory);
    pz_json_number(json, "scan_bytes_per_rank", t->scan_memory);
    pz_json_u64(json, "nodes", t->nodes);
    pz_json_u64(json, "ranks_per_node", t->ranks_per_node);
    pz_json_u64(json, "time_limit_seconds", t->limit);
    pz_json_text(json, "sbatch", (const char *)line.bytes);
    pz_buf_release(&line);
}

static void put_json(const struct pz_context *context, const struct pz_survey_numbers *t, struct pz_buf *to)
{
    static const char *const anonymised[] = {"unknown", "no", "yes"};
    const struct pz_captures *captures = &context->captures;
    struct pz_json json = {.to = to};
    pz_json_open(&json, NULL, '{');
    pz_json_u64(&json, "captures", t->captures);
    pz_json_u64(&json, "bytes", t->bytes);
    pz_json_u64(&json, "largest_capture_bytes", t->largest);
    pz_json_u64(&json, "damaged_heads", t->damaged);
    pz_json_u64(&json, "unreadable", pz_captures_count(captures, PZ_CAPTURE_UNREADABLE));
    pz_json_u64(&json, "duplicates", pz_captures_count(captures, PZ_CAPTURE_DUPLICATE));
    pz_json_u64(&json, "other_files", pz_captures_count(captures, PZ_CAPTURE_NONE));
    put_span_json(t, &json);
    pz_json_open(&json, "records_in_heads", '{');
    for (int fate = 0; fate < PZ_FATE_COUNT; fate++)
        if (t->fates[fate])
            pz_json_u64(&json, pz_fate_name((enum pz_fate)fate), t->fates[fate]);
    pz_json_close(&json, '}');
    pz_json_u64(&json, "addressed_packets_in_heads", t->addressed);
    pz_json_u64(&json, "first_octet_zeroed_in_heads", t->zeroed);
    pz_json_text(&json, "anonymised", anonymised[t->anonymised]);
    if (t->rate > 0)
        put_request_json(context, t, &json);
    pz_json_close(&json, '}');
}

static int print(const struct pz_context *context, const struct pz_survey *survey, struct pz_error *error)
{
    struct pz_survey_numbers numbers = pz_survey_numbers_of(survey, context->settings.cores);
    struct pz_buf text = {0};
    if (context->settings.json)
        put_json(context, &numbers, &text);
    else
        put_text(context, survey, &numbers, &text);
    pz_survey_numbers_release(&numbers);
    return pz_file_print(&text, error);
}

/* On rank 0. */
static int tell(const struct pz_context *context, const struct pz_survey *survey, struct pz_error *error)
{
    const struct pz_captures *captures = &context->captures;
    if (pz_fates_check_any(captures, context->arguments[0], error) != 0)
        return -1;
    pz_tell_doubles(captures, false);
    int code = print(context, survey, error);
    if (code == 0 && pz_fates_tell(captures))
        code = PZ_EXIT_DAMAGE;
    pz_fates_warn(captures, survey->heads);
    for (size_t i = 0; code == 0 && i < captures->n; i++)
        if (survey->heads[i].damaged)
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
    struct pz_survey survey = {.session = &context->session,
                               .captures = &context->captures,
                               .filters = context->filters,
                               .nports = context->nports};
    int code = pz_survey_run(&survey, error);
    if (code == 0)
        code = pz_comm_agree_code(comm, comm->rank ? 0 : tell(context, &survey, error), error);
    pz_survey_release(&survey);
    return code;
}

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
    .options = PZ_OPTIONS(
        {"cores", "N", "Cores of one node of the cluster. Default: 128.", PZ_AS_COUNT(cores)},
        {"port", "N[,N...]",
         "TCP port whose scans will be counted. Default: 445. Up to 16 ports, separated by\n"
         "commas, are counted in one reading: what that takes is estimated.",
         PZ_AS_PORTS(ports)},
        {"lens", "PREFIX", "Destination prefix that will be counted. Default: all.", PZ_AS_PREFIX(lens)},
        {"decode", "CMD", "Shell command that turns each file into a capture, as for run.", PZ_AS_TEXT(decode)},
        {PZ_OPTION_JSON}, {PZ_OPTION_PROGRESS}),
    .examples = PZ_EXAMPLES({"What an archive holds, and what a job on nodes with 64 cores needs:",
                             "patientzero survey archive --cores 64"},
                            {"The same numbers for a program:", "patientzero survey archive --json"}),
    .check = check,
    .run = run,
};
