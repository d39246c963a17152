/* SPDX-License-Identifier: BSD-2-Clause */
/* MaxMind DB, through libmaxminddb where it was found. */
#include "base/file.h"
#include "geo/load.h"

#ifdef PZ_HAVE_MAXMINDDB
#    include <maxminddb.h>

#    include <sys/mman.h>
#    include <unistd.h>

/* The country of a record: country.iso_code, or that of the registration where there is no other. */
static void add_record(struct pz_geo_raws *raws, MMDB_s *db, uint64_t record, uint32_t first, uint32_t last)
{
    static const char *const keys[] = {"country", "registered_country"};
    MMDB_entry_s entry = {.mmdb = db, .offset = (uint32_t)record};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        MMDB_entry_data_s data;
        if (MMDB_get_value(&entry, &data, keys[i], "iso_code", NULL) != MMDB_SUCCESS || !data.has_data ||
            data.type != MMDB_DATA_TYPE_UTF8_STRING)
            continue;
        pz_geo_add(raws, first, last, data.utf8_string, data.data_size);
        return;
    }
}

/* All below a record of the tree, which stands for the addresses from `first` on with `depth` bits fixed. */
static void walk(struct pz_geo_raws *raws, MMDB_s *db, uint64_t record, uint8_t type, uint64_t entry, uint32_t first,
                 int depth)
{
    if (type == MMDB_RECORD_TYPE_DATA)
        add_record(raws, db, entry, first, depth ? first | (uint32_t)(UINT64_C(0xffffffff) >> depth) : UINT32_MAX);
    if (type != MMDB_RECORD_TYPE_SEARCH_NODE || depth == 32)
        return;
    MMDB_search_node_s node;
    if (MMDB_read_node(db, (uint32_t)record, &node) != MMDB_SUCCESS)
        return;
    walk(raws, db, node.left_record, node.left_record_type, node.left_record_entry.offset, first, depth + 1);
    walk(raws, db, node.right_record, node.right_record_type, node.right_record_entry.offset,
         first | (uint32_t)(UINT64_C(1) << (31 - depth)), depth + 1);
}

/* The library opens a path, and the file may be compressed: so it gets what was read, under the path of a file in memory. */
static int open_bytes(const struct pz_buf *bytes, MMDB_s *db)
{
    int file = memfd_create("countries", MFD_CLOEXEC), status = MMDB_IO_ERROR;
    size_t at = 0;
    while (file >= 0 && at < bytes->nbytes) {
        ssize_t n = write(file, bytes->bytes + at, bytes->nbytes - at);
        if (n <= 0)
            break;
        at += (size_t)n;
    }
    if (file >= 0 && at == bytes->nbytes) {
        status = MMDB_open(pz_path("/proc/self/fd/%d", file).text, MMDB_MODE_MMAP, db);
    }
    if (file >= 0)
        close(file);
    return status;
}

int pz_geo_read_mmdb(struct pz_geo_raws *raws, const char *path, const struct pz_buf *bytes, struct pz_buf *source,
                     struct pz_error *error)
{
    MMDB_s db;
    int status = open_bytes(bytes, &db);
    if (status != MMDB_SUCCESS)
        return pz_fail(error, "cannot read the MaxMind DB %s: %s", path, MMDB_strerror(status));
    /* In a tree of IPv6, IPv4 lies below 96 zero bits. */
    uint64_t root = 0;
    uint8_t type = MMDB_RECORD_TYPE_SEARCH_NODE;
    uint64_t entry = 0;
    for (int i = 0; db.metadata.ip_version == 6 && i < 96 && type == MMDB_RECORD_TYPE_SEARCH_NODE; i++) {
        MMDB_search_node_s node;
        if (MMDB_read_node(&db, (uint32_t)root, &node) != MMDB_SUCCESS)
            break;
        root = node.left_record;
        type = node.left_record_type;
        entry = node.left_record_entry.offset;
    }
    walk(raws, &db, root, type, entry, 0, 0);
    pz_buf_printf(source, "MaxMind DB %.40s", db.metadata.database_type);
    MMDB_close(&db);
    return 0;
}

#else

int pz_geo_read_mmdb(struct pz_geo_raws *raws, const char *path, const struct pz_buf *bytes, struct pz_buf *source,
                     struct pz_error *error)
{
    (void)raws, (void)bytes, (void)source;
    return pz_fail_usage(error,
                         "%s is a MaxMind DB, and this build was made without libmaxminddb: give the registries'"
                         " delegated files or a CSV of ranges",
                         path);
}
#endif
