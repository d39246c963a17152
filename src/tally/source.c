#include "tally/source.h"

void pz_sources_encode(const struct pz_source *rows, size_t n, struct pz_buf *to)
{
    uint32_t previous = 0;
    for (size_t i = 0; i < n; i++) {
        const struct pz_source *row = &rows[i];
        int64_t begin = row->hour * PZ_USEC_PER_HOUR;
        pz_buf_put_varint(to, row->address - previous);
        pz_buf_put_varint(to, (uint64_t)(row->first_usec - begin));
        pz_buf_put_varint(to, (uint64_t)(row->last_usec - row->first_usec));
        for (int cell = 0; cell < PZ_CELLS; cell++)
            pz_buf_put_varint(to, row->cells[cell]);
        previous = row->address;
    }
}

static void decode_one(struct pz_cursor *from, uint32_t hour, uint64_t previous, struct pz_source *row)
{
    uint64_t address = previous + pz_cursor_varint(from);
    uint64_t first = pz_cursor_varint(from), more = pz_cursor_varint(from);
    uint64_t scans = 0;
    bool good = address <= UINT32_MAX && first < PZ_USEC_PER_HOUR && more < PZ_USEC_PER_HOUR - first;
    for (int cell = 0; cell < PZ_CELLS; cell++) {
        row->cells[cell] = pz_cursor_varint(from);
        good = good && row->cells[cell] <= UINT64_MAX - scans;
        scans += row->cells[cell];
    }
    row->address = (uint32_t)address;
    row->hour = hour;
    row->first_usec = hour * PZ_USEC_PER_HOUR + (int64_t)first;
    row->last_usec = row->first_usec + (int64_t)more;
    if (!good || !scans)
        from->bad = true;
}

void pz_sources_decode(struct pz_cursor *from, uint32_t hour, unsigned shard, struct pz_source *rows, size_t n)
{
    uint64_t previous = 0;
    for (size_t i = 0; i < n && !from->bad; i++) {
        decode_one(from, hour, previous, &rows[i]);
        if ((i && rows[i].address <= previous) || pz_shard_of(rows[i].address) != shard)
            from->bad = true;
        previous = rows[i].address;
    }
}

size_t pz_sources_merge(const struct pz_source *a, size_t na, const struct pz_source *b, size_t nb,
                        struct pz_source *to)
{
    size_t n = 0;
    while (na && nb) {
        if (a->address == b->address) {
            to[n] = *a++;
            pz_source_merge(&to[n++], b++);
            na--, nb--;
        } else if (a->address < b->address) {
            to[n++] = *a++;
            na--;
        } else {
            to[n++] = *b++;
            nb--;
        }
    }
    for (; na; na--)
        to[n++] = *a++;
    for (; nb; nb--)
        to[n++] = *b++;
    return n;
}
