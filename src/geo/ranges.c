/* SPDX-License-Identifier: BSD-2-Clause */
/* Ranges as they are read, and what is left of them without overlaps.
 *
 * Ranges are cut at the ends of all ranges. The pieces are handed out range by range, the narrowest first, and each
 * piece goes to the first that asks: so a range takes what is left, and pieces that are gone are jumped over. */
#include "geo/load.h"

#include "base/sort.h"

#include <stdlib.h>

static uint32_t hash_of(const char *text, size_t length)
{
    uint32_t hash = 0x811c9dc5; /* FNV-1a */
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (uint8_t)text[i]) * 0x01000193;
    return hash;
}

static uint32_t *slot_of(const struct pz_geo_names *names, const char *text, size_t length)
{
    size_t at = hash_of(text, length) & (names->nslots - 1);
    for (; names->slots[at]; at = (at + 1) & (names->nslots - 1)) {
        const char *name = names->all[names->slots[at] - 1];
        if (strncmp(name, text, length) == 0 && !name[length])
            break;
    }
    return &names->slots[at];
}

static void grow(struct pz_geo_names *names)
{
    free(names->slots);
    names->nslots = names->nslots ? 2 * names->nslots : 1024;
    names->slots = pz_alloc(names->nslots * sizeof *names->slots);
    for (size_t i = 0; i < names->n; i++)
        *slot_of(names, names->all[i], strlen(names->all[i])) = (uint32_t)i + 1;
}

uint32_t pz_geo_name(struct pz_geo_names *names, const char *text, size_t length)
{
    if (4 * names->n >= names->nslots)
        grow(names);
    uint32_t *slot = slot_of(names, text, length);
    if (!*slot) {
        names->all = pz_room(names->all, names->n, sizeof *names->all);
        names->all[names->n++] = pz_format("%.*s", (int)length, text);
        *slot = (uint32_t)names->n;
    }
    return *slot - 1;
}

void pz_geo_names_release(struct pz_geo_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        free(names->all[i]);
    free(names->all);
    free(names->slots);
}

void pz_geo_add_range(struct pz_geo_raws *raws, uint32_t first, uint32_t last, const char *place, size_t length)
{
    raws->all = pz_room(raws->all, raws->n, sizeof *raws->all);
    raws->all[raws->n] = (struct pz_geo_raw){first, last, (uint32_t)raws->n, pz_geo_name(&raws->names, place, length)};
    raws->n++;
}

