/* SPDX-License-Identifier: BSD-2-Clause */
/* Each hour brings a cohort of new noise hosts; how long each stays is drawn once. The hosts of an hour are therefore
 * those of this cohort and of earlier ones that stay long enough, and any hour can be made alone. A host's attempts are
 * drawn in slots, each from a key of its own, so that attempts at the border of an hour are the same from both sides.
 */
#include "twin/noise.h"

#include "base/error.h"
#include "twin/spread.h"

enum {
    SLOTS_PER_HOUR = 32, /* attempts are drawn slot by slot, each from a key of its own */
    SLOT_USEC = (int)(PZ_USEC_PER_HOUR / SLOTS_PER_HOUR),
    MOST_SYNS = 6,
    LAST_RETRY_USEC = 93000000,

    SHARED_Q16 = PZ_TWIN_ONE / 50, /* of noise hosts share their address with another kind of noise */
    LOSS_Q16 = PZ_TWIN_ONE / 16,
};
_Static_assert(LAST_RETRY_USEC < SLOT_USEC, "one slot before the hour is enough to find all late SYNs in it");

/* When SYNs of one attempt are sent: a first wait of 3 s, doubled each time (RFC 1122, section 4.2.3.1). */
static const uint32_t syn_usec[MOST_SYNS] = {0, 3000000, 9000000, 21000000, 45000000, LAST_RETRY_USEC};

/* Of `came` hosts that came in an hour, those that stay for longer than `hours`: most are seen once, few for days, so
 * that a good third of an hour's sources are new since the hour before. */
enum { MOST_HOURS = 96 };

static uint32_t stay_longer(uint32_t came, uint32_t hours)
{
    static const struct {
        uint16_t hours, permille;
    } curve[] = {{0, 1000}, {1, 150}, {2, 80}, {4, 50}, {8, 28}, {16, 15}, {32, 8}, {64, 3}, {MOST_HOURS, 0}};
    for (size_t i = 1; i < sizeof curve / sizeof *curve; i++)
        if (hours < curve[i].hours) {
            uint32_t from = curve[i - 1].hours, width = curve[i].hours - from;
            uint32_t high = curve[i - 1].permille, low = curve[i].permille;
            uint32_t share = high * width - (high - low) * (hours - from);
            return (uint32_t)((uint64_t)came * share / (1000 * width));
        }
    return 0;
}

uint32_t pz_twin_noise_expected(uint32_t hour)
{
    /* The noise rises from the end of October to the outbreak, and follows the hour of the day: in percent of the mean,
     * assumed. */
    static const uint8_t by_hour[] = {93,  92,  91,  91,  92,  94,  96,  98,  101, 103, 105, 107,
                                      109, 111, 112, 111, 109, 106, 103, 101, 99,  97,  95,  94};
    const uint32_t october = 340200, outbreak = 340896; /* hours since 1970 of 2008-10-23 and 2008-11-21 */
    uint32_t at = hour < october ? october : hour > outbreak ? outbreak : hour;
    uint32_t mean = 1350 + 400 * (at - october) / (outbreak - october);
    return mean * by_hour[hour % 24] / 100;
}

/* What a kind of noise host does. */
struct kind {
    uint8_t weight; /* percent of the noise hosts */
    uint8_t class;
    uint16_t median;    /* attempts an hour that reach the whole telescope */
    uint8_t sigma_q2;   /* their spread, see pz_twin_lognormal */
    uint8_t nsyns;      /* of an attempt */
    uint8_t shape, ttl; /* as sent */
    uint16_t ip_len, low_port, nports;
};

