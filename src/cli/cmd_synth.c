/* patientzero synth: a telescope's archive whose truth is known. */
#include "cli/synth.h"

#include "base/time.h"
#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LENS_OCTET = 96, /* of the telescope that isn't: made up */
    WATCHDOG_SECONDS = 1800,
};

struct settings {
    const char *out;
    int64_t from, until; /* hours since 1970 */
    double scale, noise, background;
    uint64_t seed;
    uint32_t progress;
    bool quiet;
    struct pz_twin_params params;
    char **delegated; /* owned, the names borrowed from argv */
    size_t ndelegated;
};

#define FIELD(name) offsetof(struct settings, name)

/* Options that can be given several times get the settings themselves, and add to them. */
static struct settings *settings_of(void *field)
{
    return field;
}

/* The text before the last `mark`, as a string of its own, and where the text behind it begins; NULL if there is none.
 */
static char *split(const char *text, char mark, const char **behind)
{
    const char *at = strrchr(text, mark);
    if (!at)
        return NULL;
    *behind = at + 1;
    char *before = pz_strdup(text);
    before[at - text] = 0;
    return before;
}

static int parse_outage(const char *text, void *field, struct pz_error *error)
{
    struct pz_twin_params *params = &settings_of(field)->params;
    struct pz_twin_span span;
    const char *until;
    char *from = split(text, '/', &until);
    bool good = from && pz_time_parse(from, &span.from_second) == 0 && pz_time_parse(until, &span.until_second) == 0;
    free(from);
    if (!good || span.from_second >= span.until_second)
        return pz_fail_usage(error, "give two UTC times, like 2008-11-21T20:00/2008-11-21T21:06");
    params->outages = pz_realloc(params->outages, (params->noutages + 1) * sizeof span);
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
    struct pz_twin_params *params = &settings_of(field)->params;
    struct pz_twin_tear tear;
    const char *fraction;
    char *name = split(text, '@', &fraction), *end = NULL;
    bool good = name && parse_capture(name, &tear.hour);
    double left = good ? strtod(fraction, &end) : 0;
    free(name);
    if (!good || end == fraction || *end || !(left > 0) || left >= 1)
        return pz_fail_usage(error,
                             "give a capture's name and what is left of it, like ucsd-nt.1227290400.pcap.gz@0.7");
    tear.fraction_q32 = (uint32_t)(left * 4294967296.0);
    params->tears = pz_realloc(params->tears, (params->ntears + 1) * sizeof tear);
    params->tears[params->ntears++] = tear;
    return 0;
}

static int parse_lens(const char *text, void *field, struct pz_error *error)
{
    struct pz_twin_params *params = &settings_of(field)->params;
    struct pz_twin_lens lens = {0};
    struct pz_prefix prefix;
    const char *time;
    char *before = split(text, '@', &time);
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
    params->lenses = pz_realloc(params->lenses, (params->nlenses + 1) * sizeof lens);
    params->lenses[params->nlenses++] = lens;
    return 0;
}

static int parse_delegated(const char *text, void *field, struct pz_error *error)
{
    (void)error;
    struct settings *settings = settings_of(field);
    settings->delegated = pz_realloc(settings->delegated, (settings->ndelegated + 1) * sizeof *settings->delegated);
    settings->delegated[settings->ndelegated++] = (char *)(uintptr_t)text;
    return 0;
}

static int parse_mask(const char *text, void *field, struct pz_error *error)
{
    uint64_t n;
    if (pz_parse_count(text, &n, error) != 0 || n > 24)
        return pz_fail_usage(error, "give a number of bits from 0 to 24");
    *(uint32_t *)field = (uint32_t)n;
    return 0;
}

static int parse_disorder(const char *text, void *field, struct pz_error *error)
{
    uint64_t n;
    if (pz_parse_count(text, &n, error) != 0 || n > 1000)
        return pz_fail_usage(error, "give milliseconds, up to 1000");
    *(uint32_t *)field = (uint32_t)n * 1000;
    return 0;
}

