/* SPDX-License-Identifier: BSD-2-Clause */
/* patientzero synth: a telescope's archive whose truth is known. */
#include "base/sort.h"
#include "base/time.h"
#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LENS_OCTET = 96, /* of the made-up telescope */
};

static int parse_outage(const char *text, void *field, struct pz_error *error)
{
    struct pz_twin_params *params = field;
    struct pz_twin_span span;
    const char *until;
    char *from = pz_split(text, '/', &until);
    bool good = from && pz_time_parse(from, &span.from_second) == 0 && pz_time_parse(until, &span.until_second) == 0;
    free(from);
    if (!good || span.from_second >= span.until_second)
        return pz_fail_usage(error, "give two UTC times, like 2008-11-21T20:00/2008-11-21T21:06");
    params->outages = pz_room(params->outages, params->noutages, sizeof span);
    params->outages[params->noutages++] = span;
    return 0;
}

/* The hour of a capture's name. */
static bool parse_capture(const char *name, uint32_t *hour)
{
    long long second;
    int used = 0;
    if (sscanf(name, "ucsd-nt.%10lld.pcap.gz%n", &second, &used) != 1 || !used || name[used] ||
        second % PZ_SECONDS_PER_HOUR)
        return false;
    *hour = (uint32_t)(second / PZ_SECONDS_PER_HOUR);
    return true;
}

static int parse_tear(const char *text, void *field, struct pz_error *error)
{
    struct pz_twin_params *params = field;
    struct pz_twin_tear tear;
    const char *fraction;
    char *name = pz_split(text, '@', &fraction), *end = NULL;
    bool good = name && parse_capture(name, &tear.hour);
    double left = good ? strtod(fraction, &end) : 0;
    free(name);
    if (!good || end == fraction || *end || !(left > 0) || left >= 1)
        return pz_fail_usage(error,
                             "give a capture's name and what is left of it, like ucsd-nt.1227290400.pcap.gz@0.7");
    tear.fraction_q32 = (uint32_t)(left * 4294967296.0);
    params->tears = pz_room(params->tears, params->ntears, sizeof tear);
    params->tears[params->ntears++] = tear;
    return 0;
}

static int parse_lens(const char *text, void *field, struct pz_error *error)
{
    struct pz_twin_params *params = field;
    struct pz_twin_lens lens = {0};
    struct pz_prefix prefix;
    const char *time;
    char *before = pz_split(text, '@', &time);
    int status = pz_parse_prefix(before ? before : text, &prefix, error);
    bool good = status == 0 && (!before || pz_time_parse(time, &lens.from_second) == 0);
    bool whole = status == 0 && prefix.mask == UINT32_MAX << 24;
    bool timed = before != NULL;
    free(before);
    if (status != 0)
        return -1;
    if (!good || whole == timed)
        return pz_fail_usage(error,
                             "give the telescope as a /8, like 96.0.0.0/8, or a longer prefix in it with the time"
                             " from which it alone is captured, like 0.37.0.0/16@2008-12-28");
    uint32_t octet = prefix.address >> 24;
    if (whole && (octet == 0 || octet == 10 || octet == 127 || octet >= 224))
        return pz_fail_usage(error, "a telescope can't lie in reserved addresses: give another first octet");
    if (whole) {
        params->lens_octet = octet;
        return 0;
    }
    lens.address = prefix.address;
    lens.mask = prefix.mask;
    params->lenses = pz_room(params->lenses, params->nlenses, sizeof lens);
    params->lenses[params->nlenses++] = lens;
    return 0;
}

static int by_time(const void *a, const void *b)
{
    const struct pz_twin_lens *x = a, *y = b;
    return PZ_ORDER(x->from_second, y->from_second);
}

