#include "run/reading.h"

#include <stdlib.h>

static void take_packets(void *context, struct pz_packet *packets, size_t n)
{
    struct pz_reading *reading = context;
    struct pz_damage_log *log = &reading->log;
    for (size_t at = 0, step; at < n; at += step) {
        uint64_t until_sum = log->stride - reading->nrecords % log->stride;
        step = n - at < until_sum ? n - at : (size_t)until_sum;
        pz_tally_observe(&reading->tally, reading->options->filter, packets + at, step);
        reading->nrecords += step;
        /* What comes after damage may be no records. */
        if (step == until_sum && (!log->nentries || reading->nrecords <= log->entries[0].record))
            pz_damage_log_add_sum(log, reading->nrecords, reading->tally.digest);
    }
}

static bool tick(void *context, uint64_t offset, uint64_t records)
{
    struct pz_reading *reading = context;
    reading->offset = offset;
    return pz_task_tick(reading->options->queue, offset, records);
}

static void init(struct pz_reading *reading)
{
    pz_tally_init(&reading->tally);
    pz_damage_log_init(&reading->log);
    reading->nrecords = 0;
    reading->input = NULL;
}

static void release(struct pz_reading *reading)
{
    pz_tally_release(&reading->tally);
    pz_damage_log_release(&reading->log);
    if (reading->input)
        pz_input_free(reading->input);
}

void pz_reading_free(struct pz_reading *reading)
{
    release(reading);
    free(reading);
}

/* Reads the file from its start with one inflater. */
static enum pz_read_status read_once(struct pz_reading *reading, enum pz_inflater inflater)
{
    const struct pz_capture *capture = &reading->options->captures->all[reading->file];
    const struct pz_sink sink = {reading, take_packets, tick};
    struct pz_error error;
    init(reading);
    pz_tally_set_stretch(&reading->tally, &reading->stretch);
    reading->input = pz_input_open(capture->path, reading->options->decode, &error);
    if (!reading->input) {
        pz_damage_log_add(
            &reading->log,
            &(struct pz_damage){.reason = PZ_DAMAGE_UNREADABLE, .first_hour = PZ_NO_HOUR, .last_hour = PZ_NO_HOUR});
        return PZ_READ_DONE;
    }
    if (!pz_input_passing(reading->input))
        pz_input_expect(reading->input, &capture->stamp);
    return pz_capture_read(reading->input, inflater, &sink, &reading->log);
}

/* Reads one file, once more if the fast inflater is distrusted. NULL when stopped. */
static struct pz_reading *read_file(const struct pz_reading_options *options, size_t file,
                                    const struct pz_stretch *stretch)
{
    struct pz_reading *reading = pz_alloc(sizeof *reading);
    *reading = (struct pz_reading){.options = options, .file = file, .stretch = *stretch};
    enum pz_read_status status = read_once(reading, options->inflater);
    if (status == PZ_READ_DISTRUSTED) {
        release(reading);
        status = read_once(reading, PZ_INFLATER_ZLIB);
    }
    PZ_CHECK(status != PZ_READ_DISTRUSTED);
    if (status == PZ_READ_STOPPED) {
        pz_reading_free(reading);
        return NULL;
    }
    struct pz_stamp stamp = reading->input ? pz_input_stamp(reading->input) : options->captures->all[file].stamp;
    if (stamp.inode && pz_damage_log_damaged(&reading->log))
        pz_damage_log_add_file(&reading->log, &stamp);
    return reading;
}

static bool is_better(const struct pz_reading *reading, const struct pz_reading *than)
{
    bool damaged = pz_damage_log_damaged(&reading->log);
    uint64_t records = reading->log.records, than_records = than->log.records;
    if (damaged != pz_damage_log_damaged(&than->log))
        return !damaged;
    return records != than_records ? records > than_records : reading->tally.digest > than->tally.digest;
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
