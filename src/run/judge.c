#include "run/judge.h"

#include "base/text.h"
#include "run/windows.h"
#include "worm/growth.h"

#include <inttypes.h>
#include <stdlib.h>

struct row {
    uint32_t window, address; /* the window as its first hour since 1970 */
    int64_t first_usec;
    int32_t ratio;
    struct pz_evidence evidence;
};

static void take(void *context, const struct pz_window *window)
{
    struct pz_buf *rows = context;
    for (size_t i = 0; i < window->sources.n; i++) {
        const struct pz_source *source = pz_table_row(&window->sources, i);
        struct row row = {window->number * window->frame->options.window, source->address, source->first_usec,
                          window->ratios[i], window->evidence[i]};
        pz_buf_put(rows, &row, sizeof row);
    }
}

static int compare(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    if (x->window != y->window)
        return x->window < y->window ? -1 : 1;
    return x->address < y->address ? -1 : x->address > y->address;
}

/* Of the worm among a window's sources, by group. */
static void find_shares(const struct row *rows, size_t n, double shares[PZ_GROUPS])
{
    uint64_t counts[PZ_GROUP_BINS] = {0};
    for (size_t i = 0; i < n; i++)
        counts[pz_group_bin(rows[i].evidence.targets, rows[i].ratio)]++;
    for (unsigned group = 0; group < PZ_GROUPS; group++)
        shares[group] = pz_likeliest_share(counts + group * PZ_RATIO_BINS);
}

static void put_row(const struct row *row, double share, struct pz_buf *csv)
{
    const struct pz_evidence *evidence = &row->evidence;
    char window[PZ_TIME_TEXT], first[PZ_TIME_TEXT];
    pz_time_text(row->window * (int64_t)PZ_SECONDS_PER_HOUR, window);
    pz_time_text_usec(row->first_usec, first);
    pz_buf_printf(csv, "%s," PZ_IPV4 ",%s,%" PRIu32, window, PZ_OCTETS(row->address), first, evidence->targets);
    for (int cell = 0; cell < PZ_CELLS; cell++)
        pz_buf_printf(csv, ",%" PRIu32, evidence->cells[cell]);
    pz_buf_printf(csv, ",%u,%u,%u,%u,%u,%u,%u,%" PRIu32 ",%" PRIu32, evidence->networks, evidence->octet2_min,
                  evidence->octet2_max, evidence->octet3_min, evidence->octet3_max, evidence->octet4_min,
                  evidence->octet4_max, evidence->active, evidence->silent);
    for (int pattern = 0; pattern < PZ_PATTERNS; pattern++)
        pz_buf_printf(csv, ",%" PRIu32, evidence->attempts[pattern]);
    static const char *const levels[] = {"none", "some", "all", ""};
    for (int trait = 0; trait < PZ_LEVEL_TRAITS; trait++)
        pz_buf_printf(csv, ",%s", levels[evidence->levels[trait]]);
    pz_buf_printf(csv, ",%s,%d,%d,%.3f,%.6f\n", levels[evidence->id_level], pz_rule_strict(evidence),
                  pz_rule_caida2011(evidence), row->ratio / 1000.0, pz_growth_posterior(share, row->ratio));
}

int pz_judge(struct pz_judging *judging, struct pz_buf *csv, struct pz_error *error)
{
    const struct pz_frame_options options = {.since = judging->since,
                                             .until = judging->until,
                                             .silence = 60,
                                             .timeline_bin = 600,
                                             .window = judging->window};
    struct pz_flaws none;
    struct pz_frame frame;
    struct pz_windows windows;
    struct pz_buf rows = {0};
    pz_flaws_init(&none);
    pz_frame_make(&frame, &options, judging->hours, &none);
    frame.model = judging->model;
    pz_windows_init(&windows, judging->store, &frame, judging->captures);
    windows.take = take;
    windows.context = &rows;
    int status = pz_windows_run(&windows, error);
    judging->nsources = rows.nbytes / sizeof(struct row);
    if (status == 0 && judging->nsources)
        qsort(rows.bytes, judging->nsources, sizeof(struct row), compare);
    pz_buf_printf(csv, "window,source,first_scan,targets,reached,high_octet2,high_octet4,high_both,networks,"
                       "octet2_min,octet2_max,octet3_min,octet3_max,octet4_min,octet4_max,active,silent,"
                       "one_syn,two_in_time,two_other,three_or_more,"
                       "length,ttl,port,ip_id,strict,caida2011,evidence,probability\n");
    const struct row *all = (const void *)rows.bytes;
    for (size_t i = 0, end; status == 0 && i < judging->nsources; i = end) {
        double shares[PZ_GROUPS];
        for (end = i + 1; end < judging->nsources && all[end].window == all[i].window;)
            end++;
        find_shares(all + i, end - i, shares);
        for (size_t j = i; j < end; j++)
            put_row(&all[j], shares[pz_target_group(all[j].evidence.targets)], csv);
    }
    pz_buf_release(&rows);
    pz_windows_release(&windows);
    pz_frame_release(&frame);
    return status;
}
