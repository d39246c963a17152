/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of the reproduction table while they are filled; for reproduce.c and reproduce_behaviour.c only.
 *
 * A row is judged where the captures cover what it is about, and where chance leaves a verdict worth having: `cases`
 * says how many independent things were counted, and `needed` how many would show a difference that matters in nine of
 * ten archives. Fewer are too few. Counts of recorded captures are counts of the telescope's own packets: chance has no
 * part in them. */
#ifndef PZ_REPORT_COMPARISON_H
#define PZ_REPORT_COMPARISON_H

#include "base/csv.h"
#include "report/series.h"
#include "worm/outbreak.h"

enum pz_verdict { PZ_VERDICT_OPEN, PZ_VERDICT_PASS, PZ_VERDICT_DIFFERS };

enum { PZ_BIN = 600 };

struct pz_reproduction {
    struct pz_results *results;
    struct pz_series hourly, daily;              /* sources */
    struct pz_series new_sources, new_reachable; /* of PZ_BIN seconds */
    /* Of fingerprint.csv, sums of the first day. */
    struct pz_attempts {
        bool known;
        double all, worm_like;                  /* of any traits; with all of them and a second SYN in time */
        double one, in_time, other, more;       /* of attempts with all traits */
        double without_ttl[2], without_port[2]; /* scans with all other traits: of these, with this one too */
        double sources;                         /* of the worm, at least */
    } attempts;
    struct pz_csv *csv;
};

struct pz_comparison {
    const struct pz_published *number; /* borrowed */
    const char *of;                    /* of what, if the rule needs that: another number, a column, a share */
    double expected;                   /* the count, in these data */
    double low, high;                  /* the bounds of ours, if it has any */
    char published[48], ours[48], difference[32], tolerance[64];
    double cases, needed; /* 0 where chance has no part in it */
    enum pz_covered covered;
    bool never; /* a telescope can't show it */
    enum pz_verdict verdict;
};

/* How the row of a published number is filled. */
struct pz_rule {
    const char *id, *of;
    void (*fill)(const struct pz_reproduction *work, struct pz_comparison *row);
};
/* reproduce_behaviour.c: of how the worm scans and in which countries its victims are; ended by one without an id. */
extern const struct pz_rule pz_rules_of_behaviour[];
void pz_attempts_count(struct pz_results *results, struct pz_attempts *sums);

/* The published number of an id; an empty one if there is none. */
const struct pz_published *pz_number_of(const struct pz_reproduction *work, const char *id);
/* An empty row for a number, scaled for made-up data, on the time that the number is about. */
struct pz_comparison pz_comparison_of(const struct pz_reproduction *work, const struct pz_published *number);
void pz_comparison_write(const struct pz_reproduction *work, const struct pz_comparison *row);

/* Of a published number of other sources an hour, how many made-up data should show. */
double pz_expected_noise(const struct pz_reproduction *work, double published);

/* Fills `ours`, the difference in percent and the verdict: ours passes within a percentage of what is expected, or
 * within three standard deviations of a count if the data are thinned. */
void pz_compare_count(const struct pz_reproduction *work, struct pz_comparison *row, double ours,
                      double tolerance_percent);
/* As pz_compare_count, for times known to `width` seconds: 3,600 for an hour. Ours may come until the number's end,
 * never earlier; if it has none, they must be the same. */
void pz_compare_time(struct pz_comparison *row, int64_t ours, int64_t width);
/* Ours should lie between the row's bounds. */
void pz_compare_range(struct pz_comparison *row, double ours, int decimals);
/* k of n, in percent, should lie between the bounds: it differs if its interval at 95 % doesn't reach them. */
void pz_compare_share(struct pz_comparison *row, double k, double n);
/* Ours is made of so many cases, which chance has a part in if the data are made up; enough must show a `factor`. */
void pz_compare_cases(const struct pz_reproduction *work, struct pz_comparison *row, double cases, double factor);
/* How many cases show, nine times of ten, that a share is `other` and not `published` (0 to 1), at a level of 5 %. */
double pz_cases_for_share(double published, double other);
/* As pz_cases_for_share, for a count that differs by `factor`: a count scatters by its square root. */
double pz_cases_for_factor(double factor);

#endif
