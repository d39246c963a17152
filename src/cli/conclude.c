/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/conclude.h"

#include "base/text.h"
#include "commit.h"
#include "report/drawings.h"
#include "report/report.h"
#include "report/summary.h"

#include <stdlib.h>

static enum pz_input_fate fate_of(const struct pz_capture *capture)
{
    static const enum pz_input_fate fates[] = {[PZ_CAPTURE_READABLE] = PZ_INPUT_READ,
                                               [PZ_CAPTURE_DUPLICATE] = PZ_INPUT_DUPLICATE,
                                               [PZ_CAPTURE_NONE] = PZ_INPUT_NOT_A_CAPTURE,
                                               [PZ_CAPTURE_UNREADABLE] = PZ_INPUT_UNREADABLE};
    return fates[capture->state];
}

static void write_summary(const struct pz_conclusion *conclusion, struct pz_manifest *tables, struct pz_buf *json)
{
    const struct pz_captures *captures = conclusion->captures;
    struct pz_summary_input *inputs = pz_alloc(captures->n * sizeof *inputs);
    for (size_t i = 0; i < captures->n; i++) {
        const struct pz_capture *capture = &captures->all[i];
        bool read = capture->state == PZ_CAPTURE_READABLE && capture->facts;
        inputs[i] = (struct pz_summary_input){
            .label = capture->label,
            .identity = &capture->identity,
            .fate = fate_of(capture),
            .why = capture->why,
            .original = capture->state == PZ_CAPTURE_DUPLICATE ? captures->all[capture->original].label : NULL,
            .overlaps = capture->overlaps != i ? captures->all[capture->overlaps].label : NULL,
            .log = read ? &capture->facts->log : NULL,
            .packets = read ? capture->facts->digest : 0};
        for (size_t port = 0; read && port < conclusion->nports; port++)
            inputs[i].fates[port] = capture->by_port[port]->fates;
    }
    struct pz_summary summary = {.version = PZ_VERSION,
                                 .commit = PZ_COMMIT,
                                 .filters = conclusion->filters,
                                 .nports = conclusion->nports,
                                 .options = conclusion->timeline,
                                 .countries = conclusion->countries,
                                 .networks = conclusion->networks,
                                 .recorded = &conclusion->tables[0].recorded, /* as of all ports */
                                 .decoded = conclusion->settings->decode,
                                 .pseudonyms = conclusion->settings->pseudonyms,
                                 .accept_anonymised = conclusion->settings->accept_anonymised,
                                 .inputs = inputs,
                                 .ninputs = captures->n,
                                 .tables = tables};
    for (size_t port = 0; port < conclusion->nports; port++)
        summary.calibrated[port] = &conclusion->tables[port].calibrated;
    pz_summary_write(&summary, json);
    free(inputs);
}

/* The page says what can't be drawn of these captures, and so does `report`; a run doesn't. */
static int make_report(struct pz_results *results, const struct pz_output *output, struct pz_error *error)
{
    const struct pz_report_options options = {
        .draw = {.figures = output->figures, .endings = PZ_DRAW_ENDINGS, .version = PZ_VERSION},
        .others = pz_other_tables};
    struct pz_buf told = {0}, kept = {0};
    int status = pz_report_make(results, output->nports, &options, &told, &kept, error);
    pz_tell_lines(&kept);
    pz_buf_release(&kept);
    pz_buf_release(&told);
    return status;
}

/* Whether what is there is what was written: the files of another run could have taken the place of ours. */
static int check_whole(const struct pz_output *output, uint16_t port, struct pz_error *error)
{
    struct pz_results results;
    if (pz_results_open_port(&results, output->jobs, output->directory, port, NULL, error) != 0) {
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

int pz_conclude(const struct pz_conclusion *conclusion, struct pz_output *output, struct pz_error *error)
{
    size_t nports = conclusion->nports;
    struct pz_buf summary = {0};
    struct pz_results *results = pz_alloc(nports * sizeof *results);
    write_summary(conclusion, &output->tables, &summary);
    for (size_t i = 0; i < nports; i++)
        pz_results_begin(&results[i], output->jobs, output->directory, output->ports[i], &output->tables,
                         &output->restricted, &summary);
    int status = conclusion->settings->no_report ? 0 : make_report(results, output, error);
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
