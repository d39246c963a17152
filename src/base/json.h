/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON text, written value by value: two blanks a level, keys in the order given, integers exact. */
#ifndef PZ_BASE_JSON_H
#define PZ_BASE_JSON_H

#include "base/bytes.h"

struct pz_json {
    struct pz_buf *to; /* borrowed */
    int depth;
    bool first; /* nothing yet in the innermost object or array */
};

/* `key` is NULL inside an array and for the outermost value. */
void pz_json_open(struct pz_json *json, const char *key, char bracket); /* '{' or '[' */
void pz_json_close(struct pz_json *json, char bracket);                 /* '}' or ']' */
void pz_json_text(struct pz_json *json, const char *key, const char *value);
void pz_json_number(struct pz_json *json, const char *key, double value); /* to six digits */
void pz_json_u64(struct pz_json *json, const char *key, uint64_t value);
/* A text as JSON can hold it: what is not UTF-8 becomes U+FFFD. */
void pz_json_shown(struct pz_buf *to, const char *text);
void pz_json_bool(struct pz_json *json, const char *key, bool value);
void pz_json_null(struct pz_json *json, const char *key);

#endif
