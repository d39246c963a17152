/* SPDX-License-Identifier: BSD-2-Clause */
/* patientzero sources: sets of sources, put together, for other tools. */
#include "base/file.h"
#include "base/text.h"
#include "cli/asked.h"
#include "cli/notes.h"
#include "report/result_sets.h"
#include "tally/bitmap.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

static int parse_length(const char *text, void *field, struct pz_error *error)
{
    static const char *const names[] = {"8", "16", "24"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(text + (*text == '/'), names[i]) == 0) {
            *(uint32_t *)field = 8 * (uint32_t)(i + 1);
            return 0;
        }
    return pz_fail_usage(error, "give 8, 16 or 24");
}

static int add_operation(void *field, enum pz_set_operator operator, const char * operand, struct pz_error *error)
{
    struct pz_set_operations *operations = field;
    if (!*operand)
        return pz_fail_usage(error, "it may not be empty");
    if (operations->n == PZ_SET_OPERATIONS)
        return pz_fail_usage(error, "that is more than %d operations", PZ_SET_OPERATIONS);
    operations->all[operations->n++] = (struct pz_set_operation){operator, operand };
    return 0;
}

static int parse_plus(const char *text, void *field, struct pz_error *error)
{
    return add_operation(field, PZ_SET_PLUS, text, error);
}

static int parse_and(const char *text, void *field, struct pz_error *error)
{
    return add_operation(field, PZ_SET_AND, text, error);
}

static int parse_minus(const char *text, void *field, struct pz_error *error)
{
    return add_operation(field, PZ_SET_MINUS, text, error);
}

/* TIME/TIME, or a day or an hour alone. Returns 0, or 1 if the text is neither. */
static int read_span(const char *text, struct pz_span *span, struct pz_error *error)
{
    enum { DAY_TEXT = 10 }; /* 2008-11-21 */
    int64_t second;
    struct pz_error why;
    const char *until = NULL;
    char *since = pz_split(text, '/', &until);
    bool good = pz_time_parse(since ? since : text, &second) == 0 && (!until || pz_time_parse(until, &second) == 0);
    free(since);
    if (!good)
        return 1;
    if ((until ? pz_parse_span(text, span, &why) : pz_parse_hour(text, &span->since, &why)) != 0)
        return pz_fail_usage(error, "%s: %s", text, why.text);
    if (!until)
        span->until = span->since + (strlen(text) > DAY_TEXT + 1 ? 1 : PZ_HOURS_PER_DAY);
    return 0;
}

static void take(void *context, uint32_t hour, const roaring_bitmap_t *set)
{
    (void)hour;
    roaring_bitmap_or_inplace(context, set);
}

static int add_span(struct pz_asked *from, struct pz_span span, roaring_bitmap_t *to, struct pz_error *error)
{
    struct pz_selection selection = from->selection;
    if (!selection.results && !selection.store)
        return pz_fail_usage(error, "a time is a set only with --out DIR, the results of a run, or --store DIR");
    selection.since = span.since;
    selection.until = span.until;
    pz_asked_about(from, span);
    return pz_selection_each(&selection, take, to, error);
}

static int add_file(const char *path, roaring_bitmap_t *to, struct pz_error *error)
{
    struct pz_address_list list;
    roaring_bitmap_t *set = pz_sets_read(path, &list, error);
    if (!set)
        return -1;
    pz_tell_skipped(path, &list);
    roaring_bitmap_or_inplace(to, set);
    roaring_bitmap_free(set);
    return 0;
}

static int add_operand(struct pz_asked *from, const char *operand, roaring_bitmap_t *to, struct pz_error *error)
{
    struct pz_span span;
    int status = read_span(operand, &span, error);
    return status == 0 ? add_span(from, span, to, error) : status < 0 ? -1 : add_file(operand, to, error);
}

/* The operands without an option together, or all that --since and --until leave; then the operations, one after the
 * other. */
