#include "capture/feed.h"

#include <stdlib.h>

/* So high that the next record is looked at as an odd one. */
#define NO_FLOOR INT64_MAX

static int64_t last_usec(const struct pz_feed *feed)
{
    return feed->floor_usec == NO_FLOOR ? feed->last_usec : feed->floor_usec + PZ_DISORDER_USEC;
}

static void take_floor(struct pz_feed *feed)
{
    feed->last_usec = last_usec(feed);
    feed->floor_usec = NO_FLOOR;
    feed->pending = true;
}

static void begin_run(struct pz_feed *feed)
{
    feed->run_first = INT64_MAX;
    feed->run_last = INT64_MIN;
}

void pz_feed_init(struct pz_feed *feed, const struct pz_sink *sink, struct pz_ledger *ledger)
{
    feed->sink = sink;
    feed->ledger = ledger;
    feed->link_type = PZ_NO_LINK;
    feed->plain_nbytes = SIZE_MAX;
    feed->offset = feed->content = 0;
    feed->content_end = NULL;
    feed->header_nbytes = 0;
    feed->n = 0;
    feed->floor_usec = NO_FLOOR;
    feed->last_usec = feed->first_usec = feed->member_usec = -1;
    feed->member_span = 0;
    feed->break_offset = 0;
    feed->break_usec = 0;
    feed->break_detail = PZ_LEDGER_DETAILS;
    feed->member = feed->file = (struct pz_marks){0};
    feed->open_details = 0;
    feed->pending = feed->doubtful = false;
    feed->doubt_detail = feed->fraction_detail = PZ_LEDGER_DETAILS;
    begin_run(feed);
}

void pz_feed_release(struct pz_feed *feed)
{
    free(feed->member.hours);
    free(feed->file.hours);
    feed->member = feed->file = (struct pz_marks){0};
}

static void end_run(struct pz_feed *feed)
{
    if (feed->run_first > feed->run_last)
        return;
    uint32_t first = pz_hour_of(feed->run_first), last = pz_hour_of(feed->run_last);
    pz_ranges_join(&feed->member.hours, &feed->member.n, first, last);
    if (feed->doubtful) {
        pz_ledger_mark(feed->ledger, first, last);
        pz_ledger_stretch(feed->ledger, feed->doubt_detail, first);
        pz_ledger_stretch(feed->ledger, feed->doubt_detail, last);
    }
    begin_run(feed);
}

void pz_feed_new_member(struct pz_feed *feed)
{
    end_run(feed);
    for (uint32_t i = 0; i < feed->member.n; i++)
        pz_ranges_join(&feed->file.hours, &feed->file.n, feed->member.hours[i][0], feed->member.hours[i][1]);
    feed->member.n = 0;
    free(feed->member.hours);
    feed->member.hours = NULL;
    int64_t last = last_usec(feed);
    feed->member_span = last > feed->member_usec ? last - feed->member_usec : 0;
    feed->member_usec = last;
}

void pz_feed_flush(struct pz_feed *feed)
{
    if (feed->n)
        feed->sink->packets(feed->sink->context, feed->batch, feed->n);
    feed->n = 0;
}

void pz_feed_end(struct pz_feed *feed)
{
    pz_feed_new_member(feed);
    pz_feed_flush(feed);
}

static struct pz_damage damage_of(const struct pz_feed *feed, enum pz_damage_reason reason, const uint8_t *at)
{
    uint64_t offset = feed->offset;
    if (pz_damage_inside(reason))
        offset = feed->content - (feed->content_end ? (uint64_t)(feed->content_end - at) : 0);
    return (struct pz_damage){.reason = reason,
                              .offset = offset,
                              .record = feed->ledger->records,
                              .first_hour = PZ_NO_HOUR,
                              .last_hour = PZ_NO_HOUR};
}

