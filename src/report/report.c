/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report.h"

#include "base/file.h"
#include "report/drawings.h"
#include "report/page.h"
#include "report/reproduce.h"

#include <stdlib.h>

/* Whether there is anything to report on. */
static int check_tables(struct pz_results *results, struct pz_error *error)
{
    if (pz_results_table(results, "hourly"))
        return 0;
    return pz_fail_usage(error, "%s has no tables/hourly.csv: give the folder that a run wrote its results to",
                         results->directory);
}

static int write_reproduction(struct pz_results *results, struct pz_error *error)
{
    struct pz_buf csv = {0};
    const struct pz_results_table table = {"reproduction", &csv};
    if (results->outbreak)
        pz_reproduce(results, &csv);
    int status = pz_results_add(results, "reproduction", &table, results->outbreak != NULL, error);
    pz_buf_release(&csv);
    return status;
}

static int write_page(struct pz_results *results, const struct pz_drawn *drawn, size_t n, const char *version,
                      struct pz_manifest *list, struct pz_error *error)
{
    struct pz_buf html = {0};
    pz_page_write(results, drawn, n, version, &html);
    char *path = pz_file_join(results->directory, "report.html");
    int status = pz_file_write(path, html.bytes, html.nbytes, error);
    pz_manifest_add_bytes(list, "report.html", &html);
    free(path);
    pz_buf_release(&html);
    return status;
}

int pz_report_make(struct pz_results *results, const struct pz_report_options *options, struct pz_buf *told,
                   struct pz_buf *kept, struct pz_error *error)
{
    struct pz_synthetic *synthetic = &results->synthetic;
    if (options->scale > 0)
        *synthetic = (struct pz_synthetic){.any = synthetic->any || options->scale < 1 || options->scale > 1,
                                           .known = true,
                                           .scale = options->scale,
                                           .noise = synthetic->noise};
    struct pz_manifest list = {0};
    struct pz_drawn *drawn = NULL;
    size_t n = 0;
    int status = check_tables(results, error);
    if (status == 0)
        status = write_reproduction(results, error);
    pz_drawings_unlist(results->directory);
    if (status == 0)
        status = pz_draw_all(results, &options->draw, &list, &drawn, &n, error);
    if (status == 0)
        status = write_page(results, drawn, n, options->draw.version, &list, error);
    if (status == 0)
        status = pz_results_check_unchanged(results, error);
    if (status == 0)
        status = pz_drawings_list(results, &list, error);
    if (status == 0 && !pz_page_has_script())
        pz_buf_printf(told, "report.html has no zoom and no maps: this program was built without Node.js\n");
    for (size_t i = 0; status == 0 && i < n; i++)
        if (drawn[i].left_out || !drawn[i].painted)
            pz_buf_printf(told, "%s is left out: %s\n", drawn[i].figure->name, drawn[i].drawing.why);
    for (size_t i = 0; status == 0 && i < n; i++)
        if (!drawn[i].left_out && strcmp(drawn[i].name, drawn[i].figure->name) != 0)
            pz_buf_printf(kept, "figures/%s.gp was changed and is kept; the new script is figures/%s.gp\n",
                          drawn[i].figure->name, drawn[i].name);
    pz_drawn_free(drawn, n);
    pz_manifest_release(&list);
    return status;
}