static const struct kind kinds[] = {
    {20, PZ_TWIN_UNIFORM, 60, 7, 1, PZ_TWIN_SYN_PLAIN, 255, 40, 1024, 60000},
    {12, PZ_TWIN_SEQUENTIAL, 120, 7, 1, PZ_TWIN_SYN_SEGMENT, 64, 44, 1024, 60000},
    {12, PZ_TWIN_ONE_SLASH16, 120, 6, 3, PZ_TWIN_SYN_WINDOWS, 128, 48, 1025, 3976},
    {14, PZ_TWIN_WINDOWS_THREE, 12, 4, 3, PZ_TWIN_SYN_WINDOWS, 128, 48, 1025, 3976},
    {4, PZ_TWIN_LINUX, 10, 4, 6, PZ_TWIN_SYN_LINUX, 64, 60, 32768, 28232},
    {18, PZ_TWIN_SASSER, 60, 6, 3, PZ_TWIN_SYN_WINDOWS, 128, 48, 1025, 3976},
    {14, PZ_TWIN_WINDOWS_48, 40, 6, 2, PZ_TWIN_SYN_WINDOWS, 128, 48, 1025, 3976},
    {6, PZ_TWIN_RANDOM_OCTETS, 50, 6, 2, PZ_TWIN_SYN_VISTA, 128, 52, 49152, 16384},
};

/* With --sweep-last there are others, which sweep all low last octets: from Windows hosts, and from tools. */
static const struct kind sweepers[] = {
    {60, PZ_TWIN_SWEEP_LAST, 40, 6, 2, PZ_TWIN_SYN_WINDOWS, 128, 48, 1025, 3976},
    {40, PZ_TWIN_SWEEP_LAST, 40, 6, 1, PZ_TWIN_SYN_PLAIN, 255, 40, 1024, 60000},
};

/* One source of noise. */
struct scanner {
    uint64_t key;
    const struct kind *kind;
    uint32_t source, scanner;
    uint32_t per_hour; /* attempts */
    uint32_t base;     /* where its targets begin, within the telescope */
    uint16_t window;
    uint8_t ttl;
    int64_t from_usec, until_usec;
};

static struct scanner new_scanner(uint64_t key, const struct kind *kind)
{
    struct pz_twin_rng rng = {.state = key};
    uint32_t percent = pz_twin_below(&rng, 100);
    while (percent >= kind->weight)
        percent -= kind++->weight;
    uint64_t per_hour = pz_twin_lognormal(&rng, kind->median, kind->sigma_q2 * (PZ_TWIN_ONE / 4));
    return (struct scanner){
        .key = key,
        .kind = kind,
        .per_hour = (uint32_t)(per_hour < 1       ? 1
                               : per_hour > 20000 ? 20000
                                                  : per_hour),
        .base = pz_twin_below(&rng, 1 << 24),
        .window = pz_twin_chance(&rng, PZ_TWIN_ONE / 2) ? 65535 : 16384,
        .ttl = (uint8_t)(kind->ttl - 6 - pz_twin_below(&rng, 22)),
    };
}

/* Attempts that it has made by a time, of those that reach the telescope. */
static uint64_t attempts_until(const struct scanner *scanner, int64_t usec)
{
    uint64_t elapsed = (uint64_t)(usec - scanner->from_usec);
    return elapsed / PZ_USEC_PER_SECOND * scanner->per_hour / PZ_SECONDS_PER_HOUR;
}

static uint32_t target_of(const struct scanner *scanner, int64_t usec, uint64_t random)
{
    uint32_t low24 = (uint32_t)random & 0xffffff;
    switch (scanner->kind->class) {
    case PZ_TWIN_SEQUENTIAL:
        return (uint32_t)(scanner->base + attempts_until(scanner, usec)) & 0xffffff;
    case PZ_TWIN_ONE_SLASH16:
        return (scanner->base & 0xff0000) | (low24 & 0xffff);
    case PZ_TWIN_WINDOWS_THREE:
    case PZ_TWIN_LINUX: /* one to three addresses, again and again */
        return (uint32_t)pz_twin_key(scanner->key, low24 % (1 + scanner->base % 3)) & 0xffffff;
    case PZ_TWIN_SWEEP_LAST:
        return low24 & 0xffff7f;
    default:
        return low24;
    }
}

