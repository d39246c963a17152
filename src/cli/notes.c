/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of the same fate and reason share one line: the reason, how many files there are, and the names of the first
 * few. Then come damaged captures, one line a kind of damage. Nothing is printed for files that were read whole. */
#include "cli/notes.h"

#include "base/text.h"
#include "report/drawings.h"

#include <inttypes.h>
#include <stdlib.h>

enum { NAMED = 3 }; /* files of each kind that are named; summary.json has all */

/* The files of one kind: how many there are, and the names of the first. */
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
}

/* One line for all files that have the fate and the reason of the `first`th. */
static void tell_like(const struct pz_captures *captures, size_t first, bool *told)
{
    const struct pz_capture *like = &captures->all[first];
    struct line line = {.n = 0};
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

/* The first damage of a kind that the log keeps; NULL if it keeps none. */
static const struct pz_damage *find_damage(const struct pz_damage_log *log, enum pz_damage_reason reason)
{
    for (uint32_t i = 0; i < log->nentries; i++)
        if (log->entries[i].reason == reason)
            return &log->entries[i];
    return NULL;
}

static void put_where(const struct pz_damage_log *log, enum pz_damage_reason reason, struct pz_buf *to)
{
    const struct pz_damage *damage = find_damage(log, reason);
    if (damage)
        pz_buf_printf(to, " at %s %" PRIu64, pz_damage_inside(reason) ? "decompressed byte" : "byte", damage->offset);
    if (damage && damage->window)
        pz_buf_printf(to, " (%" PRIu64 " MiB)", damage->window >> 20);
    if (damage && damage->passed)
        pz_buf_printf(to, " (%" PRIu64 " bytes passed over)", damage->passed);
    if (reason == PZ_DAMAGE_FRACTION)
        pz_buf_printf(to, " (%" PRIu64 " of %" PRIu64 " records)", log->counts[reason], log->records);
    if (reason == PZ_DAMAGE_RARE_FORMAT)
        pz_buf_printf(to, " (%s)", log->libpcap);
    pz_buf_put(to, "", 1);
}

static void tell_damage(const struct pz_captures *captures, enum pz_damage_reason reason)
{
    struct line line = {.n = 0};
    for (size_t i = 0; i < captures->n; i++) {
        const struct pz_capture *capture = &captures->all[i];
        const struct pz_damage_log *log = capture->facts ? &capture->facts->log : NULL;
        struct pz_buf where = {0};
        if (capture->state != PZ_CAPTURE_READABLE || !log || !log->counts[reason])
            continue;
        put_where(log, reason, &where);
        add_name(&line, capture->path, (const char *)where.bytes);
        pz_buf_release(&where);
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

/* The counts of a capture's records by fate; NULL if they are not known. */
static const uint64_t *fates_of(const struct pz_capture *capture)
{
    return capture->state == PZ_CAPTURE_READABLE && capture->facts ? capture->facts->fates : NULL;
}

static void warn_of(const struct pz_captures *captures, const struct pz_survey_head *heads, enum pz_fate fate)
{
    struct line line = {.n = 0};
    for (size_t i = 0; i < captures->n; i++) {
        const uint64_t *fates = heads ? heads[i].fates : fates_of(&captures->all[i]);
        if (!fates || pz_fates_hide(fates) != fate)
            continue;
        uint64_t records = 0;
        for (int other = 0; other < PZ_FATE_COUNT; other++)
            records += fates[other];
        char *share = pz_format(" (%" PRIu64 " of %" PRIu64 ")", fates[fate], records);
        add_name(&line, captures->all[i].path, share);
        free(share);
    }
    char *before = pz_format("warning: almost all packets are set aside, as they are %s:", pz_fate_words(fate));
    put_line(&line, before, pz_fate_remedy(fate));
    free(before);
}

void pz_fates_warn(const struct pz_captures *captures, const struct pz_survey_head *heads)
{
    for (int fate = PZ_SCAN + 1; fate < PZ_FATE_COUNT; fate++)
        if (pz_fate_words((enum pz_fate)fate))
            warn_of(captures, heads, (enum pz_fate)fate);
}

/* Networks repeat a packet now and then, so a few copies are normal. */
static bool are_many(uint64_t copies, uint64_t syns)
{
    return copies > syns / 1000;
}

void pz_tell_copies(const struct pz_captures *captures, const struct pz_tables *tables, const char *port)
{
    const struct pz_capture *first = NULL;
    size_t n = 0;
    for (size_t i = 0; i < captures->n; i++) {
        const uint64_t *fates = fates_of(&captures->all[i]);
        if (fates && are_many(fates[PZ_COPY], fates[PZ_SCAN] + fates[PZ_COPY]) && !n++)
            first = &captures->all[i];
    }
    if (first) {
        const uint64_t *fates = first->facts->fates;
        pz_tell("%s: %" PRIu64 " of %" PRIu64 " SYNs to %s are copies made by the recording, for example by a mirror"
                " port or bonded interfaces; they do not count as scans",
                first->path, fates[PZ_COPY], fates[PZ_SCAN] + fates[PZ_COPY], port);
        if (n > 1)
            pz_tell("more than 1 in 1,000 are copies in %zu more captures: see summary.json", n - 1);
    } else if (tables && are_many(tables->copies, tables->syns)) {
        pz_tell("%" PRIu64 " of %" PRIu64 " SYNs to %s are copies of SYNs in other captures, which recorded the"
                " same packets; they do not count as scans",
                tables->copies, tables->syns, port);
    }
}

static void add_pair(struct line *pairs, const char *one, const char *between, const char *other)
{
    char *where = pz_format(" (%s %s)", between, other);
    add_name(pairs, one, where);
    free(where);
}

static void tell_pairs(struct line *pairs, const char *what)
{
    if (pairs->n > NAMED)
        pz_buf_printf(&pairs->names, ", and %zu more", pairs->n - NAMED);
    if (pairs->n)
        pz_tell("%s (%zu): %.*s", what, pairs->n, (int)pairs->names.nbytes, (const char *)pairs->names.bytes);
    pz_buf_release(&pairs->names);
}

void pz_tell_doubles(const struct pz_captures *captures, bool part)
{
    const struct pz_capture *all = captures->all;
    struct line duplicates = {.n = 0}, torn = duplicates, better = duplicates, overlaps = duplicates;
    for (size_t i = 0; i < captures->n; i++) {
        if (all[i].state == PZ_CAPTURE_DUPLICATE)
            add_pair(all[i].torn_copy ? &torn : &duplicates, all[i].path, "of", all[all[i].original].path);
        if (all[i].state != PZ_CAPTURE_READABLE)
            continue;
        if (all[i].read != i)
            add_pair(&better, all[i].path, "from", all[all[i].read].path);
        if (all[i].overlaps != i)
            add_pair(&overlaps, all[i].path, "with", all[all[i].overlaps].path);
    }
    tell_pairs(&better, "damaged, a better copy was read instead");
    tell_pairs(&duplicates, "duplicates, left out");
    tell_pairs(&torn, "overlapping in time: torn copies, left out");
    tell_pairs(&overlaps,
               part ? "overlapping in time: before reduce, scan once more without --part, which reads these again"
                    : "overlapping in time; SYNs in both count once, for which these are read twice and take about 50"
                      " bytes of the store for each SYN of that time");
}

void pz_tell_skipped(const char *path, const struct pz_address_list *list)
{
    if (list->nipv6)
        pz_tell("%s: %" PRIu64 " lines with IPv6 addresses skipped", path, list->nipv6);
    if (list->nheadings)
        pz_tell("%s: the first line names columns, skipped", path);
}

void pz_tell_drawings(const struct pz_results *results)
{
    char *name = pz_drawings_find_foreign(results);
    if (name)
        pz_tell("%s/%s was not drawn of this result, as happens when two runs write at once: patientzero report "
                "--out %s draws all figures again",
                results->directory, name, results->directory);
    free(name);
}
