/* patientzero outbreak: when the release must have been. */
#include "base/file.h"
#include "base/time.h"
#include "cli/command.h"
#include "report/sheet.h"
#include "worm/release.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

struct settings {
    const char *out;
    double share;
    bool numbers;
};

#define FIELD(name) offsetof(struct settings, name)

static const struct pz_option options[] = {
    {"out", "DIR", "The folder with the results of a run.", FIELD(out), pz_parse_text},
    {"share", "F",
     "Of the infected hosts, so many does the telescope see (1). A /8 sees nearly all\n"
     "within minutes, a /16 few of the slow ones.",
     FIELD(share), pz_parse_fraction},
    {"numbers", NULL, "A name and a value on each line, and no explanation.", FIELD(numbers), pz_parse_flag},
    {0},
};

static void put_time(double hours, char text[PZ_TIME_TEXT])
{
    pz_time_text((int64_t)floor(hours * PZ_SECONDS_PER_HOUR), text);
}

/* When each source was seen first, in hours; within a minute, evenly. The caller frees. */
static double *read_minutes(const struct pz_sheet *sheet, size_t *n)
{
    size_t column = pz_sheet_column(sheet, "candidates"), capacity = 0;
    double count;
    int64_t second;
    for (size_t row = 0; row < sheet->nrows; row++)
        capacity += pz_sheet_number(sheet, row, column, &count) && count < 1e9 ? (size_t)count : 0;
    double *hours = pz_alloc((capacity + 1) * sizeof *hours);
    *n = 0;
    for (size_t row = 0; row < sheet->nrows; row++)
        if (pz_sheet_number(sheet, row, column, &count) && count < 1e9 && pz_sheet_time(sheet, row, 0, &second))
            for (double i = 0; i < count; i++)
                hours[(*n)++] = ((double)second + (i + 0.5) / count * 60) / PZ_SECONDS_PER_HOUR;
    return hours;
}

/* Attempts an hour of a candidate; false if they aren't known. */
static bool rate_of(const struct pz_sheet *sheet, size_t row, double *rate)
{
    double attempts, hours;
    bool known = pz_sheet_number(sheet, row, pz_sheet_column(sheet, "attempts"), &attempts) &&
                 pz_sheet_number(sheet, row, pz_sheet_column(sheet, "hours"), &hours) && hours > 0;
    *rate = known ? attempts / hours : 0;
    return known;
}

/* What is known of the first source: when it was seen, and how its rate compares. */
static void read_first(const struct pz_sheet *sheet, struct pz_release *release)
{
    double worm, rate, first, sum = 0, n = 0;
    int64_t second;
    if (!sheet || !sheet->nrows || !rate_of(sheet, 0, &first) ||
        !pz_sheet_time(sheet, 0, pz_sheet_column(sheet, "onset"), &second))
        return;
    for (size_t row = 1; row < sheet->nrows; row++)
        if (pz_sheet_number(sheet, row, pz_sheet_column(sheet, "probability_worm"), &worm) && worm > 0.99 &&
            rate_of(sheet, row, &rate)) {
            sum += rate;
            n++;
        }
    release->first_seen = ((double)second + 1) / PZ_SECONDS_PER_HOUR;
    release->first_rate = sum > 0 && first > 0 ? first / (sum / n) : 0;
}

