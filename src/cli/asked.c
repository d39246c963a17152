/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/asked.h"

#include "base/text.h"
#include "base/time.h"

#include <stdlib.h>

struct span {
    uint32_t since, until; /* hours since 1970 */
};

void pz_asked_init(struct pz_asked *asked, struct pz_selection *selection)
{
    *asked = (struct pz_asked){.results = selection->store ? NULL : selection->results, .store = selection->store};
    selection->damaged = &asked->damaged;
}

void pz_asked_about(struct pz_asked *asked, uint32_t since, uint32_t until)
{
    const struct span span = {since, until};
    pz_buf_put(&asked->spans, &span, sizeof span);
}

static bool is_asked_about(const struct pz_asked *asked, int64_t second)
{
    const struct span *spans = (const void *)asked->spans.bytes;
    for (size_t i = 0; i < asked->spans.nbytes / sizeof *spans; i++)
        if (second / PZ_SECONDS_PER_HOUR >= spans[i].since && second / PZ_SECONDS_PER_HOUR < spans[i].until)
            return true;
    return false;
}

static bool tell_of_results(const struct pz_asked *asked)
{
    const struct pz_csv_table *hourly = pz_results_table(asked->results, "hourly"),
                              *total = pz_results_table(asked->results, "total");
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
                asked->results->directory, n, n > 1 ? "are" : "is", first.text, n > 1 ? "them" : "it");
    if (total && total->nrows && pz_csv_table_number(total, 0, "captures_not_read", &unread) && unread > 0)
        pz_tell("%s: %.0f captures could not be read: sources and scans of their hours are missing",
                asked->results->directory, unread);
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
                asked->store, n);
    return n;
}

int pz_asked_end(struct pz_asked *asked, int status)
{
    bool damaged = false;
    if (status == 0 && asked->results)
        damaged = tell_of_results(asked);
    else if (status == 0 && asked->store)
        damaged = tell_of_store(asked);
    pz_buf_release(&asked->spans);
    pz_buf_release(&asked->damaged);
    return damaged ? PZ_EXIT_DAMAGE : status;
}
