/* Sources of the whole span by country, beside the country's addresses. */
#include "reduce/job.h"

#include <inttypes.h>

static size_t nsums(const struct pz_frame *frame)
{
    return frame->countries ? frame->countries->ncountries + 1 : 0;
}

static void end(struct pz_part *part, const struct pz_table *sources)
{
    const struct pz_geo *geo = part->frame->countries;
    for (size_t i = 0; geo && i < sources->n; i++)
        part->sums[pz_geo_find(geo, pz_table_row(sources, i)->address)]++;
}

static void write(const struct pz_part *whole, struct pz_buf *csv)
{
    const struct pz_geo *geo = whole->frame->countries;
    if (!geo)
        return;
    pz_buf_printf(csv, "country,sources,addresses,ranges_from\n");
    for (size_t i = 0; i < geo->ncountries; i++)
        pz_buf_printf(csv, "%s,%" PRIu64 ",%" PRIu64 ",\n", geo->countries[i].code, whole->sums[i],
                      geo->countries[i].addresses);
    /* What the ranges were made of stands once, in the row of the addresses that lie in none. */
    pz_buf_printf(csv, "%s,%" PRIu64 ",,\"", PZ_COUNTRY_UNKNOWN, whole->sums[geo->ncountries]);
    for (const char *c = (const char *)geo->source.bytes; *c; c++)
        pz_buf_printf(csv, "%s%c", *c == '"' ? "\"" : "", *c);
    pz_buf_printf(csv, "\"\n");
}

const struct pz_job pz_job_country = {.name = "country", .nsums = nsums, .end = end, .write = write};
