/* SPDX-License-Identifier: BSD-2-Clause */
/* One infected host's scan, packet by packet: the published Figure 5. Tallies don't keep packets, so its table is made
 * by `patientzero portrait`, which looks the host up in the capture of that hour. */
#include "report/figure.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

/* Seconds since 1970 with their fraction; the table's own reader stops at seconds. */
static bool time_of(const struct pz_csv_table *table, size_t row, double *second)
{
    int64_t whole;
    if (!pz_csv_table_time(table, row, "time", &whole))
        return false;
    const char *fraction = strchr(pz_csv_table_text(table, row, "time"), '.');
    *second = (double)whole + (fraction ? strtod(fraction, NULL) : 0);
    return true;
}

static int draw(struct pz_drawing *drawing)
{
    const struct pz_csv_table *table = drawing->table;
    double first, second, known = 0, n;
    size_t npublished = 0;
    if (table->nrows < 2 || !time_of(table, 0, &first))
        return pz_drawing_fails(drawing, "no source of that minute scans like the worm");
    first = floor(first);
    const time_t begin = (time_t)first;
    struct tm tm = {0};
    char day[32], clock[16];
    gmtime_r(&begin, &tm);
    strftime(day, sizeof day, "%e %B %Y", &tm); /* in the C locale, which nobody changes */
    strftime(clock, sizeof clock, "%H:%M:%S", &tm);
    const char *date = day + (*day == ' ');
    pz_script(drawing, "# seconds since the first, second octets of the destination, port, ip.id\n$scan << EOD\n"
                       "second,destination,port,ip_id,end\n");
    for (size_t row = 0; row < table->nrows; row++) {
        if (!time_of(table, row, &second))
            continue;
        pz_script(drawing, "%.6f,%s,%s,%s,end\n", second - first, pz_csv_table_text(table, row, "destination") + 2,
                  pz_csv_table_text(table, row, "source_port"), pz_csv_table_text(table, row, "ip_id"));
        npublished += pz_csv_table_number(table, row, "published", &known) && known > 0;
    }
    pz_csv_table_number(table, table->nrows - 1, "ip_id", &n);
    pz_script(
        drawing,
        "EOD\nset xdata\nset multiplot layout 3,1 margins 0.12,0.975,0.15,0.92 spacing 0.05\n"
        "set xrange [-1:*]\nset key off\nset format x \"\"\n"
        "octet(i) = real(word(dots(strcol(\"destination\")), i))\n"
        "dots(s) = (p = strstrt(s, \".\"), p ? s[1:p-1].\" \".dots(s[p+1:*]) : s)\n"
        "set yrange [0:128]\nset ytics 32\nset ylabel \"destination's\\n2nd octet\"\n"
        "plot $scan using (got(\"second\")):(octet(1)) with points pt 7 ps 0.8 lc rgb blue\n"
        "set yrange [1000:5024]\nset ytics 1000\nset ylabel \"source port\"\n"
        "plot $scan using (got(\"second\")):(got(\"port\")) with points pt 7 ps 0.8 lc rgb red\n"
        "set yrange [*:*]\nset ytics auto\nset ylabel \"ip.id\"\nset format x \"%%g\"\n"
        "set xlabel \"seconds after %s UTC on %s\"\n"
        "plot $scan using (got(\"second\")):(got(\"ip_id\")) with points pt 7 ps 0.8 lc rgb green\nunset multiplot\n",
        clock, date);
    pz_caption(drawing,
               "One host's scan on %s: where it went, from which port and with which ip.id. The second"
               " SYN of an attempt follows three seconds after the first, from the same port; ports rise and begin"
               " again within 1024 to 5000. The source isn't told, and the destination's first octet is zeroed."
               " Of the published figure's 19 packets, %zu are among these.",
               date, npublished);
    pz_alt(drawing,
           "Three rows of points over a minute: a host's %zu SYNs go to second octets below 128, from rising source"
           " ports, with a rising ip.id.",
           table->nrows);
    return 0;
}

const struct pz_figure pz_figure_typical_scan[] = {
    {.number = 5,
     .name = "figure-5-scan",
     .title = "A typical scan",
     .table = "typical_scan",
     .size = {960, 620},
     .draw = draw},
    {0},
};
