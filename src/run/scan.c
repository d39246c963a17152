#include "run/scan.h"

#include "capture/reader.h"
#include "run/stop.h"

#include <inttypes.h>
#include <stdlib.h>
#include <stdio.h>

/* The tally of one capture while it is made. */
struct making {
    struct pz_scan *scan;
    struct pz_share *share;
    struct pz_tally tally;
    uint64_t offset, records; /* at the last tick */
};

struct task {
    bool standard; /* it is standard input */
    uint64_t size;
    size_t capture;
};

struct work {
    struct pz_scan *scan;
    struct task *tasks; /* in the order of work */
    size_t ntasks;
    struct pz_progress progress;
};

static void take_packets(void *context, struct pz_packet *packets, size_t n)
{
    struct making *making = context;
    pz_tally_observe(&making->tally, &making->scan->store->filter, packets, n);
}

static bool tick(void *context, uint64_t offset, uint64_t records)
{
    struct making *making = context;
    making->offset = offset;
    making->records = records;
    return pz_share_tick(making->share, offset, records);
}

/* Damage that another reading may not meet again: the capture is scanned afresh next time. */
static bool is_passing(const struct pz_ledger *ledger)
{
    return ledger->counts[PZ_DAMAGE_UNREADABLE] || ledger->counts[PZ_DAMAGE_FILTER_FAILED];
}

static int check_strict(const struct pz_scan *scan, const struct pz_capture *capture, const struct pz_ledger *ledger,
                        struct pz_error *error)
{
    if (!scan->strict || !pz_ledger_damaged(ledger))
        return 0;
    const struct pz_damage *damage = &ledger->details[0];
    return pz_fail(error, "%s: %s, at byte %" PRIu64 " (--strict stops at the first damage)", capture->path,
                   pz_damage_words((enum pz_damage_reason)damage->reason), damage->offset);
}

/* Reads the capture from its start with one inflater; the input stays open, for its identity. */
static enum pz_read_status read_once(struct making *making, const struct pz_capture *capture, enum pz_inflater inflater,
                                     struct pz_ledger *ledger, struct pz_input **input, struct pz_error *error)
{
    const struct pz_sink sink = {making, take_packets, tick};
    *input = pz_input_open(capture->path, making->scan->decode, error);
    if (!*input) {
        pz_ledger_add(ledger, &(struct pz_damage){.reason = PZ_DAMAGE_UNREADABLE, .first_hour = PZ_NO_HOUR,
                                                  .last_hour = PZ_NO_HOUR});
        return PZ_READ_DONE;
    }
    return pz_capture_read(*input, inflater, &sink, ledger);
}

static void put_facts(const struct pz_tally *tally, const struct pz_ledger *ledger, struct pz_buf *to)
{
    struct pz_capture_facts facts = {.ledger = *ledger, .first_hour = UINT32_MAX, .rows = tally->sources.n};
    memcpy(facts.fates, tally->fates, sizeof facts.fates);
    for (size_t i = 0; i < tally->sources.n; i++) {
        uint32_t hour = pz_table_row(&tally->sources, i)->hour;
        facts.first_hour = hour < facts.first_hour ? hour : facts.first_hour;
        facts.last_hour = hour > facts.last_hour ? hour : facts.last_hour;
    }
    pz_capture_facts_encode(&facts, to);
}

/* Stores the tally, and says so to rank 0: state, identity, facts. */
static int finish(struct making *making, const struct pz_capture *capture, const struct pz_ledger *ledger,
                  struct pz_input *input, struct pz_buf *result, struct pz_error *error)
{
    struct pz_scan *scan = making->scan;
    struct pz_identity identity = capture->identity;
    if (strcmp(capture->path, "-") == 0)
        pz_input_identify(input, &identity, error);
    if (check_strict(scan, capture, ledger, error) != 0)
        return -1;
    struct pz_buf bytes = {0};
    pz_tally_encode(&making->tally, ledger, &scan->store->filter, &identity, &bytes);
    int status = pz_store_write(scan->store, &identity, &bytes, error);
    pz_buf_release(&bytes);
    if (status != 0)
        return -1;
    pz_hours_merge(&scan->hours, &making->tally.hours);
    pz_buf_put_u32(result, PZ_CAPTURE_READABLE);
    pz_identity_encode(&identity, result);
    put_facts(&making->tally, ledger, result);
    return 0;
}

