/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/error.h"
#include "base/vectors.h"
#include "twin/writer.h"

#include <isa-l/igzip_lib.h>
#include <stdlib.h>

struct state {
    struct isal_zstream stream;
    uint8_t *level_buffer; /* owned */
};

static void *begin(int level)
{
    static const uint32_t level_nbytes[] = {ISAL_DEF_LVL0_DEFAULT, ISAL_DEF_LVL1_DEFAULT, ISAL_DEF_LVL2_DEFAULT,
                                            ISAL_DEF_LVL3_DEFAULT};
    struct state *state = pz_alloc(sizeof *state);
    isal_deflate_init(&state->stream);
    level = level < 0 ? 0 : level > 3 ? 3 : level;
    state->level_buffer = pz_alloc(level_nbytes[level] + 1);
    state->stream.level = (uint32_t)level;
    state->stream.level_buf = state->level_buffer;
    state->stream.level_buf_size = level_nbytes[level];
    state->stream.gzip_flag = IGZIP_GZIP;
    return state;
}

static void put(void *deflater, const uint8_t *bytes, size_t nbytes, bool last, struct pz_buf *to)
{
    struct state *state = deflater;
    state->stream.next_in = (uint8_t *)(uintptr_t)bytes; /* only read */
    state->stream.avail_in = (uint32_t)nbytes;
    state->stream.end_of_stream = last;
    do {
        const uint32_t step = 1 << 16;
        state->stream.next_out = pz_buf_extend(to, step);
        state->stream.avail_out = step;
        PZ_CHECK(isal_deflate(&state->stream) == COMP_OK);
        to->nbytes -= state->stream.avail_out;
    } while (state->stream.avail_in || state->stream.avail_out == 0 ||
             (last && state->stream.internal_state.state != ZSTATE_END));
    pz_vectors_clear();
}

static void end(void *deflater)
{
    struct state *state = deflater;
    free(state->level_buffer);
    free(state);
}

const struct pz_twin_deflate pz_twin_deflate_isal = {begin, put, end};
