/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/page.h"

#include <stdlib.h>

/* Members of summary.json that are quoted, in its order. The names and digests of files are left out, as there are many.
 */
static const char *const told[] = {"version",  "commit",    "options", "captures_sha256", "countries",
                                   "networks", "synthetic", "ports",   "model",           "hours",
                                   "outages",  "totals",    NULL};

/* Outages of a long list that are quoted. */
enum { OUTAGES = 40 };

struct record {
    uint16_t port; /* whose page it is */
    struct pz_buf *html;
    struct pz_buf outages; /* owned */
    size_t noutages;
};

static bool is_told(const char *key)
{
    for (const char *const *name = told; *name; name++)
        if (strcmp(*name, key) == 0)
            return true;
    return false;
}

/* "options: timeline bin". */
static void put_key(struct pz_buf *html, const struct pz_json_value *value)
{
    for (size_t i = 0; i < value->depth; i++) {
        const char *key = value->path[i].key;
        if (i && key)
            pz_buf_printf(html, i == 1 ? ": " : ", ");
        for (; key && *key; key++)
            pz_buf_put(html, *key == '_' ? " " : key, 1);
    }
}

/* Whether a value is about another port than the page's, of a result of several. */
static bool is_of_another_port(const struct record *record, const struct pz_json_value *value)
{
    for (size_t i = 0; i + 1 < value->depth; i++) {
        const char *key = value->path[i].key, *port = value->path[i + 1].key;
        if (key && port && strcmp(key, "ports") == 0 && strtoul(port, NULL, 10) != record->port)
            return true;
    }
    return false;
}

static void take(void *context, const struct pz_json_value *value)
{
    struct record *record = context;
    const char *key = value->depth ? value->path[0].key : NULL,
               *last = value->depth ? value->path[value->depth - 1].key : NULL;
    if (!key || !is_told(key) || is_of_another_port(record, value))
        return;
    if (strcmp(key, "outages") == 0) {
        bool begins = last && strcmp(last, "from") == 0;
        if (record->noutages < OUTAGES)
            pz_buf_printf(&record->outages, begins ? "%s%.16s" : "%s to %.16s", begins && record->noutages ? ", " : "",
                          value->text);
        record->noutages += !begins;
        return;
    }
    pz_buf_printf(record->html, "<tr><th scope=\"row\">");
    put_key(record->html, value);
    pz_buf_printf(record->html, "</th><td>");
    pz_html_text(record->html, value->text, strlen(value->text));
    pz_buf_printf(record->html, "</td></tr>\n");
}

void pz_provenance_write(const struct pz_results *results, struct pz_buf *html)
{
    struct record record = {.html = html, .port = results->port};
    pz_buf_printf(html, "<h2 id=\"provenance\">How this was made</h2>\n<p>From <code>summary.json</code>, which has the"
                        " fate of every file and the digest of every table too. The same captures and options give the"
                        " same bytes, on any number of ranks.</p>\n");
    pz_html_table_begin(html, "record", NULL);
    (void)pz_json_read(results->record.bytes, results->record.nbytes, take, &record);
    if (record.noutages) {
        pz_buf_printf(html, "<tr><th scope=\"row\">outages</th><td>");
        pz_html_text(html, (const char *)record.outages.bytes, record.outages.nbytes);
        if (record.noutages > OUTAGES)
            pz_buf_printf(html, ", and %zu more", record.noutages - OUTAGES);
        pz_buf_printf(html, "</td></tr>\n");
    }
    pz_buf_printf(html, "<tr><th scope=\"row\">SHA-256 of summary.json</th><td>%s</td></tr>\n", results->summary.text);
    pz_html_table_end(html);
    pz_buf_release(&record.outages);
}
