/* Of the sources first seen since midnight of 21 November 2008, the share that the worm's random scan can reach, in bins
 * of ten minutes for a week: the published Figure 6. A worm that spreads by such scans infects reachable addresses only,
 * and of all addresses a quarter are. */
#include "reduce/hourset.h"
#include "reduce/job.h"
#include "report/figure.h"

enum { HOURS = 7 * PZ_HOURS_PER_DAY };
enum { BIN_SECONDS = 600, BINS_PER_HOUR = PZ_SECONDS_PER_HOUR / BIN_SECONDS };

enum { NEW, NEW_REACHABLE, KINDS };

struct state {
    roaring_bitmap_t *seen; /* since midnight */
};

static void hour(struct pz_part *part, size_t row, const struct pz_slice_hour *slice)
{
    struct state *state = part->state;
    const struct pz_outbreak *outbreak = part->frame->outbreak;
    uint32_t midnight = pz_outbreak_hour(outbreak);
    (void)row;
    if (slice->hour < midnight || slice->hour >= midnight + HOURS)
        return;
    uint64_t *sums = part->sums + (slice->hour - midnight) * BINS_PER_HOUR * KINDS;
    for (size_t i = 0; i < slice->n; i++) {
        const struct pz_source *source = &slice->rows[i];
        if (state->seen && roaring_bitmap_contains(state->seen, source->address))
            continue;
        size_t bin = (size_t)(source->first_usec % PZ_USEC_PER_HOUR / (BIN_SECONDS * PZ_USEC_PER_SECOND));
        sums[bin * KINDS + NEW]++;
        sums[bin * KINDS + NEW_REACHABLE] += outbreak->reaches(source->address);
    }
    pz_hourset_add(&state->seen, pz_hourset_of(slice));
}

static void end(struct pz_part *part, const struct pz_table *sources)
{
    struct state *state = part->state;
    (void)sources;
    if (state->seen)
        roaring_bitmap_free(state->seen);
}

static void row(const struct pz_part *whole, size_t i, struct pz_csv *csv)
{
    uint32_t at = whole->frame->hours[i].hour, midnight = pz_outbreak_hour(whole->frame->outbreak);
    for (uint32_t bin = 0; at >= midnight && at < midnight + HOURS && bin < BINS_PER_HOUR; bin++) {
        const uint64_t *sums = whole->sums + ((at - midnight) * BINS_PER_HOUR + bin) * KINDS;
        pz_put_time(csv, at * (int64_t)PZ_SECONDS_PER_HOUR + bin * BIN_SECONDS);
        pz_put_count(csv, sums[NEW]);
        pz_put_count(csv, sums[NEW_REACHABLE]);
    }
}

static const struct pz_column columns[] = {
    {"time", PZ_TYPE_SECOND, .doc = "its beginning"},
    {"new_sources", PZ_TYPE_COUNT, "sources", .doc = "first seen since midnight of 21 November in this bin; 0: none",
     .recorded = true},
    {"new_reachable", PZ_TYPE_COUNT, "sources", .doc = "of these, at reachable addresses", .recorded = true},
    PZ_COLUMN_STATUS,
    {0},
};

/* The share over bins from `begin` to `end` - 1 seconds; false if nothing was new. */
static bool share(const struct pz_sheet *sheet, int64_t begin, int64_t end_second, double *percent)
{
    double all = 0, reachable = 0, n, k;
    int64_t second;
    for (size_t row = 0; row < sheet->nrows; row++)
        if (pz_sheet_time(sheet, row, 0, &second) && second >= begin && second < end_second &&
            pz_sheet_number(sheet, row, 1, &n) && pz_sheet_number(sheet, row, 2, &k)) {
            all += n;
            reachable += k;
        }
    *percent = all > 0 ? 100 * reachable / all : 0;
    return all > 0;
}

static int draw(struct pz_results *results, struct pz_drawing *drawing)
{
    const struct pz_sheet *sheet = pz_results_sheet(results, "reachable");
    int64_t first, last, midnight = results->outbreak->begin;
    if (!pz_sheet_span(sheet, 0, 1, &first, &last))
        return pz_drawing_fails(drawing, "21 November 2008 is not among the hours at hand");
    /* One day is what was published; where there is more, two show the decay without hiding the rise. */
    int64_t end_second = last + BIN_SECONDS < midnight + 2 * PZ_DAY_SECONDS
                             ? midnight + PZ_DAY_SECONDS
                             : midnight + 2 * PZ_DAY_SECONDS;
    pz_script_outages(drawing, sheet, midnight, end_second);
    pz_script_time_axis(drawing, midnight, end_second, 13, true);
    pz_script(
        drawing,
        "set margins 10,4,5,1.5\n"
        "set ylabel \"share of new sources that are reachable\"\nset yrange [0:100]\nset format y \"%%.0f %%%%\"\n"
        "set xlabel \"UTC\" offset 0,-0.6\nset key top right samplen 1.5\n"
        "# Wilson's interval at 95 %%: z = 1.96.\n"
        "z2 = 1.96**2\n"
        "middle(n, k) = (k + z2/2) / (n + z2)\n"
        "half(n, k) = sqrt(z2 * (k*(n - k)/n + z2/4)) / (n + z2)\n"
        "low(n, k) = n > 0 ? 100 * (middle(n, k) - half(n, k)) : NaN\n"
        "high(n, k) = n > 0 ? 100 * (middle(n, k) + half(n, k)) : NaN\n"
        "set arrow from graph 0, first 25 to graph 1, first 25 nohead lc rgb grey dt 2 front\n"
        "set label \"25 %%: all addresses alike\" at graph 0.99, first 25 right offset 0,-0.6 tc rgb grey front\n"
        "plot \"../tables/reachable.csv\" using 1:(low(got(2),got(3))):(high(got(2),got(3))) with filledcurves lc"
        " rgb sky fs solid 0.4 noborder title \"95 %% interval\", \\\n"
        "     \"\" using 1:(got(2) > 0 ? 100*got(3)/got(2) : NaN) with lines lw 1.4 lc rgb blue title \"new sources"
        " in 10 minutes\"\n");
    double early, late;
    bool shares = share(sheet, midnight + 5400, midnight + 5 * 3600, &early) &&
                  share(sheet, midnight + 5 * 3600, midnight + PZ_DAY_SECONDS, &late);
    pz_caption(drawing,
               "Of the sources first seen since midnight of 21 November 2008, the share whose address the worm's"
               " random scan can reach, in bins of ten minutes, with Wilson's 95 %% interval. A quarter of all"
               " addresses can be reached.");
    pz_alt(drawing,
           "Share of new sources that the worm can reach, in ten-minute bins since midnight of 21 November 2008");
    if (shares)
        pz_alt(drawing,
               ": %.0f %% from 01:30 to 05:00 UTC and %.0f %% in the rest of that day, against 25 %% of all"
               " addresses",
               early, late);
    pz_alt(drawing, ".");
    return 0;
}

static const struct pz_figure figures[] = {
    {.number = 6,
     .name = "figure-6-reachable",
     .title = "New sources that the worm could have reached",
     .table = "reachable",
     .width = 960,
     .height = 500,
     .draw = draw},
    {0},
};

const struct pz_job pz_job_reachable = {
    .sums = HOURS * BINS_PER_HOUR * KINDS,
    .state_nbytes = sizeof(struct state),
    .hour = hour,
    .end = end,
    .tables = PZ_TABLES(
        {{"reachable", "Figure 6. 21 to 27 November 2008, in bins of ten minutes.", columns}, PZ_EACH_HOUR, row}),
    .figures = figures};
