/* SPDX-License-Identifier: BSD-2-Clause */
/* Range files that are text: the registries' delegated files, CSV, and pfx2as. */
#include "base/text.h"
#include "geo/delegated.h"
#include "geo/load.h"

#include <stdlib.h>

enum { MOST_FIELDS = 16 };

/* 1.2.3.4, or a plain number. */
static bool read_address(const char *text, uint32_t *address)
{
    char *end;
    if (strchr(text, '.'))
        return pz_ipv4_parse(text, address);
    unsigned long long value = strtoull(text, &end, 10);
    *address = (uint32_t)value;
    return *text >= '0' && *text <= '9' && !*end && value <= UINT32_MAX;
}

bool pz_delegated_next(char **at, struct pz_delegated *line)
{
    char *fields[MOST_FIELDS], *text = pz_text_line(at);
    *line = (struct pz_delegated){.start = ""};
    if (!text)
        return false;
    size_t n = *text == '#' ? 0 : pz_text_fields(text, '|', fields, MOST_FIELDS);
    line->is_header = n >= 6 && fields[0][0] >= '0' && fields[0][0] <= '9';
    line->is_held = n >= 7 && strcmp(fields[2], "ipv4") == 0 &&
                    (strcmp(fields[6], "allocated") == 0 || strcmp(fields[6], "assigned") == 0);
    if (line->is_header)
        line->registry = fields[1], line->serial = fields[2];
    if (!line->is_held)
        return true;
    line->country = fields[1];
    line->start = fields[3];
    line->value = fields[4];
    char *end;
    line->count = strtoull(fields[4], &end, 10);
    line->is_good = pz_ipv4_parse(fields[3], &line->first) && !*end && fields[4][0] >= '0' && fields[4][0] <= '9';
    return true;
}

int pz_geo_read_delegated(struct pz_geo_raws *raws, const char *path, char *text, struct pz_buf *source,
                          struct pz_error *error)
{
    struct pz_delegated line;
    bool named = false;
    for (size_t number = 1; pz_delegated_next(&text, &line); number++) {
        if (line.is_header && !named) {
            pz_buf_printf(source, "delegated file of %.20s, serial %.20s", line.registry, line.serial);
            named = true;
            continue;
        }
        if (!line.is_held)
            continue;
        if (!line.is_good || !line.count || line.count > UINT32_MAX - line.first + UINT64_C(1))
            return pz_fail_usage(error, "%s, line %zu: %.20s to %.20s is not a range of addresses", path, number,
                                 line.start, line.value);
        pz_geo_add(raws, line.first, (uint32_t)(line.first + line.count - 1), line.country, strlen(line.country));
    }
    if (!named)
        pz_buf_printf(source, "a delegated file without a header");
    return 0;
}

/* start,end,...,CC,...: GeoLite's "1.0.0.0","1.0.0.255","16777216","16777471","AU","Australia", or numeric starts and
 * ends as in NetAcuity's. The country is the first field after the end that has exactly two letters. Lines before the
 * first range are headings, and ranges of IPv6 are passed over. */
int pz_geo_read_csv(struct pz_geo_raws *raws, const char *path, char *text, struct pz_buf *source,
                    struct pz_error *error)
{
    enum { HEADINGS = 2 };
    char *fields[MOST_FIELDS];
    size_t number = 0, before = raws->n;
    for (char *line; (line = pz_text_line(&text));) {
        number++;
        if (*line == '#' || !*line || strchr(line, ':'))
            continue;
        size_t n = pz_text_fields(line, ',', fields, MOST_FIELDS);
        uint32_t first, last;
        if (number == 1 && (strcmp(fields[0], "network") == 0 || strcmp(fields[0], "geoname_id") == 0))
            return pz_fail_usage(
                error,
                "%s is one of the CSV files of GeoLite2, none of which has ranges and countries: give the"
                " .mmdb file of the same release",
                path);
        if (n < 3 || !read_address(fields[0], &first) || !read_address(fields[1], &last) || first > last) {
            if (number <= HEADINGS && raws->n == before)
                continue;
            return pz_fail_usage(error,
                                 "%s, line %zu is not a range: a line is start,end,country, like 1.0.0.0,1.0.0.255,AU",
                                 path, number);
        }
        for (size_t i = 2; i < n; i++)
            if (strlen(fields[i]) == 2 && (fields[i][0] < '0' || fields[i][0] > '9')) {
                pz_geo_add(raws, first, last, fields[i], 2);
                break;
            }
    }
    pz_buf_printf(source, "CSV with %zu ranges", raws->n - before);
    return 0;
}

/* CAIDA's pfx2as (https://www.caida.org/catalog/datasets/routeviews-prefix2as/): prefix, tab, length, tab, network. A
 * network is an AS, several that announce the prefix as a_b, or a set of them as a,b; each is kept as it is written. */
static bool is_network(const char *text)
{
    return *text && !text[strspn(text, "0123456789_,.{}")];
}

size_t pz_geo_read_pfx2as(struct pz_geo_raws *raws, char *text)
{
    enum { FIELDS = 4, LENGTH = 32 };
    size_t bad = 0;
    for (char *line; (line = pz_text_line(&text));) {
        char *fields[FIELDS], *end;
        uint32_t address;
        if (!*line || *line == '#' || strchr(line, ':'))
            continue;
        size_t n = pz_text_fields(line, '\t', fields, FIELDS);
        unsigned long length = n == 3 ? strtoul(fields[1], &end, 10) : 0;
        if (n != 3 || *end || fields[1][0] < '0' || fields[1][0] > '9' || length > LENGTH ||
            !pz_ipv4_parse(fields[0], &address) || !is_network(fields[2])) {
            bad++;
            continue;
        }
        uint32_t host = length < LENGTH ? UINT32_MAX >> length : 0;
        pz_geo_add_range(raws, address & ~host, address | host, fields[2], strlen(fields[2]));
    }
    return bad;
}
