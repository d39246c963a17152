/* SPDX-License-Identifier: BSD-2-Clause */
/* The writer holds the place of the next column. Each pz_put_ function first fills the columns before it whose values
 * are known of the row (`fact`), then checks that the next column has its type. A wrong order of calls is a bug and
 * ends the program, so it shows in the first test that writes the table. */
#include "base/csv.h"

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"

#include <inttypes.h>

bool pz_schema_is_restricted(const struct pz_schema *schema)
{
    for (const struct pz_column *column = schema->columns; column->name; column++)
        if (column->type == PZ_TYPE_ADDRESS)
            return true;
    return false;
}

const char *pz_column_unit(const struct pz_column *column)
{
    static const char *const names[] = {[PZ_TYPE_COUNT] = "count",
                                        [PZ_TYPE_RUNNING] = "count",
                                        [PZ_TYPE_NUMBER] = "number",
                                        [PZ_TYPE_TEXT] = "text",
                                        [PZ_TYPE_QUOTED] = "text",
                                        [PZ_TYPE_HOUR] = "time",
                                        [PZ_TYPE_DAY] = "day",
                                        [PZ_TYPE_SECOND] = "time",
                                        [PZ_TYPE_USEC] = "time, with microseconds",
                                        [PZ_TYPE_ADDRESS] = "address",
                                        [PZ_TYPE_DESTINATION] = "address, its first octet 0",
                                        [PZ_TYPE_SEQUENCE] = "8 hexadecimal digits"};
    return column->unit ? column->unit : names[column->type];
}

void pz_schema_describe(const struct pz_schema *schema, struct pz_buf *markdown)
{
    pz_buf_printf(markdown, "### %s\n\n%s\n\n| column | unit or type | |\n|---|---|---|\n", schema->name, schema->doc);
    for (const struct pz_column *column = schema->columns; column->name; column++) {
        pz_buf_printf(markdown, "| `%s` | %s | %s%s |\n", column->name, pz_column_unit(column), column->doc,
                      column->recorded ? "; empty: nothing was recorded" : "");
    }
    pz_buf_printf(markdown, "\n");
}

static bool is_name(const char *name)
{
    return *name && !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")];
}

int pz_schema_check(const struct pz_schema *schema, struct pz_error *error)
{
    if (!schema->name || !is_name(schema->name) || !schema->doc)
        return pz_fail(
            error,
            "a table is named %s: names are of small letters, digits and _, and each table has a line of documentation",
            schema->name ? schema->name : "by nothing");
    for (const struct pz_column *column = schema->columns; column->name; column++) {
        if (!is_name(column->name) || !column->doc || !*column->doc)
            return pz_fail(error,
                           "the column %s of the table %s needs a name of small letters, digits and _, and a line of "
                           "documentation",
                           column->name, schema->name);
        for (const struct pz_column *other = schema->columns; other < column; other++)
            if (strcmp(other->name, column->name) == 0)
                return pz_fail(error, "the table %s has two columns named %s", schema->name, column->name);
    }
    return 0;
}

void pz_csv_begin(struct pz_csv *csv, const struct pz_schema *schema, const struct pz_pseudonyms *names,
                  struct pz_buf *to)
{
    *csv = (struct pz_csv){
        .schema = schema, .to = to, .at = schema->columns, .names = pz_schema_is_restricted(schema) ? names : NULL};
    for (const struct pz_column *column = schema->columns; column->name; column++)
        pz_buf_printf(to, "%s%s", column->name, column[1].name ? "," : "\n");
}

void pz_csv_end(const struct pz_csv *csv)
{
    PZ_CHECK(csv->at == csv->schema->columns);
}

static void write_text(struct pz_buf *to, const char *text, bool quoted)
{
    if (!quoted && !text[strcspn(text, ",\"\n")]) {
        pz_buf_put(to, text, strlen(text));
        return;
    }
    pz_buf_put(to, "\"", 1);
    for (const char *c = text; *c; c++)
        pz_buf_printf(to, "%s%c", *c == '"' ? "\"" : "", *c);
    pz_buf_put(to, "\"", 1);
}

static void write_time(const struct pz_csv *csv, enum pz_type type, int64_t time)
{
    struct pz_time_text text;
    if (type == PZ_TYPE_DAY)
        text = pz_time_text_day((uint32_t)time);
    else if (type == PZ_TYPE_USEC && !csv->names)
        text = pz_time_text_usec(time);
    else
        text = pz_time_text(type == PZ_TYPE_HOUR     ? time * PZ_SECONDS_PER_HOUR
                            : type == PZ_TYPE_SECOND ? time
                                                     : time / PZ_USEC_PER_SECOND);
    pz_buf_printf(csv->to, "%s", text.text);
}

