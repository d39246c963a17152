/* SPDX-License-Identifier: BSD-2-Clause */
/* report.html: one file that opens without a network, with all figures, their captions and alternative texts, the
 * published numbers next to ours, and the tables. Its script, where it was built in, turns pictures into charts to zoom
 * into and maps to play; without it, and on paper, they stay pictures. */
#ifndef PZ_REPORT_PAGE_H
#define PZ_REPORT_PAGE_H

#include "base/csv.h"
#include "report/draw.h"
#include "report/results.h"

/* What the page has of a port. */
struct pz_page_port {
    struct pz_results *results;
    struct pz_drawn *drawn;
    size_t n;
    struct pz_manifest list; /* of the files of its figures */
};

/* Of several ports the page shows one at a time, the first at first. `others` are tables that no job makes; ended by
 * NULL. */
void pz_page_write(const struct pz_page_port *ports, size_t nports, const char *version,
                   const struct pz_schema *const *others, struct pz_buf *html);
/* Whether the script was built in. */
bool pz_page_has_script(void);

/* What the page is put together from: sections, each in the file of its name, and text for HTML. */

/* answer.c: the answers that the page opens with: when the outbreak began, what was seen first, when the release was,
 * the peak hour, the sources in all and the worm's share of them, each with how sure it is and the figure that shows
 * it. "None in these data" and "it can't be known" are answers too. Links go to figures that were drawn. */
void pz_answer_write(struct pz_results *results, const struct pz_drawn *drawn, size_t n, struct pz_buf *html);

/* senders.c: who sent the scans: the networks with the most sources, and the signs of tools. */
void pz_senders_write(struct pz_results *results, struct pz_buf *html);

/* provenance.c: what a result was made of and how, from summary.json, as a table: version, options, captures,
 * countries, model, what was recorded. */
void pz_provenance_write(const struct pz_results *results, struct pz_buf *html);

/* maps.c: the data of maps and curves of places, for the page's script: countries and networks hour by hour for one
 * day, and each day of countries as the mean of its recorded hours, for all. They stay small however long the archive
 * is; the table that they are made of doesn't. */
void pz_maps_write(struct pz_results *results, struct pz_buf *html);
/* The day whose hours the published animations show, or the first one at hand; false if there is no such table or row.
 */
bool pz_maps_window(const struct pz_outbreak *outbreak, const struct pz_csv_table *table, int64_t *begin, int64_t *end);

/* page_tables.c: what each table is, what its columns mean, and its rows, which the script lays out. `others` are
 * tables that no job makes; ended by NULL. */
void pz_page_tables_write(struct pz_results *results, const struct pz_schema *const *others, struct pz_buf *html);
/* A table for the script; nothing if there is none. */
void pz_page_put_data(struct pz_buf *html, const char *name, const struct pz_buf *csv);

/* html.c: text in an element or in an attribute with double quotes. */
void pz_html_text(struct pz_buf *to, const char *text, size_t nbytes);
void pz_html_base64(struct pz_buf *to, const uint8_t *bytes, size_t nbytes);
/* A table that scrolls on a small screen, with the names of its columns, ended by NULL; both may be NULL. */
void pz_html_table_begin(struct pz_buf *to, const char *class, const char *const *columns);
void pz_html_table_end(struct pz_buf *to);

#endif
