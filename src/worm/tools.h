/* SPDX-License-Identifier: BSD-2-Clause */
/* What one SYN shows of tools that write their headers by a rule, and of senders that write them by hand. Each sign
 * also occurs by chance in a share of SYNs with random headers. */
#ifndef PZ_WORM_TOOLS_H
#define PZ_WORM_TOOLS_H

#include <stdbool.h>
#include <stdint.h>

enum pz_tool {
    /* ZMap sends one ip.id: 54321. Z. Durumeric et al., "ZMap: Fast Internet-Wide Scanning and Its Security
     * Applications", USENIX Security 2013; so until 2024 (H. Griffioen et al., arXiv 2406.15585). */
    PZ_TOOL_ZMAP,
    /* masscan makes the ip.id of the rest: destination ^ port ^ sequence number, their lower 16 bits. Z. Durumeric, M.
     * Bailey, J. A. Halderman, "An Internet-Wide View of Internet-Wide Scanning", USENIX Security 2014. */
    PZ_TOOL_MASSCAN,
    /* Mirai takes the destination as the sequence number. M. Antonakakis et al., "Understanding the Mirai Botnet",
     * USENIX Security 2017. */
    PZ_TOOL_MIRAI,
    /* The source is the destination itself. Such packets hung hosts in 1997: CERT advisory CA-1997-28. */
    PZ_TOOL_LAND,
    /* A TTL of 200 or more: begun at 255, as Solaris, routers and handmade packets do, and never by the worm. */
    PZ_TOOL_TTL,
    PZ_TOOLS
};

enum { PZ_ZMAP_ID = 54321, PZ_TOOL_TTL_MIN = 200 };

/* The bits of an address that the archive shows: in published archives the first octet of destinations is zero. */
static inline uint32_t pz_tool_mask(uint32_t destination)
{
    return destination >> 24 ? UINT32_MAX : 0xffffff;
}

/* Whether any of the signs below may be there, but for PZ_TOOL_TTL: most SYNs have none, and need no further check. */
static inline bool pz_tools_any(uint32_t source, uint32_t destination, uint32_t sequence, uint16_t port, uint16_t ip_id)
{
    const uint32_t mixed = destination ^ sequence;
    return ((uint16_t)(mixed ^ ip_id) == port) | (ip_id == PZ_ZMAP_ID) | !(mixed << 8) | !((source ^ destination) << 8);
}

/* A bit for each tool, 1 << PZ_TOOL_..., that the SYN looks like; but for PZ_TOOL_TTL. */
static inline unsigned pz_tools_of(uint32_t source, uint32_t destination, uint32_t sequence, uint16_t port,
                                   uint16_t ip_id)
{
    const uint32_t mask = pz_tool_mask(destination);
    return (unsigned)(ip_id == PZ_ZMAP_ID) << PZ_TOOL_ZMAP |
           (unsigned)((uint16_t)(destination ^ sequence ^ ip_id) == port) << PZ_TOOL_MASSCAN |
           (unsigned)(((destination ^ sequence) & mask) == 0) << PZ_TOOL_MIRAI |
           (unsigned)(((source ^ destination) & mask) == 0) << PZ_TOOL_LAND;
}

#endif