void pz_feed_switch_link(struct pz_feed *feed, uint32_t link_type, const uint8_t *at, bool told)
{
    bool doubtful = !pz_link_known(link_type);
    if (feed->doubtful || doubtful)
        end_run(feed);
    feed->link_type = link_type;
    feed->link_nbytes = link_type == PZ_LINK_ETHERNET ? 14 : 0;
    feed->plain_nbytes = link_type == PZ_LINK_ETHERNET || link_type == PZ_LINK_RAW || link_type == PZ_LINK_IPV4
                             ? PZ_PLAIN_BYTES
                             : SIZE_MAX;
    feed->doubtful = doubtful;
    if (doubtful && !told) {
        struct pz_damage damage = damage_of(feed, PZ_DAMAGE_UNKNOWN_LINK_TYPE, at);
        feed->doubt_detail = feed->ledger->ndetails; /* none, if they are full */
        pz_ledger_add(feed->ledger, &damage);
    }
}

void pz_feed_link_type(struct pz_feed *feed, uint32_t link_type, const uint8_t *at)
{
    end_run(feed);
    if (feed->ledger->link_type == PZ_NO_LINK)
        feed->ledger->link_type = link_type;
    pz_feed_switch_link(feed, link_type, at, false);
}

void pz_feed_timeless(struct pz_feed *feed, const uint8_t *bytes, size_t nbytes)
{
    struct pz_packet *packet = &feed->batch[feed->n++];
    feed->ledger->records++;
    packet->usec = PZ_NO_TIME;
    pz_decode(feed->link_type, bytes, nbytes, packet);
    if (feed->n == PZ_BATCH)
        pz_feed_flush(feed);
}

void pz_feed_damage(struct pz_feed *feed, enum pz_damage_reason reason, const uint8_t *at)
{
    struct pz_damage damage = damage_of(feed, reason, at);
    take_floor(feed);
    if (feed->last_usec >= 0)
        damage.first_hour = damage.last_hour = pz_hour_of(feed->last_usec);
    feed->break_usec = reason == PZ_DAMAGE_TORN ? feed->member_usec + feed->member_span : 0;
    feed->break_offset = feed->offset;
    feed->break_detail = feed->ledger->ndetails;
    if (feed->break_detail < PZ_LEDGER_DETAILS)
        feed->open_details |= 1u << feed->break_detail;
    pz_ledger_add(feed->ledger, &damage);
}

static void mark(struct pz_feed *feed, uint32_t detail, uint32_t first_hour, uint32_t last_hour)
{
    pz_ledger_mark(feed->ledger, first_hour, last_hour);
    pz_ledger_stretch(feed->ledger, detail, first_hour);
    pz_ledger_stretch(feed->ledger, detail, last_hour);
}

void pz_feed_doubt_member(struct pz_feed *feed)
{
    end_run(feed);
    for (uint32_t i = 0; i < feed->member.n; i++)
        mark(feed, feed->break_detail, feed->member.hours[i][0], feed->member.hours[i][1]);
}

void pz_feed_passed(struct pz_feed *feed, uint64_t nbytes)
{
    feed->ledger->passed += nbytes;
    if (feed->break_detail < PZ_LEDGER_DETAILS)
        feed->ledger->details[feed->break_detail].passed += nbytes;
}

/* a * b / c without overflow, for b below 2^31; nearly, if a or c is above 2^32. */
static int64_t scaled(uint64_t a, int64_t b, uint64_t c)
{
    for (; (a | c) >> 32; a >>= 1)
        c >>= 1;
    return c ? (int64_t)(a * (uint64_t)b / c) : 0;
}

void pz_feed_swallowed(struct pz_feed *feed)
{
    if (!feed->pending || feed->last_usec < 0)
        return;
    const int64_t half = PZ_USEC_PER_HOUR / 2, latest = PZ_LATEST_SECOND * PZ_USEC_PER_SECOND - 1;
    int64_t span = feed->last_usec - feed->first_usec;
    int64_t second =
        span > 0 ? scaled(feed->offset - feed->break_offset, span / PZ_USEC_PER_SECOND, feed->break_offset) : 0;
    int64_t end = feed->last_usec + (second < PZ_LATEST_SECOND ? second : PZ_LATEST_SECOND) * PZ_USEC_PER_SECOND;
    end = end < feed->break_usec ? feed->break_usec : end;
    end = end < latest ? end : latest;
    /* An hour of which half should have been there: the estimate isn't better than that. */
    if (pz_hour_of(end - half) > pz_hour_of(feed->last_usec))
        mark(feed, feed->break_detail, pz_hour_of(feed->last_usec), pz_hour_of(end - half));
}

