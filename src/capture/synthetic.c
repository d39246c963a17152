/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/synthetic.h"

enum {
    MAGIC = 0x1a5,
    MAGIC_SHIFT = 23,
    SCALE_SHIFT = 13,
    SCALE_MOST = 999,
    SCALE_EXPONENT_SHIFT = 9,
    SCALE_EXPONENTS = 16,
    NOISE_SHIFT = 2,
    NOISE_MOST = 127,
    NOISE_EXPONENTS = 4,
};

static double power_of_ten(int exponent)
{
    double power = 1;
    for (int i = 0; i < exponent; i++)
        power *= 10;
    return power;
}

uint32_t pz_synthetic_mark(double scale, double noise)
{
    int scale_exponent = SCALE_EXPONENTS - 1, noise_exponent = 0;
    while (scale_exponent && scale * power_of_ten(scale_exponent) > SCALE_MOST + 0.5)
        scale_exponent--;
    uint32_t digits = (uint32_t)(scale * power_of_ten(scale_exponent) + 0.5);
    digits = digits < SCALE_MOST ? digits : SCALE_MOST;
    for (; scale_exponent && digits && digits % 10 == 0; scale_exponent--)
        digits /= 10;
    while (noise_exponent < NOISE_EXPONENTS - 1 && noise * 100 / power_of_ten(noise_exponent) > NOISE_MOST + 0.5)
        noise_exponent++;
    uint32_t noise_digits = (uint32_t)(noise * 100 / power_of_ten(noise_exponent) + 0.5);
    noise_digits = noise_digits < NOISE_MOST ? noise_digits : NOISE_MOST;
    for (; noise_exponent < NOISE_EXPONENTS - 1 && noise_digits && noise_digits % 10 == 0; noise_exponent++)
        noise_digits /= 10;
    return (uint32_t)MAGIC << MAGIC_SHIFT | digits << SCALE_SHIFT | (uint32_t)scale_exponent << SCALE_EXPONENT_SHIFT |
           noise_digits << NOISE_SHIFT | (uint32_t)noise_exponent;
}

static uint32_t scale_digits(uint32_t mark)
{
    return mark >> SCALE_SHIFT & 1023;
}

uint32_t pz_synthetic_of_header(uint32_t field)
{
    bool marked = field >> MAGIC_SHIFT == MAGIC && scale_digits(field) && scale_digits(field) <= SCALE_MOST;
    return marked ? field : PZ_SYNTHETIC_NONE;
}

struct pz_synthetic pz_synthetic_of_mark(uint32_t mark)
{
    struct pz_synthetic synthetic = {.any = mark != PZ_SYNTHETIC_NONE, .scale = 1, .noise = 1};
    synthetic.known = synthetic.any && pz_synthetic_of_header(mark) == mark;
    if (synthetic.known) {
        synthetic.scale =
            scale_digits(mark) / power_of_ten((int)(mark >> SCALE_EXPONENT_SHIFT & (SCALE_EXPONENTS - 1)));
        synthetic.noise = (mark >> NOISE_SHIFT & NOISE_MOST) * power_of_ten((int)(mark & (NOISE_EXPONENTS - 1))) / 100;
    }
    return synthetic;
}

uint32_t pz_synthetic_join(uint32_t a, uint32_t b)
{
    return a == b ? a : PZ_SYNTHETIC_MIXED;
}
