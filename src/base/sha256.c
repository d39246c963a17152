/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/sha256.h"

#include <nettle/hmac.h>
#include <nettle/sha2.h>
#include <nettle/version.h>

#if NETTLE_VERSION_MAJOR < 4 /* its digests could be cut short */
#    define DIGEST(kind, hash, digest) kind##_digest(hash, PZ_SHA256_BYTES, digest)
#else
#    define DIGEST(kind, hash, digest) kind##_digest(hash, digest)
#endif

void pz_sha256(const uint8_t *bytes, size_t nbytes, uint8_t digest[PZ_SHA256_BYTES])
{
    struct sha256_ctx hash;
    sha256_init(&hash);
    sha256_update(&hash, nbytes, bytes);
    DIGEST(sha256, &hash, digest);
}

void pz_hmac_sha256(const uint8_t *key, size_t key_nbytes, const uint8_t *message, size_t nbytes,
                    uint8_t digest[PZ_SHA256_BYTES])
{
    struct hmac_sha256_ctx hash;
    hmac_sha256_set_key(&hash, key_nbytes, key);
    hmac_sha256_update(&hash, nbytes, message);
    DIGEST(hmac_sha256, &hash, digest);
}