static void damage_hours(struct pz_feed *feed, enum pz_damage_reason reason, const struct pz_marks *marks)
{
    struct pz_damage damage = damage_of(feed, reason, NULL);
    uint32_t detail = feed->ledger->ndetails; /* none, if they are full */
    pz_ledger_add(feed->ledger, &damage);
    for (uint32_t i = 0; i < marks->n; i++)
        mark(feed, detail, marks->hours[i][0], marks->hours[i][1]);
}

void pz_feed_damage_member(struct pz_feed *feed, enum pz_damage_reason reason, bool spills)
{
    end_run(feed);
    damage_hours(feed, reason, &feed->member);
    if (spills)
        take_floor(feed);
}

void pz_feed_damage_file(struct pz_feed *feed, enum pz_damage_reason reason)
{
    pz_feed_new_member(feed);
    damage_hours(feed, reason, &feed->file);
}

void pz_feed_fraction(struct pz_feed *feed, uint32_t second, const uint8_t *bytes)
{
    if (second < PZ_EARLIEST_SECOND || second >= PZ_LATEST_SECOND)
        return; /* a worse damage */
    uint32_t hour = second / PZ_SECONDS_PER_HOUR;
    if (feed->ledger->counts[PZ_DAMAGE_FRACTION]) {
        pz_ledger_again(feed->ledger, PZ_DAMAGE_FRACTION, feed->fraction_detail, hour);
        return;
    }
    struct pz_damage damage =
        damage_of(feed, PZ_DAMAGE_FRACTION, feed->content_end ? bytes - feed->header_nbytes : NULL);
    damage.first_hour = damage.last_hour = hour;
    feed->fraction_detail = feed->ledger->ndetails; /* none, if they are full */
    pz_ledger_add(feed->ledger, &damage);
}

/* The first good record behind damage is one of `hour`; `step`: of the clock, back or far forward. */
static void settle(struct pz_feed *feed, uint32_t hour, bool step)
{
    /* Behind such a step the hours in between aren't in doubt, only those on either side. */
    int64_t last = last_usec(feed);
    uint32_t from = step || last < 0 ? hour : pz_hour_of(last);
    pz_ledger_mark(feed->ledger, from < hour ? from : hour, hour > from ? hour : from);
    for (uint32_t i = 0; i < PZ_LEDGER_DETAILS; i++)
        if (feed->open_details >> i & 1)
            pz_ledger_stretch(feed->ledger, i, hour);
    feed->open_details = 0;
    feed->pending = false;
}

void pz_feed_odd_time(struct pz_feed *feed, int64_t usec, const uint8_t *bytes)
{
    const uint8_t *at = feed->content_end ? bytes - feed->header_nbytes : NULL;
    if (usec < PZ_EARLIEST_SECOND * PZ_USEC_PER_SECOND || usec >= PZ_LATEST_SECOND * PZ_USEC_PER_SECOND) {
        pz_feed_damage(feed, PZ_DAMAGE_TIME_RANGE, at);
        return;
    }
    int64_t last = last_usec(feed);
    bool back = last >= 0 && usec < last - PZ_DISORDER_USEC;
    bool forward = last >= 0 && usec - last >= PZ_CLOCK_STEP_USEC;
    if (back || forward)
        pz_feed_damage(feed, back ? PZ_DAMAGE_TIME_BACK : PZ_DAMAGE_TIME_FORWARD, at);
    if (feed->pending)
        settle(feed, pz_hour_of(usec), back || forward);
    if (back || usec - last >= PZ_RUN_STEP_USEC)
        end_run(feed);
    feed->first_usec = feed->first_usec < 0 ? usec : feed->first_usec;
    feed->member_usec = feed->member_usec < 0 ? usec : feed->member_usec;
    feed->last_usec = usec;
    feed->floor_usec = usec - PZ_DISORDER_USEC;
    feed->run_first = usec < feed->run_first ? usec : feed->run_first;
    feed->run_last = usec > feed->run_last ? usec : feed->run_last;
}
