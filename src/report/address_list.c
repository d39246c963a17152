/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/result_sets.h"

#include "base/bytes.h"
#include "base/text.h"
#include "geo/geo.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static bool is_comment(const char *text)
{
    return *text == '#' || *text == ';' || strncmp(text, "//", 2) == 0;
}

/* The first field of a line, without blanks and quotes around it; empty where there is none. */
static char *first_field(char *line)
{
    char *field = line + strspn(line, " \t");
    if (is_comment(field))
        return line + strlen(line);
    field += strspn(field, "\"'");
    field[strcspn(field, " \t,;|#\"'")] = 0;
    return field;
}

static bool read_prefix(char *text, char *slash, uint32_t *first, uint32_t *last)
{
    size_t digits = strspn(slash + 1, "0123456789");
    unsigned long length = strtoul(slash + 1, NULL, 10);
    if (digits < 1 || digits > 2 || slash[1 + digits] || length > 32)
        return false;
    *slash = 0;
    uint32_t host = length < 32 ? UINT32_MAX >> length : 0;
    if (!pz_ipv4_parse(text, first))
        return false;
    *first &= ~host;
    *last = *first | host;
    return true;
}

/* An address, a prefix, a range, or an address with a port. */
static bool read_field(char *text, uint32_t *first, uint32_t *last)
{
    char *mark = text + strcspn(text, "/-:");
    if (*mark == '/')
        return read_prefix(text, mark, first, last);
    bool range = *mark == '-';
    *mark = 0;
    if (!pz_ipv4_parse(text, first) || (range && !pz_ipv4_parse(mark + 1, last)))
        return false;
    if (!range)
        *last = *first;
    return *first <= *last;
}

static bool is_ipv6(const char *text)
{
    const char *colon = strchr(text, ':');
    return colon && (strchr(colon + 1, ':') || *text == '[');
}

/* Names of columns have no address in them: they begin with a letter and hold no dot. */
static bool is_heading(const char *text)
{
    return ((*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z')) && !strchr(text, '.');
}

int pz_address_list_read(struct pz_address_list *list, const char *path, char *text, struct pz_error *error)
{
    *list = (struct pz_address_list){.set = roaring_bitmap_create(), .text = true};
    PZ_CHECK_MEMORY(list->set);
    uint64_t number = 0;
    for (char *line; (line = pz_text_line(&text));) {
        uint32_t first, last;
        char *field = first_field(line);
        number++;
        if (!*field)
            continue;
        if (is_ipv6(field)) {
            list->nipv6++;
        } else if (is_heading(field) && !list->lines && !list->nheadings) {
            list->nheadings++;
        } else if (read_field(field, &first, &last)) {
            roaring_bitmap_add_range_closed(list->set, first, last);
            list->lines++;
        } else {
            roaring_bitmap_free(list->set);
            return pz_fail_usage(error,
                                 "%s, line %" PRIu64 " does not begin with an IPv4 address, prefix or range: give one a"
                                 " line, or a Roaring bitmap in the portable format",
                                 path, number);
        }
    }
    return 0;
}
