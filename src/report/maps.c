/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/page.h"

#include "base/time.h"
#include "report/figure.h"

#include <stdlib.h>

bool pz_maps_window(const struct pz_outbreak *outbreak, const struct pz_csv_table *table, int64_t *begin, int64_t *end)
{
    int64_t first, last;
    if (!table || !pz_csv_table_span(table, "sources", &first, &last))
        return false;
    int64_t outbreak_begin = pz_outbreak_begin(outbreak);
    bool there = first < outbreak_begin + PZ_DAY_SECONDS && last >= outbreak_begin;
    *begin = there ? outbreak_begin : first - first % PZ_DAY_SECONDS;
    *end = *begin + PZ_DAY_SECONDS;
    return true;
}

enum { CODES = 128 * 128 };

struct day {
    int64_t day, hour; /* the hour looked at last */
    size_t nhours;
    struct sums {
        double sources, rate;
        bool rated;
    } * countries; /* by both letters of the code */
};

/* 0 for those that are too few each to be told. */
static size_t index_of(const char *code)
{
    return strlen(code) == 2 ? (size_t)(code[0] & 127) * 128 + (size_t)(code[1] & 127) : 0;
}

static void write_day(struct day *day, struct pz_buf *csv)
{
    const struct pz_time_text time = pz_time_text_day((uint32_t)day->day);
    for (size_t i = 0; day->nhours && i < CODES; i++) {
        struct sums *sums = &day->countries[i];
        if (sums->sources <= 0)
            continue;
        const char code[] = {(char)(i / 128), (char)(i % 128), 0};
        pz_buf_printf(csv, "%s,%s,%.1f,", time.text, i ? code : "few", sums->sources / (double)day->nhours);
        if (sums->rated)
            pz_buf_printf(csv, "%.3f", sums->rate / (double)day->nhours);
        pz_buf_printf(csv, "\n");
        *sums = (struct sums){0};
    }
    day->nhours = 0;
}

/* The same of each day; nothing if there are fewer than three days. */
static void put_days(const struct pz_csv_table *table, struct pz_buf *csv)
{
    int64_t first, last;
    if (!pz_csv_table_span(table, "sources", &first, &last) || last - first < 2 * PZ_DAY_SECONDS)
        return;
    struct day day = {.day = -1, .hour = -1, .countries = pz_alloc(CODES * sizeof *day.countries)};
    pz_buf_printf(csv, "time,country,sources,per_million\n");
    for (size_t row = 0; row < table->nrows; row++) {
        int64_t second;
        double sources, rate;
        if (!pz_csv_table_time(table, row, "hour", &second) || !pz_csv_table_number(table, row, "sources", &sources))
            continue;
        if (second / PZ_DAY_SECONDS != day.day)
            write_day(&day, csv);
        day.day = second / PZ_DAY_SECONDS;
        day.nhours += second != day.hour;
        day.hour = second;
        struct sums *sums = &day.countries[index_of(pz_csv_table_text(table, row, "country"))];
        sums->sources += sources;
        if (pz_csv_table_number(table, row, "per_million", &rate)) {
            sums->rate += rate;
            sums->rated = true;
        }
    }
    write_day(&day, csv);
    free(day.countries);
}

/* A table's hours of the window: its name for the page, and the columns of the place and the rate. */
static void put_hours(struct pz_results *results, const char *name, const char *window, const char *place,
                      const char *rate, struct pz_buf *html)
{
    const struct pz_csv_table *table = pz_results_table(results, name);
    struct pz_buf hours = {0};
    int64_t begin, end, second;
    if (!pz_maps_window(results->outbreak, table, &begin, &end))
        return;
    pz_buf_printf(&hours, "time,%s,sources,%s\n", place, rate);
    for (size_t row = 0; row < table->nrows; row++) {
        if (!pz_csv_table_time(table, row, "hour", &second) || second < begin || second >= end)
            continue;
        const char *at = pz_csv_table_text(table, row, place), *quote = strchr(at, ',') ? "\"" : "";
        pz_buf_printf(&hours, "%s,%s%s%s,%s,%s\n", pz_csv_table_text(table, row, "hour"), quote, at, quote,
                      pz_csv_table_text(table, row, "sources"), pz_csv_table_text(table, row, rate));
    }
    pz_page_put_data(html, window, &hours);
    pz_buf_release(&hours);
}

void pz_maps_write(struct pz_results *results, struct pz_buf *html)
{
    const struct pz_csv_table *table = pz_results_table(results, "country_hourly");
    struct pz_buf days = {0};
    put_hours(results, "country_hourly", "country_window", "country", "per_million", html);
    put_hours(results, "networks_hourly", "networks_window", "network", "per_thousand", html);
    if (table)
        put_days(table, &days);
    pz_page_put_data(html, "country_daily", &days);
    pz_buf_release(&days);
}
