/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON text read back (RFC 8259): value by value, in order, each with the keys that lead to it. The text is not
 * trusted: it may be cut off, deeply nested, or not JSON. */
#ifndef PZ_BASE_JSON_READ_H
#define PZ_BASE_JSON_READ_H

#include "base/bytes.h"

/* Deeper texts are refused. */
enum { PZ_JSON_DEPTH = 16 };

struct pz_json_step {
    const char *key; /* of a member of an object; NULL in an array */
    size_t index;    /* from 0, in the object or the array */
};

struct pz_json_value {
    const struct pz_json_step *path; /* from the outermost value inwards; good during the call, as is all else */
    size_t depth;
    const char *text; /* a string without its escapes, or a number, true, false, null as it stands */
    bool quoted;      /* it is a string */
};

/* Calls `take` with each value that is neither an object nor an array. 0, or -1 if the text is not one JSON value: then
 * `take` has been called for what came before the fault. A string with a zero in it is a fault too. */
int pz_json_read(const void *text, size_t nbytes, void (*take)(void *context, const struct pz_json_value *value),
                 void *context);

#endif
