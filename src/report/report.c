/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report.h"

#include "base/file.h"
#include "report/drawings.h"
#include "report/folders.h"
#include "report/page.h"

#include <stdlib.h>
#include <unistd.h>

#define PZ_REPORT_PAGE "report.html"

/* Whether there is anything to report on. */
static int check_tables(struct pz_results *results, struct pz_error *error)
{
    if (pz_results_table(results, "hourly"))
        return 0;
    if (pz_manifest_find(&results->tables, "tables/hourly.csv"))
        return pz_fail(
            error,
            "%s: tables/hourly.csv was removed after its run wrote it: another run writes to the same folder."
            " When it has ended, give the same command again",
            results->directory);
    return pz_fail_usage(error, "%s has no tables/hourly.csv: give the folder that a run wrote its results to",
                         results->directory);
}

static int write_reproduction(struct pz_results *results, struct pz_error *error)
{
    struct pz_buf csv = {0};
    const struct pz_results_table table = {&pz_schema_reproduction, &csv};
    if (results->outbreak)
        pz_reproduce(results, &csv);
    int status = pz_results_add(results, "reproduction", &table, results->outbreak != NULL, error);
    pz_buf_release(&csv);
    return status;
}

static int draw_port(struct pz_page_port *port, const struct pz_report_options *options, struct pz_error *error)
{
    struct pz_results *results = port->results;
    struct pz_synthetic synthetic = results->synthetic;
    bool any = synthetic.any || options->scale < 1 || options->scale > 1;
    if (options->scale > 0)
        pz_results_set_synthetic(results, (struct pz_synthetic){any, true, options->scale, synthetic.noise});
    int status = check_tables(results, error);
    if (status == 0)
        status = write_reproduction(results, error);
    unlink(pz_results_path(results, PZ_DRAWINGS_LIST).text);
    if (status == 0)
        status = pz_draw_all(results, &options->draw, &port->list, &port->drawn, &port->n, error);
    return status;
}

static void tell(const struct pz_page_port *port, struct pz_buf *told, struct pz_buf *kept)
{
    struct pz_path figures = pz_folders_name(port->results->folder, "figures");
    for (size_t i = 0; i < port->n; i++) {
        const struct pz_drawn *drawn = &port->drawn[i];
        if (drawn->left_out || !drawn->painted)
            pz_buf_printf(told, "%s is left out: %s\n", drawn->figure->name, drawn->drawing.why);
        if (!drawn->left_out && strcmp(drawn->name, drawn->figure->name) != 0)
            pz_buf_printf(kept, "%s/%s.gp was changed and is kept; the new script is %s/%s.gp\n", figures.text,
                          drawn->figure->name, figures.text, drawn->name);
    }
}

/* The page is written when all is drawn, and then all is listed. */
int pz_report_make(struct pz_results *results, size_t nports, const struct pz_report_options *options,
                   struct pz_buf *told, struct pz_buf *kept, struct pz_error *error)
{
    struct pz_page_port *ports = pz_alloc(nports * sizeof *ports);
    struct pz_buf html = {0};
    int status = 0;
    pz_file_sweep(results->directory, 1);
    for (size_t i = 0; status == 0 && i < nports; i++) {
        pz_file_sweep(pz_results_path(&results[i], "tables").text, 1);
        pz_file_sweep(pz_results_path(&results[i], "figures").text, 1);
        ports[i].results = &results[i];
        status = draw_port(&ports[i], options, error);
    }
    if (status == 0) {
        pz_page_write(ports, nports, options->draw.version, options->others, &html);
        status = pz_file_write(pz_file_join(results->directory, PZ_REPORT_PAGE).text, html.bytes, html.nbytes, error);
    }
    for (size_t i = 0; status == 0 && i < nports; i++)
        status = pz_results_check_unchanged(&results[i], error);
    for (size_t i = 0; status == 0 && i < nports; i++) {
        pz_manifest_add_bytes(&ports[i].list, PZ_REPORT_PAGE, &html);
        status = pz_results_write_list(&results[i], PZ_DRAWINGS_LIST, &ports[i].list, error);
    }
    if (status == 0 && !pz_page_has_script())
        pz_buf_printf(told, PZ_REPORT_PAGE " has no zoom and no maps: this program was built without Node.js\n");
    for (size_t i = 0; i < nports; i++) {
        if (status == 0)
            tell(&ports[i], told, kept);
        pz_drawn_free(ports[i].drawn, ports[i].n);
        pz_manifest_release(&ports[i].list);
    }
    pz_buf_release(&html);
    free(ports);
    return status;
}
