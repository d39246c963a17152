#include "report/pseudonym.h"

#include "base/file.h"
#include "base/hmac.h"
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
    uint8_t digest[PZ_HMAC_BYTES];
    pz_hmac_sha256(pseudonyms->key.bytes, pseudonyms->key.nbytes, message, sizeof message, digest);
    for (int i = 0; i < NAME_BYTES; i++)
        pz_buf_printf(to, "%02x", digest[i]);
}

void pz_pseudonyms_apply(const struct pz_pseudonyms *pseudonyms, struct pz_buf *csv)
{
    struct pz_buf named = {0};
    size_t wanted = SIZE_MAX;
    pz_buf_put(csv, "", 1);
    for (const char *line = (const char *)csv->bytes; *line;) {
        const char *end = line + strcspn(line, "\n");
        size_t column = 0;
        for (const char *field = line; field <= end; column++) {
            size_t length = strcspn(field, ",\n");
            char text[16] = "";
            uint32_t address;
            if (line == (const char *)csv->bytes && length == 6 && memcmp(field, "source", 6) == 0)
                wanted = column;
            if (length < sizeof text)
                memcpy(text, field, length);
            if (column == wanted && pz_geo_address(text, &address))
                put_name(pseudonyms, address, &named);
            else
                pz_buf_put(&named, field, length);
            if (field[length])
                pz_buf_put(&named, field + length, 1);
            field += length + 1;
        }
        line = end + (*end == '\n');
    }
    pz_buf_release(csv);
    *csv = named;
}
