/* SPDX-License-Identifier: BSD-2-Clause */
/* One file of ranges, of any form. */
#include "geo/load.h"

#include "capture/unpack.h"

#include <stdlib.h>

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
    if (pz_unpack_file(path, text, error) != 0 || check_readable(path, text, error) != 0)
        return -1;
    file->digest = pz_sha256_text(text->bytes, text->nbytes);
    file->nbytes = text->nbytes;
    drop_byte_order_mark(text);
    pz_buf_put(text, "", 1);
    return 0;
}

/* Text that a zero ends early, as in a damaged file, would lose what comes after it. */
static int check_text(const char *path, const struct pz_buf *text, struct pz_error *error)
{
    size_t length = strlen((const char *)text->bytes);
    if (length + 1 == text->nbytes)
        return 0;
    return pz_fail_usage(error, "%s has a zero at byte %zu, so it is damaged or not text: get it again", path, length);
}

/* Whether the last line has no end, as where a copy was cut short; its number may be one of the first digits only. */
static bool is_cut(const struct pz_buf *text)
{
    return text->nbytes > 1 && text->bytes[text->nbytes - 2] != '\n';
}

/* Counts that belong next to the ranges: to the notes, and to the line on what was used. */
static void note_contradictions(struct pz_geo *geo, const char *path, const struct pz_geo_raws *raws, size_t begin)
{
    size_t n = pz_geo_count_contradictions(raws, begin);
    if (!n)
        return;
    pz_buf_printf(&geo->notes, "%s: %zu lines give a range another owner than a line before: the first holds\n", path,
                  n);
    pz_buf_printf(&geo->source, ", %zu contradictory lines", n);
}

static bool is_mmdb(const struct pz_buf *text)
{
    static const char mark[] = "\xab\xcd\xefMaxMind.com";
    return memmem(text->bytes, text->nbytes, mark, sizeof mark - 1) != NULL;
}

int pz_geo_read_countries(struct pz_geo_raws *raws, const char *path, struct pz_geo *geo, struct pz_error *error)
{
    struct pz_buf bytes = {0};
    size_t before = raws->n;
    int status = pz_geo_read_file(path, &bytes, &geo->files[geo->nfiles++], error);
    bool mmdb = status == 0 && is_mmdb(&bytes);
    char *text = (char *)bytes.bytes;
    bytes.nbytes -= mmdb; /* the zero */
    if (status == 0 && !mmdb)
        status = check_text(path, &bytes, error);
    if (status == 0)
        status = mmdb                ? pz_geo_read_mmdb(raws, path, &bytes, &geo->source, error)
                 : strchr(text, '|') ? pz_geo_read_delegated(raws, path, text, &geo->source, error)
                                     : pz_geo_read_csv(raws, path, text, &geo->source, error);
    pz_buf_release(&bytes);
    if (status == 0 && raws->n == before)
        status = pz_fail_usage(error,
                               "%s has no range of addresses with a country: give a registry's delegated file, a CSV"
                               " of start, end and two-letter country, or a MaxMind DB",
                               path);
    if (status == 0)
        note_contradictions(geo, path, raws, before);
    return status;
}

int pz_geo_read_networks(struct pz_geo_raws *raws, const char *path, struct pz_geo *geo, struct pz_error *error)
{
    struct pz_buf text = {0};
    size_t before = raws->n, bad = 0;
    int status = pz_geo_read_file(path, &text, &geo->files[geo->nfiles++], error);
    if (status == 0)
        status = check_text(path, &text, error);
    bool cut = status == 0 && is_cut(&text);
    if (status == 0)
        bad = pz_geo_read_pfx2as(raws, (char *)text.bytes);
    pz_buf_release(&text);
    if (status != 0)
        return -1;
    if (raws->n == before)
        return pz_fail_usage(error,
                             "%s has no prefix with a network: give CAIDA's pfx2as, whose lines are prefix, length and"
                             " AS number with tabs between them",
                             path);
    pz_buf_printf(&geo->source, "pfx2as with %zu prefixes", raws->n - before);
    if (bad) {
        pz_buf_printf(&geo->notes, "%s: %zu lines are no prefix, length and AS number: skipped\n", path, bad);
        pz_buf_printf(&geo->source, ", %zu lines skipped", bad);
    }
    if (cut) {
        pz_buf_printf(&geo->notes, "%s: the last line has no end, as if the file was cut short\n", path);
        pz_buf_printf(&geo->source, ", cut short");
    }
    note_contradictions(geo, path, raws, before);
    return 0;
}
