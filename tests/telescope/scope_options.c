/* SPDX-License-Identifier: BSD-2-Clause */
#include "calendar.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: telescope --out FOLDER [OPTION]...\n"
    "Makes hourly captures of a darknet in which a worm breaks out: FOLDER/captures, and the truth in FOLDER/truth.\n"
    "\n"
    "  --seed N             the same seed and options give the same bytes (1)\n"
    "  --hosts N            hosts that the worm can infect (4000)\n"
    "  --others N           other TCP/445 sources an hour on the /8 (2000)\n"
    "  --scale F            multiply both of the above\n"
    "  --no-worm            only the others\n"
    "  --lens 8|16[:OCTET]  record the whole /8, or the /16 with this second octet (8; octet 77)\n"
    "  --link ethernet|raw  link type (ethernet)\n"
    "  --snaplen N          bytes kept of a packet (64)\n"
    "  --level N            gzip level (1)\n"
    "  --sweep-last F       so many more sources, as a share of --others, sweep all last octets below 128 (0)\n"
    "  --sweep-reach F      so many more sweep all that the worm can reach (0)\n"
    "  --background F       share of other packets among those that aren't the worm's (0.25)\n"
    "Calendar:\n"
    "  --outbreak-day DATE  (2008-11-21)\n"
    "  --quiet-days N       record also the N days before (0)\n"
    "  --later-days D,D...  record also these days\n"
    "  --hours A-B          of the outbreak's day record hours A to B - 1 (0-24)\n"
    "  --gap DATEThh+N      don't record these N hours; may be repeated\n"
    "Worm:\n"
    "  --begin SECONDS      first infection, seconds after midnight (between 01:00 and 02:00, by the seed)\n"
    "  --doubling SECONDS   doubling time of the early outbreak (900)\n"
    "  --rates KIND         lognormal, pareto, bursts or mixed (lognormal)\n"
    "  --rate-median F      connects a second (1)\n"
    "  --rate-sigma F       of the logarithm of the rate (1.2)\n"
    "  --loss A-B           share of packets lost, drawn for each host (0-0.04)\n"
    "  --second-syn A-B     seconds to the second SYN (2.8-3.05)\n"
    "  --single F           share of attempts with one SYN (0.08)\n"
    "  --third F            share of attempts with three SYNs (0)\n"
    "  --ttl64 F            share of hosts whose initial TTL is 64 (0)\n"
    "  --hops F             share of attempts by another path, 1 to 3 hops off (0)\n"
    "  --longer F           share of hosts whose SYNs are of 52 or 60 bytes (0)\n"
    "  --high-ports F       share of hosts with source ports above 5000 (0)\n"
    "  --repeats F          share of attempts at a target tried before (0)\n"
    "  --gateways F         share of hosts that share an address with others (0)\n"
    "  --churn F            changes of a host's address in a day (0)\n"
    "  --once F             share of hosts that are heard once only (0)\n"
    "  --diurnal F          share of hosts that are off at night (0.5)\n"
    "Recording:\n"
    "  --copies F           share of records doubled microseconds later (0)\n"
    "  --disorder F         share of records up to 50 ms out of their place (0)\n"
    "  --deviations         turns all of the worm's and the recording's deviations on\n";

_Noreturn void options_fail(const char *option, const char *value)
{
    fprintf(stderr, "telescope: %s: %s\nTry: telescope --help\n", option, value);
    exit(2);
}

static double number(const char *name, const char *text, double low, double high)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= low && value <= high)) {
        options_fail(name, text);
    }
    return value;
}

static struct range range(const char *name, const char *text, double high)
{
    struct range range;
    char rest;
    int n = sscanf(text, "%lf-%lf%c", &range.low, &range.high, &rest);
    if (n != 2 || !(range.low >= 0 && range.low <= range.high && range.high <= high)) {
        options_fail(name, text);
    }
    return range;
}

