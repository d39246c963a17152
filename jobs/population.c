/* SPDX-License-Identifier: BSD-2-Clause */
/* How many of an hour's sources, and of its scans, are the worm's: by each rule, and as an estimate from all sources.
 * docs/method.md derives it.
 *
 * Sources: those that the evidence of their window calls the worm, and of the others those that scanned reachable
 * destinations only, less the number of others expected among them (by a ratio measured without the worm). Scans: those
 * of reachable destinations, less those expected of others. */
#include "reduce/job.h"
#include "worm/estimate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Sums of an hour: by class, and by the other rules. */
enum { STRICT = PZ_CLASSES, CAIDA2011, KINDS };

static void window(struct pz_accumulator *acc, const struct pz_window *window)
{
    for (size_t i = 0; i < window->nhours; i++) {
        const struct pz_window_hour *hour = &window->hours[i];
        uint64_t *sums = pz_accumulator_sums(acc, hour->row, KINDS);
        for (size_t j = 0; j < hour->n; j++) {
            const struct pz_features *features = &window->features[hour->members[j]];
            sums[pz_features_class(&window->lens, features, window->llrs[hour->members[j]])]++;
            sums[STRICT] += pz_rule_strict(features);
            sums[CAIDA2011] += pz_rule_caida2011(features);
        }
    }
}

static uint64_t reached_in(const struct pz_timeline *timeline, size_t row)
{
    uint64_t reached = 0;
    for (int traits = 0; traits < PZ_TRAITS; traits++)
        reached += traits & PZ_TRAIT_REACHABLE ? timeline->slots[timeline->hours[row].slot].scans_by[traits] : 0;
    return reached;
}

/* With a band of 95 %. */
static void put_estimate(struct pz_csv *csv, const struct pz_estimate *estimate)
{
    const struct pz_band band = pz_estimate_band(estimate);
    pz_put_number(csv, fmax(estimate->worm, 0));
    pz_put_number(csv, band.low);
    pz_put_number(csv, band.high);
}

/* Recorded hours of the row's window. */
static double recorded_in(const struct pz_timeline *timeline, size_t row)
{
    const uint32_t window = timeline->hours[row].hour / timeline->options.window;
    double seconds = 0;
    for (size_t i = pz_timeline_from(timeline, window * timeline->options.window);
         i < timeline->n && timeline->hours[i].hour / timeline->options.window == window; i++)
        seconds += timeline->hours[i].covered_seconds;
    return seconds / PZ_SECONDS_PER_HOUR;
}

/* Of how many halves of a window the row's window lacks the record. */
static double halvings(const struct pz_timeline *timeline, size_t row)
{
    const double hours = recorded_in(timeline, row);
    return hours > 0 ? fmin(fmax(log2(timeline->options.window / hours), 0), 5) : 0;
}

/* From the middle of the quiet hours to this one; 0 where no ratio was learned from quiet hours. */
static double days_after(const struct pz_calibrated *calibrated, uint32_t hour)
{
    const double middle = (calibrated->first + (double)calibrated->last) / 2;
    return calibrated->hours ? fabs(hour - middle) / PZ_HOURS_PER_DAY : 0;
}

static void row(const struct pz_accumulator *acc, size_t i, struct pz_csv *csv)
{
    const struct pz_calibrated *calibrated = acc->timeline->calibrated;
    const uint64_t *sums = pz_accumulator_sums(acc, i, KINDS);
    const struct pz_timeline_hour *hour = &acc->timeline->hours[i];
    const struct pz_model *model =
        pz_timeline_model(acc->timeline, &(struct pz_lens){.low = hour->lens_low, .high = hour->lens_high});
    const bool learned = calibrated && model == &calibrated->model;
    const double reached = (double)reached_in(acc->timeline, i),
                 days = learned ? days_after(calibrated, hour->hour) : 0;
    const struct pz_ratio whole = pz_ratio_after(&model->source_ratio, days),
                          sources_ratio = pz_ratio_shorter(&whole, halvings(acc->timeline, i)),
                          mostly_ratio = pz_ratio_after(&model->mostly_ratio, days),
                          scans_ratio = pz_ratio_after(&model->scan_ratio, days);
    const struct pz_estimate sources = pz_estimate_sources(sums, &sources_ratio, &mostly_ratio,
                                                           learned ? calibrated->sure : 0),
                             scans = pz_estimate_rest(reached, (double)hour->scans - reached, &scans_ratio);
    pz_put_count(csv, sums[STRICT]);
    pz_put_count(csv, sums[CAIDA2011]);
    pz_put_count(csv, sums[PZ_CLASS_SURE]);
    put_estimate(csv, &sources);
    put_estimate(csv, &scans);
}