static int check(const struct pz_context *context, struct pz_error *error)
{
    const struct pz_settings *settings = &context->settings;
    const struct pz_twin_params *params = &settings->twin;
    if (context->narguments)
        return pz_fail_usage(error, "%s: synth takes options only, see patientzero synth --help",
                             context->arguments[0]);
    if (!settings->out)
        return pz_fail_usage(error, "--out is missing: add --out DIR, the folder for the captures");
    if (settings->hours.until <= settings->hours.since)
        return pz_fail_usage(error, "--until is not after --from: nothing lies between them");
    if (settings->scale > 1)
        return pz_fail_usage(error, "--scale is above 1: the outbreak has no more hosts than that");
    if (settings->noise > 1000 || settings->background > 1000)
        return pz_fail_usage(error, "--noise and --background go up to 1000");
    if (settings->sweep_last > 1)
        return pz_fail_usage(error, "--sweep-last goes up to 1, which is as many as there are other sources");
    if (params->isal && !pz_twin_has_isal())
        return pz_fail_usage(error, "--compressor isal: ISA-L is not built in: leave this out to use zlib");
    if (params->isal && params->level > 3)
        return pz_fail_usage(error, "--level goes up to 3 with --compressor isal");
    enum { MOST = 200 };
    if (params->nlenses > MOST)
        return pz_fail_usage(error, "more than %d times --lens: leave some out", (int)MOST);
    for (size_t i = 0; i < params->nlenses; i++) {
        uint32_t octet = params->lenses[i].address >> 24;
        if (octet && octet != params->lens_octet)
            return pz_fail_usage(error, "--lens: the prefix isn't in the telescope: write its first octet as 0");
    }
    for (size_t i = 0; i < params->ntears; i++)
        if (params->tears[i].hour < (uint32_t)settings->hours.since ||
            params->tears[i].hour >= (uint32_t)settings->hours.until)
            return pz_fail_usage(error, "--torn: there is no such capture between --from and --until");
    return 0;
}

static void defaults(struct pz_settings *settings)
{
    settings->hours.since = 340872; /* 2008-11-20 */
    settings->hours.until = 340944; /* 2008-11-23 */
    settings->scale = 0.01;
    settings->noise = settings->background = 1;
    settings->twin = (struct pz_twin_params){.seed = 1, .lens_octet = LENS_OCTET, .mask_bits = 8, .level = 1};
}

static void release(struct pz_settings *settings)
{
    free(settings->twin.outages);
    free(settings->twin.tears);
    free(settings->twin.lenses);
}

static int run(struct pz_context *context, struct pz_error *error)
{
    const struct pz_settings *settings = &context->settings;
    struct pz_twin_params *params = &context->settings.twin;
    for (size_t i = 0; i < params->nlenses; i++)
        params->lenses[i].address = (params->lenses[i].address & 0xffffff) | params->lens_octet << 24;
    if (params->nlenses)
        qsort(params->lenses, params->nlenses, sizeof *params->lenses, by_time);
    params->scale_q32 = (uint64_t)(settings->scale * 4294967296.0);
    params->noise_q16 = (uint32_t)(settings->noise * PZ_TWIN_ONE);
    params->sweep_last_q16 = (uint32_t)(settings->sweep_last * PZ_TWIN_ONE);
    params->background_q16 = (uint32_t)(settings->background * PZ_TWIN_ONE);
    params->first_hour = (uint32_t)settings->hours.since;
    params->end_hour = (uint32_t)settings->hours.until;
    return pz_synth_make(context, error);
}