// As far as each is known or thinkable: README.md.
static void deviate(struct options *o)
{
    o->rates = RATE_MIXED;
    o->loss = (struct range){0, 0.4};
    o->gap = (struct range){2.5, 3.6};
    o->single = 0.2;
    o->third = 0.075;
    o->ttl64 = 0.1;
    o->hops = 0.05;
    o->longer = 0.1;
    o->high_ports = 0.1;
    o->repeats = 0.1;
    o->gateways = 0.1;
    o->churn = 2;
    o->once = 0.1;
    o->copies = 0.01;
    o->disorder = 0.01;
}

enum {
    SEED = 1,
    OUT,
    HOSTS,
    OTHERS,
    SCALE,
    NO_WORM,
    LENS,
    LINK,
    SNAPLEN,
    LEVEL,
    BACKGROUND,
    DAY,
    QUIET,
    LATER,
    HOURS,
    GAP,
    BEGIN,
    DOUBLING,
    RATES,
    MEDIAN,
    SIGMA,
    LOSS,
    SECOND,
    DEVIATIONS,
    HELP,
    SHARES
};

// Options that are one number between 0 and a bound.
struct share {
    const char *name;
    double *value;
    double high;
};

static void set_lens(struct options *o, const char *text)
{
    char rest;
    int octet = 77;
    if (!strcmp(text, "8")) {
        o->lens = -1;
    } else if (!strcmp(text, "16") || (sscanf(text, "16:%d%c", &octet, &rest) == 1 && octet >= 0 && octet < 256)) {
        o->lens = octet;
    } else {
        options_fail("--lens", text);
    }
}

static void set_rates(struct options *o, const char *text)
{
    static const char *const names[] = {"lognormal", "pareto", "bursts", "mixed"};
    for (int i = 0; i < 4; i++) {
        if (!strcmp(text, names[i])) {
            o->rates = (enum rate_kind)i;
            return;
        }
    }
    options_fail("--rates", text);
}

static void set(struct options *o, struct calendar *c, double *scale, int option, const char *text)
{
    struct range hours;
    const char *end;
    switch (option) {
    case SEED:
        o->seed = (uint64_t)number("--seed", text, 0, 9e15);
        break;
    case OUT:
        o->out = text;
        break;
    case HOSTS:
        o->hosts = (uint32_t)number("--hosts", text, 1, 2e6);
        break;
    case OTHERS:
        o->others = (uint32_t)number("--others", text, 0, 1e6);
        break;
    case SCALE:
        *scale = number("--scale", text, 0.001, 100);
        break;
    case NO_WORM:
        o->worm = false;
        break;
    case LENS:
        set_lens(o, text);
        break;
    case LINK:
        o->ethernet = !strcmp(text, "ethernet");
        if (!o->ethernet && strcmp(text, "raw")) {
            options_fail("--link", text);
        }
        break;
    case SNAPLEN:
        o->snaplen = (uint32_t)number("--snaplen", text, 54, 65535);
        break;
    case LEVEL:
        o->level = (int)number("--level", text, 0, 9);
        break;
    case DAY:
        o->outbreak_day = calendar_date("--outbreak-day", text, &end);
        if (*end) {
            options_fail("--outbreak-day", text);
        }
        break;
    case QUIET:
        c->quiet_days = (int)number("--quiet-days", text, 0, 365);
        break;
    case LATER:
        c->later = text;
        break;
    case HOURS:
        hours = range("--hours", text, 24);
        c->first = (int)hours.low;
        c->last = (int)hours.high;
        break;
    case GAP:
        calendar_gap(c, text);
        break;
    case BEGIN:
        o->begin = number("--begin", text, 0, 86399);
        break;
    case DOUBLING:
        o->doubling = number("--doubling", text, 1, 1e6);
        break;
    case RATES:
        set_rates(o, text);
        break;
    case MEDIAN:
        o->rate_median = number("--rate-median", text, 1e-3, 1e3);
        break;
    case SIGMA:
        o->rate_sigma = number("--rate-sigma", text, 0, 4);
        break;
    case LOSS:
        o->loss = range("--loss", text, 0.99);
        break;
    case SECOND:
        o->gap = range("--second-syn", text, 60);
        break;
    case DEVIATIONS:
        deviate(o);
        break;
    case HELP:
        fputs(help, stdout);
        exit(0);
    default:
        break;
    }
}

