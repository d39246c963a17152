/* SPDX-License-Identifier: BSD-2-Clause */
/* The model of worm/features.h as a text file that people can read: a name and numbers on each line. */
#ifndef PZ_WORM_MODEL_H
#define PZ_WORM_MODEL_H

#include "base/bytes.h"
#include "base/sha256.h"
#include "worm/features.h"

/* The built-in model; worm/conficker_model.c says where it comes from. */
void pz_model_default(struct pz_model *model);
/* As text; the numbers are rounded, so that the last bits of a machine's logarithm don't matter. */
void pz_model_write(const struct pz_model *model, struct pz_buf *to);
/* Reads text that ends with a zero. Returns the number of the line that is wrong, or 0. */
int pz_model_read(const char *text, struct pz_model *model);
/* Rounds the model as a file would; the digest of that file. */
struct pz_sha256_text pz_model_settle(struct pz_model *model);

#endif
