/* SPDX-License-Identifier: BSD-2-Clause */
/* All ranges of all files are gathered first, then sorted so that a wide range comes before the narrower ones inside
 * it, and flattened with a stack of open ranges into pieces that don't overlap. A lookup finds the /16 in an index and
 * searches the few ranges that end in it. */
#include "geo/load.h"

#include "base/sort.h"
#include "capture/unpack.h"

#include <stdlib.h>

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
    if (strcmp(upper, PZ_COUNTRY_UNKNOWN) == 0)
        return;
    raws->all = pz_room(raws->all, raws->n, sizeof *raws->all);
    struct pz_geo_raw *raw = &raws->all[raws->n];
    *raw = (struct pz_geo_raw){first, last, (uint32_t)raws->n, {upper[0], upper[1], 0}};
    raws->n++;
}

/* Wider ranges before the narrower ones that begin with them, and of equal ones the first-named last, for it wins. */
static int compare_raws(const void *a, const void *b)
{
    const struct pz_geo_raw *x = a, *y = b;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    if (x->last != y->last)
        return x->last > y->last ? -1 : 1;
    return x->order > y->order ? -1 : x->order < y->order;
}

static int compare_countries(const void *a, const void *b)
{
    return strcmp(((const struct pz_geo_country *)a)->code, ((const struct pz_geo_country *)b)->code);
}

static size_t index_of(const struct pz_geo *geo, const char *code)
{
    struct pz_geo_country key = {{code[0], code[1], 0}, 0};
    const struct pz_geo_country *found =
        bsearch(&key, geo->countries, geo->ncountries, sizeof *geo->countries, compare_countries);
    PZ_CHECK(found);
    return (size_t)(found - geo->countries);
}

static void list_countries(struct pz_geo *geo, const struct pz_geo_raws *raws)
{
    bool seen[128][128] = {{false}};
    geo->countries = pz_alloc(36 * 36 * sizeof *geo->countries); /* two of 26 letters and 10 digits */
    for (size_t i = 0; i < raws->n; i++) {
        const char *code = raws->all[i].code;
        if (seen[(int)code[0]][(int)code[1]])
            continue;
        seen[(int)code[0]][(int)code[1]] = true;
        memcpy(geo->countries[geo->ncountries++].code, code, PZ_COUNTRY_TEXT);
    }
    qsort(geo->countries, geo->ncountries, sizeof *geo->countries, compare_countries);
}

/* Appends the range `first` to `last`, which lies after all ranges so far. */
static void emit(struct pz_geo *geo, uint64_t first, uint64_t last, const char *code)
{
    if (first > last)
        return;
    size_t country = index_of(geo, code);
    geo->countries[country].addresses += last - first + 1;
    struct pz_geo_range *before = geo->nranges ? &geo->ranges[geo->nranges - 1] : NULL;
    if (before && before->country == country && before->last + UINT64_C(1) == first)
        before->last = (uint32_t)last;
    else
        geo->ranges[geo->nranges++] = (struct pz_geo_range){(uint32_t)first, (uint32_t)last, (uint16_t)country};
}

/* Removes overlaps. `open` holds the ranges that `next` lies in, the narrowest last. */
static void flatten(struct pz_geo *geo, struct pz_geo_raws *raws)
{
    qsort(raws->all, raws->n, sizeof *raws->all, compare_raws);
    const struct pz_geo_raw **open = pz_alloc(raws->n * sizeof *open);
    /* A range gives a piece where it begins and one more for each that begins inside it. */
    geo->ranges = pz_alloc((2 * raws->n + 1) * sizeof *geo->ranges);
    size_t nopen = 0;
    uint64_t next = 0; /* the first address that isn't decided */
    for (size_t i = 0; i <= raws->n; i++) {
        uint64_t first = i < raws->n ? raws->all[i].first : UINT64_C(1) << 32;
        for (; nopen && open[nopen - 1]->last < first; nopen--) {
            emit(geo, next, open[nopen - 1]->last, open[nopen - 1]->code);
            next = next > open[nopen - 1]->last ? next : open[nopen - 1]->last + UINT64_C(1);
        }
        if (i == raws->n)
            break;
        if (nopen && first)
            emit(geo, next, first - 1, open[nopen - 1]->code);
        next = next > first ? next : first;
        open[nopen++] = &raws->all[i];
    }
    free(open);
}

