/* SPDX-License-Identifier: BSD-2-Clause */
/* A synthetic telescope whose truth is known: an outbreak, the noise before and around it, and the captures that a
 * telescope would have written.
 *
 * pz_twin_new plays the epidemic and lists the hosts; each hour is then a pure function of that list. So any rank can
 * make any hour, alone and in any order, and the bytes are the same. */
#ifndef PZ_TWIN_TWIN_H
#define PZ_TWIN_TWIN_H

#include "base/file.h"
#include "twin/host.h"
#include "twin/rand.h"

/* From this second on, only destinations in this prefix are captured. */
struct pz_twin_lens {
    int64_t from_second;
    uint32_t address, mask; /* host order, first octet in the clear */
};

struct pz_twin_span {
    int64_t from_second, until_second;
};

struct pz_twin_tear {
    uint32_t hour;         /* of the capture */
    uint32_t fraction_q32; /* of its bytes that are left */
};

enum pz_twin_link { PZ_TWIN_ETHERNET, PZ_TWIN_RAW };

struct pz_twin_params {
    uint64_t seed;
    uint64_t scale_q32;      /* the share of all hosts that can be observed; at most 1 */
    uint32_t noise_q16;      /* other scanners of the port, as a multiple of the published number */
    uint32_t sweep_last_q16; /* sources that sweep low last octets, as a multiple of these; they come on top */
    uint32_t background_q16; /* other traffic, as a multiple of the assumed amount */
    uint32_t first_hour, end_hour;
    uint32_t lens_octet;
    uint32_t mask_bits; /* of the destination that are zeroed, from the first */
    enum pz_twin_link link;
    uint32_t disorder_msec;      /* records are out of order in time by less than this */
    int level;                   /* of compression, 0 to 9 */
    bool isal;                   /* compress by ISA-L; the level is then 0 to 3 */
    struct pz_twin_lens *lenses; /* owned by the caller, like all below; in order of time */
    size_t nlenses;
    struct pz_twin_span *outages;
    size_t noutages;
    struct pz_twin_tear *tears;
    size_t ntears;
};

enum { PZ_TWIN_NANCHORS = 6 };

struct pz_twin {
    const struct pz_twin_params *params; /* borrowed */
    struct pz_twin_world world;
    struct pz_twin_rand rand;
    struct pz_twin_host *hosts; /* owned; the patient zero first, if the outbreak has begun by then */
    uint32_t nhosts;
    /* What the share of hosts that are on is multiplied with: as the middle of each anchor's hour asks, and between them
     * on a straight line. */
    struct pz_twin_point attendance_q16[PZ_TWIN_NANCHORS];
};

/* Made-up announcements of the held addresses of such a table, in the form of CAIDA's pfx2as: networks of some blocks
 * each, more specific prefixes of others inside them, prefixes of several networks and sets of them, and addresses that
 * nobody announces. The same for the same table. */
void pz_twin_networks_text(const struct pz_buf *delegated, struct pz_buf *to);
/* Simulates the epidemic up to the end of the archive. `delegated` is the text of a table of addresses. */
struct pz_twin *pz_twin_new(const struct pz_twin_params *params, const struct pz_buf *delegated,
                            struct pz_error *error);
void pz_twin_free(struct pz_twin *twin);

/* Whether ISA-L's compressor was built in. */
bool pz_twin_has_isal(void);

/* Called now and then, with how many packets of the hour are written; if it returns false, the hour is given up. */
struct pz_twin_watch {
    bool (*tick)(void *context, uint64_t npackets);
    void *context;
};

/* Makes one hour as it lies in the archive: appends the capture's bytes and those of the truth about it (truth.h), and
 * returns how many packets can be read from it. Appends nothing if the telescope was dark for all of the hour: there is
 * no file then. If `watch`, which may be NULL, asked to give up, the appended bytes are not a whole hour. */
uint64_t pz_twin_make_hour(const struct pz_twin *twin, uint32_t hour, const struct pz_twin_watch *watch,
                           struct pz_buf *capture, struct pz_buf *truth);
/* ucsd-nt.EPOCH.pcap.gz. */
struct pz_path pz_twin_capture_name(uint32_t hour);

#endif