static int scan_one(void *context, size_t task, struct pz_share *share, struct pz_buf *result, struct pz_error *error)
{
    struct work *work = context;
    const struct pz_capture *capture = &work->scan->captures->all[work->tasks[task].capture];
    struct making making = {.scan = work->scan, .share = share};
    struct pz_ledger ledger;
    struct pz_input *input = NULL;
    enum pz_inflater inflater = work->scan->inflater;
    enum pz_read_status read;
    for (;;) {
        pz_tally_init(&making.tally);
        pz_ledger_init(&ledger);
        read = read_once(&making, capture, inflater, &ledger, &input, error);
        if (read != PZ_READ_DISTRUSTED)
            break;
        inflater = PZ_INFLATER_ZLIB;
        pz_tally_release(&making.tally);
        pz_ledger_release(&ledger);
        pz_input_free(input);
    }
    int status = 0;
    if (read == PZ_READ_NO_CAPTURE)
        pz_buf_put_u32(result, PZ_CAPTURE_NONE);
    else if (read != PZ_READ_STOPPED)
        status = finish(&making, capture, &ledger, input, result, error);
    if (status == 0 && read != PZ_READ_STOPPED)
        pz_share_tick(share, capture->identity.size ? capture->identity.size : making.offset, ledger.records);
    pz_tally_release(&making.tally);
    pz_ledger_release(&ledger);
    if (input)
        pz_input_free(input);
    return status;
}

static void take_result(void *context, size_t task, struct pz_cursor *result)
{
    struct work *work = context;
    struct pz_capture *capture = &work->scan->captures->all[work->tasks[task].capture];
    capture->state = (enum pz_capture_state)pz_cursor_u32(result);
    work->scan->scanned++;
    if (capture->state != PZ_CAPTURE_READABLE)
        return;
    capture->identity = pz_identity_decode(result);
    capture->stored = true;
    pz_capture_facts_decode(&capture->facts, result);
}

static void show(void *context, const struct pz_share_status *status)
{
    struct work *work = context;
    struct pz_scan *scan = work->scan;
    scan->bytes = status->bytes;
    scan->packets = status->packets;
    char *words = status->slowest_task < work->ntasks
                      ? pz_format("%zu of %zu captures, longest at work: rank %d on %s", status->tasks_done, work->ntasks,
                                  status->slowest_rank, scan->captures->all[work->tasks[status->slowest_task].capture].label)
                      : pz_format("%zu of %zu captures", status->tasks_done, work->ntasks);
    pz_progress_show(&work->progress, status->bytes, status->packets, words);
    free(words);
}

static bool stop(void *context)
{
    (void)context;
    return pz_stop_asked();
}

/* Each rank looks for its share of the captures in the store; what it finds goes to rank 0, the hours stay with it. */
static void look_up_share(struct pz_scan *scan, struct pz_buf *found)
{
    for (size_t i = (size_t)scan->comm->rank; i < scan->captures->n; i += (size_t)scan->comm->size) {
        struct pz_capture *capture = &scan->captures->all[i];
        if (capture->state != PZ_CAPTURE_READABLE || strcmp(capture->path, "-") == 0)
            continue;
        struct pz_tally_index index;
        struct pz_common common;
        struct pz_error error;
        pz_common_init(&common);
        bool good = pz_store_look_up(scan->store, &capture->identity, &index, &common, &error);
        if (error.text[0])
            fprintf(stderr, "patientzero: %s; the capture %s is scanned again\n", error.text, capture->path);
        if (good && !is_passing(&common.ledger)) {
            struct pz_capture_facts facts = {.ledger = common.ledger, .first_hour = index.first_hour,
                                             .last_hour = index.last_hour, .rows = index.rows};
            memcpy(facts.fates, common.fates, sizeof facts.fates);
            pz_buf_put_u64(found, i);
            pz_capture_facts_encode(&facts, found);
            pz_hours_merge(&scan->hours, &common.hours);
        }
        pz_common_release(&common);
    }
}