static void index_ranges(struct pz_geo *geo)
{
    enum { UPPERS = 1 << 16 };
    geo->by_upper = pz_alloc((UPPERS + 1) * sizeof *geo->by_upper);
    size_t at = 0;
    for (uint32_t upper = 0; upper < UPPERS; upper++) {
        while (at < geo->nranges && geo->ranges[at].last >> 16 < upper)
            at++;
        geo->by_upper[upper] = (uint32_t)at;
    }
    geo->by_upper[UPPERS] = (uint32_t)geo->nranges;
}

/* What a file begins with that can't be read as it is, where its library is not built in. */
static const struct {
    const char *mark;
    size_t nbytes;
    const char *what, *remedy;
} unreadable[] = {
    {"BZh", 3, "compressed with bzip2", "decompress it first (bunzip2 -k)"},
    {"\xfd"
     "7zXZ",
     5, "compressed with xz", "decompress it first (unxz -k)"},
    {"\x28\xb5\x2f\xfd", 4, "compressed with zstd", "decompress it first (unzstd)"},
    {"\x04\x22\x4d\x18", 4, "compressed with lz4", "decompress it first (unlz4)"},
    {"\x1f\x9d", 2, "compressed with compress", "decompress it first (gunzip -k)"},
    {"PK\x03\x04", 4, "a zip archive", "unpack it first (unzip)"},
    {"7z\xbc\xaf", 4, "a 7z archive", "unpack it first (7z x)"},
    {"\xff\xfe", 2, "UTF-16 text", "convert it first (iconv -f UTF-16 -t UTF-8)"},
    {"\xfe\xff", 2, "UTF-16 text", "convert it first (iconv -f UTF-16 -t UTF-8)"},
};

static int check_readable(const char *path, const struct pz_buf *text, struct pz_error *error)
{
    for (size_t i = 0; i < sizeof unreadable / sizeof *unreadable; i++)
        if (text->nbytes >= unreadable[i].nbytes && memcmp(text->bytes, unreadable[i].mark, unreadable[i].nbytes) == 0)
            return pz_fail_usage(error, "%s is %s: %s", path, unreadable[i].what, unreadable[i].remedy);
    return 0;
}

/* Takes off the mark that Windows programs put before UTF-8. */
static void drop_byte_order_mark(struct pz_buf *text)
{
    static const char mark[] = "\xef\xbb\xbf";
    size_t n = sizeof mark - 1;
    if (text->nbytes < n || memcmp(text->bytes, mark, n) != 0)
        return;
    memmove(text->bytes, text->bytes + n, text->nbytes - n);
    text->nbytes -= n;
}

int pz_geo_read_file(const char *path, struct pz_buf *text, struct pz_geo_file *file, struct pz_error *error)
{
    uint8_t digest[PZ_SHA256_BYTES];
    if (pz_unpack_file(path, text, error) != 0 || check_readable(path, text, error) != 0)
        return -1;
    pz_sha256(text->bytes, text->nbytes, digest);
    pz_sha256_text(digest, file->digest);
    file->nbytes = text->nbytes;
    drop_byte_order_mark(text);
    pz_buf_put(text, "", 1);
    return 0;
}

static bool is_mmdb(const struct pz_buf *text)
{
    static const char mark[] = "\xab\xcd\xefMaxMind.com";
    return memmem(text->bytes, text->nbytes, mark, sizeof mark - 1) != NULL;
}

static int read_one(struct pz_geo_raws *raws, const char *path, struct pz_buf *source, struct pz_geo_file *file,
                    struct pz_error *error)
{
    struct pz_buf text = {0};
    size_t before = raws->n;
    int status = pz_geo_read_file(path, &text, file, error);
    if (status == 0 && is_mmdb(&text)) {
        text.nbytes--; /* the zero */
        status = pz_geo_read_mmdb(raws, path, &text, source, error);
    } else if (status == 0 && memchr(text.bytes, '|', text.nbytes))
        status = pz_geo_read_delegated(raws, path, (char *)text.bytes, source, error);
    else if (status == 0)
        status = pz_geo_read_csv(raws, path, (char *)text.bytes, source, error);
    pz_buf_release(&text);
    if (status == 0 && raws->n == before)
        status = pz_fail_usage(error,
                               "%s has no range of addresses with a country: give a registry's delegated file, a CSV"
                               " of start, end and two-letter country, or a MaxMind DB",
                               path);
    return status;
}

