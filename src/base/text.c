/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/text.h"

#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* RFC 3629, section 4. */
size_t pz_utf8_length(const unsigned char *c)
{
    if (c[0] < 0x80)
        return 1;
    size_t n = c[0] >= 0xc2 && c[0] <= 0xdf   ? 2
               : c[0] >= 0xe0 && c[0] <= 0xef ? 3
               : c[0] >= 0xf0 && c[0] <= 0xf4 ? 4
                                              : 0;
    for (size_t i = 1; i < n; i++)
        if ((c[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xf0 && c[1] < 0x90);
    bool surrogate = c[0] == 0xed && c[1] > 0x9f, beyond = c[0] == 0xf4 && c[1] > 0x8f;
    return overlong || surrogate || beyond ? 0 : n;
}

void pz_text_escape(struct pz_buf *to, const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c;) {
        size_t n = pz_utf8_length(c);
        bool control = *c < 0x20 || *c == 0x7f;
        bool control_of_8_bits = *c == 0xc2 && n == 2 && c[1] < 0xa0; /* U+0080 to U+009F: some terminals obey them */
        if (*c == '\n' || *c == '\t' || *c == '\r')
            pz_buf_printf(to, "\\%c", *c == '\n' ? 'n' : *c == '\t' ? 't' : 'r');
        else if (n == 0 || control || control_of_8_bits)
            for (size_t i = 0; i < (n ? n : 1); i++)
                pz_buf_printf(to, "\\x%02x", c[i]);
        else
            pz_buf_put(to, c, n);
        c += n ? n : 1;
    }
}

char *pz_text_line(char **at)
{
    if (!**at)
        return NULL;
    char *line = *at, *end = line + strcspn(line, "\r\n");
    *at = end + (end[0] == '\r' && end[1] == '\n') + (*end != 0);
    *end = 0;
    return line;
}

char pz_text_field(char **at, char separator, char **field)
{
    const char ends[] = {separator, '\n', '\r', 0};
    char *from = *at + strspn(*at, " "), *to = from;
    *field = to;
    if (*from == '"') {
        for (from++; *from && (*from != '"' || from[1] == '"'); *to++ = *from++)
            from += *from == '"';
        from += *from == '"';
    } else {
        from += strcspn(from, ends);
        to = from;
    }
    from += strcspn(from, (const char[]){separator, '\n', 0});
    char ending = *from;
    *at = from + (ending != 0);
    *to = 0;
    return ending;
}

size_t pz_text_fields(char *line, char separator, char **fields, size_t most)
{
    size_t n = 0;
    while (n < most && pz_text_field(&line, separator, &fields[n++]) == separator)
        continue;
    return n;
}

int pz_text_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool pz_ipv4_parse(const char *text, uint32_t *address)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        uint32_t octet = 0;
        size_t n = strspn(text, "0123456789");
        for (size_t digit = 0; digit < n && octet < 256; digit++)
            octet = octet * 10 + (uint32_t)(text[digit] - '0');
        if (!n || octet > 255 || text[n] != (i < 3 ? '.' : 0))
            return false;
        value = value << 8 | octet;
        text += n + 1;
    }
    *address = value;
    return true;
}

void pz_tell(const char *format, ...)
{
    char *message = NULL;
    struct pz_buf line = {0};
    va_list args;
    va_start(args, format);
    int length = vasprintf(&message, format, args);
    va_end(args);
    PZ_CHECK(length >= 0);
    pz_buf_printf(&line, "patientzero: ");
    pz_text_escape(&line, message);
    pz_buf_put(&line, "\n", 1);
    fwrite(line.bytes, 1, line.nbytes, stderr);
    pz_buf_release(&line);
    free(message);
}

void pz_tell_lines(const struct pz_buf *text)
{
    const char *line = (const char *)text->bytes, *end = line + text->nbytes;
    while (line < end) {
        size_t length = (size_t)(end - line);
        const char *stop = memchr(line, '\n', length);
        length = stop ? (size_t)(stop - line) : length;
        pz_tell("%.*s", (int)length, line);
        line += length + 1;
    }
}
