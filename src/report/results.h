/* SPDX-License-Identifier: BSD-2-Clause */
/* The folder of a result, read back by `report` and all other commands that take a result. They never read captures or
 * tallies, so a figure can be drawn from the tables alone, on another machine and years later.
 *
 * A result is opened only if it is whole: each file is the one that a list of digests says it is. summary.json lists
 * the tables. restricted/manifest.json lists what is in restricted/, and tables/overlap.json, portrait.json and
 * reproduction.json what those commands added; each of these lists names the summary.json that it belongs to, by its
 * digest. A list is removed before its files are replaced, and written after them. So a run that is stopped, or two
 * that are mixed, leave no list or one that doesn't fit.
 *
 * Digests of restricted files are not in summary.json, which is public: the set of an hour with one source could be
 * found by trying all addresses. */
#ifndef PZ_REPORT_RESULTS_H
#define PZ_REPORT_RESULTS_H

#include "base/file.h"
#include "report/csv_table.h"
#include "report/manifest.h"

struct pz_job;      /* reduce/job.h */
struct pz_schema;   /* base/csv.h */
struct pz_outbreak; /* worm/outbreak.h */

#define PZ_RESULTS_MODEL "tables/model.txt"
#define PZ_RESULTS_SUMMARY "summary.json"
/* What summary.json is called from when a run begins to replace the result until the new one is whole. */
#define PZ_RESULTS_UNFINISHED "unfinished.json"
#define PZ_RESULTS_RESTRICTED "restricted/manifest.json"
#define PZ_RESULTS_SETS "restricted/sources" /* the set of each hour's sources, HOUR.roaring in the portable format */
#define PZ_SET_ENDING ".roaring"

struct pz_results {
    const char *directory;              /* borrowed */
    const struct pz_job *const *jobs;   /* borrowed: whose tables it may have; ended by NULL */
    uint16_t port;                      /* whose tables these are; 0 if there is no result yet */
    uint16_t folder;                    /* the port, if the result has several; else 0 (report/folders.h) */
    const struct pz_outbreak *outbreak; /* borrowed: that the port is of; NULL if none is known */
    /* Of made-up data: of what was published, how much these data should show; 1 for recorded ones. */
    struct pz_synthetic synthetic;
    char made_up[64]; /* that in words, as "synthetic, scale 0.02"; empty for recorded data */
    /* Owned, with names as in a result of one port; the latter is empty where restricted/ isn't to be had. */
    struct pz_manifest tables, restricted;
    struct pz_buf record;          /* owned: summary.json */
    struct pz_sha256_text summary; /* of it */
    bool changed;                  /* a table was replaced since: what was read of them may not fit together */
    struct pz_result_table {
        char *name; /* owned */
        bool there;
        struct pz_csv_table table;
    } * csv_tables; /* owned; each table read when it is first asked for */
    size_t n;
};

/* Opens the result of a port, or of the only one if that is 0, and checks it; `maker` is a command whose own tables are
 * not looked at, as it makes them anew, or NULL. It is a usage error, which says what to do, if the result is not
 * whole, does not have the port, or has several and none is given. */
int pz_results_open(struct pz_results *results, const struct pz_job *const *jobs, const char *directory, uint16_t port,
                    const char *maker, struct pz_error *error);
/* Opens each port of a result, the `first` before the others unless it is 0, and then in the order of the run. The
 * caller closes `n` results, unless the call fails. */
int pz_results_open_all(struct pz_results results[PZ_PORTS], size_t *n, const struct pz_job *const *jobs,
                        const char *directory, uint16_t first, const char *maker, struct pz_error *error);
/* As pz_results_open; a folder without anything of a result is an empty one. */
int pz_results_open_or_new(struct pz_results *results, const struct pz_job *const *jobs, const char *directory,
                           uint16_t port, const char *maker, struct pz_error *error);
/* Opens the result of a port that a run has just written, all but summary.json, whose text is given. */
void pz_results_begin(struct pz_results *results, const struct pz_job *const *jobs, const char *directory,
                      uint16_t port, const struct pz_manifest *restricted, const struct pz_buf *summary);
/* The path of a file or folder, by its name in a result of one port. */
struct pz_path pz_results_path(const struct pz_results *results, const char *name);
void pz_results_close(struct pz_results *results);

/* tables/NAME.csv, or restricted/NAME.csv if there is no such; NULL if there is neither, or it can't be read. Good
 * until the results are closed. */
const struct pz_csv_table *pz_results_table(struct pz_results *results, const char *name);
/* Reads a file that the result lists, like "tables/hourly.csv"; an error if it isn't what it was. */
int pz_results_read(struct pz_results *results, const char *name, struct pz_buf *to, struct pz_error *error);
/* To be called after the last table was read: an error if one was replaced meanwhile. */
int pz_results_check_unchanged(const struct pz_results *results, struct pz_error *error);
void pz_results_set_synthetic(struct pz_results *results, struct pz_synthetic synthetic);
/* tables/NAME.csv, or restricted/NAME.csv if it names sources. */
struct pz_path pz_results_table_name(const struct pz_schema *schema);

/* Writes a file by its name in a result of one port, and adds it to a list. */
int pz_results_write(const struct pz_results *results, const char *name, const struct pz_buf *bytes,
                     struct pz_manifest *list, struct pz_error *error);
/* A list of files of this result, which says so. Reading: 1 if there is none, 2 if it is of another result. */
int pz_results_write_list(const struct pz_results *results, const char *name, struct pz_manifest *list,
                          struct pz_error *error);
int pz_results_read_list(const struct pz_results *results, const char *name, struct pz_manifest *list,
                         struct pz_error *error);

struct pz_results_table {
    const struct pz_schema *schema;
    const struct pz_buf *csv;
};

/* Adds tables to a result, in place of those that `maker` added before, and tables/datapackage-MAKER.json, which
 * describes them. */
int pz_results_add(struct pz_results *results, const char *maker, const struct pz_results_table *tables, size_t n,
                   struct pz_error *error);
/* Reads a table that `maker` added to this result. 1 if it added none of that name, -1 if it isn't the one that was
 * added. */
int pz_results_read_added(const struct pz_results *results, const char *maker, const char *table, struct pz_buf *to);
/* Removes all that was added to a result, in the folders of a port. */
void pz_results_remove_added(const char *directory, uint16_t folder);
/* Removes what was added to other results than this one. */
void pz_results_remove_stale(const struct pz_results *results);
/* Adds to the list of tables what all but `maker` added, after a check of it. */
int pz_results_check_added(struct pz_results *results, const char *maker, struct pz_error *error);
/* Whether each file of the list is there as it is listed: a usage error. */
int pz_results_check_listed(const struct pz_results *results, const struct pz_manifest *list, struct pz_error *error);

#endif
