/* SPDX-License-Identifier: BSD-2-Clause */
/* patientzero report: tables in, figures and a page out. */
#include "base/file.h"
#include "cli/work.h"
#include "figures/figures.h"
#include "jobs/jobs.h"
#include "report/drawings.h"
#include "report/folders.h"

#include <stdlib.h>

/* gnuplot reads the tables by itself, so the result is looked at once more in the end. */
static int check_unchanged(struct pz_results *results, struct pz_error *error)
{
    struct pz_results again;
    if (pz_results_open(&again, pz_jobs, results->directory, results->port, NULL, error) != 0)
        return -1;
    results->changed = !pz_sha256_same(again.summary, results->summary);
    pz_results_close(&again);
    return pz_results_check_unchanged(results, error);
}

static int check(const struct pz_context *context, struct pz_error *error)
{
    if (context->narguments)
        return pz_fail_usage(error, "%s: report takes no captures, only --out DIR with the results of a run",
                             context->arguments[0]);
    if (!context->settings.out)
        return pz_fail_usage(error, "--out is missing: add --out DIR, the folder with the results of a run");
    return 0;
}

/* With --dry-run. Drawing takes seconds, whatever the archive. */
static int tell_plan(const struct pz_results *results, size_t nports, struct pz_error *error)
{
    struct pz_buf text = {0}, names = {0};
    size_t n;
    const struct pz_figure **figures = pz_figures_in_order(pz_figures, &n);
    for (size_t i = 0; i < n * nports; i++) {
        const struct pz_results *port = &results[i / n];
        struct pz_path name = pz_path("figures/%s.gp", figures[i % n]->name);
        if (pz_script_is_changed(pz_results_path(port, name.text).text))
            pz_buf_printf(&names, "%s %s", names.nbytes ? "," : "", pz_folders_name(port->folder, name.text).text);
    }
    free(figures);
    pz_buf_printf(&text, "read       the tables in %s/tables\n", results->directory);
    pz_buf_printf(&text, "replaced   report.html, tables/reproduction.csv, and up to %zu figures in figures/\n",
                  n * nports);
    pz_buf_printf(&text, "kept       all other tables%s%.*s\n", names.nbytes ? "; scripts that you changed:" : "",
                  (int)names.nbytes, names.nbytes ? (const char *)names.bytes : "");
    pz_buf_printf(&text, "Nothing was written.\n");
    pz_buf_release(&names);
    return pz_file_print(&text, error);
}

static int make(struct pz_results *results, size_t nports, const struct pz_settings *settings, struct pz_error *error)
{
    int status = pz_make_report(results, nports, settings->scale, !settings->quiet, error);
    for (size_t i = 0; status == 0 && i < nports; i++)
        status = check_unchanged(&results[i], error);
    return status;
}

static int run(struct pz_context *context, struct pz_error *error)
{
    const struct pz_settings *settings = &context->settings;
    struct pz_results *results = pz_alloc(PZ_PORTS * sizeof *results);
    size_t n;
    int status = pz_results_open_all(results, &n, pz_jobs, settings->out, settings->port, "reproduction", error);
    if (status == 0)
        status = settings->dry_run ? tell_plan(results, n, error) : make(results, n, settings, error);
    for (size_t i = 0; i < n; i++)
        pz_results_close(&results[i]);
    free(results);
    return status;
}

const struct pz_command pz_command_report = {
    .name = "report",
    .arguments = "--out DIR [OPTION...]",
    .summary = "draw the figures and write the page again",
    .help = "Draws the figures, compares the published numbers with ours (tables/reproduction.csv), and\n"
            "writes report.html, a page that needs no network. It uses only the tables in DIR. gnuplot draws\n"
            "the figures; their scripts are in figures/ too. A script that you changed is kept, and the new\n"
            "one gets another name. run does the same at its end.",
    .needs = PZ_RUNS_ALONE | PZ_TAKES_RESULT,
    .options = PZ_OPTIONS(
        {"out", "DIR", "Folder with the results of a run. The figures and the page go there too.", PZ_AS_TEXT(out)},
        {"scale", "F",
         "Multiply the published counts by F, as the data are synthetic at this scale.\n"
         "Default: the scale that the captures of synth carry.",
         PZ_AS_FRACTION(scale)},
        {"port", "N",
         "Port that the page of a result of several ports shows first. All are drawn.\n"
         "Default: the first of the run.",
         PZ_AS_PORT(port)},
        {PZ_OPTION_DRY_RUN}),
    .examples = PZ_EXAMPLES({"Figures and page again, for data that hold a hundredth of the hosts:",
                             "patientzero report --out results --scale 0.01"}),
    .check = check,
    .run = run,
};
