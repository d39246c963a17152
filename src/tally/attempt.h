/* SPDX-License-Identifier: BSD-2-Clause */
/* A connection attempt: SYNs of one source, destination, source port and sequence number, each at most 15 s after the
 * one before. SYNs may come in any order and in any pieces: an attempt is a state that merges.
 *
 * Whether two pieces are one attempt depends on the SYNs between them, so a capture decides only on attempts far enough
 * from its ends (tally/tracker.h); the others are kept as boundary rows, and joined when captures meet. */
#ifndef PZ_TALLY_ATTEMPT_H
#define PZ_TALLY_ATTEMPT_H

#include "base/bytes.h"
#include "base/time.h"
#include "worm/traits.h"

/* Longer than the 9 s to Windows' third SYN; a stack's later retransmissions are attempts of their own. */
#define PZ_ATTEMPT_GAP_USEC (15 * PZ_USEC_PER_SECOND)

/* One SYN, and all that orders two of the same time. */
struct pz_syn {
    int64_t usec;
    uint32_t facts; /* ip.id, ttl, traits: 16, 8 and 8 bits, from the top */
};

enum { PZ_SYNS_MAX = 255 };

struct pz_attempt {
    uint32_t source, destination, sequence;
    uint16_t source_port;
    uint8_t syns;                /* PZ_SYNS_MAX stands for that many or more */
    bool closed;                 /* counted already, and here only to take up later pieces; never stored */
    struct pz_syn first, second; /* the earliest two; second.usec is INT64_MAX if there is one only */
    int64_t last_usec;
};

static inline uint32_t pz_syn_facts(uint16_t ip_id, uint8_t ttl, unsigned traits)
{
    return (uint32_t)ip_id << 16 | (uint32_t)ttl << 8 | traits;
}
static inline unsigned pz_attempt_traits(const struct pz_attempt *attempt)
{
    return attempt->first.facts & 0xff;
}
static inline enum pz_pattern pz_attempt_pattern(const struct pz_attempt *attempt)
{
    return pz_worm_pattern(attempt->syns, attempt->second.usec - attempt->first.usec);
}
static inline uint32_t pz_attempt_hour(const struct pz_attempt *attempt)
{
    return pz_hour_of(attempt->first.usec);
}
static inline bool pz_attempt_same_flow(const struct pz_attempt *a, const struct pz_attempt *b)
{
    return a->source == b->source && a->destination == b->destination && a->sequence == b->sequence &&
           a->source_port == b->source_port;
}
/* Whether two pieces with the same key are near enough to be one. */
static inline bool pz_attempt_touches(const struct pz_attempt *a, const struct pz_attempt *b)
{
    return a->first.usec <= b->last_usec + PZ_ATTEMPT_GAP_USEC && b->first.usec <= a->last_usec + PZ_ATTEMPT_GAP_USEC;
}

/* What is counted of a closed attempt. */
struct pz_closed_attempt {
    int64_t first_usec;
    uint32_t destination;
    uint8_t traits;
    uint8_t pattern; /* enum pz_pattern */
    bool id_rose;    /* ip.id rose by 1 to 2,000 from the first SYN to the second */
};

static inline bool pz_id_rose(uint32_t syns, uint32_t first_facts, uint32_t second_facts)
{
    enum { ID_STEP_MAX = 2000 };
    return (syns >= 2) & ((uint16_t)((second_facts >> 16) - (first_facts >> 16) - 1) < ID_STEP_MAX);
}
static inline struct pz_closed_attempt pz_attempt_close(const struct pz_attempt *attempt)
{
    return (struct pz_closed_attempt){.first_usec = attempt->first.usec,
                                      .destination = attempt->destination,
                                      .traits = (uint8_t)pz_attempt_traits(attempt),
                                      .pattern = (uint8_t)pz_attempt_pattern(attempt),
                                      .id_rose =
                                          pz_id_rose(attempt->syns, attempt->first.facts, attempt->second.facts)};
}

void pz_attempt_merge(struct pz_attempt *into, const struct pz_attempt *other);

/* By key, then by time: a total order. */
int pz_attempt_compare(const void *a, const void *b);
/* Sorts pieces and joins those that touch; returns how many attempts there are then. */
size_t pz_attempts_join(struct pz_attempt *attempts, size_t n);

/* Sorted and joined ones, with their count. */
void pz_attempts_encode(const struct pz_attempt *attempts, size_t n, struct pz_buf *to);
/* Appends the attempts, as pz_attempt structs, to `to`; leaves the cursor bad if the bytes are not attempts. */
void pz_attempts_decode(struct pz_cursor *from, struct pz_buf *to);

#endif