static void add_attempt(const struct pz_twin *twin, const struct scanner *scanner, int64_t usec,
                        struct pz_twin_rng *rng, struct pz_twin_traffic *traffic)
{
    const struct kind *kind = scanner->kind;
    uint64_t random = pz_twin_roll(rng), more = pz_twin_roll(rng);
    /* Windows counts its ports and packets, whatever else it does with them; others take any. */
    bool counts = kind->shape == PZ_TWIN_SYN_WINDOWS;
    uint64_t connects = scanner->key + (uint64_t)(usec - scanner->from_usec) / 1000000 * scanner->per_hour / 15;
    uint32_t port = counts ? (uint32_t)(connects % kind->nports) : pz_twin_pick((uint32_t)random, kind->nports);
    struct pz_twin_packet packet = {.source = scanner->source,
                                    .destination = twin->params->lens_octet << 24 | target_of(scanner, usec, more),
                                    .sequence = (uint32_t)(random >> 32),
                                    .scanner = scanner->scanner,
                                    .source_port = (uint16_t)(kind->low_port + port),
                                    .destination_port = PZ_TWIN_WORM->port,
                                    .ip_len = kind->ip_len,
                                    .window = scanner->window,
                                    .segment = 1460,
                                    .ttl = scanner->ttl,
                                    .shape = kind->shape,
                                    .tcp_flags = PZ_TWIN_FLAG_SYN};
    for (uint32_t i = 0; i < kind->nsyns; i++) {
        bool lost = pz_twin_chance(rng, LOSS_Q16);
        uint32_t late_usec = pz_twin_below(rng, 100000);
        packet.ip_id = (uint16_t)(counts ? connects * 3 + i : (random >> 16) + i * 7919);
        if (!lost)
            pz_twin_traffic_add(traffic, &packet, usec + syn_usec[i] + (i ? late_usec : 0));
    }
}

/* The attempts of one slot. */
static void add_slot(const struct pz_twin *twin, const struct scanner *scanner, int64_t slot,
                     struct pz_twin_traffic *traffic)
{
    struct pz_twin_rng rng = {.state = pz_twin_key(scanner->key, (uint64_t)slot)};
    uint64_t mean_gap_usec = (uint64_t)PZ_USEC_PER_HOUR / scanner->per_hour;
    int64_t usec = slot * SLOT_USEC, end = usec + SLOT_USEC;
    for (;;) {
        usec += (int64_t)pz_twin_wait(&rng, mean_gap_usec);
        if (usec >= end)
            return;
        if (usec >= scanner->from_usec && usec < scanner->until_usec)
            add_attempt(twin, scanner, usec, &rng, traffic);
    }
}

static void set_source(struct scanner *scanner, uint32_t source, struct pz_twin_traffic *traffic)
{
    if (source == scanner->source)
        return;
    scanner->source = source;
    scanner->scanner = pz_twin_traffic_scanner(traffic, pz_twin_scanner_id(scanner->kind->class, scanner->key), source);
}

/* The attempts of an hour. `host` is whose addresses it has, or NULL if it keeps its own. */
static void add_hour(const struct pz_twin *twin, struct scanner *scanner, const struct pz_twin_host *host,
                     struct pz_twin_traffic *traffic)
{
    int64_t first = (int64_t)traffic->hour * SLOTS_PER_HOUR;
    for (int64_t slot = first - 1; slot < first + SLOTS_PER_HOUR; slot++) {
        if ((slot + 1) * SLOT_USEC <= scanner->from_usec || slot * SLOT_USEC >= scanner->until_usec)
            continue;
        if (host)
            set_source(scanner, pz_twin_host_address(host, slot * SLOT_USEC / PZ_USEC_PER_SECOND), traffic);
        add_slot(twin, scanner, slot, traffic);
    }
}

/* Adds the attempts of a host that came in an hour. `stays` is for how many hours it stays, cut off at one more than
 * matters. */
