/* Sources that were never seen before, hour by hour over the whole span. */
#include "reduce/job.h"
#include "report/figure.h"
#include "worm/reachable.h"

enum { NEW, NEW_REACHABLE, KINDS };

static void end(struct pz_part *part, const struct pz_table *sources)
{
    for (size_t i = 0; i < sources->n; i++) {
        const struct pz_source *source = pz_table_row(sources, i);
        size_t row = pz_frame_row(part->frame, (uint32_t)(source->first_usec / PZ_USEC_PER_HOUR));
        uint64_t *sums = pz_part_sums(part, row, KINDS);
        sums[NEW]++;
        sums[NEW_REACHABLE] += pz_worm_reaches(source->address);
    }
}

static void row(const struct pz_part *whole, size_t i, struct pz_csv *csv)
{
    const uint64_t *sums = pz_part_sums(whole, i, KINDS);
    pz_put_count(csv, sums[NEW]);
    pz_put_count(csv, sums[NEW_REACHABLE]);
    pz_put_running(csv, sums[NEW]);
}

static const struct pz_column columns[] = {
    PZ_COLUMN_HOUR,
    {"new_sources", PZ_TYPE_COUNT, "sources", .doc = "first seen in the hour; 0: none", .recorded = true},
    {"new_reachable", PZ_TYPE_COUNT, "sources", .doc = "of these, at reachable addresses", .recorded = true},
    {"cumulative_sources", PZ_TYPE_RUNNING, "sources", .doc = "until its end; a number in outages too"},
    PZ_COLUMN_STATUS,
    {0},
};

enum { MARKS = 16 }; /* on the axis of time */

static int draw(struct pz_results *results, struct pz_drawing *drawing)
{
    const struct pz_sheet *sheet = pz_results_sheet(results, "new_sources");
    int64_t first, last;
    double total = 0;
    char number[PZ_NUMBER_TEXT];
    if (!pz_sheet_span(sheet, 0, 1, &first, &last) || first == last)
        return pz_drawing_fails(drawing, "one hour makes no curve");
    pz_sheet_number(sheet, sheet->nrows - 1, 3, &total);
    last += PZ_SECONDS_PER_HOUR;
    pz_script_outages(drawing, sheet, first, last);
    pz_script_time_axis(drawing, first, last, MARKS, false);
    pz_script(drawing, "set multiplot layout 2,1 margins 0.085,0.975,0.1,0.95 spacing 0.05\n");
    pz_script_variants(drawing, results->outbreak, first, last);
    pz_script(drawing, "unset key\nset ylabel \"new sources per hour\"\nset logscale y\nset yrange [0.8:*]\n"
                       "set format y \"%%.0s%%c\"\nset mytics 10\n"
                       "plot \"../tables/new_sources.csv\" using 1:(whole(2,5)) with lines lw 1 lc rgb blue\n"
                       "unset logscale y\nunset mytics\nset yrange [0:*]\nunset label\n"
                       "set ylabel \"all sources until then\"\n");
    pz_script_count_axis(drawing, total);
    pz_script_time_axis(drawing, first, last, MARKS, true);
    pz_script(drawing, "plot \"../tables/new_sources.csv\" using 1:(got(4)) with lines lw 1.4 lc rgb green\n"
                       "unset multiplot\n");
    pz_caption(drawing,
               "Sources never seen before in the hours at hand, by the hour and on a log scale (above), and all"
               " until then (below). Addresses are given to other hosts in time, so that the sum keeps rising.");
    pz_alt(drawing, "New sources per hour, and their sum, which comes to %s.", pz_number_text(total, number));
    return 0;
}

static const struct pz_figure figures[] = {
    {.number = 11,
     .name = "figure-11-new-sources",
     .title = "Sources never seen before",
     .table = "new_sources",
     .width = 960,
     .height = 600,
     .draw = draw},
    {0},
};

const struct pz_job pz_job_new_sources = {
    .hour_sums = KINDS,
    .end = end,
    .tables = PZ_TABLES(
        {{"new_sources", "Sources by the hour of their first scan in the whole span.", columns}, PZ_EACH_HOUR, row}),
    .figures = figures};
