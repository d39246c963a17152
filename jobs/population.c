/* How many of an hour's sources, and of its scans, are the worm's: by each rule, and as an estimate that throws nothing
 * away. docs/method.md derives it.
 *
 * Sources: those that the evidence of their window calls the worm, and of the others those that scanned reachable
 * destinations only, less as many as others bring with them (the ratio of such sources, measured without the worm).
 * Scans: those of reachable destinations less what others bring. */
#include "reduce/job.h"
#include "report/figure.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STRICT, CAIDA2011, EVIDENCE, REST_REACHED, REST_OTHER, KINDS };

static size_t nsums(const struct pz_frame *frame)
{
    return frame->nslots * KINDS;
}

static void window(struct pz_part *part, const struct pz_window *window)
{
    for (size_t i = 0; i < window->nhours; i++) {
        const struct pz_window_hour *hour = &window->hours[i];
        uint64_t *sums = pz_part_sums(part, hour->row, KINDS);
        for (size_t j = 0; j < hour->n; j++) {
            const struct pz_evidence *evidence = &window->evidence[hour->members[j]];
            bool is_worm = window->ratios[hour->members[j]] >= PZ_EVIDENCE_RATIO_MIN;
            sums[STRICT] += pz_rule_strict(evidence);
            sums[CAIDA2011] += pz_rule_caida2011(evidence);
            sums[EVIDENCE] += is_worm;
            sums[REST_REACHED] += !is_worm && evidence->cells[0] == evidence->targets;
            sums[REST_OTHER] += !is_worm && evidence->cells[0] < evidence->targets;
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

static uint64_t reached_in(const struct pz_frame *frame, size_t row)
{
    uint64_t reached = 0;
    for (int traits = 0; traits < PZ_TRAITS; traits++)
        reached += traits & PZ_TRAIT_REACHABLE ? frame->slots[frame->hours[row].slot].scans_by[traits] : 0;
    return reached;
}

/* The first hour that has more of the worm's than four times as many as all before on average; frame->n if there is none. */
static size_t find_outbreak(const struct pz_part *whole)
{
    enum { LEAST = 10, TIMES = 4 };
    double sum = 0, n = 0;
    for (size_t i = 0; i < whole->frame->n; i++) {
        double sure = (double)pz_part_sums(whole, i, KINDS)[EVIDENCE];
        if (sure >= LEAST && sure * n >= TIMES * sum)
            return i;
        sum += sure;
        n += whole->frame->hours[i].packets > 0;
    }
    return whole->frame->n;
}

static struct learned learn(const struct pz_part *whole)
{
    enum { APART = 3, SOURCES_MIN = 20 };
    const struct pz_frame *frame = whole->frame;
    struct learned learned = {.sources = frame->model->source_ratio, .scans = frame->model->scan_ratio};
    uint64_t(*sources)[2] = pz_alloc(frame->n * sizeof *sources), (*scans)[2] = pz_alloc(frame->n * sizeof *scans);
    double sure = 0, rest = 0;
    size_t end = find_outbreak(whole);
    for (size_t i = 0; i < end; i++) {
        const struct pz_frame_hour *hour = &frame->hours[i];
        const uint64_t *sums = pz_part_sums(whole, i, KINDS);
        if (hour->status != PZ_WHOLE || sums[REST_OTHER] < SOURCES_MIN ||
            (end < frame->n && hour->hour + APART > frame->hours[end].hour))
            continue;
        learned.first = learned.hours ? learned.first : hour->hour;
        learned.last = hour->hour;
        sources[learned.hours][0] = sums[REST_REACHED];
        sources[learned.hours][1] = sums[REST_OTHER];
        scans[learned.hours][0] = reached_in(frame, i);
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

/* `sure`, and `good` less ratio times `bad`; with a band of 95 %: what others bring scatters, as a count does and more, and
 * its mean isn't known exactly. What the worm brings is counted, and needs no band. */
static void put_estimate(struct pz_buf *csv, double sure, double good, double bad, const struct pz_ratio *ratio)
{
    const double sigmas = 1.96;
    double worm = sure * (1 + hidden) + good - ratio->mean * bad;
    double variance = hidden * sure + hidden_error * hidden_error * sure * sure + ratio->mean * bad +
                      ratio->mean * ratio->mean * bad + ratio->spread * ratio->spread * bad +
                      ratio->error * ratio->error * bad * bad;
    double half = sigmas * sqrt(variance);
    pz_buf_printf(csv, ",%.0f,%.0f,%.0f", fmax(worm, 0), fmax(worm - half, 0), fmax(worm + half, 0));
}

static void write(const struct pz_part *whole, struct pz_buf *csv)
{
    struct learned learned = learn(whole);
    pz_buf_printf(csv, "hour,strict,caida2011,evidence,worm_sources,worm_sources_low,worm_sources_high,"
                       "worm_scans,worm_scans_low,worm_scans_high\n");
    for (size_t i = 0; i < whole->frame->n; i++) {
        const struct pz_frame_hour *row = &whole->frame->hours[i];
        const uint64_t *sums = pz_part_sums(whole, i, KINDS);
        char time[PZ_TIME_TEXT];
        pz_time_text(row->hour * (int64_t)PZ_SECONDS_PER_HOUR, time);
        if (!row->packets) {
            pz_buf_printf(csv, "%s,,,,,,,,,\n", time);
            continue;
        }
        double reached = (double)reached_in(whole->frame, i);
        double sure = fmax((double)sums[EVIDENCE] - learned.sure * (double)sums[REST_OTHER], 0);
        pz_buf_printf(csv, "%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64, time, sums[STRICT], sums[CAIDA2011], sums[EVIDENCE]);
        put_estimate(csv, sure, (double)sums[REST_REACHED], (double)sums[REST_OTHER], &learned.sources);
        put_estimate(csv, 0, reached, (double)row->scans - reached, &learned.scans);
        pz_buf_printf(csv, "\n");
    }
}

static void write_calibration(const struct pz_part *whole, struct pz_buf *csv)
{
    enum { HOURS_MIN = 12 };
    struct learned learned = learn(whole);
    char first[PZ_TIME_TEXT] = "", last[PZ_TIME_TEXT] = "";
    if (learned.hours) {
        pz_time_text(learned.first * (int64_t)PZ_SECONDS_PER_HOUR, first);
        pz_time_text(learned.last * (int64_t)PZ_SECONDS_PER_HOUR, last);
    }
    pz_buf_printf(csv,
                  "of,calibrated,quiet_hours,first,last,lens_low,lens_high,ratio,ratio_error,spread\n"
                  "sources,%s,%zu,%s,%s,%" PRIu64 ",%" PRIu64 ",%.4f,%.4f,%.4f\n"
                  "scans,%s,%zu,%s,%s,%" PRIu64 ",%" PRIu64 ",%.4f,%.4f,%.4f\n",
                  learned.hours < HOURS_MIN ? "no" : "yes", learned.hours, first, last, whole->frame->lens_low,
                  whole->frame->lens_high, learned.sources.mean, learned.sources.error, learned.sources.spread,
                  learned.hours < HOURS_MIN ? "no" : "yes", learned.hours, first, last, whole->frame->lens_low,
                  whole->frame->lens_high, learned.scans.mean, learned.scans.error, learned.scans.spread);
}

static const struct pz_beside besides[] = {{"calibration", write_calibration}, {0}};

static int draw(struct pz_results *results, struct pz_drawing *drawing)
{
    const struct pz_sheet *sheet = pz_results_sheet(results, "population");
    size_t worm = pz_sheet_column(sheet, "worm_sources");
    int64_t first, last;
    double most = 0, n;
    char number[PZ_NUMBER_TEXT];
    if (!pz_sheet_span(sheet, 0, worm, &first, &last) || first == last)
        return pz_drawing_fails(drawing, "one hour makes no curve");
    for (size_t row = 0; row < sheet->nrows; row++)
        most = pz_sheet_number(sheet, row, worm, &n) && n > most ? n : most;
    last += PZ_SECONDS_PER_HOUR;
    pz_script_outages(drawing, sheet, first, last);
    pz_script_time_axis(drawing, first, last, 13, true);
    pz_script_variants(drawing, results->outbreak, first, last);
    pz_script_count_axis(drawing, most);
    pz_script(drawing,
              "set margins 10,4,4,2.5\nset ylabel \"sources per hour\"\nset yrange [0:*]\n"
              "set key top left Left reverse samplen 1.5 opaque\n"
              "plot \"../tables/population.csv\" using 1:(got(6)):(got(7)) with filledcurves lc rgb sky fs solid"
              " 0.4 noborder title \"95 %% band\", \\\n"
              "     \"../tables/hourly.csv\" using 1:(got(2)) with lines lw 1 lc rgb grey title \"all"
              " sources\", \\\n"
              "     \"../tables/population.csv\" using 1:(got(5)) with lines lw 1.4 lc rgb blue title \"the"
              " worm's, estimated\", \\\n"
              "     \"\" using 1:(got(4)) with lines lw 1.2 dt 3 lc rgb red title \"by evidence alone\"\n");
    const struct pz_sheet *calibration = pz_results_sheet(results, "calibration");
    bool calibrated =
        calibration && calibration->nrows &&
        strcmp(pz_sheet_text(calibration, 0, pz_sheet_column(calibration, "calibrated")), "yes") == 0;
    pz_caption(drawing,
               "How many of each hour's sources are the worm's: those with evidence of it, and of the rest as many"
               " as scan reachable addresses beyond the background's share, with a 95 %% band. %s",
               calibrated ? "Calibrated on the archive's own quiet hours." : "Not calibrated: there are too few quiet hours.");
    pz_alt(drawing, "Estimated sources of the worm per hour with a band; the most are %s.",
           pz_number_text(most, number));
    return 0;
}

static const struct pz_figure figures[] = {
    {.number = 13,
     .name = "figure-13-population",
     .title = "The worm's sources, estimated",
     .table = "population",
     .width = 960,
     .height = 500,
     .draw = draw},
    {0},
};

const struct pz_job pz_job_population = {
    .name = "population", .nsums = nsums, .window = window, .write = write, .besides = besides, .figures = figures};