static int look_up(struct pz_scan *scan, struct pz_error *error)
{
    struct pz_buf found = {0};
    look_up_share(scan, &found);
    pz_comm_gather(scan->comm, &found);
    int status = 0;
    struct pz_cursor from = pz_cursor_of(found.bytes, found.nbytes);
    while (pz_cursor_left(&from)) {
        struct pz_capture *capture = &scan->captures->all[pz_cursor_u64(&from)];
        capture->stored = true;
        pz_capture_facts_decode(&capture->facts, &from);
        if (status == 0)
            status = check_strict(scan, capture, &capture->facts.ledger, error);
    }
    pz_buf_release(&found);
    return status;
}

/* Standard input first, as it is rank 0's alone; then the biggest first, so that none is left for the end. */
static int compare_tasks(const void *a, const void *b)
{
    const struct task *x = a, *y = b;
    if (x->standard != y->standard)
        return x->standard ? -1 : 1;
    if (x->size != y->size)
        return x->size > y->size ? -1 : 1;
    return x->capture < y->capture ? -1 : x->capture > y->capture;
}

static uint64_t choose_tasks(struct work *work)
{
    const struct pz_captures *captures = work->scan->captures;
    uint64_t bytes = 0;
    work->tasks = pz_alloc(captures->n * sizeof *work->tasks);
    for (size_t i = 0; i < captures->n; i++) {
        const struct pz_capture *capture = &captures->all[i];
        if (capture->state != PZ_CAPTURE_READABLE || capture->stored)
            continue;
        work->tasks[work->ntasks++] = (struct task){strcmp(capture->path, "-") == 0, capture->identity.size, i};
        bytes += capture->identity.size;
    }
    qsort(work->tasks, work->ntasks, sizeof *work->tasks, compare_tasks);
    return bytes;
}

static void encode_hours(void *context, struct pz_buf *to)
{
    pz_hours_encode(context, to);
}

static int merge_hours(void *context, struct pz_cursor *bytes, struct pz_error *error)
{
    (void)error;
    struct pz_hours hours;
    pz_hours_init(&hours);
    pz_hours_decode(&hours, bytes);
    PZ_CHECK(!bytes->bad); /* it only ever comes from another rank */
    pz_hours_merge(context, &hours);
    pz_hours_release(&hours);
    return 0;
}

int pz_scan_run(struct pz_scan *scan, struct pz_error *error)
{
    pz_hours_init(&scan->hours);
    scan->scanned = 0;
    if (look_up(scan, error) != 0)
        return -1;
    struct work work = {.scan = scan};
    uint64_t bytes = choose_tasks(&work);
    bool root = scan->comm->rank == 0, any = work.ntasks > 0;
    if (root)
        pz_progress_begin(&work.progress, "scanning", bytes, scan->progress_seconds, scan->quiet || !any);
    const struct pz_share_work share = {.context = &work, .ntasks = work.ntasks, .run = scan_one, .done = take_result,
                                        .progress = show, .stop = stop};
    int status = pz_share_run(scan->comm, &share, error);
    if (root) {
        char *words = pz_format("%zu of %zu captures", scan->scanned, work.ntasks);
        scan->seconds = pz_progress_end(&work.progress, scan->bytes, scan->packets, words);
        free(words);
    }
    if (status == 0)
        status = pz_comm_merge(scan->comm, &scan->hours, encode_hours, merge_hours, error);
    free(work.tasks);
    return status;
}

void pz_scan_release(struct pz_scan *scan)
{
    pz_hours_release(&scan->hours);
}
