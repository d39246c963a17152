/* Range files that are text: the registries' delegated files, and CSV. */
#include "geo/load.h"

#include <stdlib.h>

bool pz_geo_address(const char *text, uint32_t *address)
{
    uint64_t value = 0;
    int octets = 1;
    uint32_t octet = 0;
    for (const char *c = text; *c; c++) {
        if (*c == '.' && octets < 4 && c != text) {
            value = value << 8 | octet;
            octet = 0;
            octets++;
        } else if (*c < '0' || *c > '9' || octet > UINT32_MAX / 10) {
            return false;
        } else {
            octet = octet * 10 + (uint32_t)(*c - '0');
        }
        if (octets > 1 && octet > 255)
            return false;
    }
    if (!*text || (octets != 1 && octets != 4))
        return false;
    *address = octets == 1 ? octet : (uint32_t)(value << 8 | octet);
    return octets == 1 || value >> 24 == 0;
}

/* Cuts the next line off `at`, without its ending; NULL at the end. */
static char *take_line(char **at)
{
    if (!**at)
        return NULL;
    char *line = *at, *end = line + strcspn(line, "\n");
    *at = end + (*end == '\n');
    if (end > line && end[-1] == '\r')
        end[-1] = 0;
    *end = 0;
    return line;
}

enum { MOST_FIELDS = 16 };

/* Cuts a line at its separators; quotes around a field are taken off. Returns how many fields there are. */
static int cut(char *line, char separator, char *fields[MOST_FIELDS])
{
    int n = 0;
    for (char *at = line; n < MOST_FIELDS;) {
        while (separator == ',' && *at == ' ')
            at++;
        bool quoted = *at == '"';
        at += quoted;
        fields[n++] = at;
        char *end = strchr(at, quoted ? '"' : separator);
        if (end && quoted) {
            *end = 0;
            end = strchr(end + 1, separator);
        }
        if (!end)
            break;
        *end = 0;
        at = end + 1;
    }
    return n;
}

/* registry|cc|ipv4|start|value|date|status[|opaque-id]; ftp.apnic.net/stats/apnic/README.TXT. The value counts addresses
 * and need not be a power of two. Header: version|registry|serial|records|startdate|enddate|UTCoffset. */
int pz_geo_read_delegated(struct pz_geo_raws *raws, const char *path, char *text, struct pz_buf *source,
                          struct pz_error *error)
{
    char *fields[MOST_FIELDS];
    size_t number = 0;
    bool named = false;
    for (char *line; (line = take_line(&text));) {
        number++;
        if (*line == '#' || !*line)
            continue;
        int n = cut(line, '|', fields);
        if (!named && n >= 6 && fields[0][0] >= '0' && fields[0][0] <= '9') {
            pz_buf_printf(source, "delegated file of %.20s, serial %.20s", fields[1], fields[2]);
            named = true;
            continue;
        }
        bool held = n >= 7 && strcmp(fields[2], "ipv4") == 0 &&
                    (strcmp(fields[6], "allocated") == 0 || strcmp(fields[6], "assigned") == 0);
        if (!held)
            continue;
        uint32_t first;
        char *end;
        unsigned long long count = strtoull(fields[4], &end, 10);
        if (!pz_geo_address(fields[3], &first) || *end || !count || first + count - 1 > UINT32_MAX)
            return pz_fail_usage(error, "%s, line %zu: %.20s and %.20s make no range of addresses", path, number,
                                 fields[3], fields[4]);
        pz_geo_add(raws, first, (uint32_t)(first + count - 1), fields[1], strlen(fields[1]));
    }
    if (!named)
        pz_buf_printf(source, "a delegated file without a header");
    return 0;
}

/* start,end,...,CC,...: GeoLite's "1.0.0.0","1.0.0.255","16777216","16777471","AU","Australia", or numeric starts and ends
 * as in NetAcuity's. The country is the first field behind the end that has just two letters. Lines before the first
 * range are headings, and ranges of IPv6 are passed over. */
int pz_geo_read_csv(struct pz_geo_raws *raws, const char *path, char *text, struct pz_buf *source,
                    struct pz_error *error)
{
    enum { HEADINGS = 2 };
    char *fields[MOST_FIELDS];
    size_t number = 0, before = raws->n;
    for (char *line; (line = take_line(&text));) {
        number++;
        if (*line == '#' || !*line || strchr(line, ':'))
            continue;
        int n = cut(line, ',', fields);
        uint32_t first, last;
        if (number == 1 && strcmp(fields[0], "network") == 0)
            return pz_fail_usage(error,
                                 "%s is a GeoLite2 CSV, whose lines have no country: give the .mmdb file of the same"
                                 " release",
                                 path);
        if (n < 3 || !pz_geo_address(fields[0], &first) || !pz_geo_address(fields[1], &last) || first > last) {
            if (number <= HEADINGS && raws->n == before)
                continue;
            return pz_fail_usage(error,
                                 "%s, line %zu is no range: a line is start,end,country, like"
                                 " 1.0.0.0,1.0.0.255,AU",
                                 path, number);
        }
        for (int i = 2; i < n; i++)
            if (strlen(fields[i]) == 2 && (fields[i][0] < '0' || fields[i][0] > '9')) {
                pz_geo_add(raws, first, last, fields[i], 2);
                break;
            }
    }
    pz_buf_printf(source, "CSV with %zu ranges", raws->n - before);
    return 0;
}
