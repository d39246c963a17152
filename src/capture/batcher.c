/* SPDX-License-Identifier: BSD-2-Clause */
/* Records that aren't ordinary: the first one, those after jumps of time or damage. The batcher keeps the time of the
 * last good record; at the next good record, or at the end, it gives the damage log the hours that the damage between
 * them marks. */
#include "capture/batcher.h"

#include <stdlib.h>

/* So high that the next record is looked at as an odd one. */
#define NO_FLOOR INT64_MAX

static int64_t last_usec(const struct pz_batcher *batcher)
{
    return batcher->floor_usec == NO_FLOOR ? batcher->last_usec : batcher->floor_usec + PZ_DISORDER_USEC;
}

static void take_floor(struct pz_batcher *batcher)
{
    batcher->last_usec = last_usec(batcher);
    batcher->floor_usec = NO_FLOOR;
    batcher->pending = true;
}

static void begin_run(struct pz_batcher *batcher)
{
    batcher->run_first = INT64_MAX;
    batcher->run_last = INT64_MIN;
}

void pz_batcher_init(struct pz_batcher *batcher, const struct pz_sink *sink, struct pz_damage_log *log)
{
    *batcher = (struct pz_batcher){.sink = sink,
                                   .log = log,
                                   .link_type = PZ_NO_LINK,
                                   .plain_nbytes = SIZE_MAX,
                                   .floor_usec = NO_FLOOR,
                                   .last_usec = -1,
                                   .first_usec = -1,
                                   .member_usec = -1,
                                   .break_entry = PZ_DAMAGE_LOG_ENTRIES,
                                   .doubt_entry = PZ_DAMAGE_LOG_ENTRIES,
                                   .fraction_entry = PZ_DAMAGE_LOG_ENTRIES};
    begin_run(batcher);
}

void pz_batcher_release(struct pz_batcher *batcher)
{
    free(batcher->member.hours);
    free(batcher->file.hours);
    batcher->member = batcher->file = (struct pz_marks){0};
}

static void end_run(struct pz_batcher *batcher)
{
    if (batcher->run_first > batcher->run_last)
        return;
    uint32_t first = pz_hour_of(batcher->run_first), last = pz_hour_of(batcher->run_last);
    pz_ranges_join(&batcher->member.hours, &batcher->member.n, first, last);
    if (batcher->doubtful)
        pz_damage_log_mark_entry(batcher->log, batcher->doubt_entry, first, last);
    begin_run(batcher);
}

void pz_batcher_new_member(struct pz_batcher *batcher)
{
    end_run(batcher);
    for (uint32_t i = 0; i < batcher->member.n; i++)
        pz_ranges_join(&batcher->file.hours, &batcher->file.n, batcher->member.hours[i][0],
                       batcher->member.hours[i][1]);
    batcher->member.n = 0;
    free(batcher->member.hours);
    batcher->member.hours = NULL;
    int64_t last = last_usec(batcher);
    batcher->member_span = last > batcher->member_usec ? last - batcher->member_usec : 0;
    batcher->member_usec = last;
}

void pz_batcher_flush(struct pz_batcher *batcher)
{
    if (batcher->n)
        batcher->sink->packets(batcher->sink->context, batcher->batch, batcher->n);
    batcher->n = 0;
}

void pz_batcher_end(struct pz_batcher *batcher)
{
    pz_batcher_new_member(batcher);
    pz_batcher_flush(batcher);
}

static struct pz_damage damage_of(const struct pz_batcher *batcher, enum pz_damage_reason reason, const uint8_t *at)
{
    uint64_t offset = batcher->offset;
    if (pz_damage_inside(reason))
        offset = batcher->content - (batcher->content_end ? (uint64_t)(batcher->content_end - at) : 0);
    return (struct pz_damage){.reason = reason,
                              .offset = offset,
                              .record = batcher->log->records,
                              .first_hour = PZ_NO_HOUR,
                              .last_hour = PZ_NO_HOUR};
}

/* Logs a damage of which the hours are not known yet; returns its place in the details. */
static uint32_t log_damage(struct pz_batcher *batcher, enum pz_damage_reason reason, const uint8_t *at)
{
    struct pz_damage damage = damage_of(batcher, reason, at);
    uint32_t entry = batcher->log->nentries; /* none, if they are full */
    pz_damage_log_add(batcher->log, &damage);
    return entry;
}

