/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/pseudonym.h"

#include "base/file.h"
#include "base/sha256.h"

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

void pz_pseudonyms_put(const struct pz_pseudonyms *pseudonyms, uint32_t address, struct pz_buf *to)
{
    const uint8_t message[4] = {(uint8_t)(address >> 24), (uint8_t)(address >> 16), (uint8_t)(address >> 8),
                                (uint8_t)address};
    uint8_t digest[PZ_SHA256_BYTES];
    pz_hmac_sha256(pseudonyms->key.bytes, pseudonyms->key.nbytes, message, sizeof message, digest);
    for (int i = 0; i < NAME_BYTES; i++)
        pz_buf_printf(to, "%02x", digest[i]);
}
