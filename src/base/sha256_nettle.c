/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 and its HMAC by nettle. */
#include "base/sha256.h"

#include <nettle/hmac.h>
#include <nettle/sha2.h>

void pz_sha256(const uint8_t *bytes, size_t nbytes, uint8_t digest[PZ_SHA256_BYTES])
{
    struct sha256_ctx hash;
    sha256_init(&hash);
    sha256_update(&hash, nbytes, bytes);
    sha256_digest(&hash, PZ_SHA256_BYTES, digest);
}

void pz_hmac_sha256(const uint8_t *key, size_t key_nbytes, const uint8_t *message, size_t nbytes,
                    uint8_t digest[PZ_SHA256_BYTES])
{
    struct hmac_sha256_ctx hash;
    hmac_sha256_set_key(&hash, key_nbytes, key);
    hmac_sha256_update(&hash, nbytes, message);
    hmac_sha256_digest(&hash, PZ_SHA256_BYTES, digest);
}
