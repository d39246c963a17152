#include "twin/world.h"

#include "base/sort.h"

#include "worm/reachable.h"

#include <stdlib.h>
#include <string.h>

struct line {
    char code[3];
    uint32_t first;
    uint64_t count;
};

static int by_code_and_address(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    int order = strcmp(x->code, y->code);
    if (order == 0)
        order = (x->first > y->first) - (x->first < y->first);
    return order ? order : (x->count > y->count) - (x->count < y->count);
}

/* The next field of a line, ended by '|' or the line's end. */
static const char *field(const char **at, const char *end, size_t *length)
{
    const char *begin = *at;
    const char *bar = begin < end ? memchr(begin, '|', (size_t)(end - begin)) : NULL;
    *length = (size_t)((bar ? bar : end) - begin);
    *at = bar ? bar + 1 : end;
    return begin;
}

static bool field_is(const char *text, size_t length, const char *word)
{
    return length == strlen(word) && memcmp(text, word, length) == 0;
}

/* A whole number at the start of a field, or -1. */
static int64_t number(const char *text, size_t length)
{
    int64_t value = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9' || value > INT64_C(1) << 40)
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return length ? value : -1;
}

static bool parse_address(const char *text, size_t length, uint32_t *address)
{
    uint32_t value = 0;
    const char *end = text + length;
    for (int i = 0; i < 4; i++) {
        const char *dot = text < end ? memchr(text, '.', (size_t)(end - text)) : NULL;
        if ((dot == NULL) != (i == 3))
            return false;
        int64_t octet = number(text, (size_t)((dot ? dot : end) - text));
        if (octet < 0 || octet > 255)
            return false;
        value = value << 8 | (uint32_t)octet;
        text = dot ? dot + 1 : end;
    }
    *address = value;
    return true;
}

/* registry|cc|type|start|value|date|status[|extensions]: "RIR statistics exchange format", of the five registries. The
 * value is a count of addresses and need not be a power of two. Comments, the version line, summaries, other types and
 * space that nobody holds are passed over. */
static bool parse_line(const char *text, const char *end, struct line *line)
{
    size_t ncode, ntype, nfirst, ncount, nstatus, ignored;
    if (end > text && end[-1] == '\r')
        end--;
    if (text == end || *text == '#')
        return false;
    field(&text, end, &ignored);
    const char *code = field(&text, end, &ncode), *type = field(&text, end, &ntype);
    const char *first = field(&text, end, &nfirst), *count = field(&text, end, &ncount);
    field(&text, end, &ignored);
    const char *status = field(&text, end, &nstatus);
    if (!field_is(type, ntype, "ipv4") || ncode != 2)
        return false;
    if (!field_is(status, nstatus, "allocated") && !field_is(status, nstatus, "assigned"))
        return false;
    int64_t naddresses = number(count, ncount);
    if (!parse_address(first, nfirst, &line->first) || naddresses < 2)
        return false; /* two have a usable one among them */
    line->count = (uint64_t)naddresses;
    if (line->count > (UINT64_C(1) << 32) - line->first)
        line->count = (UINT64_C(1) << 32) - line->first;
    if (line->count > UINT32_MAX)
        line->count = UINT32_MAX;
    memcpy(line->code, code, 2);
    line->code[2] = 0;
    return true;
}

/* Clock and weight of a country that isn't in our own list: those of the average. */
static void describe(struct pz_twin_country *country)
{
    country->clock_seconds = 0;
    country->weight = 1 + (uint32_t)(country->naddresses >> 21);
    for (uint32_t i = 0; i < pz_twin_nlands; i++)
        if (strcmp(pz_twin_lands[i].code, country->code) == 0) {
            country->clock_seconds = pz_twin_lands[i].clock_minutes * 60;
            country->weight = pz_twin_lands[i].weight;
        }
}

static void gather(struct pz_twin_world *world, const struct line *lines, size_t nlines)
{
    world->ranges = pz_alloc(nlines * sizeof *world->ranges);
    world->countries = pz_alloc(nlines * sizeof *world->countries);
    for (size_t i = 0; i < nlines; i++) {
        struct pz_twin_country *country = world->countries + world->ncountries - 1;
        if (i == 0 || strcmp(country->code, lines[i].code) != 0) {
            country = &world->countries[world->ncountries++];
            memcpy(country->code, lines[i].code, sizeof country->code);
            country->first_range = world->nranges;
        }
        world->key = pz_twin_key(world->key, (uint64_t)lines[i].first << 32 | lines[i].count);
        world->ranges[world->nranges++] = (struct pz_twin_range){
            .first = lines[i].first, .count = (uint32_t)lines[i].count, .before = country->naddresses};
        country->nranges++;
        country->naddresses += lines[i].count;
    }
    for (uint32_t i = 0; i < world->ncountries; i++) {
        describe(&world->countries[i]);
        world->countries[i].before = world->naddresses;
        world->naddresses += world->countries[i].naddresses;
        world->weight += world->countries[i].weight;
    }
}