void pz_batcher_switch_link(struct pz_batcher *batcher, uint32_t link_type, const uint8_t *at, bool told)
{
    bool doubtful = !pz_link_known(link_type);
    if (batcher->doubtful || doubtful)
        end_run(batcher);
    batcher->link_type = link_type;
    batcher->link_nbytes = link_type == PZ_LINK_ETHERNET ? 14 : 0;
    batcher->plain_nbytes = link_type == PZ_LINK_ETHERNET || link_type == PZ_LINK_RAW || link_type == PZ_LINK_IPV4
                                ? PZ_PLAIN_BYTES
                                : SIZE_MAX;
    batcher->doubtful = doubtful;
    if (doubtful && !told)
        batcher->doubt_entry = log_damage(batcher, PZ_DAMAGE_UNKNOWN_LINK_TYPE, at);
}

void pz_batcher_link_type(struct pz_batcher *batcher, uint32_t link_type, const uint8_t *at)
{
    end_run(batcher);
    if (batcher->log->link_type == PZ_NO_LINK)
        batcher->log->link_type = link_type;
    pz_batcher_switch_link(batcher, link_type, at, false);
}

void pz_batcher_timeless(struct pz_batcher *batcher, const uint8_t *bytes, size_t nbytes)
{
    struct pz_packet *packet = &batcher->batch[batcher->n++];
    batcher->log->records++;
    packet->usec = PZ_NO_TIME;
    pz_decode(batcher->link_type, bytes, nbytes, packet);
    if (batcher->n == PZ_BATCH)
        pz_batcher_flush(batcher);
}

void pz_batcher_damage(struct pz_batcher *batcher, enum pz_damage_reason reason, const uint8_t *at)
{
    struct pz_damage damage = damage_of(batcher, reason, at);
    take_floor(batcher);
    if (batcher->last_usec >= 0)
        damage.first_hour = damage.last_hour = pz_hour_of(batcher->last_usec);
    batcher->break_usec = reason == PZ_DAMAGE_TORN ? batcher->member_usec + batcher->member_span : 0;
    batcher->break_offset = batcher->offset;
    batcher->break_entry = batcher->log->nentries;
    if (batcher->break_entry < PZ_DAMAGE_LOG_ENTRIES)
        batcher->open_entries |= 1u << batcher->break_entry;
    pz_damage_log_add(batcher->log, &damage);
}

static void mark_all(struct pz_batcher *batcher, uint32_t entry, const struct pz_marks *marks)
{
    for (uint32_t i = 0; i < marks->n; i++)
        pz_damage_log_mark_entry(batcher->log, entry, marks->hours[i][0], marks->hours[i][1]);
}

void pz_batcher_doubt_member(struct pz_batcher *batcher)
{
    end_run(batcher);
    mark_all(batcher, batcher->break_entry, &batcher->member);
}

void pz_batcher_passed(struct pz_batcher *batcher, uint64_t nbytes)
{
    batcher->log->passed += nbytes;
    if (batcher->break_entry < PZ_DAMAGE_LOG_ENTRIES)
        batcher->log->entries[batcher->break_entry].passed += nbytes;
}

/* a * b / c without overflow, for b below 2^31; nearly, if a or c is above 2^32. */
static int64_t scaled(uint64_t a, int64_t b, uint64_t c)
{
    for (; (a | c) >> 32; a >>= 1)
        c >>= 1;
    return c ? (int64_t)(a * (uint64_t)b / c) : 0;
}

void pz_batcher_swallowed(struct pz_batcher *batcher)
{
    if (!batcher->pending || batcher->last_usec < 0)
        return;
    const int64_t half = PZ_USEC_PER_HOUR / 2, latest = PZ_LATEST_SECOND * PZ_USEC_PER_SECOND - 1;
    int64_t span = batcher->last_usec - batcher->first_usec;
    int64_t second =
        span > 0 ? scaled(batcher->offset - batcher->break_offset, span / PZ_USEC_PER_SECOND, batcher->break_offset)
                 : 0;
    int64_t end = batcher->last_usec + (second < PZ_LATEST_SECOND ? second : PZ_LATEST_SECOND) * PZ_USEC_PER_SECOND;
    end = end < batcher->break_usec ? batcher->break_usec : end;
    end = end < latest ? end : latest;
    /* An hour of which half should have been there: the estimate isn't better than that. */
    if (pz_hour_of(end - half) > pz_hour_of(batcher->last_usec))
        pz_damage_log_mark_entry(batcher->log, batcher->break_entry, pz_hour_of(batcher->last_usec),
                                 pz_hour_of(end - half));
}

