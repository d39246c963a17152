/* How many of an hour's sources, and of its scans, are the worm's: by each rule, and as an estimate that throws nothing
 * away. docs/method.md derives it.
 *
 * Sources: those that the evidence of their window calls the worm, and of the others those that scanned reachable
 * destinations only, less as many as others bring with them (the ratio of such sources, measured without the worm).
 * Scans: those of reachable destinations less what others bring. */
#include "reduce/job.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STRICT, CAIDA2011, EVIDENCE, REST_REACHED, REST_OTHER, KINDS };

static void window(struct pz_accumulator *acc, const struct pz_window *window)
{
    for (size_t i = 0; i < window->nhours; i++) {
        const struct pz_window_hour *hour = &window->hours[i];
        uint64_t *sums = pz_accumulator_sums(acc, hour->row, KINDS);
        for (size_t j = 0; j < hour->n; j++) {
            const struct pz_features *features = &window->features[hour->members[j]];
            bool is_worm = window->llrs[hour->members[j]] >= PZ_FEATURES_RATIO_MIN;
            sums[STRICT] += pz_rule_strict(features);
            sums[CAIDA2011] += pz_rule_caida2011(features);
            sums[EVIDENCE] += is_worm;
            sums[REST_REACHED] += !is_worm && features->quadrants[0] == features->targets;
            sums[REST_OTHER] += !is_worm && features->quadrants[0] < features->targets;
        }
    }
}

/* The worm's sources that are hidden by what others scan from the same address, as a share of those that are seen, and
 * how well that is known. On made-up telescopes (docs/method.md); how many there were isn't published. */
static const double hidden = 0.0015, hidden_error = 0.005;

/* What the hours before the outbreak tell of others. */
struct learned {
    size_t hours;
    uint32_t first, last; /* of them, since 1970 */
    struct pz_ratio sources, scans;
    double sure; /* of others, those that the evidence calls the worm, for each of the rest */
};

static uint64_t reached_in(const struct pz_timeline *timeline, size_t row)
{
    uint64_t reached = 0;
    for (int traits = 0; traits < PZ_TRAITS; traits++)
        reached += traits & PZ_TRAIT_REACHABLE ? timeline->slots[timeline->hours[row].slot].scans_by[traits] : 0;
    return reached;
}

/* The first hour that has more of the worm's than four times as many as all before on average; timeline->n if there is
 * none. */
static size_t find_outbreak(const struct pz_accumulator *acc)
{
    enum { LEAST = 10, TIMES = 4 };
    double sum = 0, n = 0;
    for (size_t i = 0; i < acc->timeline->n; i++) {
        double sure = (double)pz_accumulator_sums(acc, i, KINDS)[EVIDENCE];
        if (sure >= LEAST && sure * n >= TIMES * sum)
            return i;
        sum += sure;
        n += acc->timeline->hours[i].packets > 0;
    }
    return acc->timeline->n;
}

static struct learned learn(const struct pz_accumulator *acc)
{
    enum { APART = 3, SOURCES_MIN = 20 };
    const struct pz_timeline *timeline = acc->timeline;
    struct learned learned = {.sources = timeline->model->source_ratio, .scans = timeline->model->scan_ratio};
    uint64_t(*sources)[2] = pz_alloc(timeline->n * sizeof *sources),
    (*scans)[2] = pz_alloc(timeline->n * sizeof *scans);
    double sure = 0, rest = 0;
    size_t end = find_outbreak(acc);
    for (size_t i = 0; i < end; i++) {
        const struct pz_timeline_hour *hour = &timeline->hours[i];
        const uint64_t *sums = pz_accumulator_sums(acc, i, KINDS);
        if (hour->status != PZ_WHOLE || sums[REST_OTHER] < SOURCES_MIN ||
            (end < timeline->n && hour->hour + APART > timeline->hours[end].hour))
            continue;
        learned.first = learned.hours ? learned.first : hour->hour;
        learned.last = hour->hour;
        sources[learned.hours][0] = sums[REST_REACHED];
        sources[learned.hours][1] = sums[REST_OTHER];
        scans[learned.hours][0] = reached_in(timeline, i);
        scans[learned.hours][1] = hour->scans - scans[learned.hours][0];
        learned.hours++;
        sure += (double)sums[EVIDENCE];
        rest += (double)sums[REST_OTHER];
    }
    learned.sources = pz_ratio_learn(&learned.sources, (const uint64_t(*)[2])sources, learned.hours);
    learned.scans = pz_ratio_learn(&learned.scans, (const uint64_t(*)[2])scans, learned.hours);
    learned.sure = rest > 0 ? sure / rest : 0;
    free(sources);
    free(scans);
    return learned;
}

/* `sure`, and `good` less ratio times `bad`; with a band of 95 %: what others bring scatters, as a count does and more,
 * and its mean isn't known exactly. What the worm brings is counted, and needs no band. */
