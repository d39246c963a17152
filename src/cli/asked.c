/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/asked.h"

#include "base/text.h"
#include "cli/notes.h"
#include "jobs/jobs.h"

#include <stdlib.h>

const struct pz_option pz_options_of_selection[] = {
    {"store", "DIR",
     "Take the sources from the tallies in this store, not from the sets in --out.\n"
     "All tallies count, including those of captures that have been replaced since.",
     PZ_AS_TEXT(store)},
    {PZ_OPTION_PORT_OF_RESULT},
    {"since", "TIME", "First UTC hour. Default: the first that has packets.", PZ_AS_HOUR(hours.since)},
    {"from", "TIME", "The same as --since.", PZ_AS_HOUR(hours.since)},
    {"until", "TIME", "UTC hour after the last. Default: after the last that has packets.", PZ_AS_HOUR(hours.until)},
    {"rule", "all|evidence|strict|caida2011",
     "Which sources: all, or those that a rule takes for the worm. evidence: what\n"
     "was seen is at least 1,000 times as likely for the worm as for others. strict:\n"
     "the rule of CAIDA 2009. caida2011: that of CAIDA 2011. A rule judges a source\n"
     "over its whole window, whichever hours are asked for, by the tallies in\n"
     "--store or in restricted/store of --out. Default: all.",
     PZ_AS_CHOICE(rule, enum pz_rule)},
    {PZ_OPTION_WINDOW},
    {PZ_OPTION_MODEL_OF_RESULT},
    {0},
};

int pz_asked_open(struct pz_asked *asked, const struct pz_context *context, const char *folder, const char *maker,
                  struct pz_error *error)
{
    const struct pz_settings *settings = &context->settings;
    *asked = (struct pz_asked){.selection = {.store = settings->store,
                                             .port = settings->port,
                                             .since = settings->hours.since,
                                             .until = settings->hours.until,
                                             .rule = settings->rule,
                                             .window = settings->hours.window,
                                             .model = &context->model,
                                             .model_given = settings->model,
                                             .damaged = &asked->damaged}};
    if (!folder)
        return 0;
    int (*open)(struct pz_results *, const struct pz_job *const *, const char *, uint16_t, const char *,
                struct pz_error *) = maker && settings->store ? pz_results_open_or_new : pz_results_open;
    if (open(&asked->results, pz_jobs, folder, settings->port, maker, error) != 0)
        return -1;
    asked->selection.results = &asked->results;
    pz_tell_drawings(&asked->results);
    return 0;
}

void pz_asked_about(struct pz_asked *asked, struct pz_span hours)
{
    pz_buf_put(&asked->spans, &hours, sizeof hours);
}

static bool is_asked_about(const struct pz_asked *asked, int64_t second)
{
    const struct pz_span *spans = (const void *)asked->spans.bytes;
    for (size_t i = 0; i < asked->spans.nbytes / sizeof *spans; i++)
        if (pz_span_has(spans[i], (uint32_t)(second / PZ_SECONDS_PER_HOUR)))
            return true;
    return false;
}

static bool tell_of_results(struct pz_asked *asked)
{
    const struct pz_csv_table *hourly = pz_results_table(&asked->results, "hourly"),
                              *total = pz_results_table(&asked->results, "total");
    struct pz_time_text first = {""};
    size_t n = 0;
    double unread = 0;
    for (size_t row = 0; hourly && row < hourly->nrows; row++) {
        int64_t second;
        if (!pz_csv_table_is(hourly, row, "status", "damaged") || !pz_csv_table_time(hourly, row, "hour", &second) ||
            !is_asked_about(asked, second))
            continue;
        if (!n++)
            first = pz_time_text(second);
    }
    if (n)
        pz_tell("%s: %zu of these hours %s damaged, the first %s: sources and scans of %s may be missing",
                asked->results.directory, n, n > 1 ? "are" : "is", first.text, n > 1 ? "them" : "it");
    if (total && total->nrows && pz_csv_table_number(total, 0, "captures_not_read", &unread) && unread > 0)
        pz_tell("%s: %.0f captures could not be read: sources and scans of their hours are missing",
                asked->results.directory, unread);
    return n || unread > 0;
}

static int compare(const void *a, const void *b)
{
    return pz_identity_compare(a, b);
}

static bool tell_of_store(const struct pz_asked *asked)
{
    struct pz_identity *all = (void *)asked->damaged.bytes;
    size_t found = asked->damaged.nbytes / sizeof *all, n = found > 0;
    if (found)
        qsort(all, found, sizeof *all, compare);
    for (size_t i = 1; i < found; i++)
        n += pz_identity_compare(&all[i], &all[i - 1]) != 0;
    if (n)
        pz_tell("%s: %zu captures of these hours were damaged when they were scanned: sources and scans may be missing",
                asked->selection.store, n);
    return n;
}

int pz_asked_end(struct pz_asked *asked, int status)
{
    if (status == 0 && (asked->selection.store     ? tell_of_store(asked)
                        : asked->selection.results ? tell_of_results(asked)
                                                   : false))
        status = PZ_EXIT_DAMAGE;
    if (asked->selection.results)
        pz_results_close(&asked->results);
    pz_buf_release(&asked->spans);
    pz_buf_release(&asked->damaged);
    return status;
}
