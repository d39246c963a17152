/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads one capture from its first byte to its last and hands out its packets in batches, in the order of the file.
 *
 * pcap of either byte order and either time unit, and pcapng, are walked in place in the decompressed buffer; rarer
 * kinds go through libpcap. Damage goes to the damage log and reading goes on where it can. What the capture holds is
 * the same whichever codec inflates it. */
#ifndef PZ_CAPTURE_READER_H
#define PZ_CAPTURE_READER_H

#include "capture/codec.h"
#include "capture/damage_log.h"
#include "capture/input.h"
#include "capture/packet.h"

enum { PZ_BATCH = 256 }; /* packets at most that a sink gets at once: they stay in the first-level cache */

struct pz_sink {
    void *context;
    /* Takes a batch; the array is the reader's, the sink may write to it. */
    void (*packets)(void *context, struct pz_packet *packets, size_t n);
    /* Called about every MiB: how far it got, in bytes of the file and in records. False stops the reading. */
    bool (*tick)(void *context, uint64_t offset, uint64_t records);
    /* A reading begins, and what an earlier one handed out is to be dropped; called by pz_capture_read_file only. */
    void (*begin)(void *context);
};

enum pz_read_status {
    PZ_READ_DONE,       /* all that can be read was handed out; damage, if any, is in the damage log */
    PZ_READ_STOPPED,    /* by the tick */
    PZ_READ_DISTRUSTED, /* the fast codec met damage: drop everything and read again with PZ_INFLATER_ZLIB */
    PZ_READ_NO_CAPTURE, /* the file is not a capture: nothing was handed out */
    PZ_READ_UNOPENED,   /* it can't be opened: of pz_capture_read_file only */
};

/* An input that can be read only once is read with zlib, and never distrusted. */
enum pz_read_status pz_capture_read(struct pz_input *input, enum pz_inflater inflater, const struct pz_sink *sink,
                                    struct pz_damage_log *log);

struct pz_capture_file {
    const char *path, *decode; /* as for pz_input_open */
    enum pz_inflater inflater;
    const struct pz_stamp *expect; /* as for pz_input_expect; NULL for none */
};

/* Opens a file and reads it; once more with zlib if the fast codec is distrusted. The damage log, initialised, is of
 * the last reading. The input stays open, and is the caller's to free; NULL, with `error` set, if it can't be opened.
 */
enum pz_read_status pz_capture_read_file(const struct pz_capture_file *file, const struct pz_sink *sink,
                                         struct pz_damage_log *log, struct pz_input **input, struct pz_error *error);

#endif