const struct pz_command pz_command_synth = {
    .name = "synth",
    .arguments = "--out DIR [OPTION...]",
    .summary = "make the captures of an artificial telescope, with the truth",
    .help = "Makes the captures of a telescope, one for each hour, as an outbreak like Conficker's would have\n"
            "filled them, and writes the truth about them next to them. Use them to try, size and check the\n"
            "program; they are no evidence of anything. Under mpirun or srun the ranks share the hours. The\n"
            "same options make the same bytes on any number of ranks, and an hour is the same in every\n"
            "archive that has it. Each rank needs 75 bytes of memory for each packet of the busiest hour,\n"
            "which has 45 million packets times the scale.\n"
            "\n"
            "The truth: hourly.csv, classes.csv, worm.csv, sources.csv, patient_zero.csv, parameters.json.",
    .needs = PZ_IS_WATCHED,
    .options = PZ_OPTIONS(
        {"out", "DIR", "Folder for the captures. The truth goes to DIR/truth.", PZ_AS_TEXT(out)},
        {"from", "TIME", "First UTC hour. Default: 2008-11-20.", PZ_AS_HOUR(hours.since)},
        {"until", "TIME", "UTC hour after the last. Default: 2008-11-23.", PZ_AS_HOUR(hours.until)},
        {"scale", "F",
         "Share of the hosts that are observed, up to 1. It changes neither how the worm\n"
         "spreads nor what a host does. Default: 0.01.",
         PZ_AS_FRACTION(scale)},
        {"seed", "N",
         "Number that the outbreak is drawn from. Another number makes another outbreak.\n"
         "Default: 1.",
         PZ_AS_COUNT(twin.seed)},
        {"noise", "F",
         "Other sources that scan TCP/445, as a multiple of the published number.\n"
         "Default: 1.",
         PZ_AS_FRACTION(noise)},
        {"sweep-last", "F",
         "More sources, which sweep the low last octets of networks, as a multiple of the\n"
         "other sources. Default: 0.",
         PZ_AS_FRACTION(sweep_last)},
        {"background", "F",
         "Traffic that is no scan of TCP/445, as a multiple of the assumed amount.\n"
         "Default: 1.",
         PZ_AS_FRACTION(background)},
        {"outage", "FROM/UNTIL",
         "Capture nothing between these UTC times. May be given several times, as may\n"
         "the next three options.",
         PZ_INTO(twin, struct pz_twin_params), parse_outage},
        {"torn", "CAPTURE@F", "Keep only the first share F of the bytes of this capture.",
         PZ_INTO(twin, struct pz_twin_params), parse_tear},
        {"lens", "PREFIX[@TIME]",
         "Telescope, a /8; made up by default: 96.0.0.0/8. With a time: the part of it\n"
         "that is captured from then on, such as 0.37.0.0/16@2008-12-28.",
         PZ_INTO(twin, struct pz_twin_params), parse_lens},
        {"delegated", "FILE",
         "Addresses of countries in the registries' delegated format. What was used is\n"
         "written to DIR/truth/delegated.txt. Default: a made-up table.",
         PZ_AS_COUNTRY_FILE(delegated)},
        {"mask", "BITS", "Set this many bits of every destination to zero, from the first on. Default: 8.",
         PZ_AS_NUMBER(twin.mask_bits, 0, 24, "give a number of bits from 0 to 24")},
        {"linktype", "ethernet|raw", "Link layer of the captures. Default: ethernet.",
         PZ_AS_CHOICE(twin.link, enum pz_twin_link)},
        {"disorder", "MS", "Put records out of order in time by up to this many milliseconds. Default: 0.",
         PZ_AS_NUMBER(twin.disorder_msec, 0, 1000, "give milliseconds, up to 1000")},
        {"compressor", "zlib|isal",
         "Library that compresses; isal is much faster. The packets are the same. The\n"
         "compressed bytes depend on the library and its version. Default: zlib.",
         PZ_AS_CHOICE(twin.isal, bool)},
        {"level", "N", "Level of compression, 0 to 9, or 0 to 3 with isal. Default: 1.",
         PZ_AS_NUMBER(twin.level, 0, 9, "give a level from 0, fast, to 9, small")},
        {"progress", "SECONDS", "Seconds between lines of progress in a log. Default: 10.", PZ_AS_SECONDS(progress)}),
    .examples = PZ_EXAMPLES(
        {"Two days around the outbreak, a thousandth of the hosts, with an outage:",
         "patientzero synth --out made-up --from 2008-11-20 --until 2008-11-22 --scale 0.001 --outage "
         "2008-11-21T20/2008-11-21T21:06"},
        {"Three days, on four processes:", "mpirun -n 4 patientzero synth --out three-days --scale 0.0002"}),
    .defaults = defaults,
    .release = release,
    .check = check,
    .run = run,
};
