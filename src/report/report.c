#include "report/report.h"

#include "base/file.h"

#include <stdlib.h>

int pz_report_make(const char *directory, const struct pz_report_options *options, struct pz_buf *told,
                   struct pz_error *error)
{
    struct pz_results results;
    pz_results_open(&results, directory);
    results.scale = options->scale;
    struct pz_drawn *drawn = NULL;
    size_t n = 0;
    int status = pz_draw_all(&results, &options->draw, &drawn, &n, error);
    for (size_t i = 0; status == 0 && i < n; i++)
        if (drawn[i].left_out || !drawn[i].painted)
            pz_buf_printf(told, "%s is left out: %s\n", drawn[i].figure->name, drawn[i].drawing.why);
    pz_drawn_free(drawn, n);
    pz_results_close(&results);
    return status;
}
