/* SPDX-License-Identifier: BSD-2-Clause */
/* The parsers of options; each error says what a good value looks like. */
#include "cli/settings.h"

#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int pz_parse_text(const char *text, void *field, struct pz_error *error)
{
    if (!*text)
        return pz_fail_usage(error, "it may not be empty");
    *(const char **)field = text;
    return 0;
}

bool pz_read_number(const char *text, uint64_t low, uint64_t high, uint64_t *value)
{
    char *end;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || n < low || n > high)
        return false;
    *value = n;
    return true;
}

char *pz_split(const char *text, char mark, const char **after)
{
    const char *at = strchr(text, mark);
    if (!at)
        return NULL;
    *after = at + 1;
    return pz_format("%.*s", (int)(at - text), text);
}

int pz_parse_ports(const char *text, void *field, struct pz_error *error)
{
    struct pz_ports ports = {.n = 0};
    const char *at = text;
    for (bool more = true; more; at++) {
        size_t length = strcspn(at, ",");
        char *one = pz_format("%.*s", (int)length, at);
        uint64_t n = 0;
        bool good = pz_read_number(one, 1, 65535, &n), again = false;
        free(one);
        if (!good)
            return pz_fail_usage(error, "give a port from 1 to 65535, or several with commas between them: 445,139");
        for (size_t i = 0; i < ports.n; i++)
            again = again || ports.ports[i] == n;
        if (again)
            return pz_fail_usage(error, "port %u is named twice: name each once", (unsigned)n);
        if (ports.n == PZ_PORTS)
            return pz_fail_usage(error,
                                 "that is more than %d ports: give the others to another run with the same"
                                 " captures, and with a --store and an --out of its own",
                                 PZ_PORTS);
        ports.ports[ports.n++] = (uint16_t)n;
        at += length;
        more = *at == ',';
    }
    *(struct pz_ports *)field = ports;
    return 0;
}

int pz_parse_fraction(const char *text, void *field, struct pz_error *error)
{
    char *end;
    double x = strtod(text, &end);
    if (end == text || *end || !(x > 0) || x > 1e9)
        return pz_fail_usage(error, "give a number above 0, like 0.01");
    *(double *)field = x;
    return 0;
}

int pz_parse_prefix(const char *text, void *field, struct pz_error *error)
{
    struct pz_prefix prefix;
    uint64_t length;
    const char *after;
    char *address = pz_split(text, '/', &after);
    bool good = address && pz_read_number(after, 0, 32, &length) && pz_ipv4_parse(address, &prefix.address);
    free(address);
    if (!good)
        return pz_fail_usage(error, "give a prefix with its length, like 0.0.0.0/8");
    prefix.mask = length ? UINT32_MAX << (32 - length) : 0;
    if (prefix.address & ~prefix.mask)
        return pz_fail_usage(error, "the address has bits beyond the first %d: did you mean a longer prefix?",
                             (int)length);
    *(struct pz_prefix *)field = prefix;
    return 0;
}

int pz_parse_address(const char *text, void *field, struct pz_error *error)
{
    struct pz_prefix prefix = {.mask = UINT32_MAX};
    if (!pz_ipv4_parse(text, &prefix.address))
        return pz_fail_usage(error, "give an IPv4 address like 192.0.2.1");
    *(struct pz_prefix *)field = prefix;
    return 0;
}

int pz_parse_hour(const char *text, void *field, struct pz_error *error)
{
    int64_t second;
    if (pz_time_parse(text, &second) != 0)
        return pz_fail_usage(error, "give a UTC time like 2008-11-21 or 2008-11-21T17");
    if (second % PZ_SECONDS_PER_HOUR)
        return pz_fail_usage(error, "tables are made of whole hours: give one like %.13s", text);
    if (second < PZ_EARLIEST_SECOND || second > PZ_LATEST_SECOND)
        return pz_fail_usage(error, "give a time from 2000 to 2037");
    *(uint32_t *)field = (uint32_t)(second / PZ_SECONDS_PER_HOUR);
    return 0;
}

int pz_parse_span(const char *text, void *field, struct pz_error *error)
{
    struct pz_span *span = field;
    const char *until;
    char *since = pz_split(text, '/', &until);
    if (!since)
        return pz_fail_usage(error, "give two UTC hours, like 2008-11-12/2008-11-13");
    int status = pz_parse_hour(since, &span->since, error);
    free(since);
    if (status == 0)
        status = pz_parse_hour(until, &span->until, error);
    if (status == 0 && span->since >= span->until)
        status = pz_fail_usage(error, "the second time is not after the first");
    return status;
}

int pz_parse_bin(const char *text, void *field, struct pz_error *error)
{
    const uint32_t day = PZ_HOURS_PER_DAY * PZ_SECONDS_PER_HOUR;
    uint64_t bin = 0;
    bool good = pz_read_number(text, 10, day, &bin);
    good = good && (bin <= PZ_SECONDS_PER_HOUR ? PZ_SECONDS_PER_HOUR % bin == 0
                                               : bin % PZ_SECONDS_PER_HOUR == 0 && day % bin == 0);
    if (!good)
        return pz_fail_usage(error, "give 10 seconds or more that divide an hour, or whole hours that divide a day:"
                                    " 60, 600, 3600, 21600");
    *(uint32_t *)field = (uint32_t)bin;
    return 0;
}

int pz_parse_part(const char *text, void *field, struct pz_error *error)
{
    enum { MOST = 100000 };
    struct pz_part_option *part = field;
    int used = 0;
    bool good = strspn(text, "0123456789/") == strlen(text) &&
                sscanf(text, "%6" SCNu32 "/%6" SCNu32 "%n", &part->part, &part->nparts, &used) == 2 && !text[used];
    if (!good || part->part < 1 || part->part > part->nparts || part->nparts > MOST)
        return pz_fail_usage(error, "give a part and the number of parts, from 1/N to N/N, like 3/16");
    return 0;
}

int pz_parse_country_file(const char *text, void *field, struct pz_error *error)
{
    struct pz_country_files *files = field;
    if (!*text)
        return pz_fail_usage(error, "it may not be empty");
    if (files->n == PZ_COUNTRY_FILES)
        return pz_fail_usage(error, "that is more than %d files", PZ_COUNTRY_FILES);
    files->paths[files->n++] = text;
    return 0;
}
