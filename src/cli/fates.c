/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of the same fate and reason share one line: the reason, how many files there are, and the names of the first
 * few. Then come damaged captures, one line a kind of damage. Nothing is printed for files that were read whole. */
#include "cli/fates.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { NAMED = 3 }; /* files of each kind that are named; summary.json has all */

/* A line for the files of one kind: what is wrong, how many there are, and the names of the first. */
struct line {
    struct pz_buf names;
    size_t n;
};

static void add_name(struct line *line, const char *path, const char *where)
{
    if (line->n++ < NAMED)
        pz_buf_printf(&line->names, "%s%s%s", line->names.nbytes ? ", " : "", path, where);
}

static void put_line(struct line *line, const char *before, const char *after)
{
    if (line->n > NAMED)
        pz_buf_printf(&line->names, " and %zu more (%zu files)", line->n - NAMED, line->n);
    if (line->n)
        pz_tell("%s %.*s%s%s", before, (int)line->names.nbytes, (const char *)line->names.bytes, *after ? ": " : "",
                after);
    pz_buf_release(&line->names);
    line->n = 0;
}

/* One line for all files that have the fate and the reason of the `first`th. */
static void tell_like(const struct pz_captures *captures, size_t first, bool *told)
{
    const struct pz_capture *like = &captures->all[first];
    struct line line = {{0}, 0};
    for (size_t i = first; i < captures->n; i++) {
        const struct pz_capture *capture = &captures->all[i];
        if (told[i] || !pz_capture_flawed(capture) || capture->state != like->state ||
            strcmp(capture->why, like->why) != 0)
            continue;
        add_name(&line, capture->path, "");
        told[i] = true;
    }
    put_line(&line, like->state == PZ_CAPTURE_NONE ? "not a capture, skipped:" : "could not read", like->why);
}

static void tell_damage(const struct pz_captures *captures, enum pz_damage_reason reason)
{
    struct line line = {{0}, 0};
    for (size_t i = 0; i < captures->n; i++) {
        const struct pz_capture *capture = &captures->all[i];
        const struct pz_damage_log *log = capture->facts ? &capture->facts->log : NULL;
        if (capture->state != PZ_CAPTURE_READABLE || !log || !log->counts[reason])
            continue;
        uint32_t j = 0;
        while (j < log->nentries && log->entries[j].reason != reason)
            j++;
        char where[128 + PZ_DAMAGE_LOG_WORDS] = "";
        int n = j < log->nentries
                    ? snprintf(where, sizeof where, " at %s %" PRIu64,
                               pz_damage_inside(reason) ? "decompressed byte" : "byte", log->entries[j].offset)
                    : 0;
        const struct pz_damage *damage = j < log->nentries ? &log->entries[j] : NULL;
        if (damage && damage->window)
            n += snprintf(where + n, sizeof where - (size_t)n, " (%" PRIu64 " MiB)", damage->window >> 20);
        if (damage && damage->passed)
            n += snprintf(where + n, sizeof where - (size_t)n, " (%" PRIu64 " bytes passed over)", damage->passed);
        if (reason == PZ_DAMAGE_FRACTION)
            snprintf(where + n, sizeof where - (size_t)n, " (%" PRIu64 " of %" PRIu64 " records)", log->counts[reason],
                     log->records);
        if (reason == PZ_DAMAGE_RARE_FORMAT)
            snprintf(where + n, sizeof where - (size_t)n, " (%s)", log->libpcap);
        add_name(&line, capture->path, where);
    }
    char *words = pz_format(
        "%s%s", pz_damage_words(reason),
        reason == PZ_DAMAGE_WINDOW ? ", 1024 MiB; add --decode 'zstd -dcf --long=31', or 'xz -dcf' if it is xz" : "");
    put_line(&line, "damaged:", words);
    free(words);
}

bool pz_fates_tell(const struct pz_captures *captures)
{
    bool *told = pz_alloc(captures->n * sizeof *told), any = false;
    for (size_t i = 0; i < captures->n; i++) {
        if (!pz_capture_flawed(&captures->all[i]))
            continue;
        any = true;
        if (!told[i] && captures->all[i].state != PZ_CAPTURE_READABLE && captures->all[i].state != PZ_CAPTURE_DUPLICATE)
            tell_like(captures, i, told);
    }
    for (int reason = 0; reason < PZ_DAMAGE_COUNT; reason++)
        tell_damage(captures, (enum pz_damage_reason)reason);
    free(told);
    return any;
}

int pz_fates_check_any(const struct pz_captures *captures, const char *named, struct pz_error *error)
{
    if (pz_captures_count(captures, PZ_CAPTURE_READABLE))
        return 0;
    if (pz_fates_tell(captures))
        return pz_fail_usage(error, "none of the named files can be read as a capture");
    return pz_fail_usage(error, "%s: none of the %zu files is a capture; captures are recognised by their contents",
                         named, captures->n);
}

void pz_fates_list(const struct pz_captures *captures)
{
    static const char *const words[] = {[PZ_CAPTURE_READABLE] = "capture",
                                        [PZ_CAPTURE_DUPLICATE] = "has the contents of another",
                                        [PZ_CAPTURE_NONE] = "not a capture",
                                        [PZ_CAPTURE_UNREADABLE] = "could not be read"};
    for (size_t i = 0; i < captures->n; i++) {
        const struct pz_capture *capture = &captures->all[i];
        const struct pz_capture_facts *facts = capture->state == PZ_CAPTURE_READABLE ? capture->facts : NULL;
        struct pz_buf line = {0};
        pz_buf_printf(&line, "%s: %s, %" PRIu64 " bytes", capture->path, words[capture->state], capture->identity.size);
        if (facts)
            pz_buf_printf(&line, ", %" PRIu64 " records%s", facts->log.records,
                          pz_damage_log_damaged(&facts->log) ? ", damaged" : "");
        if (*capture->why)
            pz_buf_printf(&line, ": %s", capture->why);
        pz_tell("%.*s", (int)line.nbytes, (const char *)line.bytes);
        pz_buf_release(&line);
    }
}

static void warn_of(const struct pz_captures *captures, const uint64_t *const *fates, enum pz_fate fate)
{
    struct line line = {{0}, 0};
    for (size_t i = 0; i < captures->n; i++) {
        if (!fates[i] || pz_fates_hide(fates[i]) != fate)
            continue;
        uint64_t records = 0;
        for (int other = 0; other < PZ_FATE_COUNT; other++)
            records += fates[i][other];
        char share[64];
        snprintf(share, sizeof share, " (%" PRIu64 " of %" PRIu64 ")", fates[i][fate], records);
        add_name(&line, captures->all[i].path, share);
    }
    char *before = pz_format("warning: almost all packets are set aside, as they are %s:", pz_fate_words(fate));
    put_line(&line, before, pz_fate_remedy(fate));
    free(before);
}

void pz_fates_warn(const struct pz_captures *captures, const uint64_t *const *fates)
{
    for (int fate = PZ_SCAN + 1; fate < PZ_FATE_COUNT; fate++)
        if (pz_fate_words((enum pz_fate)fate))
            warn_of(captures, fates, (enum pz_fate)fate);
}

int pz_fates_conclude(const struct pz_comm *comm, const struct pz_captures *captures)
{
    bool flawed = comm->rank == 0 && pz_fates_tell(captures);
    return pz_comm_max(comm, flawed) ? PZ_EXIT_DAMAGE : PZ_EXIT_DONE;
}
