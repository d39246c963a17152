/* SPDX-License-Identifier: BSD-2-Clause */
/* CRoaring, by the names that its version 3 gave to iterators; versions 4 and 5 call the older ones deprecated, and
 * Debian 12 has 0.2.66, which knows no others. */
#ifndef PZ_TALLY_ROARING_NAMES_H
#define PZ_TALLY_ROARING_NAMES_H

#include <roaring/roaring.h>

#ifndef CROARING_DEPRECATED /* its version is no macro; this one came with the names */
#    define roaring_iterator_create roaring_create_iterator
#    define roaring_uint32_iterator_advance roaring_advance_uint32_iterator
#    define roaring_uint32_iterator_move_equalorlarger roaring_move_uint32_iterator_equalorlarger
#    define roaring_uint32_iterator_free roaring_free_uint32_iterator
#endif

#endif