static void explain(const struct pz_release *release, struct pz_buf *to)
{
    char from[PZ_TIME_TEXT], until[PZ_TIME_TEXT], best[PZ_TIME_TEXT], earliest[PZ_TIME_TEXT], latest[PZ_TIME_TEXT],
        seen[PZ_TIME_TEXT];
    put_time(release->from, from);
    put_time(release->to, until);
    put_time(release->best, best);
    put_time(release->earliest, earliest);
    put_time(release->latest, latest);
    put_time(release->first_seen, seen);
    pz_buf_printf(
        to,
        "The release was between %s and %s (90 %%), most likely about %s.\n\n"
        "How this was reached. From %s to %s, as sources of the worm grew from %d to %.0f,\n"
        "they grew by a rate of %.2f an hour (give or take %.2f): twice as many every %.0f minutes. At %.4g of\n"
        "the infected hosts seen, that was %.0f hosts by then. Followed back to one host at the same rate, it\n"
        "leads to the time above. ",
        earliest, latest, best, from, until, PZ_RELEASE_FROM, release->count, release->rate, release->rate_error,
        60 * log(2) / release->rate, release->share, release->count / release->share);
    if (release->first_rate > 0)
        pz_buf_printf(to,
                      "The first source scanned %.1f times as fast as the others on average,\n"
                      "which gave it so much of a start, and chance had its part in its first infections: both are in\n"
                      "the interval. ",
                      release->first_rate);
    else
        pz_buf_printf(to, "How fast the first host scanned isn't known, so the interval is wide. ");
    if (release->bound)
        pz_buf_printf(to, "It ends with the first sighting of the worm, %s: the release was before it.\n", seen);
    else
        pz_buf_printf(to, "\n");
    pz_buf_printf(
        to, "\nWhat this doesn't say. A first sighting at a telescope is not a first infection: a source is seen\n"
            "when one of its scans happens to come here, and hosts that never scanned here, or were infected by\n"
            "hand, leave no trace. The growth is taken to have had one rate from the first host on, and the\n"
            "release one host. Where several were released at once, the release was later than stated.\n");
}

static void put_numbers(const struct pz_release *release, struct pz_buf *to)
{
    char text[PZ_TIME_TEXT];
    const struct {
        const char *name;
        double hours;
    } times[] = {{"earliest", release->earliest},
                 {"estimate", release->best},
                 {"latest", release->latest},
                 {"fitted_from", release->from},
                 {"fitted_until", release->to}};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        put_time(times[i].hours, text);
        pz_buf_printf(to, "%s %s\n", times[i].name, text);
    }
    pz_buf_printf(to, "rate %.4f\nrate_error %.4f\nsources %.0f\nfirst_rate %.2f\n", release->rate, release->rate_error,
                  release->count, release->first_rate);
}

static int state(const struct settings *settings, struct pz_error *error)
{
    struct pz_results results;
    struct pz_release release = {.share = settings->share, .first_seen = INFINITY};
    struct pz_buf text = {0};
    size_t n = 0;
    pz_results_open(&results, settings->out);
    const struct pz_sheet *minutes = pz_results_sheet(&results, "outbreak");
    int status =
        minutes ? 0
                : pz_fail_usage(error, "%s has no tables/outbreak.csv: name the output folder of a run", settings->out);
    double *hours = minutes ? read_minutes(minutes, &n) : NULL;
    read_first(pz_results_sheet(&results, "candidates"), &release);
    if (isinf(release.first_seen) && n)
        release.first_seen = hours[0];
    if (status == 0 && !pz_release_fit(&release, hours, n))
        status = pz_fail_usage(error, "%zu sources of the worm are too few to see it grow: %d are the least", n,
                               PZ_RELEASE_LEAST);
    if (status == 0 && settings->numbers)
        put_numbers(&release, &text);
    else if (status == 0)
        explain(&release, &text);
    if (status == 0)
        status = pz_file_print(text.bytes, text.nbytes, error);
    pz_buf_release(&text);
    free(hours);
    pz_results_close(&results);
    return status;
}

static int run(const struct pz_comm *comm, int argc, char **argv, struct pz_error *error)
{
    extern const struct pz_command pz_command_outbreak;
    struct settings settings = {.share = 1};
    int n;
    if (pz_options_read(&pz_command_outbreak, &settings, argc, argv, &n, error) != 0)
        return -1;
    if (n || !settings.out || settings.share > 1)
        return pz_fail_usage(error, "%s: patientzero outbreak --help",
                             n               ? "outbreak takes options only"
                             : !settings.out ? "--out is missing"
                                             : "--share is above 1");
    return pz_comm_agree(comm, comm->rank ? 0 : state(&settings, error), error);
}

const struct pz_command pz_command_outbreak = {
    .name = "outbreak",
    .arguments = "--out DIR [OPTION...]",
    .summary = "when the worm must have been released, and how sure that is",
    .help =
        "Fits early growth to the times at which the worm's sources were seen first, minute by minute\n"
        "(tables/outbreak.csv of a run), follows it back to a single host, and states when the release must have\n"
        "been, with a 90 % interval and how it was reached. Where restricted/candidates.csv is there too, the first\n"
        "source's own rate and time are heeded. A first sighting at a telescope is not a first infection, and the\n"
        "text says so.",
    .options = options,
    .run = run,
};
