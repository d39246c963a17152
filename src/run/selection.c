/* SPDX-License-Identifier: BSD-2-Clause */
/* Without a rule, the sets of hours are taken from the results or, where these have none, from the tallies. With a
 * rule, whole windows are reduced on this rank with the model that the results name, and each source that the rule
 * passes goes into the sets of the hours in which it scanned. */
#include "run/selection.h"

#include "report/result_sets.h"
#include "run/store_index.h"
#include "run/windows.h"
#include "tally/bitmap.h"
#include "worm/model.h"

#include <stdlib.h>

struct selecting {
    const struct pz_selection *selection;
    void (*take)(void *context, uint32_t hour, const roaring_bitmap_t *set);
    void *context;
    bool any; /* sources in the hours, whatever the rule says of them */
};

static bool inside(const struct pz_selection *selection, uint32_t hour)
{
    return hour >= selection->since && hour < selection->until;
}

/* The sets of hours as tallies have them. */
static int take_sets(struct selecting *work, const struct pz_store_index *index, struct pz_error *error)
{
    struct pz_buf stored = {0};
    int status = 0;
    pz_captures_put_stored(&index->captures, 0, UINT32_MAX, &stored);
    for (size_t i = 0; status == 0 && i < index->hours.n; i++) {
        uint32_t hour = index->hours.hours[i]->hour;
        struct pz_buf bytes = {0};
        if (!inside(work->selection, hour))
            continue;
        status = pz_reduce_set(&index->store, (const void *)stored.bytes, stored.nbytes / sizeof(struct pz_stored),
                               hour, &bytes, error);
        roaring_bitmap_t *set = bytes.nbytes ? pz_bitmap_read(bytes.bytes, bytes.nbytes, UINT64_MAX) : NULL;
        if (set) {
            work->take(work->context, hour, set);
            work->any = true;
            roaring_bitmap_free(set);
        }
        pz_buf_release(&bytes);
    }
    pz_buf_release(&stored);
    return status;
}

static bool passes(enum pz_rule rule, const struct pz_features *features, int32_t llr)
{
    switch (rule) {
    case PZ_RULE_STRICT:
        return pz_rule_strict(features);
    case PZ_RULE_CAIDA2011:
        return pz_rule_caida2011(features);
    case PZ_RULE_EVIDENCE:
        return llr >= PZ_FEATURES_RATIO_MIN;
    default:
        return true;
    }
}

static void take_window(void *context, const struct pz_window *window)
{
    struct selecting *work = context;
    uint32_t *addresses = pz_alloc(window->sources.n * sizeof *addresses);
    for (size_t i = 0; i < window->nhours; i++) {
        const struct pz_window_hour *members = &window->hours[i];
        uint32_t hour = window->timeline->hours[members->row].hour;
        size_t n = 0;
        if (!inside(work->selection, hour))
            continue;
        work->any = true;
        for (size_t j = 0; j < members->n; j++) {
            uint32_t row = members->members[j];
            if (passes(work->selection->rule, &window->features[row], window->llrs[row]))
                addresses[n++] = pz_table_row(&window->sources, row)->address;
        }
        roaring_bitmap_t *set = roaring_bitmap_of_ptr(n, addresses);
        PZ_CHECK_MEMORY(set);
        work->take(work->context, hour, set);
        roaring_bitmap_free(set);
    }
    free(addresses);
}

/* The model of the results, so that the sets agree with their tables. A learned model holds for its lens only. */
static void take_model(const struct pz_selection *selection, struct pz_timeline *timeline,
                       struct pz_calibrated *calibrated)
{
    struct pz_buf text = {0};
    struct pz_error ignored;
    double low, high;
    const struct pz_csv_table *table = pz_results_table(selection->results, "calibration");
    bool there = table && table->nrows && pz_results_read(selection->results, PZ_RESULTS_MODEL, &text, &ignored) == 0;
    pz_buf_put(&text, "", 1);
    if (there && pz_model_read((const char *)text.bytes, &calibrated->model) == 0 &&
        pz_csv_table_number(table, 0, "lens_low", &low) && pz_csv_table_number(table, 0, "lens_high", &high)) {
        calibrated->state = PZ_CALIBRATED;
        calibrated->lens = (struct pz_lens){.low = (uint32_t)low, .high = (uint32_t)high};
        if (low + high > 0)
            timeline->calibrated = calibrated;
        else
            timeline->model = &calibrated->model;
    }
    pz_buf_release(&text);
}

