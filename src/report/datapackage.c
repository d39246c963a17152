/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/datapackage.h"

#include <stdlib.h>

static const char *type_of(enum pz_type type)
{
    static const char *const types[] = {
        [PZ_TYPE_COUNT] = "integer",  [PZ_TYPE_RUNNING] = "integer",    [PZ_TYPE_NUMBER] = "number",
        [PZ_TYPE_TEXT] = "string",    [PZ_TYPE_QUOTED] = "string",      [PZ_TYPE_HOUR] = "datetime",
        [PZ_TYPE_DAY] = "date",       [PZ_TYPE_SECOND] = "datetime",    [PZ_TYPE_USEC] = "datetime",
        [PZ_TYPE_ADDRESS] = "string", [PZ_TYPE_DESTINATION] = "string", [PZ_TYPE_SEQUENCE] = "string"};
    return types[type];
}

static void put_field(struct pz_json *json, const struct pz_column *column)
{
    pz_json_open(json, NULL, '{');
    pz_json_text(json, "name", column->name);
    pz_json_text(json, "type", type_of(column->type));
    if (column->type == PZ_TYPE_USEC)
        pz_json_text(json, "format", "any"); /* with a fraction of the second or, with keyed names, without */
    if (column->unit)
        pz_json_text(json, "unit", column->unit);
    char *doc = pz_format("%s%s", column->doc, column->recorded ? "; empty: nothing was recorded" : "");
    pz_json_text(json, "description", doc);
    free(doc);
    pz_json_close(json, '}');
}

static void put_table(struct pz_json *json, const struct pz_schema *schema, uint64_t nbytes,
                      struct pz_sha256_text digest)
{
    struct pz_path path = pz_path("%s.csv", schema->name), hash = pz_path("sha256:%s", digest.text);
    pz_json_open(json, NULL, '{');
    pz_json_text(json, "name", schema->name);
    pz_json_text(json, "path", path.text);
    pz_json_text(json, "profile", "tabular-data-resource");
    pz_json_text(json, "format", "csv");
    pz_json_text(json, "mediatype", "text/csv");
    pz_json_text(json, "encoding", "utf-8");
    pz_json_text(json, "description", schema->doc);
    pz_json_u64(json, "bytes", nbytes);
    pz_json_text(json, "hash", hash.text);
    pz_json_open(json, "schema", '{');
    pz_json_open(json, "fields", '[');
    for (const struct pz_column *column = schema->columns; column->name; column++)
        put_field(json, column);
    pz_json_close(json, ']');
    pz_json_open(json, "missingValues", '[');
    pz_json_text(json, NULL, "");
    pz_json_close(json, ']');
    pz_json_close(json, '}');
    pz_json_close(json, '}');
}

static void begin(struct pz_json *json, const char *of, const char *title)
{
    struct pz_path name = pz_path("patientzero-%s", of);
    pz_json_open(json, NULL, '{');
    pz_json_text(json, "profile", "tabular-data-package");
    pz_json_text(json, "name", name.text);
    pz_json_text(json, "title", title);
    pz_json_open(json, "resources", '[');
}

static void end(struct pz_json *json)
{
    pz_json_close(json, ']');
    pz_json_close(json, '}');
}

void pz_datapackage_write(const struct pz_job *const *jobs, struct pz_manifest *files, uint16_t folder, bool restricted,
                          struct pz_buf *to)
{
    static const struct pz_schema *const none[] = {NULL};
    struct pz_json json = {.to = to};
    const struct pz_schema *schema;
    size_t n = 0;
    for (size_t i = 0; (schema = pz_jobs_schema(jobs, none, i)); i++) {
        struct pz_path name = pz_results_table_name(schema);
        const struct pz_manifest_file *file = pz_schema_is_restricted(schema) == restricted
                                                  ? pz_manifest_find(files, pz_folders_name(folder, name.text).text)
                                                  : NULL;
        if (!file)
            continue;
        if (!n++) {
            begin(&json, restricted ? "restricted" : "tables",
                  restricted ? "Sources that scanned a TCP port, by name: not to be passed on"
                             : "Who scanned a TCP port, and when, in a network telescope's packets");
        }
        put_table(&json, schema, file->size, file->digest);
    }
    if (!n)
        return;
    end(&json);
}

void pz_datapackage_write_added(const char *maker, const struct pz_results_table *tables, size_t n, struct pz_buf *to)
{
    struct pz_json json = {.to = to};
    char *title = pz_format("Tables that patientzero %s adds", strcmp(maker, "reproduction") == 0 ? "report" : maker);
    begin(&json, maker, title);
    for (size_t i = 0; i < n; i++) {
        const struct pz_buf *csv = tables[i].csv;
        put_table(&json, tables[i].schema, csv->nbytes, pz_sha256_text(csv->bytes, csv->nbytes));
    }
    end(&json);
    free(title);
}