static void calibration(const struct pz_accumulator *acc, struct pz_csv *csv)
{
    static const struct pz_calibrated none = {.state = PZ_UNCALIBRATED_BY_OPTION};
    const struct pz_calibrated *calibrated = acc->timeline->calibrated ? acc->timeline->calibrated : &none;
    const struct pz_model *model = acc->timeline->calibrated ? &calibrated->model : acc->timeline->model;
    const struct {
        const char *of;
        const struct pz_ratio *llr;
    } rows[] = {{"sources", &model->source_ratio}, {"scans", &model->scan_ratio}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        pz_put_text(csv, rows[i].of);
        pz_put_text(csv, calibrated->hours ? "yes" : "no");
        pz_put_text(csv, pz_calibration_words(calibrated->state));
        pz_put_count(csv, calibrated->hours);
        pz_put_count(csv, calibrated->windows);
        pz_put_time_if(csv, calibrated->state == PZ_CALIBRATED, calibrated->first);
        pz_put_time_if(csv, calibrated->state == PZ_CALIBRATED, calibrated->last);
        pz_put_count(csv, calibrated->lens.low);
        pz_put_count(csv, calibrated->lens.high);
        pz_put_count(csv, calibrated->sources);
        pz_put_count(csv, calibrated->worms);
        pz_put_number(csv, rows[i].llr->mean);
        pz_put_number(csv, rows[i].llr->error);
        pz_put_number(csv, rows[i].llr->spread);
        pz_put_text(csv, calibrated->digest.text);
    }
}

static const struct pz_column columns[] = {
    PZ_COLUMN_HOUR,
    {"strict", PZ_TYPE_COUNT, "sources", .doc = "that the rule `strict` takes for the worm; 0: none", .recorded = true},
    {"caida2011", PZ_TYPE_COUNT, "sources", .doc = "that the rule `caida2011` takes for the worm; 0: none",
     .recorded = true},
    {"evidence", PZ_TYPE_COUNT, "sources", .doc = "that the rule `evidence` takes for the worm; 0: none",
     .recorded = true},
    {"worm_sources", PZ_TYPE_NUMBER, "sources",
     .doc = "estimate of the sources of the worm, rounded to whole sources, not below 0", .recorded = true},
    {"worm_sources_low", PZ_TYPE_NUMBER, "sources", .doc = "the lower end of the 95 % band of `worm_sources`",
     .recorded = true},
    {"worm_sources_high", PZ_TYPE_NUMBER, "sources", .doc = "the upper end of the 95 % band of `worm_sources`",
     .recorded = true},
    {"worm_scans", PZ_TYPE_NUMBER, "scans",
     .doc = "estimate of the scans of the worm, rounded to whole scans, not below 0", .recorded = true},
    {"worm_scans_low", PZ_TYPE_NUMBER, "scans", .doc = "the lower end of the 95 % band of `worm_scans`",
     .recorded = true},
    {"worm_scans_high", PZ_TYPE_NUMBER, "scans", .doc = "the upper end of the 95 % band of `worm_scans`",
     .recorded = true},
    {0},
};

static const struct pz_column calibration_columns[] = {
    {"of", PZ_TYPE_TEXT, .doc = "which ratio the row has: of `sources` or of `scans`"},
    {"calibrated", PZ_TYPE_TEXT,
     .doc = "`yes` if the ratio was learned from the archive; with `no` the model's own counts, and the band is wider"},
    {"model", PZ_TYPE_TEXT, .doc = "`calibrated`; `of a file` (`--model`); or `built in`, and why nothing was learned"},
    {"quiet_hours", PZ_TYPE_COUNT, "hours", .doc = "that the ratio was learned from; 0: none"},
    {"quiet_windows", PZ_TYPE_COUNT, "windows", .doc = "that stacks and choices were learned from; 0: none"},
    {"first", PZ_TYPE_HOUR, .doc = "the first of these hours; empty if nothing was learned"},
    {"last", PZ_TYPE_HOUR, .doc = "the last of these hours; empty if nothing was learned"},
    {"lens_low", PZ_TYPE_COUNT, "/16s",
     .doc = "of the lens that it was learned through, second octet below 128. What is seen through one four times as "
            "wide or"
            " narrow is judged by the model that is built in"},
    {"lens_high", PZ_TYPE_COUNT, "/16s",
     .doc = "of the lens that it was learned through, second octet of 128 or above"},
    {"sources", PZ_TYPE_COUNT, "sources", .doc = "of quiet windows that were learned from, 4,096 at most"},
    {"worms", PZ_TYPE_COUNT, "sources", .doc = "of the worm that were learned from, 4,096 at most"},
    {"ratio", PZ_TYPE_NUMBER, .doc = "r of [method.md](method.md)", .decimals = 4},
    {"ratio_error", PZ_TYPE_NUMBER, .doc = "how well `ratio` is known", .decimals = 4},
    {"spread", PZ_TYPE_NUMBER, .doc = "c of [method.md](method.md)", .decimals = 4},
    {"sha256", PZ_TYPE_TEXT, .doc = "of `model.txt` in the same folder, the model itself"},
    {0},
};

const struct pz_job pz_job_population = {
    .hour_sums = KINDS,
    .window = window,
    .tables = PZ_TABLES({{"population",
                          "Sources are judged by their window ([method.md](method.md)), and counted in each hour in "
                          "which they scanned.",
                          columns},
                         .each = PZ_EACH_HOUR,
                         .row = row},
                        {{"calibration",
                          "The model that judged all sources, and what the archive's own quiet hours taught of it "
                          "([method.md](method.md#calibration)). `summary.json` has the same under `model`.",
                          calibration_columns},
                         .rows = calibration})};