void pz_geo_add(struct pz_geo_raws *raws, uint32_t first, uint32_t last, const char *code, size_t code_length)
{
    if (code_length != 2 || first > last)
        return;
    char upper[PZ_COUNTRY_TEXT] = {0};
    for (int i = 0; i < 2; i++) {
        char c = code[i];
        upper[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
        if (!((upper[i] >= 'A' && upper[i] <= 'Z') || (upper[i] >= '0' && upper[i] <= '9')))
            return;
    }
    if (strcmp(upper, PZ_COUNTRY_UNKNOWN) != 0)
        pz_geo_add_range(raws, first, last, upper, 2);
}

/* Equal ranges together, and of these the first-named first. */
static int compare_ranges(const void *a, const void *b)
{
    const struct pz_geo_raw *x = a, *y = b;
    return x->first != y->first ? PZ_ORDER(x->first, y->first)
           : x->last != y->last ? PZ_ORDER(x->last, y->last)
                                : PZ_ORDER(x->order, y->order);
}

size_t pz_geo_count_contradictions(const struct pz_geo_raws *raws, size_t begin)
{
    const size_t n = raws->n - begin;
    struct pz_geo_raw *sorted = pz_alloc(n * sizeof *sorted);
    size_t held = 0, found = 0;
    if (n) {
        memcpy(sorted, raws->all + begin, n * sizeof *sorted);
        qsort(sorted, n, sizeof *sorted, compare_ranges);
    }
    for (size_t i = 1; i < n; i++) {
        if (sorted[i].first != sorted[held].first || sorted[i].last != sorted[held].last)
            held = i;
        else
            found += sorted[i].place != sorted[held].place;
    }
    free(sorted);
    return found;
}

/* Narrower ranges first, and of equally wide ones the first-named. */
static int compare_raws(const void *a, const void *b)
{
    const struct pz_geo_raw *x = a, *y = b;
    uint32_t x_width = x->last - x->first, y_width = y->last - y->first;
    return x_width != y_width ? PZ_ORDER(x_width, y_width) : PZ_ORDER(x->order, y->order);
}

static bool is_before(const void *item, const void *key)
{
    return *(const uint64_t *)item < *(const uint64_t *)key;
}

struct pieces {
    uint64_t *begins; /* ascending: piece i is from begins[i] to begins[i + 1] - 1 */
    size_t n;         /* of begins */
    uint32_t *places; /* of each piece: a place + 1, or 0 while it is free */
    uint32_t *free;   /* the first free piece at or after each, as far as it is known */
};

static void cut(struct pieces *pieces, const struct pz_geo_raw *raws, size_t n)
{
    uint64_t *begins = pz_alloc(2 * n * sizeof *begins);
    for (size_t i = 0; i < n; i++) {
        begins[2 * i] = raws[i].first;
        begins[2 * i + 1] = raws[i].last + UINT64_C(1);
    }
    pz_sort_u64(begins, 2 * n);
    for (size_t i = 0; i < 2 * n; i++)
        if (!pieces->n || begins[pieces->n - 1] != begins[i])
            begins[pieces->n++] = begins[i];
    pieces->begins = begins;
    pieces->places = pz_alloc(pieces->n * sizeof *pieces->places);
    pieces->free = pz_alloc(pieces->n * sizeof *pieces->free);
    for (size_t i = 0; i < pieces->n; i++)
        pieces->free[i] = (uint32_t)i;
}

static uint32_t find_free(struct pieces *pieces, uint32_t at)
{
    while (pieces->free[at] != at) {
        pieces->free[at] = pieces->free[pieces->free[at]];
        at = pieces->free[at];
    }
    return at;
}

static void hand_out(struct pieces *pieces, const struct pz_geo_raw *raw)
{
    const uint64_t first = raw->first, end = raw->last + UINT64_C(1);
    uint32_t at = (uint32_t)pz_lower_bound(&first, pieces->begins, pieces->n, sizeof *pieces->begins, is_before);
    for (at = find_free(pieces, at); pieces->begins[at] < end; at = find_free(pieces, at)) {
        pieces->places[at] = raw->place + 1;
        pieces->free[at] = at + 1; /* there is a piece after it, which begins where the range ends or before */
    }
}

static void put(struct pz_geo_edition *edition, uint32_t first, uint32_t last, uint32_t place)
{
    struct pz_geo_range *before = edition->nranges ? &edition->ranges[edition->nranges - 1] : NULL;
    edition->addresses[place] += last - first + UINT64_C(1);
    if (before && before->place == place && before->last + UINT64_C(1) == first)
        before->last = last;
    else
        edition->ranges[edition->nranges++] = (struct pz_geo_range){first, last, place};
}

void pz_geo_flatten(struct pz_geo_edition *edition, struct pz_geo_raw *raws, size_t n)
{
    struct pieces pieces = {0};
    if (!n)
        return;
    qsort(raws, n, sizeof *raws, compare_raws);
    cut(&pieces, raws, n);
    for (size_t i = 0; i < n; i++)
        hand_out(&pieces, &raws[i]);
    edition->ranges = pz_alloc(pieces.n * sizeof *edition->ranges);
    for (size_t i = 0; i + 1 < pieces.n; i++)
        if (pieces.places[i])
            put(edition, (uint32_t)pieces.begins[i], (uint32_t)(pieces.begins[i + 1] - 1), pieces.places[i] - 1);
    free(pieces.begins);
    free(pieces.places);
    free(pieces.free);
    edition->ranges = pz_realloc(edition->ranges, edition->nranges * sizeof *edition->ranges);
}