static void write_value(struct pz_csv *csv, const struct pz_column *column, union pz_value value)
{
    uint32_t a = value.address;
    if (column->recorded && csv->unrecorded)
        return;
    switch (column->type) {
    case PZ_TYPE_COUNT:
    case PZ_TYPE_RUNNING:
        pz_buf_printf(csv->to, "%" PRIu64, value.count);
        break;
    case PZ_TYPE_NUMBER:
        pz_buf_printf(csv->to, "%.*f", column->decimals, value.number);
        break;
    case PZ_TYPE_TEXT:
    case PZ_TYPE_QUOTED:
        write_text(csv->to, value.text, column->type == PZ_TYPE_QUOTED);
        break;
    case PZ_TYPE_HOUR:
    case PZ_TYPE_DAY:
    case PZ_TYPE_SECOND:
    case PZ_TYPE_USEC:
        write_time(csv, column->type, value.time);
        break;
    case PZ_TYPE_ADDRESS:
        if (csv->names)
            pz_pseudonyms_put(csv->names, a, csv->to);
        else
            pz_buf_printf(csv->to, PZ_IPV4, PZ_OCTETS(a));
        break;
    case PZ_TYPE_DESTINATION:
        if (!csv->names)
            pz_buf_printf(csv->to, PZ_IPV4, PZ_OCTETS(a & 0xffffff));
        break;
    case PZ_TYPE_SEQUENCE:
        if (!csv->names)
            pz_buf_printf(csv->to, "%08" PRIx32, a);
        break;
    }
}

/* Of a table that isn't restricted. */
static void put_member(struct pz_json *json, const struct pz_column *column, const union pz_value *value)
{
    if (!value)
        pz_json_null(json, column->name);
    else if (column->type == PZ_TYPE_COUNT)
        pz_json_u64(json, column->name, value->count);
    else if (column->type == PZ_TYPE_NUMBER && column->decimals)
        pz_json_number(json, column->name, value->number);
    else if (column->type == PZ_TYPE_NUMBER)
        pz_json_u64(json, column->name, (uint64_t)(value->number + 0.5));
    else if (column->type == PZ_TYPE_HOUR)
        pz_json_text(json, column->name, pz_time_text(value->time * PZ_SECONDS_PER_HOUR).text);
    else
        pz_json_text(json, column->name, value->text);
}

/* Ends the field; the row too if it was the last. */
static void next(struct pz_csv *csv)
{
    csv->at++;
    if (!csv->json)
        pz_buf_printf(csv->to, "%s", csv->at->name ? "," : "\n");
}

void pz_put_facts(struct pz_csv *csv)
{
    for (; csv->at->name && csv->at->fact; next(csv))
        write_value(csv, csv->at, csv->facts[csv->at->fact]);
    if (!csv->at->name)
        csv->at = csv->schema->columns;
}

/* The value of the next column that isn't known, which has a type from `first` to `last`; NULL for none. */
static void put(struct pz_csv *csv, enum pz_type first, enum pz_type last, const union pz_value *value)
{
    pz_put_facts(csv);
    PZ_CHECK(!csv->at->fact && csv->at->type >= first && csv->at->type <= last);
    if (csv->json)
        put_member(csv->json, csv->at, value);
    else if (value)
        write_value(csv, csv->at, *value);
    next(csv);
    pz_put_facts(csv);
}

void pz_put_count(struct pz_csv *csv, uint64_t count)
{
    put(csv, PZ_TYPE_COUNT, PZ_TYPE_COUNT, &(union pz_value){.count = count});
}

void pz_put_count_if(struct pz_csv *csv, bool known, uint64_t count)
{
    put(csv, PZ_TYPE_COUNT, PZ_TYPE_COUNT, known ? &(union pz_value){.count = count} : NULL);
}

void pz_put_running(struct pz_csv *csv, uint64_t count)
{
    csv->running += count;
    put(csv, PZ_TYPE_RUNNING, PZ_TYPE_RUNNING, &(union pz_value){.count = csv->running});
}

void pz_put_number(struct pz_csv *csv, double number)
{
    put(csv, PZ_TYPE_NUMBER, PZ_TYPE_NUMBER, &(union pz_value){.number = number});
}

void pz_put_number_if(struct pz_csv *csv, bool known, double number)
{
    put(csv, PZ_TYPE_NUMBER, PZ_TYPE_NUMBER, known ? &(union pz_value){.number = number} : NULL);
}

void pz_put_ratio(struct pz_csv *csv, uint64_t part, uint64_t whole)
{
    pz_put_number_if(csv, whole, (double)part / (double)whole);
}

void pz_put_text(struct pz_csv *csv, const char *text)
{
    put(csv, PZ_TYPE_TEXT, PZ_TYPE_QUOTED, &(union pz_value){.text = text});
}

void pz_put_time(struct pz_csv *csv, int64_t time)
{
    put(csv, PZ_TYPE_HOUR, PZ_TYPE_USEC, &(union pz_value){.time = time});
}

void pz_put_time_if(struct pz_csv *csv, bool known, int64_t time)
{
    put(csv, PZ_TYPE_HOUR, PZ_TYPE_USEC, known ? &(union pz_value){.time = time} : NULL);
}

void pz_put_address(struct pz_csv *csv, uint32_t address)
{
    put(csv, PZ_TYPE_ADDRESS, PZ_TYPE_SEQUENCE, &(union pz_value){.address = address});
}

void pz_put_nothing(struct pz_csv *csv)
{
    put(csv, PZ_TYPE_COUNT, PZ_TYPE_SEQUENCE, NULL);
}

void pz_put_rest(struct pz_csv *csv)
{
    do
        pz_put_nothing(csv);
    while (csv->at != csv->schema->columns);
}
