/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/error.h"
#include "base/vectors.h"
#include "twin/writer.h"

#include <isa-l/igzip_lib.h>
#include <stdlib.h>

static void *begin(int level)
{
    static const uint32_t level_nbytes[] = {ISAL_DEF_LVL0_DEFAULT, ISAL_DEF_LVL1_DEFAULT, ISAL_DEF_LVL2_DEFAULT,
                                            ISAL_DEF_LVL3_DEFAULT};
    struct isal_zstream *stream = pz_alloc(sizeof *stream + level_nbytes[level]);
    isal_deflate_init(stream);
    stream->level = (uint32_t)level;
    stream->level_buf = (uint8_t *)(stream + 1);
    stream->level_buf_size = level_nbytes[level];
    stream->gzip_flag = IGZIP_GZIP;
    return stream;
}

static void put(void *deflater, const uint8_t *bytes, size_t nbytes, bool last, struct pz_buf *to)
{
    struct isal_zstream *stream = deflater;
    stream->next_in = (uint8_t *)(uintptr_t)bytes; /* only read */
    stream->avail_in = (uint32_t)nbytes;
    stream->end_of_stream = last;
    do {
        const uint32_t step = 1 << 16;
        stream->next_out = pz_buf_extend(to, step);
        stream->avail_out = step;
        PZ_CHECK(isal_deflate(stream) == COMP_OK);
        to->nbytes -= stream->avail_out;
    } while (stream->avail_in || stream->avail_out == 0 || (last && stream->internal_state.state != ZSTATE_END));
    pz_vectors_clear();
}

const struct pz_twin_deflate pz_twin_deflate_isal = {begin, put, free};