int pz_geo_load(struct pz_geo *geo, const char *const *paths, size_t n, struct pz_error *error)
{
    struct pz_geo_raws raws = {0};
    *geo = (struct pz_geo){0};
    int status = 0;
    geo->files = pz_alloc(n * sizeof *geo->files);
    for (; status == 0 && geo->nfiles < n; geo->nfiles++) {
        if (geo->nfiles)
            pz_buf_printf(&geo->source, "; ");
        status = read_one(&raws, paths[geo->nfiles], &geo->source, &geo->files[geo->nfiles], error);
    }
    if (status == 0) {
        list_countries(geo, &raws);
        flatten(geo, &raws);
        index_ranges(geo);
        pz_buf_put(&geo->source, "", 1);
    }
    free(raws.all);
    if (status != 0)
        pz_geo_release(geo);
    return status;
}

void pz_geo_release(struct pz_geo *geo)
{
    free(geo->ranges);
    free(geo->countries);
    free(geo->by_upper);
    free(geo->files);
    pz_buf_release(&geo->source);
    *geo = (struct pz_geo){0};
}

static bool ends_before(const void *item, const void *address)
{
    return ((const struct pz_geo_range *)item)->last < *(const uint32_t *)address;
}

size_t pz_geo_find(const struct pz_geo *geo, uint32_t address)
{
    /* The range that may hold the address ends in its /16, or is the first that ends after the /16. */
    size_t from = geo->by_upper[address >> 16], n = geo->by_upper[(address >> 16) + 1] - from;
    size_t at = from + pz_lower_bound(&address, geo->ranges + from, n, sizeof *geo->ranges, ends_before);
    return at < geo->nranges && geo->ranges[at].first <= address ? geo->ranges[at].country : geo->ncountries;
}

const char *pz_geo_code(const struct pz_geo *geo, size_t country)
{
    return country < geo->ncountries ? geo->countries[country].code : PZ_COUNTRY_UNKNOWN;
}

void pz_geo_encode(const struct pz_geo *geo, struct pz_buf *to)
{
    pz_buf_put_u64(to, geo->nranges);
    for (size_t i = 0; i < geo->nranges; i++) {
        pz_buf_put_u32(to, geo->ranges[i].first);
        pz_buf_put_u32(to, geo->ranges[i].last);
        pz_buf_put_u32(to, geo->ranges[i].country);
    }
    pz_buf_put_u64(to, geo->ncountries);
    for (size_t i = 0; i < geo->ncountries; i++) {
        pz_buf_put(to, geo->countries[i].code, PZ_COUNTRY_TEXT);
        pz_buf_put_u64(to, geo->countries[i].addresses);
    }
    pz_buf_put_u64(to, geo->source.nbytes);
    pz_buf_put(to, geo->source.bytes, geo->source.nbytes);
}

void pz_geo_decode(struct pz_geo *geo, struct pz_cursor *from)
{
    *geo = (struct pz_geo){.nranges = pz_cursor_u64(from)};
    geo->ranges = pz_alloc(geo->nranges * sizeof *geo->ranges);
    for (size_t i = 0; i < geo->nranges; i++) {
        geo->ranges[i].first = pz_cursor_u32(from);
        geo->ranges[i].last = pz_cursor_u32(from);
        geo->ranges[i].country = (uint16_t)pz_cursor_u32(from);
    }
    geo->ncountries = pz_cursor_u64(from);
    geo->countries = pz_alloc(geo->ncountries * sizeof *geo->countries);
    for (size_t i = 0; i < geo->ncountries; i++) {
        const uint8_t *code = pz_cursor_take(from, PZ_COUNTRY_TEXT);
        PZ_CHECK(code); /* it only ever comes from another rank */
        memcpy(geo->countries[i].code, code, PZ_COUNTRY_TEXT);
        geo->countries[i].addresses = pz_cursor_u64(from);
    }
    uint64_t nbytes = pz_cursor_u64(from);
    const uint8_t *source = pz_cursor_take(from, nbytes);
    pz_buf_put(&geo->source, source, source ? nbytes : 0);
    PZ_CHECK(!from->bad);
    index_ranges(geo);
}