static const struct options standard = {
    .seed = 1,
    .level = 1,
    .ethernet = true,
    .snaplen = 64,
    .lens = -1,
    .hosts = 4000,
    .others = 2000,
    .background = 0.25,
    .worm = true,
    .begin = -1,
    .doubling = 900,
    .rates = RATE_LOGNORMAL,
    .rate_median = 1,
    .rate_sigma = 1.2,
    .loss = {0, 0.04},
    .gap = {2.8, 3.05},
    .single = 0.08,
    .diurnal = 0.5,
    .outbreak_day = 1227225600,
};

void options_parse(struct options *o, int argc, char **argv)
{
    *o = standard;
    const struct share shares[] = {
        {"single", &o->single, 1},         {"third", &o->third, 1},
        {"ttl64", &o->ttl64, 1},           {"hops", &o->hops, 1},
        {"longer", &o->longer, 1},         {"high-ports", &o->high_ports, 1},
        {"repeats", &o->repeats, 1},       {"gateways", &o->gateways, 1},
        {"churn", &o->churn, 1000},        {"once", &o->once, 1},
        {"diurnal", &o->diurnal, 1},       {"copies", &o->copies, 1},
        {"disorder", &o->disorder, 1},     {"background", &o->background, 0.95},
        {"sweep-last", &o->sweep_last, 1}, {"sweep-reach", &o->sweep_reach, 1},
    };
    enum { NSHARES = sizeof shares / sizeof *shares };
    struct option known[SHARES + NSHARES] = {
        {"seed", 1, 0, SEED},
        {"out", 1, 0, OUT},
        {"hosts", 1, 0, HOSTS},
        {"others", 1, 0, OTHERS},
        {"scale", 1, 0, SCALE},
        {"no-worm", 0, 0, NO_WORM},
        {"lens", 1, 0, LENS},
        {"link", 1, 0, LINK},
        {"snaplen", 1, 0, SNAPLEN},
        {"level", 1, 0, LEVEL},
        {"outbreak-day", 1, 0, DAY},
        {"quiet-days", 1, 0, QUIET},
        {"later-days", 1, 0, LATER},
        {"hours", 1, 0, HOURS},
        {"gap", 1, 0, GAP},
        {"begin", 1, 0, BEGIN},
        {"doubling", 1, 0, DOUBLING},
        {"rates", 1, 0, RATES},
        {"rate-median", 1, 0, MEDIAN},
        {"rate-sigma", 1, 0, SIGMA},
        {"loss", 1, 0, LOSS},
        {"second-syn", 1, 0, SECOND},
        {"deviations", 0, 0, DEVIATIONS},
        {"help", 0, 0, HELP},
    };
    int n = 0;
    while (known[n].name) {
        n++;
    }
    for (int i = 0; i < NSHARES; i++) {
        known[n++] = (struct option){shares[i].name, 1, 0, SHARES + i};
    }
    struct calendar calendar = {.last = 24};
    double scale = 1;
    int option;
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (option == '?') {
            exit(2); // getopt has said why
        }
        if (option >= SHARES) {
            const struct share *share = &shares[option - SHARES];
            *share->value = number(share->name, optarg, 0, share->high);
        } else {
            set(o, &calendar, &scale, option, optarg);
        }
    }
    if (optind < argc || !o->out) {
        options_fail("usage", o->out ? argv[optind] : "--out FOLDER is missing");
    }
    if (o->single + o->third > 1) {
        options_fail("--single and --third", "more than all attempts");
    }
    o->hosts = (uint32_t)fmax(1, o->hosts * scale);
    o->others = (uint32_t)(o->others * scale);
    calendar_record(o, &calendar);
}

void options_release(struct options *options)
{
    free(options->recorded);
}