static int make_set(const struct pz_context *context, struct pz_asked *from, roaring_bitmap_t *set,
                    struct pz_error *error)
{
    const struct pz_settings *settings = &context->settings;
    int status = 0;
    if (!context->narguments && (from->selection.results || from->selection.store))
        status = add_span(from, (struct pz_span){settings->hours.since, settings->hours.until}, set, error);
    for (int i = 0; status == 0 && i < context->narguments; i++)
        status = add_operand(from, context->arguments[i], set, error);
    for (size_t i = 0; status == 0 && i < settings->operations.n; i++) {
        const struct pz_set_operation *operation = &settings->operations.all[i];
        roaring_bitmap_t *operand = roaring_bitmap_create();
        PZ_CHECK(operand);
        status = add_operand(from, operation->operand, operand, error);
        if (operation->operator== PZ_SET_PLUS)
            roaring_bitmap_or_inplace(set, operand);
        else if (operation->operator== PZ_SET_AND)
            roaring_bitmap_and_inplace(set, operand);
        else
            roaring_bitmap_andnot_inplace(set, operand);
        roaring_bitmap_free(operand);
    }
    return status;
}

static void put_set(const struct pz_settings *settings, roaring_bitmap_t *set, struct pz_buf *to)
{
    if (settings->count) {
        uint64_t n = settings->by ? pz_set_count_prefixes(set, settings->by) : roaring_bitmap_get_cardinality(set);
        if (settings->json)
            pz_buf_printf(to, "{\"%s\": %" PRIu64 "}\n", settings->by ? "prefixes" : "sources", n);
        else
            pz_buf_printf(to, "%" PRIu64 "\n", n);
    } else if (settings->by)
        pz_set_put_counts(set, settings->by, to);
    else if (settings->format == PZ_SET_ROARING)
        pz_bitmap_write(set, to);
    else if (settings->format == PZ_SET_TEXT)
        pz_set_put_addresses(set, to);
    else
        pz_set_put_prefixes(set, to);
}

static int deliver(const struct pz_settings *settings, roaring_bitmap_t *set, struct pz_error *error)
{
    const char *to = settings->to ? settings->to : "-";
    struct pz_buf bytes = {0};
    put_set(settings, set, &bytes);
    int status = pz_file_deliver(to, true, bytes.bytes, bytes.nbytes, error);
    pz_buf_release(&bytes);
    if (status == 0 && !settings->count && !settings->quiet)
        pz_tell("%" PRIu64 " sources%s%s", roaring_bitmap_get_cardinality(set), strcmp(to, "-") == 0 ? "" : " in ",
                strcmp(to, "-") == 0 ? "" : to);
    return status;
}

static int run(struct pz_context *context, struct pz_error *error)
{
    const struct pz_settings *settings = &context->settings;
    struct pz_asked from;
    roaring_bitmap_t *set = roaring_bitmap_create();
    PZ_CHECK(set);
    int status = pz_asked_open(&from, context, settings->store ? NULL : settings->out, NULL, error);
    if (status == 0)
        status = make_set(context, &from, set, error);
    if (status == 0)
        status = deliver(settings, set, error);
    roaring_bitmap_free(set);
    return pz_asked_end(&from, status);
}

static int check(const struct pz_context *context, struct pz_error *error)
{
    const struct pz_settings *settings = &context->settings;
    bool from = settings->out || settings->store;
    if (!from && !context->narguments && !settings->operations.n)
        return pz_fail_usage(error, "--out (or --store) is missing: sources --out DIR, with the results of a run");
    if (context->narguments && (settings->hours.since > 0 || settings->hours.until < UINT32_MAX))
        return pz_fail_usage(error, "%s: give times here or by --since and --until, not both", context->arguments[0]);
    if (settings->json && !settings->count)
        return pz_fail_usage(error, "--json needs --count: for a set, choose its --format");
    if ((settings->count || settings->by) && settings->format != PZ_SET_ROARING)
        return pz_fail_usage(error, "--%s prints no set: leave out --format", settings->count ? "count" : "by");
    bool printed = !settings->to || strcmp(settings->to, "-") == 0;
    if (printed && !settings->count && !settings->by && settings->format == PZ_SET_ROARING && isatty(STDOUT_FILENO))
        return pz_fail_usage(error, "a bitmap is not text: give --to FILE, or --format txt");
    return 0;
}

