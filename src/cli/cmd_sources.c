/* patientzero sources: a span's sources as one set, for other tools. */
#include "base/file.h"
#include "base/text.h"
#include "cli/drawings.h"
#include "cli/selection_options.h"
#include "jobs/jobs.h"
#include "tally/bitmap.h"

#include <inttypes.h>

enum format { ROARING, TEXT };

struct settings {
    struct pz_selection_settings selection;
    const char *to;
    enum format format;
};

static int parse_format(const char *text, void *field, struct pz_error *error)
{
    bool roaring = strcmp(text, "roaring") == 0;
    if (!roaring && strcmp(text, "txt") != 0)
        return pz_fail_usage(error, "give roaring or txt");
    *(enum format *)field = roaring ? ROARING : TEXT;
    return 0;
}

#define FIELD(name) offsetof(struct settings, name)

static const struct pz_option options[] = {
    {"out", "DIR", "The folder with the results of a run.", FIELD(selection.out), pz_parse_text},
    {"to", "FILE", "Where the set goes, - for standard output. A new file is yours alone to read.", FIELD(to),
     pz_parse_text},
    PZ_OPTIONS_SELECTION(FIELD(selection)),
    {"format", "NAME",
     "roaring: a Roaring bitmap in the portable format, which Java, Go, Rust and\n"
     "Python read too; or txt: an address a line (roaring).",
     FIELD(format), parse_format},
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

static int make(const struct settings *settings, struct pz_selection *selection, struct pz_error *error)
{
    struct pz_results results;
    if (!settings->selection.store && pz_results_open(&results, pz_jobs, settings->selection.out, NULL, error) != 0)
        return -1;
    selection->results = settings->selection.store ? NULL : &results;
    if (selection->results)
        pz_tell_drawings(&results);
    roaring_bitmap_t *all = roaring_bitmap_create();
    PZ_CHECK(all);
    struct pz_buf bytes = {0};
    int status = pz_selection_each(selection, take, all, error);
    if (status == 0 && settings->format == ROARING)
        pz_bitmap_write(all, &bytes);
    else if (status == 0)
        put_text(all, &bytes);
    if (status == 0)
        status = pz_file_deliver(settings->to, true, bytes.bytes, bytes.nbytes, error);
    if (status == 0)
        pz_tell("%" PRIu64 " sources in %s", roaring_bitmap_get_cardinality(all), settings->to);
    pz_buf_release(&bytes);
    roaring_bitmap_free(all);
    if (selection->results)
        pz_results_close(&results);
    return status;
}

static int run(const struct pz_comm *comm, int argc, char **argv, struct pz_error *error)
{
    extern const struct pz_command pz_command_sources;
    struct settings settings = {.selection = PZ_SELECTION_DEFAULTS};
    struct pz_selection selection;
    struct pz_model model;
    int nothers;
    if (pz_options_read(&pz_command_sources, &settings, argc, argv, &nothers, error) != 0)
        return -1;
    bool from = settings.selection.out || settings.selection.store;
    if (nothers)
        return pz_fail_usage(error, "%s: sources takes options only, --out DIR with the results of a run", argv[0]);
    if (!from || !settings.to)
        return pz_fail_usage(error, "--%s is missing: sources --out DIR --to FILE", from ? "to" : "out (or --store)");
    if (pz_selection_load(comm, &settings.selection, &model, &selection, error) != 0)
        return -1;
    return pz_comm_agree(comm, comm->rank ? 0 : make(&settings, &selection, error), error);
}

const struct pz_command pz_command_sources = {
    .name = "sources",
    .arguments = "--out DIR|--store DIR --to FILE [OPTION...]",
    .summary = "a span's sources as one set, for other tools",
    .help =
        "Writes the sources of some hours as one set: all of them, or those that a rule calls the worm's. They are\n"
        "found in DIR/restricted of a run's output folder, or in a store. Such a set names hosts: the telescope's\n"
        "agreement says who may see it.",
    .options = options,
    .run = run,
};
