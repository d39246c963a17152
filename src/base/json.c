/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/json.h"

#include "base/text.h"

#include <inttypes.h>

/* A path may hold any bytes; JSON is UTF-8. */
void pz_json_shown(struct pz_buf *to, const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c;) {
        size_t n = pz_utf8_length(c);
        pz_buf_put(to, n ? (const char *)c : "\xef\xbf\xbd", n ? n : 3);
        c += n ? n : 1;
    }
}

static void quote(struct pz_buf *to, const char *text)
{
    pz_buf_put(to, "\"", 1);
    for (const unsigned char *c = (const unsigned char *)text; *c;) {
        size_t n = pz_utf8_length(c);
        if (n == 0)
            pz_buf_put(to, "\\ufffd", 6);
        else if (*c == '"' || *c == '\\')
            pz_buf_printf(to, "\\%c", *c);
        else if (*c < 0x20 || *c == 0x7f)
            pz_buf_printf(to, "\\u%04x", *c);
        else
            pz_buf_put(to, c, n);
        c += n ? n : 1;
    }
    pz_buf_put(to, "\"", 1);
}

static void begin(struct pz_json *json, const char *key)
{
    if (!json->first)
        pz_buf_put(json->to, ",", 1);
    if (json->depth)
        pz_buf_printf(json->to, "\n%*s", 2 * json->depth, "");
    json->first = false;
    if (key) {
        quote(json->to, key);
        pz_buf_put(json->to, ": ", 2);
    }
}

void pz_json_open(struct pz_json *json, const char *key, char bracket)
{
    if (json->depth == 0)
        json->first = true;
    begin(json, key);
    pz_buf_put(json->to, &bracket, 1);
    json->depth++;
    json->first = true;
}

void pz_json_close(struct pz_json *json, char bracket)
{
    json->depth--;
    if (!json->first)
        pz_buf_printf(json->to, "\n%*s", 2 * json->depth, "");
    pz_buf_put(json->to, &bracket, 1);
    json->first = false;
    if (json->depth == 0)
        pz_buf_put(json->to, "\n", 1);
}

void pz_json_text(struct pz_json *json, const char *key, const char *value)
{
    begin(json, key);
    quote(json->to, value);
}

void pz_json_u64(struct pz_json *json, const char *key, uint64_t value)
{
    begin(json, key);
    pz_buf_printf(json->to, "%" PRIu64, value);
}

void pz_json_number(struct pz_json *json, const char *key, double value)
{
    begin(json, key);
    pz_buf_printf(json->to, "%.6g", value);
}

void pz_json_bool(struct pz_json *json, const char *key, bool value)
{
    begin(json, key);
    pz_buf_printf(json->to, value ? "true" : "false");
}

void pz_json_null(struct pz_json *json, const char *key)
{
    begin(json, key);
    pz_buf_put(json->to, "null", 4);
}
