/* SHA-256 (FIPS 180-4), by which a file's bytes are known again, and HMAC-SHA-256 (RFC 2104): names that only who has the
 * key can tell back to what they stand for. */
#ifndef PZ_BASE_SHA256_H
#define PZ_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { PZ_SHA256_BYTES = 32, PZ_SHA256_TEXT = 2 * PZ_SHA256_BYTES + 1 };

void pz_sha256(const uint8_t *bytes, size_t nbytes, uint8_t digest[PZ_SHA256_BYTES]);
/* As hexadecimal digits, which is how sha256sum prints it. */
void pz_sha256_text(const uint8_t digest[PZ_SHA256_BYTES], char text[PZ_SHA256_TEXT]);
void pz_hmac_sha256(const uint8_t *key, size_t key_nbytes, const uint8_t *message, size_t nbytes,
                    uint8_t digest[PZ_SHA256_BYTES]);

#endif
