/* SPDX-License-Identifier: BSD-2-Clause */
/* patientzero sources: a span's sources as one set, for other tools. */
#include "base/file.h"
#include "base/text.h"
#include "cli/check_drawings.h"
#include "cli/selection_options.h"
#include "jobs/jobs.h"
#include "tally/bitmap.h"

#include <inttypes.h>

static int parse_format(const char *text, void *field, struct pz_error *error)
{
    bool roaring = strcmp(text, "roaring") == 0;
    if (!roaring && strcmp(text, "txt") != 0)
        return pz_fail_usage(error, "give roaring or txt");
    *(enum pz_set_format *)field = roaring ? PZ_SET_ROARING : PZ_SET_TEXT;
    return 0;
}

static const struct pz_option options[] = {
    {"out", "DIR", "The folder with the results of a run.", PZ_AS_TEXT(out)},
    {"to", "FILE", "Where the set goes, - for standard output. A new file is yours alone to read.", PZ_AS_TEXT(to)},
    PZ_OPTIONS_SELECTION,
    {"format", "NAME",
     "roaring: a Roaring bitmap in the portable format, which Java, Go, Rust and\n"
     "Python read too; or txt: an address a line (roaring).",
     PZ_INTO(format, enum pz_set_format), parse_format},
    {0},
};

static void take(void *context, uint32_t hour, const roaring_bitmap_t *set)
{
    (void)hour;
    roaring_bitmap_or_inplace(context, set);
}

static void put_text(const roaring_bitmap_t *set, struct pz_buf *to)
{
    roaring_uint32_iterator_t *at = roaring_create_iterator(set);
    PZ_CHECK(at);
    for (; at->has_value; roaring_advance_uint32_iterator(at))
        pz_buf_printf(to, PZ_IPV4 "\n", PZ_OCTETS(at->current_value));
    roaring_free_uint32_iterator(at);
}

static int run(struct pz_context *context, struct pz_error *error)
{
    const struct pz_settings *settings = &context->settings;
    struct pz_selection selection = pz_selection_of(context);
    struct pz_results results;
    if (!settings->store && pz_results_open(&results, pz_jobs, settings->out, NULL, error) != 0)
        return -1;
    selection.results = settings->store ? NULL : &results;
    if (selection.results)
        pz_tell_drawings(&results);
    roaring_bitmap_t *all = roaring_bitmap_create();
    PZ_CHECK(all);
    struct pz_buf bytes = {0};
    int status = pz_selection_each(&selection, take, all, error);
    if (status == 0 && settings->format == PZ_SET_ROARING)
        pz_bitmap_write(all, &bytes);
    else if (status == 0)
        put_text(all, &bytes);
    if (status == 0)
        status = pz_file_deliver(settings->to, true, bytes.bytes, bytes.nbytes, error);
    if (status == 0)
        pz_tell("%" PRIu64 " sources in %s", roaring_bitmap_get_cardinality(all), settings->to);
    pz_buf_release(&bytes);
    roaring_bitmap_free(all);
    if (selection.results)
        pz_results_close(&results);
    return status;
}

static int check(const struct pz_context *context, struct pz_error *error)
{
    const struct pz_settings *settings = &context->settings;
    bool from = settings->out || settings->store;
    if (context->narguments)
        return pz_fail_usage(error, "%s: sources takes options only, --out DIR with the results of a run",
                             context->arguments[0]);
    if (!from || !settings->to)
        return pz_fail_usage(error, "--%s is missing: sources --out DIR --to FILE", from ? "to" : "out (or --store)");
    return 0;
}

const struct pz_command pz_command_sources = {
    .name = "sources",
    .arguments = "--out DIR|--store DIR --to FILE [OPTION...]",
    .summary = "a span's sources as one set, for other tools",
    .help =
        "Writes the sources of some hours as one set: all of them, or those that a rule calls the worm's. They are\n"
        "found in DIR/restricted of a run's output folder, or in a store. Such a set names hosts: the telescope's\n"
        "agreement says who may see it.",
    .needs = PZ_NEEDS_MODEL | PZ_RUNS_ALONE,
    .options = options,
    .check = check,
    .run = run,
};
