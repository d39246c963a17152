/* SPDX-License-Identifier: BSD-2-Clause */
/* The text is read in one pass, value in value to the depth that is allowed. Each function reads one token at the reader
 * and leaves it after the token. */
#include "base/json_read.h"

struct reader {
    const char *at, *end;
    void (*take)(void *context, const struct pz_json_value *value);
    void *context;
    struct pz_json_step path[PZ_JSON_DEPTH];
    struct pz_buf keys[PZ_JSON_DEPTH]; /* what path[].key leads to */
    struct pz_buf text;
};

static char peek(const struct reader *reader)
{
    return reader->at < reader->end ? *reader->at : 0;
}

static void skip_blanks(struct reader *reader)
{
    while (reader->at < reader->end && memchr(" \t\r\n", *reader->at, 4))
        reader->at++;
}

/* Whether this is the next character after blanks, which is then passed. */
static bool pass(struct reader *reader, char c)
{
    skip_blanks(reader);
    if (peek(reader) != c)
        return false;
    reader->at++;
    return true;
}

static int take_hex(struct reader *reader, uint32_t *unit)
{
    *unit = 0;
    for (int i = 0; i < 4; i++) {
        static const char digits[] = "0123456789abcdefABCDEF";
        char c = peek(reader);
        const char *digit = c ? strchr(digits, c) : NULL;
        if (!digit)
            return -1;
        size_t value = (size_t)(digit - digits);
        *unit = *unit << 4 | (uint32_t)(value < 16 ? value : value - 6);
        reader->at++;
    }
    return 0;
}

static void put_utf8(struct pz_buf *to, uint32_t c)
{
    uint8_t bytes[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const uint8_t first[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        bytes[i] = (uint8_t)(0x80 | (c & 0x3f));
    bytes[0] = (uint8_t)(first[n] | c);
    pz_buf_put(to, bytes, n);
}

/* What follows the backslash and the u; a pair of surrogates is one character. */
static int take_unicode(struct reader *reader, struct pz_buf *to)
{
    uint32_t c, low;
    if (take_hex(reader, &c) != 0 || !c)
        return -1;
    if (c >= 0xd800 && c < 0xdc00 && reader->end - reader->at >= 6 && reader->at[0] == '\\' && reader->at[1] == 'u') {
        reader->at += 2;
        if (take_hex(reader, &low) != 0 || low < 0xdc00 || low > 0xdfff)
            return -1;
        c = 0x10000 + ((c - 0xd800) << 10 | (low - 0xdc00));
    }
    if (c >= 0xd800 && c <= 0xdfff)
        return -1;
    put_utf8(to, c);
    return 0;
}

/* A string, its quotes at the reader; ends in a zero. */
static int take_string(struct reader *reader, struct pz_buf *to)
{
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    pz_buf_clear(to);
    for (reader->at++;;) {
        if (reader->at >= reader->end || (unsigned char)*reader->at < 0x20)
            return -1;
        char c = *reader->at++;
        if (c == '"')
            break;
        if (c != '\\') {
            pz_buf_put(to, &c, 1);
            continue;
        }
        char escaped = peek(reader);
        if (!escaped)
            return -1;
        const char *letter = strchr(letters, escaped);
        reader->at++;
        if (letter)
            pz_buf_put(to, &meanings[letter - letters], 1);
        else if (escaped != 'u' || take_unicode(reader, to) != 0)
            return -1;
    }
    pz_buf_put(to, "", 1);
    return 0;
}

/* A number, true, false or null. The form of a number is not checked here: the caller parses it. */
static int take_word(struct reader *reader, struct pz_buf *to)
{
    pz_buf_clear(to);
    while (reader->at < reader->end && memchr("+-.0123456789abcdefghijklmnopqrstuvwxyzE", *reader->at, 40))
        pz_buf_put(to, reader->at++, 1);
    bool any = to->nbytes;
    pz_buf_put(to, "", 1);
    return any ? 0 : -1;
}

static int take_scalar(struct reader *reader, size_t depth)
{
    bool quoted = peek(reader) == '"';
    if ((quoted ? take_string : take_word)(reader, &reader->text) != 0)
        return -1;
    reader->take(reader->context,
                 &(struct pz_json_value){
                     .path = reader->path, .depth = depth, .text = (const char *)reader->text.bytes, .quoted = quoted});
    return 0;
}

/* The key of a member of an object, and its colon. */
static int take_key(struct reader *reader, size_t level)
{
    skip_blanks(reader);
    if (peek(reader) != '"' || take_string(reader, &reader->keys[level]) != 0)
        return -1;
    reader->path[level].key = (const char *)reader->keys[level].bytes;
    return pass(reader, ':') ? 0 : -1;
}

/* A value that lies in `depth` others. */
static int take_value(struct reader *reader, size_t depth)
{
    bool object = pass(reader, '{');
    if (!object && !pass(reader, '['))
        return take_scalar(reader, depth);
    if (depth == PZ_JSON_DEPTH)
        return -1;
    char closing = object ? '}' : ']';
    reader->path[depth] = (struct pz_json_step){0};
    if (pass(reader, closing))
        return 0;
    do {
        if ((object && take_key(reader, depth) != 0) || take_value(reader, depth + 1) != 0)
            return -1;
        reader->path[depth].index++;
    } while (pass(reader, ','));
    return pass(reader, closing) ? 0 : -1;
}

int pz_json_read(const void *text, size_t nbytes, void (*take)(void *context, const struct pz_json_value *value),
                 void *context)
{
    struct reader reader = {.at = text, .end = (const char *)text + nbytes, .take = take, .context = context};
    int status = take_value(&reader, 0);
    skip_blanks(&reader);
    for (size_t i = 0; i < PZ_JSON_DEPTH; i++)
        pz_buf_release(&reader.keys[i]);
    pz_buf_release(&reader.text);
    return status == 0 && reader.at == reader.end ? 0 : -1;
}
