/* SPDX-License-Identifier: BSD-2-Clause */
#include "twin/random.h"

enum {
    Q30_BITS = 30,
    LOG2_E_Q16 = 94548, /* log2(e) */
};
#define ONE_Q30 (INT64_C(1) << Q30_BITS)
#define LN_2_Q30 INT64_C(744261118)

/* A polynomial at `x_q30` in [0, 1), coefficients in Q30 from the constant up. Division and not a shift, because C
 * leaves open what shifting a negative number does. */
static int64_t polynomial(const int64_t *coefficients, int degree, int64_t x_q30)
{
    int64_t sum = coefficients[degree];
    for (int i = degree - 1; i >= 0; i--)
        sum = sum * x_q30 / ONE_Q30 + coefficients[i];
    return sum;
}

/* log2(1 + x) and 2^x interpolated at Chebyshev nodes: off by less than 4e-7 and 2e-7. */
static int64_t log2_1_plus_q30(int64_t x_q30)
{
    static const int64_t c[] = {396, 1549031010, -773433485, 506899467, -345702224, 202671709, -81230045, 15505210};
    return polynomial(c, 7, x_q30);
}

static int64_t exp2_q30(int64_t x_q30)
{
    static const int64_t c[] = {1073741715, 744268966, 257850314, 59979580, 9609550, 2033403};
    return polynomial(c, 5, x_q30);
}

uint64_t pz_twin_below64(struct pz_twin_rng *rng, uint64_t n)
{
    uint64_t random = pz_twin_roll(rng);
    uint64_t high = random >> 48, low = (random >> 32) & 0xffff; /* 32 random bits are not enough for such n */
    return (high * n + ((low * n) >> 16)) >> 16;
}

uint64_t pz_twin_exponential_q24(struct pz_twin_rng *rng)
{
    /* -ln(u) for u = random / 2^64: whole powers of two by counting zeros, the rest by the polynomial. */
    uint64_t random = pz_twin_roll(rng) | 1;
    int zeros = __builtin_clzll(random);
    int64_t mantissa_q30 = (int64_t)(((random << zeros) >> 33) & ((1u << Q30_BITS) - 1));
    int64_t minus_log2_q30 = (zeros + 1) * ONE_Q30 - log2_1_plus_q30(mantissa_q30);
    if (minus_log2_q30 < 0)
        minus_log2_q30 = 0;
    return (uint64_t)((minus_log2_q30 >> 6) * LN_2_Q30) >> Q30_BITS;
}

uint64_t pz_twin_wait(struct pz_twin_rng *rng, uint64_t mean)
{
    return ((pz_twin_exponential_q24(rng) >> 7) * mean) >> 17;
}

uint64_t pz_twin_lognormal(struct pz_twin_rng *rng, uint64_t median, uint32_t sigma_q16)
{
    /* Twelve uniform numbers have a sum of variance 1: near enough to normal up to 3 sigma, and cut off at 6. */
    int64_t z_q16 = -6 * 65535;
    for (int i = 0; i < 3; i++) {
        uint64_t random = pz_twin_roll(rng);
        z_q16 += (int64_t)((random & 0xffff) + (random >> 16 & 0xffff) + (random >> 32 & 0xffff) + (random >> 48));
    }
    int64_t exponent_q16 = z_q16 * sigma_q16 / PZ_TWIN_ONE * LOG2_E_Q16 / PZ_TWIN_ONE;
    int64_t whole = exponent_q16 / PZ_TWIN_ONE;
    if (whole * PZ_TWIN_ONE > exponent_q16)
        whole--; /* downwards, also below 0 */
    uint64_t fraction_q30 = (uint64_t)exp2_q30((exponent_q16 - whole * PZ_TWIN_ONE) << 14);
    /* In Q16 from here: the median may be as large as 2^24, the fraction is below 2. */
    uint64_t value_q16 = (median * (fraction_q30 >> 14));
    uint64_t value =
        whole >= 0 ? (whole < 20 ? value_q16 << whole : UINT64_MAX) : value_q16 >> (whole > -60 ? -whole : 60);
    value >>= 16;
    return value < INT32_MAX ? value : INT32_MAX;
}

uint32_t pz_twin_exp_minus_q16(uint64_t x_q16)
{
    if (x_q16 > 20 * PZ_TWIN_ONE)
        return 0;
    int64_t exponent_q30 = (int64_t)(x_q16 * LOG2_E_Q16 >> 2); /* Q32 to Q30 */
    int64_t whole = exponent_q30 >> Q30_BITS;
    int64_t rest_q30 = exponent_q30 & (ONE_Q30 - 1);
    int64_t value_q30 = rest_q30 ? exp2_q30(ONE_Q30 - rest_q30) >> (whole + 1) : ONE_Q30 >> whole;
    return (uint32_t)(value_q30 >> 14);
}

int64_t pz_twin_interpolate(const struct pz_twin_point *points, size_t n, int64_t at)
{
    size_t i = 0;
    while (i < n && points[i].at <= at)
        i++;
    if (i == 0 || i == n)
        return points[i ? i - 1 : 0].value;
    struct pz_twin_point low = points[i - 1], high = points[i];
    return low.value + (high.value - low.value) * (at - low.at) / (high.at - low.at);
}
