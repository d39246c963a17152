/* SPDX-License-Identifier: BSD-2-Clause */
/* The page is one file: pictures and tables are inside it, and the script, if it was built in, makes charts of the
 * tables. Without the script all is readable. */
#include "report/page.h"

#include "base/file.h"
#include "report/assets.h"
#include "report/folders.h"

#include <inttypes.h>
#include <stdlib.h>

bool pz_page_has_script(void)
{
    return *pz_page_script; /* a zero follows the text */
}

static void put_text(struct pz_buf *html, const char *text)
{
    pz_html_text(html, text, strlen(text));
}

static void put_buf(struct pz_buf *html, const struct pz_buf *text)
{
    pz_html_text(html, text->nbytes ? (const char *)text->bytes : "", text->nbytes);
}

static const char NO_OUTBREAK[] =
    "No outbreak is known on this port: there are no published numbers, and the tables on the worm (candidates, first,"
    " population) have no meaning here.";

static struct pz_path title_of(const struct pz_results *results)
{
    return results->outbreak ? pz_path("%s", results->outbreak->title)
                             : pz_path("TCP/%u scanning as seen from a network telescope", results->port);
}

static void put_head(struct pz_buf *html, const struct pz_results *results)
{
    /* The policy keeps the page from asking any network, whatever a browser or a library does. */
    pz_buf_printf(html,
                  "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:;"
                  " style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
                  "<title>%s</title>\n<style>\n",
                  title_of(results).text);
    pz_buf_put(html, pz_page_style, (size_t)(pz_page_style_end - pz_page_style));
    pz_buf_printf(html, "</style>\n</head>\n<body>\n");
}

static void put_title(struct pz_buf *html, const struct pz_results *results)
{
    pz_buf_printf(html,
                  "<h1>%s</h1>\n"
                  "<p>%s Times are UTC; a source is an address, which is not a host.</p>\n",
                  title_of(results).text, results->outbreak ? results->outbreak->introduction : NO_OUTBREAK);
}

static void put_fact(struct pz_buf *html, const struct pz_csv_table *total, const char *name, const char *column)
{
    double n;
    pz_buf_printf(html, "<div><dt>%s</dt><dd>", name);
    if (pz_csv_table_number(total, 0, column, &n))
        put_text(html, pz_number_text(n).text);
    else if (strlen(pz_csv_table_text(total, 0, column)) > 16)
        pz_buf_printf(html, "%.10s %.5s", pz_csv_table_text(total, 0, column),
                      pz_csv_table_text(total, 0, column) + 11);
    pz_buf_printf(html, "</dd></div>\n");
}

/* The page of made-up data says so first. */
static void put_synthetic(struct pz_buf *html, const struct pz_results *results)
{
    if (*results->made_up)
        pz_buf_printf(html,
                      "<p class=\"differs\" id=\"synthetic\">Made-up data (%s): no telescope recorded them.</p>\n",
                      results->made_up);
}

static void put_facts(struct pz_buf *html, struct pz_results *results)
{
    static const char *const facts[][2] = {{"first packet", "first_time"}, {"last packet", "last_time"},
                                           {"sources", "sources"},         {"scans", "scans"},
                                           {"packets", "packets"},         {"hours recorded whole", "hours_whole"},
                                           {"in part", "hours_partial"},   {"damaged", "hours_damaged"},
                                           {"missing", "hours_missing"},   {"captures not read", "captures_not_read"}};
    const struct pz_csv_table *total = pz_results_table(results, "total");
    if (!total || !total->nrows)
        return;
    pz_buf_printf(html, "<dl class=\"facts\">\n");
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        put_fact(html, total, facts[i][0], facts[i][1]);
    pz_buf_printf(html, "</dl>\n");
    double unread;
    if (pz_csv_table_number(total, 0, "captures_not_read", &unread) && unread > 0)
        pz_buf_printf(html,
                      "<p class=\"differs\">%.0f captures could not be read, as <code>summary.json</code> tells: counts"
                      " of their hours are too low or missing.</p>\n",
                      unread);
}

/* A curve of ten thousand hours makes an SVG of a megabyte: such a picture is in the page as its PNG. */
enum { SVG_NBYTES_MAX = 150 * 1000 };

