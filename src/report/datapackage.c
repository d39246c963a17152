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

static void put_table(struct pz_json *json, const struct pz_schema *schema, const struct pz_manifest_file *file)
{
    pz_json_open(json, NULL, '{');
    pz_json_text(json, "name", schema->name);
    pz_json_text(json, "path", pz_path("%s.csv", schema->name).text);
    pz_json_text(json, "profile", "tabular-data-resource");
    pz_json_text(json, "format", "csv");
    pz_json_text(json, "mediatype", "text/csv");
    pz_json_text(json, "encoding", "utf-8");
    pz_json_text(json, "description", schema->doc);
    pz_json_u64(json, "bytes", file->size);
    pz_json_text(json, "hash", pz_path("sha256:%s", file->digest.text).text);
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

void pz_datapackage_write(const char *of, const char *title, const struct pz_job *const *jobs,
                          const struct pz_schema *const *others, struct pz_manifest *files, uint16_t folder,
                          struct pz_buf *to)
{
    struct pz_json json = {.to = to};
    const struct pz_schema *schema;
    size_t n = 0;
    pz_json_open(&json, NULL, '{');
    pz_json_text(&json, "profile", "tabular-data-package");
    pz_json_text(&json, "name", pz_path("patientzero-%s", of).text);
    pz_json_text(&json, "title", title);
    pz_json_open(&json, "resources", '[');
    for (size_t i = 0; (schema = pz_jobs_schema(jobs, others, i)); i++) {
        struct pz_path name = pz_folders_name(folder, pz_results_table_name(schema).text);
        const struct pz_manifest_file *file = pz_manifest_find(files, name.text);
        if (file)
            put_table(&json, schema, file);
        n += file != NULL;
    }
    pz_json_close(&json, ']');
    pz_json_close(&json, '}');
    if (!n)
        pz_buf_clear(to);
}
