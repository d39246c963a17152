/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/codec.h"

const struct pz_codec *pz_codec_gzip(enum pz_inflater inflater)
{
#ifdef PZ_HAVE_ISAL
    if (inflater == PZ_INFLATER_FASTEST)
        return &pz_codec_isal;
#endif
    (void)inflater;
    return &pz_codec_zlib;
}