static void add_host(const struct pz_twin *twin, uint64_t key, const struct kind *of, uint32_t came_hour,
                     uint32_t stays, struct pz_twin_traffic *traffic)
{
    struct scanner scanner = new_scanner(key, of);
    struct pz_twin_rng rng = {.state = pz_twin_key(key, 'w')};
    uint64_t late_usec =
        pz_twin_below(&rng, (uint32_t)PZ_USEC_PER_HOUR - SLOT_USEC); /* its last SYNs are in the hour */
    uint64_t stays_usec = stays * (uint64_t)PZ_USEC_PER_HOUR;
    if (stays == 1) /* anything from 5 minutes to an hour */
        stays_usec = stays_usec / 12 + pz_twin_below(&rng, (uint32_t)(stays_usec / 12 * 11));
    scanner.from_usec = came_hour * PZ_USEC_PER_HOUR + (int64_t)late_usec;
    scanner.until_usec = scanner.from_usec + (int64_t)stays_usec;
    if (scanner.until_usec + LAST_RETRY_USEC < traffic->start_usec)
        return;
    set_source(&scanner, pz_twin_world_anywhere(&twin->world, &rng), traffic);
    add_hour(twin, &scanner, NULL, traffic);
    if (!pz_twin_chance(&rng, SHARED_Q16))
        return;
    struct scanner other = new_scanner(pz_twin_key(key, 'o'), kinds);
    other.from_usec = scanner.from_usec;
    other.until_usec = scanner.until_usec;
    set_source(&other, scanner.source, traffic);
    add_hour(twin, &other, NULL, traffic);
}

/* How many hosts come in an hour: the expected number, rounded up or down by chance. */
static uint32_t how_many_come(const struct pz_twin *twin, uint64_t cohort_key, uint32_t hour, uint32_t share_q16)
{
    /* Measured: the mean number of hours in which a host is heard. */
    const uint64_t hours_each_q8 = 540;
    uint64_t sources_q16 = pz_twin_noise_expected(hour) * (twin->params->scale_q32 >> 16);
    sources_q16 = (sources_q16 >> 8) * twin->params->noise_q16 >> 8;
    sources_q16 = sources_q16 * share_q16 >> 16;
    return (uint32_t)((sources_q16 * 256 / hours_each_q8 + (cohort_key & 0xffff)) >> 16);
}

/* Makes the hosts of all cohorts of which some may still be there in the hour. */
static bool add_cohorts(const struct pz_twin *twin, uint64_t key, const struct kind *of, uint32_t share_q16,
                        struct pz_twin_traffic *traffic)
{
    for (uint32_t age = 0; age <= MOST_HOURS; age++) {
        if (!pz_twin_traffic_goes_on(traffic, 0))
            return false;
        uint32_t came_hour = traffic->hour - age;
        uint64_t cohort_key = pz_twin_key(key, came_hour);
        uint32_t came = how_many_come(twin, cohort_key, came_hour, share_q16);
        /* Those that stay longest have the lowest numbers. */
        uint32_t here = age ? stay_longer(came, age - 1) : came, longer = stay_longer(came, age);
        for (uint32_t i = 0; i < here; i++) {
            uint32_t stays = i < longer ? age + 1 : age;
            if (age == 0)
                stays = i < stay_longer(came, 1) ? 2 : 1;
            add_host(twin, pz_twin_key(cohort_key, i), of, came_hour, stays, traffic);
        }
    }
    return true;
}

bool pz_twin_noise_add(const struct pz_twin *twin, struct pz_twin_traffic *traffic)
{
    const struct pz_twin_params *params = twin->params;
    return add_cohorts(twin, pz_twin_key(params->seed, 'n'), kinds, PZ_TWIN_ONE, traffic) &&
           (!params->sweep_last_q16 ||
            add_cohorts(twin, pz_twin_key(params->seed, 'l'), sweepers, params->sweep_last_q16, traffic));
}

void pz_twin_coresident_add(const struct pz_twin *twin, const struct pz_twin_host *host,
                            struct pz_twin_traffic *traffic)
{
    struct scanner scanner = new_scanner(pz_twin_key(host->nat_id, 'o'), kinds);
    scanner.from_usec = host->infected_usec;
    scanner.until_usec = host->cured_usec;
    add_hour(twin, &scanner, host, traffic);
}
