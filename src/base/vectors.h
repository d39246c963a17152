/* SPDX-License-Identifier: BSD-2-Clause */
/* The processor's vector registers after a call of ISA-L. With AVX its functions leave the upper halves of x86-64's
 * vector registers in use, which compilers never do. From then on each switch between older and newer vector
 * instructions costs some 70 ns: the C library's exp and log have the newer ones, and take thirty times as long. */
#ifndef PZ_BASE_VECTORS_H
#define PZ_BASE_VECTORS_H

/* To be called after ISA-L. Costs a nanosecond; no result depends on it. */
void pz_vectors_clear(void);

#endif
