/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/page.h"

#include "reduce/job.h"

/* Larger tables are named only: the page is to open on a phone. */
enum { TABLE_NBYTES_MAX = 1200 * 1000, NO_CHART_NBYTES_MAX = 300 * 1000 };

/* Tables by hour and something else, which no chart draws as a whole. */
static const char *const no_chart[] = {"country_hourly", "networks_hourly", "fingerprint", "first_seen", NULL};

void pz_page_put_data(struct pz_buf *html, const char *name, const struct pz_buf *csv)
{
    if (!csv->nbytes)
        return;
    pz_buf_printf(html, "<script type=\"text/csv\" id=\"table-%s\">\n", name);
    pz_buf_put(html, csv->bytes, csv->nbytes);
    pz_buf_printf(html, "</script>\n");
}

/* A script's text ends at the first "</", and no table of numbers and names has one. */
static bool fits(const char *name, const struct pz_buf *csv)
{
    size_t most = TABLE_NBYTES_MAX;
    for (size_t i = 0; no_chart[i]; i++)
        most = strcmp(name, no_chart[i]) == 0 ? NO_CHART_NBYTES_MAX : most;
    return csv->nbytes && csv->nbytes <= most && !memmem(csv->bytes, csv->nbytes, "</", 2);
}

/* Words of a schema: `code`, and [links](of the docs), of which the page has the words. */
static void put_words(struct pz_buf *html, const char *words)
{
    bool code = false;
    for (; *words; words++) {
        const char *link = *words == '[' ? strstr(words, "](") : NULL;
        if (*words == '`') {
            code = !code;
            pz_buf_printf(html, code ? "<code>" : "</code>");
        } else if (link && strchr(link, ')')) {
            pz_html_text(html, words + 1, (size_t)(link - words) - 1);
            words = strchr(link, ')');
        } else {
            pz_html_text(html, words, 1);
        }
    }
}

static void put_columns(struct pz_buf *html, const struct pz_schema *schema)
{
    if (!schema)
        return;
    pz_buf_printf(html, "<p class=\"note\">");
    put_words(html, schema->doc);
    pz_buf_printf(html, "</p>\n<details class=\"columns\"><summary>Columns of %s</summary>\n<dl>\n", schema->name);
    for (const struct pz_column *column = schema->columns; column->name; column++) {
        pz_buf_printf(html, "<dt><code>%s</code> <span>%s</span></dt><dd>", column->name, pz_column_unit(column));
        put_words(html, column->doc);
        pz_buf_printf(html, "%s</dd>\n", column->recorded ? "; empty: nothing was recorded" : "");
    }
    pz_buf_printf(html, "</dl>\n</details>\n");
}

static const struct pz_schema *schema_of(const struct pz_results *results, const struct pz_schema *const *others,
                                         const char *name)
{
    const struct pz_schema *schema;
    for (size_t i = 0; (schema = pz_jobs_schema(results->jobs, others, i)); i++)
        if (strcmp(schema->name, name) == 0)
            return schema;
    return NULL;
}

/* Of a file of tables/, by its path. */
static void put_table(struct pz_results *results, const struct pz_schema *const *others, const char *path,
                      struct pz_buf *html, struct pz_buf *data)
{
    const struct pz_path table = pz_path("%.*s", (int)(strlen(path) - strlen("tables/.csv")), path + strlen("tables/"));
    const char *name = table.text;
    const struct pz_schema *schema = schema_of(results, others, name);
    struct pz_buf csv = {0};
    struct pz_error ignored;
    if (pz_results_read(results, path, &csv, &ignored) == 0 && fits(name, &csv) && pz_page_has_script()) {
        pz_page_put_data(data, name, &csv);
        pz_buf_printf(html, "<details id=\"table-of-%s\" data-table=\"%s\"><summary>%s</summary>\n", name, name, name);
        put_columns(html, schema);
        pz_buf_printf(html, "</details>\n");
    } else {
        pz_buf_printf(html, "<p id=\"table-of-%s\"><a href=\"%s\">%s</a>, %zu kB</p>\n", name, path, path,
                      csv.nbytes / 1000);
        put_columns(html, schema);
    }
    pz_buf_release(&csv);
}

void pz_page_tables_write(struct pz_results *results, const struct pz_schema *const *others, struct pz_buf *html)
{
    struct pz_buf data = {0};
    pz_buf_printf(html, "<h2 id=\"tables\">Tables</h2>\n");
    if (!pz_page_has_script())
        pz_buf_printf(html, "<p>They lie in tables/, next to this page.</p>\n");
    pz_manifest_sort(&results->tables);
    for (size_t i = 0; i < results->tables.n; i++) {
        const char *path = results->tables.files[i].name, *ending = strrchr(path, '.');
        if (ending && strcmp(ending, ".csv") == 0)
            put_table(results, others, path, html, &data);
    }
    pz_buf_put(html, data.bytes, data.nbytes);
    pz_buf_release(&data);
}
