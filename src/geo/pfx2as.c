/* SPDX-License-Identifier: BSD-2-Clause */
/* CAIDA's pfx2as (https://www.caida.org/catalog/datasets/routeviews-prefix2as/): prefix, tab, length, tab, network. A
 * network is an AS, several that announce the prefix as a_b, or a set of them as a,b; each is kept as it is written. */
#include "base/text.h"
#include "geo/load.h"

#include <stdlib.h>

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
