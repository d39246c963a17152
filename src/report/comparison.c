/* SPDX-License-Identifier: BSD-2-Clause */
/* A row has the published number, ours, and a verdict by the kind of number: a count within a tolerance, a time, a
 * range, or a share with its interval. Where chance has a part, the row also has the number of cases and the number
 * needed; with fewer there is no verdict. For thinned, made-up data, published counts are scaled and tolerances are
 * three standard deviations. */
#include "report/comparison.h"

#include "base/time.h"
#include "report/figure.h"

#include <math.h>
#include <stdio.h>

/* What a difference must be to matter: a quarter of a count, ten points of a share. */
static const double count_matters = 0.25, share_matters = 0.1;
/* Standard deviations: of the tolerance of a count, of an interval at 95 %, and beyond either what is found nine times
 * of ten. */
static const double z_count = 3, z_share = 1.96, z_found = 1.2816;

static const char *verdict_of(const struct pz_reproduction *work, const struct pz_comparison *row)
{
    const struct pz_synthetic *synthetic = &work->results->synthetic;
    /* Over hours that were recorded in part a count may be too low: such a row can pass, and not fail. */
    bool judged =
        !row->never && !row->number->open && row->verdict != PZ_VERDICT_OPEN &&
        !(synthetic->any && !synthetic->known) &&
        (row->covered == PZ_COVERED_YES || (row->covered == PZ_COVERED_PART && row->verdict == PZ_VERDICT_PASS));
    if (!judged)
        return "open";
    if (row->cases < row->needed)
        return "too few";
    return row->verdict == PZ_VERDICT_PASS ? "pass" : "differs";
}

static struct pz_number_text cases_text(const struct pz_comparison *row, double value)
{
    struct pz_number_text text = {""};
    if (row->needed > 0 && *row->ours)
        snprintf(text.text, sizeof text.text, "%.0f", value);
    return text;
}

void pz_comparison_write(const struct pz_reproduction *work, const struct pz_comparison *row)
{
    static const char *const covered[] = {"no", "part", "yes"};
    const struct pz_number_text cases = cases_text(row, floor(row->cases)), needed = cases_text(row, ceil(row->needed));
    const char *const fields[] = {row->number->id,
                                  row->number->quantity,
                                  row->published,
                                  row->ours,
                                  row->number->unit,
                                  row->difference,
                                  row->number->tolerance && *row->ours ? row->number->tolerance : row->tolerance,
                                  cases.text,
                                  needed.text,
                                  row->never ? "never" : covered[row->covered],
                                  verdict_of(work, row),
                                  row->number->note ? row->number->note : ""};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        pz_put_text(work->csv, fields[i]);
}

/* Wilson's interval at 95 % of the share k / n; n > 0. */
static void wilson(double k, double n, double *low, double *high)
{
    const double z2 = z_share * z_share;
    double middle = (k + z2 / 2) / (n + z2), half = sqrt(z2 * (k * (n - k) / n + z2 / 4)) / (n + z2);
    *low = middle - half;
    *high = middle + half;
}

double pz_cases_for_share(double published, double other)
{
    double root =
        (z_share * sqrt(published * (1 - published)) + z_found * sqrt(other * (1 - other))) / (published - other);
    return root * root;
}

double pz_cases_for_factor(double factor)
{
    double root = (z_share + z_found) / log(factor);
    return root * root;
}

double pz_expected_noise(const struct pz_reproduction *work, double published)
{
    return published * work->results->synthetic.scale * work->results->synthetic.noise;
}

const struct pz_published *pz_number_of(const struct pz_reproduction *work, const char *id)
{
    static const struct pz_published none = {.unit = ""};
    const struct pz_published *number = pz_outbreak_published(work->results->outbreak, id);
    return number ? number : &none;
}

/* The count expected in these data. More noise than was published is in counts of all sources too. */
static double expected(const struct pz_reproduction *work, const struct pz_published *number)
{
    const struct pz_synthetic *synthetic = &work->results->synthetic;
    if (number->noise)
        return pz_expected_noise(work, number->count);
    return synthetic->scale * (number->count + (synthetic->noise - 1) * pz_number_of(work, "S4")->count);
}