static int parse_link_type(const char *text, void *field, struct pz_error *error)
{
    bool raw = strcmp(text, "raw") == 0;
    if (!raw && strcmp(text, "ethernet") != 0)
        return pz_fail_usage(error, "give ethernet or raw");
    *(uint32_t *)field = raw ? PZ_TWIN_RAW : PZ_TWIN_ETHERNET;
    return 0;
}

static int parse_compressor(const char *text, void *field, struct pz_error *error)
{
    bool isal = strcmp(text, "isal") == 0;
    if (!isal && strcmp(text, "zlib") != 0)
        return pz_fail_usage(error, "give zlib or isal");
    if (isal && !pz_twin_has_isal())
        return pz_fail_usage(error, "ISA-L was not built in: leave this out, zlib is there");
    *(bool *)field = isal;
    return 0;
}

static int parse_level(const char *text, void *field, struct pz_error *error)
{
    uint64_t n;
    if (pz_parse_count(text, &n, error) != 0 || n > 9)
        return pz_fail_usage(error, "give a level from 0, fast, to 9, small");
    *(int *)field = (int)n;
    return 0;
}

static const struct pz_option options[] = {
    {"out", "DIR", "The folder for the captures; the truth goes to DIR/truth.", FIELD(out), pz_parse_text},
    {"from", "TIME", "First UTC hour (2008-11-20).", FIELD(from), pz_parse_hour},
    {"until", "TIME", "The hour after the last (2008-11-23).", FIELD(until), pz_parse_hour},
    {"scale", "F",
     "How many of the hosts are there to be observed, up to 1 (0.01). It changes\n"
     "neither how the worm spreads nor what a host does.",
     FIELD(scale), pz_parse_fraction},
    {"seed", "N", "Another number, another outbreak (1).", FIELD(seed), pz_parse_count},
    {"noise", "F", "So many times the published number of other sources scan TCP/445 (1).", FIELD(noise),
     pz_parse_fraction},
    {"background", "F", "So many times the assumed traffic that is no scan of TCP/445 (1).", FIELD(background),
     pz_parse_fraction},
    {"outage", "FROM/UNTIL",
     "Nothing is captured between these UTC times. May be given several times, as\n"
     "may the next three.",
     0, parse_outage},
    {"torn", "CAPTURE@F", "Of this capture only the first share F of its bytes is left.", 0, parse_tear},
    {"lens", "PREFIX[@TIME]",
     "The telescope, a /8 (96.0.0.0/8, made up); or, with a time, the part of it that\n"
     "alone is captured from then on, like 0.37.0.0/16@2008-12-28.",
     0, parse_lens},
    {"delegated", "FILE",
     "Addresses of countries in the registries' delegated format (a made-up table).\n"
     "What was used lies in DIR/truth/delegated.txt.",
     0, parse_delegated},
    {"mask", "BITS", "Zero so many bits of every destination, from the first (8).", FIELD(params.mask_bits),
     parse_mask},
    {"linktype", "TYPE", "ethernet or raw (ethernet).", FIELD(params.link_type), parse_link_type},
    {"disorder", "MS", "Records leave the order of time by up to so many milliseconds (0).",
     FIELD(params.disorder_usec), parse_disorder},
    {"compressor", "NAME",
     "zlib or isal, which is much faster (zlib). The packets are the same; whether\n"
     "the compressed bytes are, is up to the versions of the compressors.",
     FIELD(params.isal), parse_compressor},
    {"level", "N", "Compression, 0 to 9; with isal 0 to 3 (1).", FIELD(params.level), parse_level},
    {"progress", "SECONDS", "Seconds between lines of progress in a log (10).", FIELD(progress), pz_parse_seconds},
    {"quiet", NULL, "No progress.", FIELD(quiet), pz_parse_flag},
    {0},
};

static int by_time(const void *a, const void *b)
{
    const struct pz_twin_lens *x = a, *y = b;
    return (x->from_second > y->from_second) - (x->from_second < y->from_second);
}

