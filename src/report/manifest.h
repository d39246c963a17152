/* SPDX-License-Identifier: BSD-2-Clause */
/* A list of files with their digests, which shows whether a result is whole, as JSON:
 *
 *     "files": {
 *       "tables/hourly.csv": {
 *         "size": 1234,
 *         "sha256": "..."
 *       },
 *
 * Names are below the result's folder. docs/tables.md says where such lists lie and in what order they are written. */
#ifndef PZ_REPORT_MANIFEST_H
#define PZ_REPORT_MANIFEST_H

#include "base/error.h"
#include "base/json.h"
#include "base/json_read.h"
#include "base/sha256.h"
#include "capture/packet.h"
#include "capture/synthetic.h"

struct pz_manifest_file {
    char *name; /* owned */
    uint64_t size;
    struct pz_sha256_text digest;
};

struct pz_manifest {
    struct pz_manifest_file *files; /* owned */
    size_t n;
    bool sorted;
    struct pz_sha256_text summary; /* of the summary.json that the list belongs to; empty in that one itself */
    uint16_t ports[PZ_PORTS];      /* of summary.json: the ports of the run, in its order; none in other lists */
    size_t nports;
    struct pz_synthetic synthetic; /* of summary.json: whether the captures are made up */
};

void pz_manifest_release(struct pz_manifest *manifest);
void pz_manifest_add(struct pz_manifest *manifest, const char *name, uint64_t size, struct pz_sha256_text digest);
void pz_manifest_add_bytes(struct pz_manifest *manifest, const char *name, const struct pz_buf *bytes);
void pz_manifest_add_all(struct pz_manifest *manifest, const struct pz_manifest *others);
void pz_manifest_sort(struct pz_manifest *manifest);
/* NULL if it isn't there. */
const struct pz_manifest_file *pz_manifest_find(struct pz_manifest *manifest, const char *name);
bool pz_manifest_is(const struct pz_manifest_file *file, const struct pz_buf *bytes);
/* Whether the file is there. */
bool pz_manifest_is_at(const struct pz_manifest_file *file, const char *path);

/* Writes the member "files", by name, of files in the folders of a port (report/folders.h). */
void pz_manifest_write(struct pz_manifest *manifest, uint16_t folder, struct pz_json *json);
/* A list that is a file of its own: the members "summary" and "files". */
void pz_manifest_write_list(struct pz_manifest *manifest, uint16_t folder, struct pz_buf *json);
/* Whether a value of summary.json is a port of the run: there is one, or a list of several. */
bool pz_manifest_is_port(const struct pz_json_value *value);
/* Takes a text that has such members, whatever else it has. -1 with `error`, which names `path`, if it is damaged, or
 * a name in it leads out of the folders of a result. */
int pz_manifest_parse(struct pz_manifest *manifest, const struct pz_buf *text, const char *path,
                      struct pz_error *error);
/* The same of a file. 1 if there is none. */
int pz_manifest_read(struct pz_manifest *manifest, const char *path, struct pz_error *error);

#endif