struct pz_comparison pz_comparison_of(const struct pz_reproduction *work, const struct pz_published *number)
{
    struct pz_comparison row = {
        .number = number, .expected = expected(work, number), .low = number->low, .high = number->high};
    if (number->count > 0)
        snprintf(row.published, sizeof row.published, "%.0f", row.expected);
    else if (number->text)
        snprintf(row.published, sizeof row.published, "%s", number->text);
    if (number->end)
        row.covered = pz_series_covers(&work->hourly, number->begin, number->end);
    return row;
}

void pz_compare_cases(const struct pz_reproduction *work, struct pz_comparison *row, double cases, double factor)
{
    if (!work->results->synthetic.any)
        return;
    row->cases = cases;
    row->needed = pz_cases_for_factor(factor);
}

void pz_compare_count(const struct pz_reproduction *work, struct pz_comparison *row, double ours,
                      double tolerance_percent)
{
    double percent = row->expected > 0 ? 100 * (ours - row->expected) / row->expected : 0;
    if (work->results->synthetic.any && row->expected > 0) {
        tolerance_percent = fmax(tolerance_percent, 100 * z_count / sqrt(row->expected));
        row->cases = row->expected;
        row->needed = pow((z_count + z_found) / count_matters, 2);
    }
    snprintf(row->ours, sizeof row->ours, "%.0f", ours);
    snprintf(row->difference, sizeof row->difference, "%+.2f %%", percent);
    snprintf(row->tolerance, sizeof row->tolerance, "%.3g %%", tolerance_percent);
    row->verdict = fabs(percent) <= tolerance_percent ? PZ_VERDICT_PASS : PZ_VERDICT_DIFFERS;
}

void pz_compare_time(struct pz_comparison *row, int64_t ours, int64_t width)
{
    const struct pz_published *number = row->number;
    const char *unit = width == PZ_DAY_SECONDS ? "days" : width == PZ_SECONDS_PER_HOUR ? "hours" : "seconds";
    long long difference = (long long)((ours - number->begin) / width);
    int latest = number->end ? (int)((number->end - number->begin) / width) : 0;
    snprintf(row->ours, sizeof row->ours, "%.*s",
             width == PZ_DAY_SECONDS        ? 10
             : width == PZ_SECONDS_PER_HOUR ? 16
                                            : 19,
             pz_time_text(ours).text);
    snprintf(row->difference, sizeof row->difference, "%+lld %s", difference, unit);
    if (latest)
        snprintf(row->tolerance, sizeof row->tolerance, "0 to %d %s", latest, unit);
    else
        snprintf(row->tolerance, sizeof row->tolerance, "the same %.*s", (int)strlen(unit) - 1, unit);
    row->verdict = ours >= number->begin && difference <= latest ? PZ_VERDICT_PASS : PZ_VERDICT_DIFFERS;
}

void pz_compare_range(struct pz_comparison *row, double ours, int decimals)
{
    double off = ours < row->low ? ours - row->low : ours > row->high ? ours - row->high : 0;
    snprintf(row->ours, sizeof row->ours, "%.*f", decimals, ours);
    if (off < 0 || off > 0)
        snprintf(row->difference, sizeof row->difference, "%+.2f", off);
    else
        snprintf(row->difference, sizeof row->difference, "inside");
    snprintf(row->tolerance, sizeof row->tolerance, "%g to %g", row->low, row->high);
    row->verdict = off < 0 || off > 0 ? PZ_VERDICT_DIFFERS : PZ_VERDICT_PASS;
}

void pz_compare_share(struct pz_comparison *row, double k, double n)
{
    double least, most;
    pz_compare_range(row, 100 * k / n, 1);
    wilson(k, n, &least, &most);
    if (100 * least <= row->high && 100 * most >= row->low)
        row->verdict = PZ_VERDICT_PASS;
    snprintf(row->tolerance, sizeof row->tolerance, "%g to %g; ours is %.1f to %.1f", row->low, row->high, 100 * least,
             100 * most);
    row->cases = n;
    row->needed = row->low > 0 ? pz_cases_for_share(row->low / 100, row->low / 100 - share_matters) : 0;
    if (row->high < 100)
        row->needed = fmax(row->needed, pz_cases_for_share(row->high / 100, row->high / 100 + share_matters));
}
