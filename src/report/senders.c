/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/page.h"

#include "report/figure.h"

enum { NETWORKS = 10 }; /* that are shown */

static void put_cell(struct pz_buf *html, const char *text)
{
    pz_buf_printf(html, "<td>");
    pz_html_text(html, text, strlen(text));
    pz_buf_printf(html, "</td>");
}

/* A number as the table has it, with commas; empty if it has none. */
static void put_count(struct pz_buf *html, const struct pz_csv_table *table, size_t row, const char *column)
{
    double value;
    put_cell(html, pz_csv_table_number(table, row, column, &value) ? pz_number_text(value).text : "");
}

/* The last row is of the addresses that nobody announced. */
static void put_networks(struct pz_buf *html, const struct pz_csv_table *table)
{
    static const char *const columns[] = {"network", "sources", "addresses announced", "sources per thousand addresses",
                                          NULL};
    size_t n = table->nrows - 1;
    double none = 0;
    (void)pz_csv_table_number(table, n, "sources", &none);
    pz_buf_printf(html,
                  "<p>The sources are of %s networks (autonomous systems), by the longest prefix that announced "
                  "their address; ",
                  pz_number_text((double)n).text);
    pz_buf_printf(html, "nobody announced the addresses of %s. ", pz_number_text(none).text);
    if (n > NETWORKS)
        pz_buf_printf(html,
                      "The %d with the most are shown; <a href=\"tables/networks.csv\">networks.csv</a> has all. ",
                      NETWORKS);
    pz_buf_printf(html, "By the hour: Figure 16.</p>\n");
    pz_html_table_begin(html, NULL, columns);
    for (size_t row = 0; row < n && row < NETWORKS; row++) {
        pz_buf_printf(html, "<tr>");
        put_cell(html, pz_csv_table_text(table, row, "network"));
        put_count(html, table, row, "sources");
        put_count(html, table, row, "addresses");
        put_cell(html, pz_csv_table_text(table, row, "per_thousand"));
        pz_buf_printf(html, "</tr>\n");
    }
    pz_html_table_end(html);
}

struct sums {
    double scans, expected;
};

static struct sums sums_of(const struct pz_csv_table *table, const char *sign)
{
    struct sums sums = {0};
    for (size_t row = 0; row < table->nrows; row++) {
        double value;
        if (!pz_csv_table_is(table, row, "sign", sign))
            continue;
        sums.scans += pz_csv_table_number(table, row, "scans", &value) ? value : 0;
        sums.expected += pz_csv_table_number(table, row, "expected", &value) ? value : 0;
    }
    return sums;
}

static void put_tools(struct pz_buf *html, const struct pz_csv_table *table)
{
    static const char *const columns[] = {"sign", "what it is", "scans", "by chance", NULL};
    static const char *const signs[][2] = {{"zmap", "ip.id 54321, as ZMap sends it (since 2013)"},
                                           {"masscan", "ip.id = destination ^ port ^ sequence number, as masscan makes "
                                                       "it (since 2013)"},
                                           {"mirai", "sequence number = destination, as Mirai sends it (since 2016)"},
                                           {"land", "source = destination"},
                                           {"ttl_200", "TTL of 200 or more"},
                                           {"reserved", "source of a reserved range (RFC 3330)"},
                                           {"unallocated", "source of a range without an owner on 21 November 2008"}};
    pz_buf_printf(html, "<p>Scans with the signs of known tools, and from sources that no host can have, in all hours; "
                        "and how many would have each sign by chance, if what is compared were random. By the hour: "
                        "Figure 18.</p>\n");
    pz_html_table_begin(html, NULL, columns);
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        struct sums sums = sums_of(table, signs[i][0]);
        pz_buf_printf(html, "<tr id=\"sign-%s\">", signs[i][0]);
        put_cell(html, signs[i][0]);
        put_cell(html, signs[i][1]);
        put_cell(html, pz_number_text(sums.scans).text);
        if (sums.expected < 10)
            pz_buf_printf(html, "<td>%.2f</td></tr>\n", sums.expected);
        else
            pz_buf_printf(html, "<td>%s</td></tr>\n", pz_number_text(sums.expected).text);
    }
    pz_html_table_end(html);
}

void pz_senders_write(struct pz_results *results, struct pz_buf *html)
{
    const struct pz_csv_table *networks = pz_results_table(results, "networks"),
                              *tools = pz_results_table(results, "tools");
    pz_buf_printf(html, "<h2 id=\"senders\">Networks and tools</h2>\n");
    if (networks && networks->nrows)
        put_networks(html, networks);
    else
        pz_buf_printf(html, "<p>Networks are not known: <code>--networks FILE</code> takes what was announced on the "
                            "day, as CAIDA&#39;s pfx2as.</p>\n");
    if (tools && tools->nrows)
        put_tools(html, tools);
}