static int check(struct settings *settings, int nothers, char **others, struct pz_error *error)
{
    struct pz_twin_params *params = &settings->params;
    if (nothers)
        return pz_fail_usage(error, "%s: synth takes options only, see patientzero synth --help", others[0]);
    if (!settings->out)
        return pz_fail_usage(error, "--out is missing: add --out DIR, the folder for the captures");
    if (settings->until <= settings->from)
        return pz_fail_usage(error, "--until is not after --from: nothing lies between them");
    if (settings->scale > 1)
        return pz_fail_usage(error, "--scale is above 1: there are no more hosts than there were");
    if (settings->noise > 1000 || settings->background > 1000)
        return pz_fail_usage(error, "--noise and --background go up to 1000");
    if (params->isal && params->level > 3)
        return pz_fail_usage(error, "--level goes up to 3 with --compressor isal");
    enum { MOST = 200 };
    if (params->nlenses > MOST)
        return pz_fail_usage(error, "more than %d times --lens: leave some out", (int)MOST);
    for (size_t i = 0; i < params->nlenses; i++) {
        uint32_t octet = params->lenses[i].address >> 24;
        if (octet && octet != params->lens_octet)
            return pz_fail_usage(error, "--lens: the prefix isn't in the telescope: write its first octet as 0");
        params->lenses[i].address = (params->lenses[i].address & 0xffffff) | params->lens_octet << 24;
    }
    if (params->nlenses)
        qsort(params->lenses, params->nlenses, sizeof *params->lenses, by_time);
    for (size_t i = 0; i < params->ntears; i++)
        if (params->tears[i].hour < (uint32_t)settings->from || params->tears[i].hour >= (uint32_t)settings->until)
            return pz_fail_usage(error, "--torn: there is no such capture between --from and --until");
    return 0;
}

static int run(const struct pz_comm *comm, int argc, char **argv, struct pz_error *error)
{
    extern const struct pz_command pz_command_synth;
    struct settings settings = {
        .from = 340872,  /* 2008-11-20 */
        .until = 340944, /* 2008-11-23 */
        .scale = 0.01,
        .noise = 1,
        .background = 1,
        .seed = 1,
        .progress = 10,
        .params = {.lens_octet = LENS_OCTET, .mask_bits = 8, .link_type = PZ_TWIN_ETHERNET, .level = 1},
    };
    struct pz_twin_params *params = &settings.params;
    int nothers, code = -1;
    if (pz_options_read(&pz_command_synth, &settings, argc, argv, &nothers, error) == 0 &&
        check(&settings, nothers, argv, error) == 0) {
        params->seed = settings.seed;
        params->scale_q32 = (uint64_t)(settings.scale * 4294967296.0);
        params->noise_q16 = (uint32_t)(settings.noise * PZ_TWIN_ONE);
        params->background_q16 = (uint32_t)(settings.background * PZ_TWIN_ONE);
        params->first_hour = (uint32_t)settings.from;
        params->end_hour = (uint32_t)settings.until;
        const struct pz_synth synth = {.comm = comm,
                                       .out = settings.out,
                                       .params = params,
                                       .delegated = settings.delegated,
                                       .ndelegated = settings.ndelegated,
                                       .progress_seconds = settings.progress,
                                       .quiet = settings.quiet};
        pz_comm_arm_watchdog(comm, WATCHDOG_SECONDS);
        code = pz_synth_make(&synth, error);
    }
    free(params->outages);
    free(params->tears);
    free(params->lenses);
    free(settings.delegated);
    return code;
}

const struct pz_command pz_command_synth = {
    .name = "synth",
    .arguments = "--out DIR [OPTION...]",
    .summary = "a telescope's archive whose truth is known",
    .help = "Makes the captures of a telescope, one an hour, as an outbreak like Conficker's would have filled\n"
            "them, and writes the truth about them beside: for trying, sizing and checking the program, and no\n"
            "evidence of anything. Under mpirun or srun the hours are shared; the same options make the same\n"
            "bytes on any number of ranks, and an hour is the same in any archive it is made for. Memory: 75\n"
            "bytes a packet of the busiest hour, on each rank; that hour holds 45 million packets times scale.\n\n"
            "The truth: hourly.csv, classes.csv, worm.csv, sources.csv, patient_zero.csv, parameters.json.",
    .options = options,
    .run = run,
};
