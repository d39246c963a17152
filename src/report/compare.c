#include "report/compare.h"

#include "base/time.h"
#include "report/figure.h"

#include <math.h>
#include <stdio.h>

struct pz_comparison pz_comparison_of(const struct pz_outbreak *outbreak, const char *id, double scale)
{
    static const struct pz_published none = {.unit = ""};
    const struct pz_published *number = pz_outbreak_published(outbreak, id);
    struct pz_comparison row = {.number = number ? number : &none};
    if (row.number->count > 0)
        snprintf(row.published, sizeof row.published, "%.0f", row.number->count * scale);
    else if (row.number->text)
        snprintf(row.published, sizeof row.published, "%s", row.number->text);
    return row;
}

void pz_comparison_tolerance(struct pz_comparison *row)
{
    if (row->number->tolerance)
        snprintf(row->tolerance, sizeof row->tolerance, "%s", row->number->tolerance);
}

void pz_comparison_write(const struct pz_comparison *row, struct pz_csv *csv)
{
    if (!row->number->id)
        return;
    static const char *const covered[] = {"no", "part", "yes"};
    static const char *const verdicts[] = {"open", "pass", "differs"};
    /* Over hours that were recorded in part a count may be too low: such a row can pass, and not fail. */
    bool judged = !row->never && (row->covered == PZ_COVERED_YES ||
                                  (row->covered == PZ_COVERED_PART && row->verdict == PZ_VERDICT_PASS));
    const char *const fields[] = {row->number->id,
                                  row->number->quantity,
                                  row->published,
                                  row->ours,
                                  row->number->unit,
                                  row->difference,
                                  row->tolerance,
                                  row->never ? "never" : covered[row->covered],
                                  judged ? verdicts[row->verdict] : verdicts[PZ_VERDICT_OPEN],
                                  row->number->note ? row->number->note : ""};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        pz_put_text(csv, fields[i]);
}

void pz_wilson(double k, double n, double *low, double *high)
{
    const double z2 = 1.96 * 1.96;
    double middle = (k + z2 / 2) / (n + z2), half = sqrt(z2 * (k * (n - k) / n + z2 / 4)) / (n + z2);
    *low = middle - half;
    *high = middle + half;
}

void pz_compare_count(struct pz_comparison *row, double published, double ours, double tolerance_percent)
{
    double percent = published > 0 ? 100 * (ours - published) / published : 0;
    snprintf(row->ours, sizeof row->ours, "%.0f", ours);
    snprintf(row->difference, sizeof row->difference, "%+.2f %%", percent);
    snprintf(row->tolerance, sizeof row->tolerance, "%.3g %%", tolerance_percent);
    row->verdict = fabs(percent) <= tolerance_percent ? PZ_VERDICT_PASS : PZ_VERDICT_DIFFERS;
}

void pz_compare_time(struct pz_comparison *row, int64_t published, int64_t ours, int64_t width)
{
    char text[PZ_TIME_TEXT];
    pz_time_text(ours, text);
    text[width == PZ_DAY_SECONDS ? 10 : width == PZ_SECONDS_PER_HOUR ? 16 : 19] = 0;
    snprintf(row->ours, sizeof row->ours, "%s", text);
    const char *unit = width == PZ_DAY_SECONDS ? "days" : width == PZ_SECONDS_PER_HOUR ? "hours" : "seconds";
    long long difference = (long long)((ours - published) / width);
    snprintf(row->difference, sizeof row->difference, "%+lld %s", difference, unit);
    snprintf(row->tolerance, sizeof row->tolerance, "the same %.*s", (int)strlen(unit) - 1, unit);
    row->verdict = difference == 0 ? PZ_VERDICT_PASS : PZ_VERDICT_DIFFERS;
}

void pz_compare_range(struct pz_comparison *row, double low, double high, double ours, int decimals)
{
    double off = ours < low ? ours - low : ours > high ? ours - high : 0;
    snprintf(row->ours, sizeof row->ours, "%.*f", decimals, ours);
    if (off < 0 || off > 0)
        snprintf(row->difference, sizeof row->difference, "%+.2f", off);
    else
        snprintf(row->difference, sizeof row->difference, "inside");
    row->verdict = off < 0 || off > 0 ? PZ_VERDICT_DIFFERS : PZ_VERDICT_PASS;
}