/* Whole windows are read, also hours of them outside the span. `windows` says what is to be done with them. */
static int run_windows(const struct pz_selection *selection, const struct pz_store_index *index,
                       struct pz_windows windows, struct pz_error *error)
{
    uint32_t until = selection->until, past = until % selection->window;
    if (past && until < UINT32_MAX - selection->window)
        until += selection->window - past;
    struct pz_calibrated calibrated;
    pz_windows_init(&windows, &index->store, &index->captures, &index->hours,
                    selection->since - selection->since % selection->window, until, selection->window);
    windows.timeline.model = selection->model;
    if (!selection->store && !selection->model_given)
        take_model(selection, &windows.timeline, &calibrated);
    int status = pz_windows_run(&windows, error);
    pz_windows_release(&windows);
    return status;
}

/* The folder of the port in the store; -1 with `error` set if the port is not clear. */
static int find_store(const struct pz_selection *selection, struct pz_path *folder, struct pz_error *error)
{
    struct pz_path store = selection->store ? pz_path("%s", selection->store)
                                            : pz_file_join(selection->results->directory, "restricted/store");
    size_t n;
    uint16_t *ports = pz_store_ports(store.text, &n), port = selection->port;
    port = port || selection->store ? port : selection->results->port;
    bool there = !n || !port;
    int status = 0;
    for (size_t i = 0; i < n; i++)
        there = there || ports[i] == port;
    if (!port && n > 1)
        status = pz_fail_usage(error, "the store %s has tallies of several ports: choose one with --port %u",
                               store.text, ports[0]);
    else if (!there)
        status =
            pz_fail_usage(error, "the store %s has no tallies of port %u: give another --port, or scan for it first",
                          store.text, port);
    else
        *folder = n ? pz_store_folder(store.text, port ? port : ports[0]) : store;
    free(ports);
    return status;
}

/* Whether the damage marks any of these hours; if it marks none at all, it may be in any. */
static bool is_damaged(const struct pz_damage_log *log, const struct pz_selection *selection)
{
    bool damaged = pz_damage_log_damaged(log) && !log->nhours;
    for (uint32_t i = 0; i < log->nhours; i++)
        damaged = damaged || (log->hours[i][0] < selection->until && log->hours[i][1] >= selection->since);
    return damaged;
}

/* The tallies of a store, and which of them are of damaged captures. */
static int open_store(const struct pz_selection *selection, struct pz_path *store, struct pz_store_index *index,
                      struct pz_error *error)
{
    int status = find_store(selection, store, error);
    if (status == 0)
        status = pz_store_index_make(index, store->text, error);
    for (size_t i = 0; status == 0 && selection->damaged && i < index->captures.n; i++) {
        const struct pz_capture *capture = &index->captures.all[i];
        if (capture->state == PZ_CAPTURE_READABLE && is_damaged(&capture->by_port[0]->log, selection))
            pz_buf_put(selection->damaged, &capture->identity, sizeof capture->identity);
    }
    return status;
}

int pz_selection_windows(const struct pz_selection *selection, uint32_t address, uint32_t mask,
                         void (*take)(void *context, const struct pz_window *window), void *context,
                         struct pz_error *error)
{
    struct pz_windows windows = {.take = take, .context = context};
    struct pz_path store;
    struct pz_store_index index = {.hours = {0}};
    if ((mask & 0xffff0000) == 0xffff0000) { /* a shard has whole /16s */
        windows.first_shard = pz_shard_of(address);
        windows.end_shard = windows.first_shard + 1;
    }
    int status = open_store(selection, &store, &index, error);
    if (status == 0)
        status = run_windows(selection, &index, windows, error);
    pz_store_index_release(&index);
    return status;
}

int pz_selection_each(const struct pz_selection *selection,
                      void (*take)(void *context, uint32_t hour, const roaring_bitmap_t *set), void *context,
                      struct pz_error *error)
{
    if (selection->rule == PZ_RULE_ALL && !selection->store)
        return pz_sets_each(selection->results, selection->since, selection->until, take, context, error);
    struct selecting work = {.selection = selection, .take = take, .context = context};
    const struct pz_windows windows = {.take = take_window, .context = &work};
    struct pz_path store;
    struct pz_store_index index = {.hours = {0}};
    int status = open_store(selection, &store, &index, error);
    if (status == 0 && selection->rule == PZ_RULE_ALL)
        status = take_sets(&work, &index, error);
    else if (status == 0)
        status = run_windows(selection, &index, windows, error);
    if (status == 0 && !work.any)
        status = pz_fail_usage(error, "%s has no sources in these hours: give others", store.text);
    pz_store_index_release(&index);
    return status;
}