/* The picture inside the page; nothing if gnuplot drew none. */
static void put_picture(struct pz_buf *html, const struct pz_drawn *drawn)
{
    bool svg = drawn->svg.nbytes <= SVG_NBYTES_MAX || drawn->svg.nbytes < drawn->png.nbytes || !drawn->png.nbytes;
    const struct pz_buf *picture = svg ? &drawn->svg : &drawn->png;
    pz_buf_printf(html, "<img alt=\"");
    put_buf(html, &drawn->drawing.alt);
    pz_buf_printf(html, "\" width=\"%d\" height=\"%d\"", drawn->figure->size.width, drawn->figure->size.height);
    if (drawn->painted) {
        pz_buf_printf(html, " src=\"data:image/%s;base64,", svg ? "svg+xml" : "png");
        pz_html_base64(html, picture->bytes, picture->nbytes);
        pz_buf_printf(html, "\"");
    }
    pz_buf_printf(html, ">\n");
}

/* The model and how it was learned. */
static void put_model(struct pz_buf *html, struct pz_results *results)
{
    const struct pz_csv_table *table = pz_results_table(results, "calibration");
    if (!table || !table->nrows)
        return;
    const char *texts[10];
    static const char *const columns[] = {"model",    "quiet_windows", "quiet_hours", "first",       "last",
                                          "lens_low", "lens_high",     "ratio",       "ratio_error", "calibrated"};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        texts[i] = pz_csv_table_text(table, 0, columns[i]);
    bool learned = *texts[3];
    pz_buf_printf(html, "<p id=\"model\">%s: the model that tells the worm from other sources ",
                  !learned                       ? "Not calibrated"
                  : strcmp(texts[9], "yes") == 0 ? "Calibrated"
                                                 : "Calibrated in part");
    if (learned)
        pz_buf_printf(
            html,
            "was learned from quiet hours of this archive, %.13s to %.13s (windows for the stacks: %s, hours for"
            " the ratio r: %s), through a lens of %s + %s /16s (second octet below 128, and others). ",
            texts[3], texts[4], texts[1], texts[2], texts[5], texts[6]);
    else {
        pz_buf_printf(html, "is ");
        put_text(html, texts[0]);
        pz_buf_printf(html, ". ");
    }
    pz_buf_printf(html, "r is %s &plusmn; %s.</p>\n", texts[7], texts[8]);
}

/* The first figure of a number is found as #figure-3 too. */
static void put_heading(struct pz_buf *html, const struct pz_drawn *drawn, bool first)
{
    const struct pz_figure *figure = drawn->figure;
    pz_buf_printf(html, "<h3");
    if (first)
        pz_buf_printf(html, " id=\"figure-%d\"", figure->number);
    pz_buf_printf(html, "><a href=\"#%s\">Figure %s</a>. ", figure->name, pz_figure_number(figure).text);
    put_text(html, figure->title);
    pz_buf_printf(html, "</h3>\n");
}

/* Where a figure's numbers are: the table on the page, and the files that lie with it. */
static void put_links(struct pz_buf *html, const struct pz_drawn *drawn)
{
    const char *table = drawn->figure->table;
    pz_buf_printf(html,
                  "<p class=\"links\"><a href=\"#table-of-%s\">Table</a> <a href=\"tables/%s.csv\">%s.csv</a>"
                  " <a href=\"figures/%s.gp\">script</a>",
                  table, table, table, drawn->name);
    for (size_t i = 0; drawn->painted && drawn->endings[i]; i++)
        pz_buf_printf(html, " <a href=\"figures/%s.%s\">%s</a>", drawn->name, drawn->endings[i], drawn->endings[i]);
    pz_buf_printf(html, "</p>\n");
}

static void put_figure(struct pz_buf *html, struct pz_results *results, const struct pz_drawn *drawn, bool first)
{
    const struct pz_figure *figure = drawn->figure;
    put_heading(html, drawn, first);
    pz_buf_printf(html, "<figure id=\"%s\"", figure->name);
    if (figure->map)
        pz_buf_printf(html, " data-map=\"%s\"", figure->map);
    if (drawn->drawing.until)
        pz_buf_printf(html, " data-from=\"%" PRId64 "\" data-until=\"%" PRId64 "\"", drawn->drawing.from,
                      drawn->drawing.until);
    pz_buf_printf(html, ">\n<div class=\"chart\"></div>\n");
    put_picture(html, drawn);
    pz_buf_printf(html, "<figcaption><p class=\"of-picture\">");
    if (*results->made_up)
        pz_buf_printf(html, "Made-up data (%s). ", results->made_up);
    put_buf(html, &drawn->drawing.caption);
    pz_buf_printf(html, "</p>\n");
    put_links(html, drawn);
    pz_buf_printf(html, "</figcaption>\n</figure>\n");
}

