/* HMAC-SHA-256 (RFC 2104, FIPS 180-4): names that only who has the key can tell back to what they stand for. */
#ifndef PZ_BASE_HMAC_H
#define PZ_BASE_HMAC_H

#include <stddef.h>
#include <stdint.h>

enum { PZ_HMAC_BYTES = 32 };

void pz_hmac_sha256(const uint8_t *key, size_t key_nbytes, const uint8_t *message, size_t nbytes,
                    uint8_t digest[PZ_HMAC_BYTES]);

#endif