static void put_estimate(struct pz_csv *csv, double sure, double good, double bad, const struct pz_ratio *llr)
{
    const double sigmas = 1.96;
    double worm = sure * (1 + hidden) + good - llr->mean * bad;
    double variance = hidden * sure + hidden_error * hidden_error * sure * sure + llr->mean * bad +
                      llr->mean * llr->mean * bad + llr->spread * llr->spread * bad +
                      llr->error * llr->error * bad * bad;
    double half = sigmas * sqrt(variance);
    pz_put_number(csv, fmax(worm, 0));
    pz_put_number(csv, fmax(worm - half, 0));
    pz_put_number(csv, fmax(worm + half, 0));
}

static void rows(const struct pz_accumulator *acc, size_t once, struct pz_csv *csv)
{
    struct learned learned = learn(acc);
    (void)once;
    for (size_t i = 0; i < acc->timeline->n; i++) {
        const uint64_t *sums = pz_accumulator_sums(acc, i, KINDS);
        double reached = (double)reached_in(acc->timeline, i);
        double sure = fmax((double)sums[EVIDENCE] - learned.sure * (double)sums[REST_OTHER], 0);
        pz_row_hour(csv, acc->timeline, i);
        pz_put_count(csv, sums[STRICT]);
        pz_put_count(csv, sums[CAIDA2011]);
        pz_put_count(csv, sums[EVIDENCE]);
        put_estimate(csv, sure, (double)sums[REST_REACHED], (double)sums[REST_OTHER], &learned.sources);
        put_estimate(csv, 0, reached, (double)acc->timeline->hours[i].scans - reached, &learned.scans);
    }
}

static void calibration(const struct pz_accumulator *acc, size_t once, struct pz_csv *csv)
{
    enum { HOURS_MIN = 12 };
    struct learned learned = learn(acc);
    const struct {
        const char *of;
        const struct pz_ratio *llr;
    } rows[] = {{"sources", &learned.sources}, {"scans", &learned.scans}};
    (void)once;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        pz_put_text(csv, rows[i].of);
        pz_put_text(csv, learned.hours < HOURS_MIN ? "no" : "yes");
        pz_put_count(csv, learned.hours);
        pz_put_time_if(csv, learned.hours, learned.first);
        pz_put_time_if(csv, learned.hours, learned.last);
        pz_put_count(csv, acc->timeline->lens_low);
        pz_put_count(csv, acc->timeline->lens_high);
        pz_put_number(csv, rows[i].llr->mean);
        pz_put_number(csv, rows[i].llr->error);
        pz_put_number(csv, rows[i].llr->spread);
    }
}

static const struct pz_column columns[] = {
    PZ_COLUMN_HOUR,
    {"strict", PZ_TYPE_COUNT, "sources", .doc = "that this rule calls the worm's; 0: none", .recorded = true},
    {"caida2011", PZ_TYPE_COUNT, "sources", .doc = "the same", .recorded = true},
    {"evidence", PZ_TYPE_COUNT, "sources", .doc = "the same", .recorded = true},
    {"worm_sources", PZ_TYPE_NUMBER, "sources", .doc = "estimate, rounded to whole sources, not below 0",
     .recorded = true},
    {"worm_sources_low", PZ_TYPE_NUMBER, "sources", .doc = "its 95 % band", .recorded = true},
    {"worm_sources_high", PZ_TYPE_NUMBER, "sources", .doc = "the same", .recorded = true},
    {"worm_scans", PZ_TYPE_NUMBER, "scans", .doc = "the same of scans", .recorded = true},
    {"worm_scans_low", PZ_TYPE_NUMBER, "scans", .doc = "its 95 % band", .recorded = true},
    {"worm_scans_high", PZ_TYPE_NUMBER, "scans", .doc = "the same", .recorded = true},
    {0},
};

static const struct pz_column calibration_columns[] = {
    {"of", PZ_TYPE_TEXT, .doc = "`sources` or `scans`"},
    {"calibrated", PZ_TYPE_TEXT,
     .doc = "`yes` if there are 12 or more such hours; with fewer the model's own ratio counts, and the band is wider"},
    {"quiet_hours", PZ_TYPE_COUNT, "hours", .doc = "how many there are"},
    {"first", PZ_TYPE_HOUR, .doc = "of them; empty if there is none"},
    {"last", PZ_TYPE_HOUR, .doc = "the same"},
    {"lens_low", PZ_TYPE_COUNT, "/16s", .doc = "of the lens, second octet below 128"},
    {"lens_high", PZ_TYPE_COUNT, "/16s", .doc = "from 128 on"},
    {"ratio", PZ_TYPE_NUMBER, .doc = "r of [method.md](method.md)", .decimals = 4},
    {"ratio_error", PZ_TYPE_NUMBER, .doc = "how well it is known", .decimals = 4},
    {"spread", PZ_TYPE_NUMBER, .doc = "c of [method.md](method.md)", .decimals = 4},
    {0},
};

const struct pz_job pz_job_population = {
    .hour_sums = KINDS,
    .window = window,
    .tables = PZ_TABLES({{"population",
                          "Sources are judged by their window ([method.md](method.md)), and counted in each hour in "
                          "which they scanned.",
                          columns},
                         PZ_ONCE,
                         rows},
                        {{"calibration",
                          "What `population` takes of the archive's own quiet hours: whole ones before the outbreak, "
                          "and not in the three hours before it.",
                          calibration_columns},
                         PZ_ONCE,
                         calibration})};