const struct pz_command pz_command_sources = {
    .name = "sources",
    .arguments = "[SET...] --out DIR|--store DIR [OPTION...]",
    .summary = "write the sources of some hours as one set, or combine sets",
    .help =
        "Writes sources as one set: all sources, or those that a rule takes for the worm. A SET is\n"
        "\n"
        "  a time    the sources of some UTC hours: a day such as 2008-11-21, an hour such as 2008-11-21T17, or\n"
        "            SINCE/UNTIL such as 2008-11-20/2008-11-23T12, from the result in --out or from --store\n"
        "  a file    a list of IPv4 addresses, prefixes (1.2.3.0/24) or ranges (1.2.3.4-1.2.3.9), one on each line\n"
        "            or in the first column of a CSV, or a Roaring bitmap; compressed or not; - is standard input.\n"
        "            Comments (#, ;, //) are skipped. IPv6 addresses are skipped and counted. Write ./2008-11-21\n"
        "            for a file of that name\n"
        "\n"
        "The SETs without an option are united first. Without any, the set begins as all hours from --since to\n"
        "--until or, if neither --out nor --store is given, as nothing. Then --plus, --and and --minus change it\n"
        "from left to right: `A --plus B --minus C --and D` is ((A + B) - C) and D.\n"
        "\n"
        "The set names hosts. The agreement on the telescope's data says who may see it.",
    .needs = PZ_NEEDS_MODEL | PZ_RUNS_ALONE | PZ_TAKES_RESULT,
    .options = PZ_OPTIONS(
        {"out", "DIR", "Folder with the results of a run, for SETs that are times.", PZ_AS_TEXT(out)},
        {"plus", "SET", "Add the sources of SET, a time or a file as above.",
         PZ_INTO(operations, struct pz_set_operations), parse_plus},
        {"and", "SET", "Keep only sources that SET has too.", PZ_INTO(operations, struct pz_set_operations), parse_and},
        {"minus", "SET", "Remove the sources of SET.", PZ_INTO(operations, struct pz_set_operations), parse_minus},
        {"to", "FILE",
         "File for the set, or - for standard output. Only you may read a new file.\n"
         "Default: -.",
         PZ_AS_TEXT(to)},
        {"format", "roaring|txt|cidr",
         "roaring: a Roaring bitmap in the portable format, which Java, Go, Rust and\n"
         "Python read too. txt: one address on each line. cidr: the fewest prefixes that\n"
         "hold exactly these addresses. Default: roaring.",
         PZ_AS_CHOICE(format, enum pz_set_format)},
        {"count", NULL, "Print only the number of addresses in the set.", PZ_AS_FLAG(count)},
        {"json", NULL, "With --count: print JSON.", PZ_AS_FLAG(json)},
        {"by", "LENGTH",
         "Print as CSV the prefixes of this length, 8, 16 or 24, that have addresses in\n"
         "the set, and how many each has. With --count, print only the number of\n"
         "prefixes.",
         PZ_INTO(by, uint32_t), parse_length}),
    .more = pz_options_of_selection,
    .examples = PZ_EXAMPLES(
        {"Sources of two days that neither of two lists has:",
         "patientzero sources --out results 2008-11-20 --and 2008-11-21 --minus sinkhole.csv.gz --minus known.txt"
         " --format txt"},
        {"Number of /24s with sources of the worm in a night:",
         "patientzero sources --out results 2008-11-21T00/2008-11-21T06 --rule evidence --by 24 --count"}),
    .check = check,
    .run = run,
};
