/* SPDX-License-Identifier: BSD-2-Clause */
// Which hours are recorded: the outbreak's day, quiet days before it, later days, and gaps in all of them.
#ifndef TELESCOPE_CALENDAR_H
#define TELESCOPE_CALENDAR_H

#include "scope_options.h"

struct calendar {
    int quiet_days, first, last;
    const char *later;
    int64_t gap_from[64];
    int gap_hours[64], ngaps;
};

// Epoch seconds of the midnight at which a date of the option begins; *end: what follows the date.
int64_t calendar_date(const char *option, const char *text, const char **end);
void calendar_gap(struct calendar *calendar, const char *text);
// Sets the hours that are recorded.
void calendar_record(struct options *options, const struct calendar *calendar);

// Says what is wrong with an option and exits.
_Noreturn void options_fail(const char *option, const char *value);

#endif
