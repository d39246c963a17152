/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a run: summary.json, the report, and the proof that the result is whole. */
#include "base/text.h"
#include "cli/work.h"
#include "commit.h"
#include "figures/figures.h"
#include "report/drawings.h"
#include "report/report.h"
#include "run/stop.h"
#include "run/summary.h"

#include <stdlib.h>

int pz_make_report(struct pz_results *results, size_t n, double scale, bool loud, struct pz_error *error)
{
    const struct pz_report_options options = {
        .draw = {.figures = pz_figures, .endings = PZ_DRAW_ENDINGS, .version = PZ_VERSION, .stop = pz_stop_asked},
        .others = pz_other_tables,
        .scale = scale};
    struct pz_buf told = {0}, kept = {0};
    int status = pz_report_make(results, n, &options, &told, &kept, error);
    if (loud)
        pz_tell_lines(&told);
    pz_tell_lines(&kept);
    pz_buf_release(&kept);
    pz_buf_release(&told);
    return status;
}

/* Whether what is there is what was written: the files of another run could have taken the place of ours. */
static int check_whole(const struct pz_output *output, uint16_t port, struct pz_error *error)
{
    struct pz_results results;
    if (pz_results_open(&results, output->jobs, output->directory, port, NULL, error) != 0) {
        error->exit = PZ_EXIT_ENVIRONMENT;
        return -1;
    }
    char *name = pz_drawings_find_foreign(&results);
    int status = 0;
    if (name)
        status =
            pz_fail(error,
                    "%s/%s was drawn by another run that writes to the same folder. When that has ended, patientzero "
                    "report --out %s draws all figures again",
                    output->directory, name, output->directory);
    free(name);
    pz_results_close(&results);
    return status;
}

int pz_conclude(const struct pz_context *context, const struct pz_tables *tables, struct pz_output *output,
                struct pz_error *error)
{
    size_t nports = context->nports;
    struct pz_buf summary = {0};
    struct pz_results *results = pz_alloc(nports * sizeof *results);
    pz_summary_write(&(struct pz_summary){PZ_VERSION, PZ_COMMIT, &context->scan, tables, &output->tables}, &summary);
    for (size_t i = 0; i < nports; i++)
        pz_results_begin(&results[i], output->jobs, output->directory, output->ports[i], &output->restricted, &summary);
    /* The page says what can't be drawn of these captures, and so does `report`; a run doesn't. */
    int status = context->settings.no_report ? 0 : pz_make_report(results, nports, 0, false, error);
    if (status == 0)
        status = pz_output_end(output, results, &summary, error);
    for (size_t i = 0; status == 0 && i < nports; i++)
        status = check_whole(output, output->ports[i], error);
    for (size_t i = 0; i < nports; i++)
        pz_results_close(&results[i]);
    free(results);
    pz_buf_release(&summary);
    return status;
}
