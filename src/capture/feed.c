#include "capture/feed.h"

void pz_feed_init(struct pz_feed *feed, const struct pz_sink *sink, struct pz_ledger *ledger)
{
    feed->sink = sink;
    feed->ledger = ledger;
    feed->link_type = PZ_NO_LINK;
    feed->offset = 0;
    feed->n = 0;
    feed->floor_usec = PZ_EARLIEST_SECOND * PZ_USEC_PER_SECOND;
    feed->last_usec = -1;
    feed->pending = false;
    pz_feed_new_member(feed);
}

void pz_feed_link_type(struct pz_feed *feed, uint32_t link_type)
{
    feed->link_type = link_type;
    if (feed->ledger->link_type == PZ_NO_LINK)
        feed->ledger->link_type = link_type;
    if (!pz_link_known(link_type))
        pz_feed_damage(feed, PZ_DAMAGE_UNKNOWN_LINK_TYPE);
}

void pz_feed_flush(struct pz_feed *feed)
{
    if (feed->n)
        feed->sink->packets(feed->sink->context, feed->batch, feed->n);
    feed->n = 0;
}

static uint32_t hour_of(int64_t usec)
{
    return (uint32_t)(usec / PZ_USEC_PER_HOUR);
}

void pz_feed_damage(struct pz_feed *feed, enum pz_damage_reason reason)
{
    uint32_t hour = feed->last_usec < 0 ? PZ_NO_HOUR : hour_of(feed->last_usec);
    struct pz_damage damage = {reason, feed->offset, feed->ledger->records, hour, hour};
    feed->pending_detail = feed->ledger->ndetails;
    pz_ledger_add(feed->ledger, &damage);
    feed->pending = true;
    feed->floor_usec = INT64_MAX; /* so that the next record is looked at as an odd one */
}

void pz_feed_damage_member(struct pz_feed *feed, enum pz_damage_reason reason)
{
    struct pz_damage damage = {reason, feed->offset, feed->ledger->records, PZ_NO_HOUR, PZ_NO_HOUR};
    if (feed->member_first <= feed->member_last) {
        damage.first_hour = hour_of(feed->member_first);
        damage.last_hour = hour_of(feed->member_last);
    }
    pz_ledger_add(feed->ledger, &damage);
}

void pz_feed_new_member(struct pz_feed *feed)
{
    feed->member_first = INT64_MAX;
    feed->member_last = INT64_MIN;
}

bool pz_feed_odd_time(struct pz_feed *feed, int64_t usec)
{
    if (usec < PZ_EARLIEST_SECOND * PZ_USEC_PER_SECOND || usec >= PZ_LATEST_SECOND * PZ_USEC_PER_SECOND) {
        pz_feed_damage(feed, PZ_DAMAGE_TIME_RANGE);
        return false;
    }
    if (feed->last_usec >= 0 && usec < feed->last_usec - PZ_DISORDER_USEC) {
        pz_feed_damage(feed, PZ_DAMAGE_TIME_BACK);
        /* The hours in between are not in doubt, only those on either side of the step. */
        pz_ledger_mark(feed->ledger, hour_of(usec), hour_of(usec));
        feed->pending = false;
    }
    if (feed->pending) {
        uint32_t to = hour_of(usec), from = feed->last_usec < 0 ? to : hour_of(feed->last_usec);
        pz_ledger_mark(feed->ledger, from < to ? from : to, to > from ? to : from);
        if (feed->pending_detail < feed->ledger->ndetails) {
            struct pz_damage *damage = &feed->ledger->details[feed->pending_detail];
            damage->first_hour = from < to ? from : to;
            damage->last_hour = to > from ? to : from;
        }
        feed->pending = false;
    }
    return true;
}
