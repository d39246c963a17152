#include "report/pseudonym.h"

#include "base/file.h"
#include "base/sha256.h"
#include "geo/geo.h"

#include <stdlib.h>

enum {
    KEY_BYTES_MIN = 16, /* 128 bits: not to be guessed */
    NAME_BYTES = 16,    /* of the hash, in the name: two addresses share one with a chance of 2^-64 at the worst */
};

int pz_pseudonyms_read(struct pz_pseudonyms *pseudonyms, const char *path, struct pz_error *error)
{
    *pseudonyms = (struct pz_pseudonyms){0};
    int status = pz_file_read(path, &pseudonyms->key, error);
    if (status == 0 && pseudonyms->key.nbytes < KEY_BYTES_MIN)
        status = pz_fail_usage(error, "the key in %s has fewer than %d bytes: head -c 32 /dev/urandom makes a good one",
                               path, KEY_BYTES_MIN);
    if (status != 0)
        pz_pseudonyms_release(pseudonyms);
    return status;
}

void pz_pseudonyms_release(struct pz_pseudonyms *pseudonyms)
{
    if (pseudonyms->key.nbytes)
        memset(pseudonyms->key.bytes, 0, pseudonyms->key.nbytes);
    pz_buf_release(&pseudonyms->key);
}

static void put_name(const struct pz_pseudonyms *pseudonyms, uint32_t address, struct pz_buf *to)
{
    const uint8_t message[4] = {(uint8_t)(address >> 24), (uint8_t)(address >> 16), (uint8_t)(address >> 8),
                                (uint8_t)address};
    uint8_t digest[PZ_SHA256_BYTES];
    pz_hmac_sha256(pseudonyms->key.bytes, pseudonyms->key.nbytes, message, sizeof message, digest);
    for (int i = 0; i < NAME_BYTES; i++)
        pz_buf_printf(to, "%02x", digest[i]);
}

enum column { PLAIN, SOURCE, LEFT_OUT };

static bool ends_in(const char *name, size_t length, const char *ending)
{
    size_t n = strlen(ending);
    return length >= n && memcmp(name + length - n, ending, n) == 0;
}

static enum column column_of(const char *name, size_t length)
{
    if (length == 6 && memcmp(name, "source", 6) == 0)
        return SOURCE;
    return ends_in(name, length, "sequence") || ends_in(name, length, "destination") ? LEFT_OUT : PLAIN;
}

static size_t field_length(const char *field)
{
    size_t length = 0;
    for (bool quoted = false; field[length] && (quoted || !strchr(",\n", field[length])); length++)
        quoted = quoted != (field[length] == '"');
    return length;
}

/* 2008-11-21T01:44:46.123456Z */
enum { SECONDS = 19, MICROSECONDS = 27 };

static bool has_microseconds(const char *field, size_t length)
{
    return length == MICROSECONDS && field[10] == 'T' && field[SECONDS] == '.' && field[length - 1] == 'Z';
}

static void put_field(const struct pz_pseudonyms *pseudonyms, enum column column, const char *field, size_t length,
                      struct pz_buf *to)
{
    char text[16] = "";
    uint32_t address;
    if (length < sizeof text)
        memcpy(text, field, length);
    if (column == LEFT_OUT)
        return;
    if (column == SOURCE && pz_geo_address(text, &address)) {
        put_name(pseudonyms, address, to);
    } else if (has_microseconds(field, length)) {
        pz_buf_put(to, field, SECONDS);
        pz_buf_put(to, "Z", 1);
    } else {
        pz_buf_put(to, field, length);
    }
}

void pz_pseudonyms_apply(const struct pz_pseudonyms *pseudonyms, struct pz_buf *csv)
{
    struct pz_buf named = {0}, columns = {0};
    size_t n = 0;
    bool header = true;
    pz_buf_put(csv, "", 1);
    for (const char *field = (const char *)csv->bytes; *field; n++) {
        size_t length = field_length(field);
        if (header) {
            pz_buf_put(&columns, &(uint8_t){(uint8_t)column_of(field, length)}, 1);
            pz_buf_put(&named, field, length);
        } else {
            enum column column = n < columns.nbytes ? (enum column)columns.bytes[n] : PLAIN;
            put_field(pseudonyms, column, field, length, &named);
        }
        field += length;
        if (*field)
            pz_buf_put(&named, field, 1);
        if (*field == '\n') {
            header = false;
            n = SIZE_MAX; /* the next is 0 */
        }
        field += *field != 0;
    }
    pz_buf_release(&columns);
    pz_buf_release(csv);
    *csv = named;
}