static void put_figures(struct pz_buf *html, struct pz_results *results, const struct pz_drawn *drawn, size_t n)
{
    const char *headings[] = {results->outbreak ? "The published figures" : "Figures", "Beyond the published page"};
    for (int beyond = 0; beyond < 2; beyond++) {
        pz_buf_printf(html, "<h2 id=\"%s\">%s</h2>\n", beyond ? "beyond" : "figures", headings[beyond]);
        for (size_t i = 0, number = 0; i < n; i++) {
            if (drawn[i].left_out || (drawn[i].figure->number >= 10) != beyond)
                continue;
            put_figure(html, results, &drawn[i], number != (size_t)drawn[i].figure->number);
            number = (size_t)drawn[i].figure->number;
        }
        bool missing = false;
        for (size_t i = 0; i < n; i++) {
            if (!drawn[i].left_out || (drawn[i].figure->number >= 10) != beyond)
                continue;
            pz_buf_printf(html, "%s<li>", missing ? "" : "<p>Not drawn from these tables:</p>\n<ul>\n");
            missing = true;
            pz_buf_printf(html, "Figure %s. ", pz_figure_number(drawn[i].figure).text);
            put_text(html, drawn[i].figure->title);
            pz_buf_printf(html, ": ");
            put_text(html, drawn[i].drawing.why);
            pz_buf_printf(html, ".</li>\n");
        }
        pz_buf_printf(html, "%s", missing ? "</ul>\n" : "");
    }
}

static void put_reproduction(struct pz_buf *html, struct pz_results *results)
{
    static const char *const names[] = {"quantity",  "published", "ours",    "unit", "difference",
                                        "tolerance", "covered",   "verdict", NULL};
    enum { NAMES = sizeof names / sizeof *names - 1 };
    const struct pz_csv_table *table = pz_results_table(results, "reproduction");
    if (!results->outbreak)
        return;
    pz_buf_printf(html, "<h2 id=\"reproduction\">Published numbers beside ours</h2>\n");
    if (!table)
        return;
    if (*results->made_up)
        pz_buf_printf(html, "<p>The data are %s%s.</p>\n", results->made_up,
                      results->synthetic.known ? ": published counts are multiplied by the scale"
                                               : ": counts can't be compared");
    pz_buf_printf(html,
                  "<p>A row passes or differs where the captures at hand cover what it is about; where they cover it in"
                  " part it can pass only. Too few: chance alone could make it pass or differ. The rest stays "
                  "open.</p>\n");
    pz_html_table_begin(html, "wide", names);
    for (size_t row = 0; row < table->nrows; row++) {
        pz_buf_printf(html, "<tr id=\"row-%s\">", pz_csv_table_text(table, row, "id"));
        for (int i = 0; i < NAMES; i++) {
            const char *text = pz_csv_table_text(table, row, names[i]);
            pz_buf_printf(html, i == NAMES - 1 ? "<td class=\"%.*s\">" : "<td>", (int)strcspn(text, " "), text);
            put_text(html, text);
            if (i == 0 && *pz_csv_table_text(table, row, "note")) {
                pz_buf_printf(html, "<div class=\"note\">");
                put_text(html, pz_csv_table_text(table, row, "note"));
                pz_buf_printf(html, "</div>");
            }
            pz_buf_printf(html, "</td>");
        }
        pz_buf_printf(html, "</tr>\n");
    }
    pz_html_table_end(html);
}

/* For the charts; ends the tag. */
static void put_variants(struct pz_buf *html, const struct pz_outbreak *outbreak)
{
    const struct pz_variant *variants = outbreak ? outbreak->variants : NULL;
    for (size_t i = 0; variants && variants[i].name; i++)
        pz_buf_printf(html, "%s%s %" PRId64, i ? "," : "", variants[i].name, variants[i].second);
    pz_buf_printf(html, "\">\n");
}