void pz_batcher_damage_member(struct pz_batcher *batcher, enum pz_damage_reason reason, bool spills)
{
    end_run(batcher);
    mark_all(batcher, log_damage(batcher, reason, NULL), &batcher->member);
    if (spills)
        take_floor(batcher);
}

void pz_batcher_damage_file(struct pz_batcher *batcher, enum pz_damage_reason reason)
{
    pz_batcher_new_member(batcher);
    mark_all(batcher, log_damage(batcher, reason, NULL), &batcher->file);
}

/* Where a record begins whose bytes these are, if they lie in the buffer. */
static const uint8_t *header_of(const struct pz_batcher *batcher, const uint8_t *bytes)
{
    return batcher->content_end ? bytes - batcher->header_nbytes : NULL;
}

void pz_batcher_fraction(struct pz_batcher *batcher, uint32_t second, const uint8_t *bytes)
{
    if (second < PZ_EARLIEST_SECOND || second >= PZ_LATEST_SECOND)
        return; /* a worse damage */
    uint32_t hour = second / PZ_SECONDS_PER_HOUR;
    if (batcher->log->counts[PZ_DAMAGE_FRACTION])
        batcher->log->counts[PZ_DAMAGE_FRACTION]++;
    else
        batcher->fraction_entry = log_damage(batcher, PZ_DAMAGE_FRACTION, header_of(batcher, bytes));
    pz_damage_log_mark_entry(batcher->log, batcher->fraction_entry, hour, hour);
}

/* The first good record after damage is one of `hour`; `step`: of the clock, back or far forward. */
static void settle(struct pz_batcher *batcher, uint32_t hour, bool step)
{
    /* After such a step the hours in between aren't in doubt, only those on either side. */
    int64_t last = last_usec(batcher);
    uint32_t from = step || last < 0 ? hour : pz_hour_of(last);
    pz_damage_log_mark(batcher->log, from < hour ? from : hour, hour > from ? hour : from);
    for (uint32_t i = 0; i < PZ_DAMAGE_LOG_ENTRIES; i++)
        if (batcher->open_entries >> i & 1)
            pz_damage_log_extend(batcher->log, i, hour);
    batcher->open_entries = 0;
    batcher->pending = false;
}

void pz_batcher_odd_time(struct pz_batcher *batcher, int64_t usec, const uint8_t *bytes)
{
    const uint8_t *at = header_of(batcher, bytes);
    if (usec < PZ_EARLIEST_SECOND * PZ_USEC_PER_SECOND || usec >= PZ_LATEST_SECOND * PZ_USEC_PER_SECOND) {
        pz_batcher_damage(batcher, PZ_DAMAGE_TIME_RANGE, at);
        return;
    }
    int64_t last = last_usec(batcher);
    bool back = last >= 0 && usec < last - PZ_DISORDER_USEC;
    bool forward = last >= 0 && usec - last >= PZ_CLOCK_STEP_USEC;
    if (back || forward)
        pz_batcher_damage(batcher, back ? PZ_DAMAGE_TIME_BACK : PZ_DAMAGE_TIME_FORWARD, at);
    if (batcher->pending)
        settle(batcher, pz_hour_of(usec), back || forward);
    if (back || usec - last >= PZ_RUN_STEP_USEC)
        end_run(batcher);
    batcher->first_usec = batcher->first_usec < 0 ? usec : batcher->first_usec;
    batcher->member_usec = batcher->member_usec < 0 ? usec : batcher->member_usec;
    batcher->last_usec = usec;
    batcher->floor_usec = usec - PZ_DISORDER_USEC;
    batcher->run_first = usec < batcher->run_first ? usec : batcher->run_first;
    batcher->run_last = usec > batcher->run_last ? usec : batcher->run_last;
}
