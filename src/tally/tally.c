#include "tally/tally.h"

void pz_tally_init(struct pz_tally *tally)
{
    *tally = (struct pz_tally){0};
    pz_hours_init(&tally->hours);
    pz_table_init(&tally->sources, false);
}

void pz_tally_release(struct pz_tally *tally)
{
    pz_hours_release(&tally->hours);
    pz_table_release(&tally->sources);
}

void pz_tally_observe(struct pz_tally *tally, const struct pz_filter *filter, struct pz_packet *packets, size_t n)
{
    pz_filter_apply(filter, packets, n);
    for (size_t i = 0; i < n; i++)
        tally->fates[packets[i].fate]++;
    pz_hours_observe(&tally->hours, packets, n);
    pz_table_observe(&tally->sources, packets, n);
}

void pz_tally_merge(struct pz_tally *into, const struct pz_tally *other)
{
    for (int fate = 0; fate < PZ_FATE_COUNT; fate++)
        into->fates[fate] += other->fates[fate];
    pz_hours_merge(&into->hours, &other->hours);
    for (size_t i = 0; i < other->sources.n; i++)
        pz_table_merge(&into->sources, pz_table_row(&other->sources, i), 1);
}
