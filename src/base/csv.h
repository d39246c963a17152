/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables as data: a table's columns are declared, and one writer makes CSV of what is put in them, row by row.
 *
 * The writer owns the header, the text of times, quotes, keyed names for addresses, and what stays empty. A row ends
 * with its last column, so a job puts values in the order of the columns and nothing else; a value that a column can't
 * hold is a bug and ends the program. A table with a column of addresses is restricted: nothing else makes it so. */
#ifndef PZ_BASE_CSV_H
#define PZ_BASE_CSV_H

#include "base/bytes.h"
#include "base/json.h"
#include "base/pseudonym.h"

enum pz_type {
    PZ_TYPE_COUNT,   /* a whole number */
    PZ_TYPE_RUNNING, /* the sum of what was put until then */
    PZ_TYPE_NUMBER,  /* with `decimals` digits after the point */
    PZ_TYPE_TEXT,
    PZ_TYPE_QUOTED,      /* text that always has its quotes */
    PZ_TYPE_HOUR,        /* put as hours since 1970 */
    PZ_TYPE_DAY,         /* put as days since 1970 */
    PZ_TYPE_SECOND,      /* put as seconds since 1970 */
    PZ_TYPE_USEC,        /* put as microseconds since 1970; whole seconds where addresses have keyed names */
    PZ_TYPE_ADDRESS,     /* a source's; makes the table restricted */
    PZ_TYPE_DESTINATION, /* its first octet is written as 0; empty where addresses have keyed names */
    PZ_TYPE_SEQUENCE,    /* 8 hexadecimal digits; empty there too */
};

union pz_value {
    uint64_t count;
    int64_t time;
    double number;
    const char *text;
    uint32_t address;
};

struct pz_column {
    const char *name;
    enum pz_type type;
    const char *unit; /* of a number; NULL for none */
    const char *doc;  /* what docs/tables.md says of it */
    bool recorded;    /* empty in rows of times of which nothing was recorded */
    int decimals;
    unsigned fact; /* the place, from 1 on, of its value among what is known of the row; 0 where a value is put */
};

struct pz_schema {
    const char *name, *doc;          /* of the table, NAME.csv */
    const struct pz_column *columns; /* ended by one without a name */
};

/* Its unit, or what type it has, in words. */
const char *pz_column_unit(const struct pz_column *column);
bool pz_schema_is_restricted(const struct pz_schema *schema);
/* Appends the table's part of docs/tables.md. */
void pz_schema_describe(const struct pz_schema *schema, struct pz_buf *markdown);
/* -1 with `error` if the declaration of a table or a column contradicts itself. */
int pz_schema_check(const struct pz_schema *schema, struct pz_error *error);

struct pz_csv {
    const struct pz_schema *schema;    /* borrowed */
    struct pz_buf *to;                 /* borrowed */
    const struct pz_pseudonyms *names; /* borrowed; NULL where addresses are written as they are */
    union pz_value *facts;             /* borrowed: what is known of the row */
    struct pz_json *json;       /* borrowed; NULL, or what takes a row as members of an object, in place of `to` */
    bool unrecorded;            /* the row is of a time of which nothing was recorded */
    const struct pz_column *at; /* the column that comes next */
    uint64_t running;
};

/* Writes the header. `names` are used if the table is restricted. */
void pz_csv_begin(struct pz_csv *csv, const struct pz_schema *schema, const struct pz_pseudonyms *names,
                  struct pz_buf *to);
/* To be called after the last row, which must be complete. */
void pz_csv_end(const struct pz_csv *csv);

void pz_put_count(struct pz_csv *csv, uint64_t count);
void pz_put_count_if(struct pz_csv *csv, bool known, uint64_t count); /* nothing if it isn't known */
void pz_put_running(struct pz_csv *csv, uint64_t count);              /* what is added to the sum */
void pz_put_number(struct pz_csv *csv, double number);
void pz_put_number_if(struct pz_csv *csv, bool known, double number);
void pz_put_ratio(struct pz_csv *csv, uint64_t part, uint64_t whole); /* a number; nothing if the whole is 0 */
void pz_put_text(struct pz_csv *csv, const char *text);
void pz_put_time(struct pz_csv *csv, int64_t time); /* in the column's own unit */
void pz_put_time_if(struct pz_csv *csv, bool known, int64_t time);
void pz_put_address(struct pz_csv *csv, uint32_t address); /* a sequence number too */
void pz_put_nothing(struct pz_csv *csv);
void pz_put_facts(struct pz_csv *csv); /* only what is known of the row, up to the next column that has a value put */
void pz_put_rest(struct pz_csv *csv);  /* nothing, in all columns that are left of the row */

#endif