int pz_twin_world_read(struct pz_twin_world *world, const struct pz_buf *text, uint32_t lens_octet,
                       struct pz_error *error)
{
    *world = (struct pz_twin_world){.lens_octet = lens_octet};
    struct line *lines = NULL;
    size_t nlines = 0, capacity = 0;
    const char *at = (const char *)text->bytes, *end = at + text->nbytes;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *line_end = newline ? newline : end;
        if (nlines == capacity) {
            capacity = capacity ? 2 * capacity : 1024;
            lines = pz_realloc(lines, capacity * sizeof *lines);
        }
        /* A table with too few addresses outside the lens would leave draws below without an end. */
        if (parse_line(at, line_end, &lines[nlines]) && pz_twin_world_usable(world, lines[nlines].first | 1))
            nlines++;
        at = line_end + (newline != NULL);
    }
    if (nlines)
        qsort(lines, nlines, sizeof *lines, by_code_and_address);
    gather(world, lines, nlines);
    free(lines);
    if (world->naddresses < 1 << 20) {
        pz_twin_world_release(world);
        return pz_fail(error, "the table of addresses holds fewer than 2^20 usable IPv4 addresses: it wants lines like"
                              " apnic|CN|ipv4|58.14.0.0|131072|20050818|allocated");
    }
    return 0;
}

void pz_twin_world_release(struct pz_twin_world *world)
{
    free(world->countries);
    free(world->ranges);
    *world = (struct pz_twin_world){0};
}

uint32_t pz_twin_world_country(const struct pz_twin_world *world, struct pz_twin_dice *dice)
{
    uint64_t at = pz_twin_below64(dice, world->weight);
    uint32_t country = 0;
    while (at >= world->countries[country].weight)
        at -= world->countries[country++].weight;
    return country;
}

bool pz_twin_world_usable(const struct pz_twin_world *world, uint32_t address)
{
    uint32_t octet = address >> 24, low = address & 255;
    return octet != 0 && octet != 10 && octet != 127 && octet < 224 && octet != world->lens_octet && low != 0 &&
           low != 255 && address >> 20 != 0xac1 && address >> 16 != 0xc0a8 && address >> 16 != 0xa9fe;
}

static bool range_begins(const void *item, const void *at)
{
    return ((const struct pz_twin_range *)item)->before <= *(const uint64_t *)at;
}

static bool country_begins(const void *item, const void *at)
{
    return ((const struct pz_twin_country *)item)->before <= *(const uint64_t *)at;
}

/* The last of the country's ranges that begins by then. */
static const struct pz_twin_range *range_at(const struct pz_twin_world *world, const struct pz_twin_country *country,
                                            uint64_t at)
{
    const struct pz_twin_range *first = &world->ranges[country->first_range];
    return first + pz_lower_bound(&at, first, country->nranges, sizeof *first, range_begins) - 1;
}

static bool holds_block(const struct pz_twin_range *range, uint32_t address, uint32_t bits)
{
    uint32_t size_less_1 = (1u << bits) - 1, first = address & ~size_less_1;
    return first >= range->first && (first | size_less_1) <= range->first + (range->count - 1);
}

uint32_t pz_twin_world_address(const struct pz_twin_world *world, uint32_t country, bool reachable,
                               struct pz_twin_dice *dice, uint32_t *block_bits)
{
    enum { TRIES = 64 }; /* a quarter of all addresses is reachable; a country's blocks may hold none */
    const struct pz_twin_country *home = &world->countries[country];
    const struct pz_twin_range *range;
    uint32_t address;
    int tries = 0;
    do {
        uint64_t at = pz_twin_below64(dice, home->naddresses);
        range = range_at(world, home, at);
        address = range->first + (uint32_t)(at - range->before);
    } while (!pz_twin_world_usable(world, address) || (reachable && !pz_worm_reaches(address) && ++tries < TRIES));
    while (*block_bits && !holds_block(range, address, *block_bits))
        --*block_bits;
    return address;
}

uint32_t pz_twin_world_anywhere(const struct pz_twin_world *world, struct pz_twin_dice *dice)
{
    for (;;) {
        uint64_t at = pz_twin_below64(dice, world->naddresses);
        const struct pz_twin_country *country =
            world->countries +
            pz_lower_bound(&at, world->countries, world->ncountries, sizeof *country, country_begins) - 1;
        const struct pz_twin_range *range = range_at(world, country, at - country->before);
        uint32_t address = range->first + (uint32_t)(at - country->before - range->before);
        if (pz_twin_world_usable(world, address))
            return address;
    }
}