/* All that the page has of a port. */
static void put_port(const struct pz_page_port *port, const char *version, const struct pz_schema *const *others,
                     struct pz_buf *html)
{
    struct pz_results *results = port->results;
    put_title(html, results);
    put_synthetic(html, results);
    pz_answer_write(results, port->drawn, port->n, html);
    put_facts(html, results);
    put_model(html, results);
    if (!pz_page_has_script())
        pz_buf_printf(html,
                      "<p>This program was built without Node.js: the figures are pictures, without zoom and maps to"
                      " play.</p>\n");
    pz_buf_printf(html,
                  "<nav aria-label=\"Contents\"><ul><li><a href=\"#figures\">%s</a></li>"
                  "<li><a href=\"#beyond\">Beyond them</a></li>%s<li><a href=\"#senders\">Networks and "
                  "tools</a></li><li><a href=\"#tables\">Tables</a></li>"
                  "<li><a href=\"#provenance\">How this was made</a></li></ul></nav>\n"
                  "<main data-variants=\"",
                  results->outbreak ? "Published figures" : "Figures",
                  results->outbreak ? "<li><a href=\"#reproduction\">Numbers</a></li>" : "");
    put_variants(html, results->outbreak);
    put_figures(html, results, port->drawn, port->n);
    put_reproduction(html, results);
    pz_senders_write(results, html);
    pz_page_tables_write(results, others, html);
    pz_provenance_write(results, html);
    pz_buf_printf(html,
                  "</main>\n<footer><p class=\"note\">patientzero %s.%s%s Outlines of countries: Natural Earth, public"
                  " domain.</p></footer>\n",
                  version, results->outbreak ? " The published page: " : "",
                  results->outbreak ? results->outbreak->reference : "");
    if (pz_page_has_script())
        pz_maps_write(results, html);
}

/* Links lead to the port's own folders. */
static void put_links_of_port(struct pz_buf *to, const struct pz_buf *html, uint16_t folder)
{
    static const char link[] = " href=\"";
    const uint8_t *at = html->bytes, *end = at + html->nbytes, *found;
    while ((found = memmem(at, (size_t)(end - at), link, sizeof link - 1))) {
        found += sizeof link - 1;
        pz_buf_put(to, at, (size_t)(found - at));
        const uint8_t *quote = memchr(found, '"', (size_t)(end - found));
        PZ_CHECK(quote);
        struct pz_path name = pz_path("%.*s", (int)(quote - found), (const char *)found),
                       real = pz_folders_name(folder, name.text);
        pz_buf_printf(to, "%s", real.text);
        at = quote;
    }
    pz_buf_put(to, at, (size_t)(end - at));
}

/* The page's script exchanges what is shown for what a template holds. Without one, the ports follow each other. */
static void put_ports(const struct pz_page_port *ports, size_t nports, const char *version,
                      const struct pz_schema *const *others, struct pz_buf *html)
{
    bool script = pz_page_has_script();
    pz_buf_printf(html, "<nav id=\"ports\" aria-label=\"Ports\"><ul>");
    for (size_t i = 0; i < nports; i++)
        pz_buf_printf(html, "<li><a href=\"#port-%u\" data-port=\"%u\"%s>TCP/%u</a></li>", ports[i].results->port,
                      ports[i].results->port, i || !script ? "" : " aria-current=\"page\"", ports[i].results->port);
    pz_buf_printf(html, "</ul></nav>\n");
    if (script)
        pz_buf_printf(html,
                      "<noscript><p class=\"note\">Only TCP/%u is shown without scripts. The tables and figures of"
                      " each port are in its folders in tables/ and figures/.</p></noscript>\n",
                      ports[0].results->port);
    for (size_t i = 0; i < nports; i++) {
        struct pz_results *results = ports[i].results;
        const char *element = i && script ? "template" : "div";
        struct pz_buf port = {0};
        put_port(&ports[i], version, others, &port);
        pz_buf_printf(html, "<%s id=\"port-%u\" class=\"port\" data-title=\"%s\">\n", element, results->port,
                      title_of(results).text);
        put_links_of_port(html, &port, results->folder);
        pz_buf_printf(html, "</%s>\n", element);
        pz_buf_release(&port);
    }
}

void pz_page_write(const struct pz_page_port *ports, size_t nports, const char *version,
                   const struct pz_schema *const *others, struct pz_buf *html)
{
    put_head(html, ports[0].results);
    if (nports == 1)
        put_port(ports, version, others, html);
    else
        put_ports(ports, nports, version, others, html);
    if (pz_page_has_script()) {
        pz_buf_printf(html, "<script>\n");
        pz_buf_put(html, pz_page_script, (size_t)(pz_page_script_end - pz_page_script));
        pz_buf_printf(html, "</script>\n");
    }
    pz_buf_printf(html, "</body>\n</html>\n");
}
