/* SPDX-License-Identifier: BSD-2-Clause */
/* What a fuzzer is: one function that takes any bytes and must come back. fuzz_NAME.c holds one; it is linked with
 * libFuzzer where PZ_FUZZ asks for it, and everywhere with replay.c, which runs it on the bytes of files. */
#ifndef PZ_TESTS_FUZZ_H
#define PZ_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
