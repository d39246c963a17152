/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 (FIPS 180-4), the digest of a file, and HMAC-SHA-256 (RFC 2104), for names that can be traced back only with
 * the key. By nettle. */
#ifndef PZ_BASE_SHA256_H
#define PZ_BASE_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { PZ_SHA256_BYTES = 32, PZ_SHA256_TEXT = 2 * PZ_SHA256_BYTES + 1 };

void pz_sha256(const uint8_t *bytes, size_t nbytes, uint8_t digest[PZ_SHA256_BYTES]);
void pz_hmac_sha256(const uint8_t *key, size_t key_nbytes, const uint8_t *message, size_t nbytes,
                    uint8_t digest[PZ_SHA256_BYTES]);
/* As hexadecimal digits, which is how sha256sum prints a digest. */
struct pz_sha256_text {
    char text[PZ_SHA256_TEXT];
};
static inline struct pz_sha256_text pz_sha256_text_of(const uint8_t digest[PZ_SHA256_BYTES])
{
    struct pz_sha256_text text;
    for (size_t i = 0; i < PZ_SHA256_BYTES; i++)
        snprintf(text.text + 2 * i, 3, "%02x", digest[i]);
    return text;
}
static inline bool pz_sha256_same(struct pz_sha256_text a, struct pz_sha256_text b)
{
    return strcmp(a.text, b.text) == 0;
}
static inline struct pz_sha256_text pz_sha256_text(const void *bytes, size_t nbytes)
{
    uint8_t digest[PZ_SHA256_BYTES];
    pz_sha256(bytes, nbytes, digest);
    return pz_sha256_text_of(digest);
}

#endif
