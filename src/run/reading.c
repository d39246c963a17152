/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/reading.h"

#include <stdlib.h>
#include <string.h>

static void take_packets(void *context, struct pz_packet *packets, size_t n)
{
    struct pz_reading *reading = context;
    struct pz_damage_log *log = &reading->log;
    for (size_t at = 0, step; at < n; at += step) {
        uint64_t until_sum = log->stride - reading->nrecords % log->stride;
        step = n - at < until_sum ? n - at : (size_t)until_sum;
        pz_tallies_observe(reading->tallies, reading->options->filters, reading->options->nports, packets + at, step);
        reading->nrecords += step;
        /* What comes after damage may be no records. */
        if (step == until_sum && (!log->nentries || reading->nrecords <= log->entries[0].record))
            pz_damage_log_add_sum(log, reading->nrecords, reading->tallies[0].digest);
    }
}

static bool tick(void *context, uint64_t offset, uint64_t records)
{
    struct pz_reading *reading = context;
    reading->offset = offset;
    return !reading->tallies[0].late && pz_task_tick(reading->options->queue, offset, records);
}

static void release_tallies(struct pz_reading *reading)
{
    for (size_t i = 0; i < reading->options->nports; i++)
        pz_tally_release(&reading->tallies[i]);
}

static void init_tallies(struct pz_reading *reading)
{
    for (size_t i = 0; i < reading->options->nports; i++) {
        pz_tally_init(&reading->tallies[i]);
        pz_tally_set_stretch(&reading->tallies[i], &reading->stretch);
        if (reading->ordered)
            pz_tally_expect_order(&reading->tallies[i]);
    }
}

static void begin(void *context)
{
    struct pz_reading *reading = context;
    release_tallies(reading);
    init_tallies(reading);
    reading->nrecords = 0;
}

void pz_reading_free(struct pz_reading *reading)
{
    release_tallies(reading);
    free(reading->tallies);
    pz_damage_log_release(&reading->log);
    if (reading->input)
        pz_input_free(reading->input);
    free(reading);
}

static struct pz_reading *read_once(const struct pz_reading_options *options, size_t number,
                                    const struct pz_stretch *stretch, bool ordered)
{
    const struct pz_capture *capture = &options->captures->all[number];
    struct pz_reading *reading = pz_alloc(sizeof *reading);
    const struct pz_sink sink = {reading, take_packets, tick, begin};
    const struct pz_capture_file file = {capture->path, options->decode, options->inflater, &capture->stamp};
    struct pz_error error;
    *reading = (struct pz_reading){.options = options, .file = number, .stretch = *stretch, .ordered = ordered};
    reading->tallies = pz_alloc(options->nports * sizeof *reading->tallies);
    init_tallies(reading);
    pz_damage_log_init(&reading->log);
    enum pz_read_status status = pz_capture_read_file(&file, &sink, &reading->log, &reading->input, &error);
    if (status == PZ_READ_STOPPED && !reading->tallies[0].late) {
        pz_reading_free(reading);
        return NULL;
    }
    if (status == PZ_READ_UNOPENED)
        pz_damage_log_add(
            &reading->log,
            &(struct pz_damage){.reason = PZ_DAMAGE_UNREADABLE, .first_hour = PZ_NO_HOUR, .last_hour = PZ_NO_HOUR});
    struct pz_stamp stamp = reading->input ? pz_input_stamp(reading->input) : capture->stamp;
    if (stamp.inode && pz_damage_log_damaged(&reading->log))
        pz_damage_log_add_file(&reading->log, &stamp);
    return reading;
}

/* Reads one file; once more if it was taken for ordered and isn't. What passes can't be read again. NULL when stopped.
 */
static struct pz_reading *read_file(const struct pz_reading_options *options, size_t number,
                                    const struct pz_stretch *stretch)
{
    bool passes = strcmp(options->captures->all[number].path, "-") == 0;
    struct pz_reading *reading = read_once(options, number, stretch, !passes);
    if (!reading || !reading->tallies[0].late)
        return reading;
    pz_reading_free(reading);
    return read_once(options, number, stretch, false);
}

static bool is_better(const struct pz_reading *reading, const struct pz_reading *than)
{
    bool damaged = pz_damage_log_damaged(&reading->log);
    uint64_t records = reading->log.records, than_records = than->log.records;
    if (damaged != pz_damage_log_damaged(&than->log))
        return !damaged;
    return records != than_records ? records > than_records : reading->tallies[0].digest > than->tallies[0].digest;
}

/* The better of two, which remembers the files of both if it is damaged itself. The other is freed. */
static struct pz_reading *choose(struct pz_reading *a, struct pz_reading *b)
{
    struct pz_reading *best = is_better(b, a) ? b : a, *other = best == a ? b : a;
    for (uint32_t i = 0; pz_damage_log_damaged(&best->log) && i < other->log.nfiles; i++)
        pz_damage_log_add_file(&best->log, &other->log.files[i]);
    pz_reading_free(other);
    return best;
}

struct pz_reading *pz_reading_make(const struct pz_reading_options *options, size_t i)
{
    const struct pz_captures *captures = options->captures;
    const struct pz_stretch *stretch = &captures->all[i].stretch;
    struct pz_reading *best = read_file(options, i, stretch);
    for (size_t copy = 0; best && pz_damage_log_damaged(&best->log); copy++) {
        copy = pz_captures_next_copy(captures, i, copy);
        if (copy == captures->n)
            break;
        const struct pz_stamp *stamp = &captures->all[copy].stamp;
        if (!stamp->inode || pz_damage_log_has_file(&best->log, stamp))
            continue; /* the same file by another name */
        struct pz_reading *other = read_file(options, copy, stretch);
        if (other)
            best = choose(best, other);
        else {
            pz_reading_free(best);
            best = NULL;
        }
    }
    return best;
}
