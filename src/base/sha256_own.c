/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 and its HMAC where nettle was not found. */
#include "base/sha256.h"

#include "base/bytes.h"

enum { BLOCK = 64 };

struct sha256 {
    uint32_t state[8];
    uint64_t nbytes;
    uint8_t block[BLOCK];
};

/* FIPS 180-4, 4.2.2: fractions of the cube roots of the first 64 primes. */
static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t turn(uint32_t x, int n)
{
    return x >> n | x << (32 - n);
}

static void compress(struct sha256 *hash, const uint8_t block[BLOCK])
{
    uint32_t w[64], s[8];
    for (size_t i = 0; i < 16; i++)
        w[i] = pz_get_be32(block + 4 * i);
    for (size_t i = 16; i < 64; i++) {
        uint32_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ a >> 3) + w[i - 7] + (turn(b, 17) ^ turn(b, 19) ^ b >> 10);
    }
    memcpy(s, hash->state, sizeof s);
    for (size_t i = 0; i < 64; i++) {
        uint32_t t1 = s[7] + (turn(s[4], 6) ^ turn(s[4], 11) ^ turn(s[4], 25)) + ((s[4] & s[5]) ^ (~s[4] & s[6])) +
                      constants[i] + w[i];
        uint32_t t2 =
            (turn(s[0], 2) ^ turn(s[0], 13) ^ turn(s[0], 22)) + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += t1;
        s[0] = t1 + t2;
    }
    for (size_t i = 0; i < 8; i++)
        hash->state[i] += s[i];
}

static void begin(struct sha256 *hash)
{
    /* FIPS 180-4, 5.3.3: fractions of the square roots of the first 8 primes. */
    *hash = (struct sha256){
        .state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
}

static void add(struct sha256 *hash, const uint8_t *bytes, size_t nbytes)
{
    while (nbytes) {
        size_t at = hash->nbytes % BLOCK, n = nbytes < BLOCK - at ? nbytes : BLOCK - at;
        if (n == BLOCK) {
            compress(hash, bytes);
        } else {
            memcpy(hash->block + at, bytes, n);
            if (at + n == BLOCK)
                compress(hash, hash->block);
        }
        hash->nbytes += n;
        bytes += n;
        nbytes -= n;
    }
}

static void end(struct sha256 *hash, uint8_t digest[PZ_SHA256_BYTES])
{
    const uint8_t one = 0x80, zero = 0;
    uint64_t bits = hash->nbytes * 8;
    add(hash, &one, 1);
    while (hash->nbytes % BLOCK != BLOCK - 8)
        add(hash, &zero, 1);
    for (int i = 7; i >= 0; i--) {
        uint8_t byte = (uint8_t)(bits >> (8 * i));
        add(hash, &byte, 1);
    }
    for (size_t i = 0; i < PZ_SHA256_BYTES; i++)
        digest[i] = (uint8_t)(hash->state[i / 4] >> (24 - 8 * (i % 4)));
}

void pz_sha256(const uint8_t *bytes, size_t nbytes, uint8_t digest[PZ_SHA256_BYTES])
{
    struct sha256 hash;
    begin(&hash);
    add(&hash, bytes, nbytes);
    end(&hash, digest);
}

void pz_hmac_sha256(const uint8_t *key, size_t key_nbytes, const uint8_t *message, size_t nbytes,
                    uint8_t digest[PZ_SHA256_BYTES])
{
    uint8_t block[BLOCK] = {0}, inner[PZ_SHA256_BYTES];
    struct sha256 hash;
    begin(&hash);
    if (key_nbytes > BLOCK) { /* RFC 2104, section 2: long keys are hashed first */
        add(&hash, key, key_nbytes);
        end(&hash, block);
    } else if (key_nbytes) {
        memcpy(block, key, key_nbytes);
    }
    for (size_t i = 0; i < BLOCK; i++)
        block[i] ^= 0x36;
    begin(&hash);
    add(&hash, block, BLOCK);
    add(&hash, message, nbytes);
    end(&hash, inner);
    for (size_t i = 0; i < BLOCK; i++)
        block[i] ^= 0x36 ^ 0x5c;
    begin(&hash);
    add(&hash, block, BLOCK);
    add(&hash, inner, PZ_SHA256_BYTES);
    end(&hash, digest);
}
