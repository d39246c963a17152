/* SPDX-License-Identifier: BSD-2-Clause */
/* The head of each capture is read as a scan would read it, as one task, and its numbers go to rank 0 as plain memory. */
#include "run/survey.h"

#include "base/sort.h"
#include "capture/reader.h"
#include "run/contents.h"

#include <stdlib.h>
#include <time.h>

enum { SCANS_MIN = 16 }; /* of a source whose destinations tell something */

/* A scan, as far as anonymisation shows in it: the source, and the top bits of octets 2 and 4 of the destination. */
struct seen {
    uint32_t source;
    uint8_t octet2, octet4;
};

struct looking {
    const struct pz_survey *survey;
    struct pz_survey_head *head;
    struct pz_buf seen[PZ_PORTS]; /* seen structs */
    uint64_t began;               /* in processor time */
};

static uint64_t cpu_nsec(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void begin(void *context)
{
    struct looking *looking = context;
    *looking->head = (struct pz_survey_head){.link_type = PZ_NO_LINK};
    for (size_t port = 0; port < PZ_PORTS; port++)
        pz_buf_clear(&looking->seen[port]);
    looking->began = cpu_nsec();
}

/* Of a packet that the first port's filter has given a fate. */
static bool is_scan_of_other(const struct pz_filter *filter, struct pz_packet packet)
{
    if (packet.fate != PZ_OTHER_PORT || packet.destination_port != filter->port)
        return false;
    packet.fate = PZ_SCAN; /* as the decoder says of every packet with a readable TCP header */
    return pz_filter_fate(filter, &packet) == PZ_SCAN;
}

static void see(struct pz_buf *seen, const struct pz_packet *packet)
{
    struct seen one = {packet->source, packet->destination >> 23 & 1, packet->destination >> 7 & 1};
    pz_buf_put(seen, &one, sizeof one);
}

static void take_packets(void *context, struct pz_packet *packets, size_t n)
{
    struct looking *looking = context;
    struct pz_survey_head *head = looking->head;
    const struct pz_filter *filters = looking->survey->filters;
    pz_filter_apply(&filters[0], packets, n);
    for (size_t i = 0; i < n; i++) {
        const struct pz_packet *packet = &packets[i];
        bool timed = packet->fate != PZ_BEFORE_2000 && packet->fate != PZ_AFTER_2038 && packet->fate != PZ_WITHOUT_TIME;
        head->fates[packet->fate]++;
        if (timed && !head->first_usec)
            head->first_usec = (uint64_t)packet->usec;
        head->late |= timed && (uint64_t)packet->usec + PZ_ORDER_USEC < head->last_usec;
        if (timed && (uint64_t)packet->usec > head->last_usec)
            head->last_usec = (uint64_t)packet->usec;
        head->addressed += packet->has_addresses;
        head->zeroed += packet->has_addresses && packet->destination >> 24 == 0;
        if (packet->fate == PZ_SCAN)
            see(&looking->seen[0], packet);
        for (size_t port = 1; port < looking->survey->nports; port++)
            if (is_scan_of_other(&filters[port], *packet))
                see(&looking->seen[port], packet);
    }
}

static bool tick(void *context, uint64_t offset, uint64_t records)
{
    struct looking *looking = context;
    looking->head->bytes = offset;
    looking->head->records = records;
    return records < PZ_SURVEY_RECORDS;
}

static int compare(const void *a, const void *b)
{
    const struct seen *x = a, *y = b;
    return PZ_ORDER(x->source, y->source);
}

/* Of one port. Destinations of the first port's tell whether they were anonymised. */
static void count_sources(struct pz_survey_head *head, size_t port, const struct pz_buf *seen)
{
    struct seen *all = (void *)seen->bytes;
    size_t nseen = seen->nbytes / sizeof *all;
    head->scans[port] = nseen;
    if (nseen)
        qsort(all, nseen, sizeof *all, compare);
    for (size_t begin = 0, end; begin < nseen; begin = end) {
        size_t high2 = 0, high4 = 0;
        for (end = begin; end < nseen && all[end].source == all[begin].source; end++) {
            high2 += all[end].octet2;
            high4 += all[end].octet4;
        }
        size_t n = end - begin;
        bool one2 = !high2 || high2 == n, one4 = !high4 || high4 == n, busy = port == 0 && n >= SCANS_MIN;
        head->sources[port]++;
        head->busy += busy;
        head->one_side += busy && one2 && one4;
        head->one_side_2_only += busy && one2 && !one4;
    }
}

static void look_at(const struct pz_survey *survey, const struct pz_capture *capture, struct pz_survey_head *head)
{
    struct looking looking = {.survey = survey, .head = head};
    const struct pz_sink sink = {&looking, take_packets, tick, begin};
    const struct pz_capture_file file = {.path = capture->path, .decode = survey->session->decode};
    struct pz_damage_log log;
    struct pz_input *input;
    struct pz_error error;
    pz_damage_log_init(&log);
    pz_capture_read_file(&file, &sink, &log, &input, &error);
    if (input) {
        head->records = log.records;
        pz_input_free(input);
    }
    head->cpu_nsec = cpu_nsec() - looking.began;
    head->link_type = log.link_type;
    head->damaged = !input || pz_damage_log_damaged(&log);
    for (size_t port = 0; port < PZ_PORTS; port++) {
        count_sources(head, port, &looking.seen[port]);
        pz_buf_release(&looking.seen[port]);
    }
    pz_damage_log_release(&log);
}

static int run_one(void *context, size_t task, struct pz_task_queue *queue, struct pz_buf *result,
                   struct pz_error *error)
{
    const struct pz_survey *survey = context;
    const struct pz_capture *capture = &survey->captures->all[task];
    struct pz_survey_head head = {.link_type = PZ_NO_LINK};
    (void)queue, (void)error;
    if (capture->state == PZ_CAPTURE_READABLE)
        look_at(survey, capture, &head);
    pz_buf_put(result, &head, sizeof head);
    return 0;
}

static void take_head(void *context, size_t task, struct pz_cursor *result)
{
    struct pz_survey *survey = context;
    memcpy(&survey->heads[task], pz_cursor_take(result, sizeof *survey->heads), sizeof *survey->heads);
}

/* On rank 0. Of captures longer than their heads, those whose heads don't overlap may still do so. */
static void find_overlaps(const struct pz_survey *survey)
{
    const struct pz_captures *captures = survey->captures;
    struct pz_capture_span *spans = pz_alloc(captures->n * sizeof *spans);
    size_t n = 0;
    for (size_t i = 0; i < captures->n; i++) {
        const struct pz_survey_head *head = &survey->heads[i];
        if (captures->all[i].state == PZ_CAPTURE_READABLE && head->first_usec)
            spans[n++] = (struct pz_capture_span){(int64_t)head->first_usec, (int64_t)head->last_usec, i};
    }
    pz_contents_find_overlaps(survey->captures, spans, n);
    free(spans);
}

int pz_survey_run(struct pz_survey *survey, struct pz_error *error)
{
    const struct pz_tasks tasks = {.context = survey, .run = run_one, .done = take_head};
    survey->heads = pz_alloc(survey->captures->n * sizeof *survey->heads);
    int status = pz_counted_run(survey->session, "looking at heads", survey->captures->n, false, tasks, NULL, error);
    if (survey->session->comm->rank == 0 && status == 0)
        find_overlaps(survey);
    return status;
}

void pz_survey_release(struct pz_survey *survey)
{
    free(survey->heads);
}
