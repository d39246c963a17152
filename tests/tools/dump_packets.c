/* SPDX-License-Identifier: BSD-2-Clause */
/* dump_packets [--zlib] [--decode CMD] FILE...: what the reader makes of captures, for tests that judge it from
 * outside.
 *
 *   file PATH
 *   packet USEC FATE SOURCE DESTINATION SPORT DPORT SEQ IP_LEN IP_ID TOS TTL PROTOCOL FLAGS    (one line each, port
 * 445) status done | no_capture records N link N | none damage COUNT REASON                           (words from the
 * damage log, with _ for blanks; only those that occurred) detail REASON OFFSET RECORD FIRST_HOUR LAST_HOUR PASSED
 * WINDOW      (hours since 1970, - for none; then bytes) padding BYTES (this line and the next only if there are any)
 *   passed BYTES
 *   hours FIRST LAST
 *
 * Exits with 1 if the file can't be opened. */
#include "base/bytes.h"
#include "capture/reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const struct pz_filter filter = {.port = 445};

static void dump(void *context, struct pz_packet *packets, size_t n)
{
    pz_filter_apply(&filter, packets, n);
    for (size_t i = 0; i < n; i++) {
        const struct pz_packet *p = &packets[i];
        pz_buf_printf(context,
                      "packet %" PRId64 " %s %08" PRIx32 " %08" PRIx32 " %u %u %" PRIu32 " %u %u %u %u %u %u\n",
                      p->usec, pz_fate_name(p->fate), p->source, p->destination, p->source_port, p->destination_port,
                      p->sequence, p->ip_len, p->ip_id, p->tos, p->ttl, p->protocol, p->tcp_flags);
    }
}

static bool go_on(void *context, uint64_t offset, uint64_t records)
{
    (void)context, (void)offset, (void)records;
    return true;
}

static void print_reason(uint32_t reason)
{
    for (const char *c = pz_damage_words(reason); *c; c++)
        putchar(*c == ' ' ? '_' : *c);
}

static void print_hour(uint32_t hour)
{
    if (hour == PZ_NO_HOUR)
        printf(" -");
    else
        printf(" %" PRIu32, hour);
}

static void print_ledger(const struct pz_damage_log *log)
{
    printf("records %" PRIu64 "\n", log->records);
    if (log->link_type == PZ_NO_LINK)
        printf("link none\n");
    else
        printf("link %" PRIu32 "\n", log->link_type);
    for (uint32_t i = 0; i < PZ_DAMAGE_COUNT; i++) {
        if (!log->counts[i])
            continue;
        printf("damage %" PRIu64 " ", log->counts[i]);
        print_reason(i);
        printf("\n");
    }
    for (uint32_t i = 0; i < log->nentries; i++) {
        const struct pz_damage *damage = &log->entries[i];
        printf("detail ");
        print_reason(damage->reason);
        printf(" %" PRIu64 " %" PRIu64, damage->offset, damage->record);
        print_hour(damage->first_hour);
        print_hour(damage->last_hour);
        printf(" %" PRIu64 " %" PRIu64 "\n", damage->passed, damage->window);
    }
    if (log->padding)
        printf("padding %" PRIu64 "\n", log->padding);
    if (log->passed)
        printf("passed %" PRIu64 "\n", log->passed);
    for (uint32_t i = 0; i < log->nhours; i++)
        printf("hours %" PRIu32 " %" PRIu32 "\n", log->hours[i][0], log->hours[i][1]);
}

static enum pz_read_status read_once(const char *path, const char *decode, enum pz_inflater inflater,
                                     struct pz_buf *lines, struct pz_damage_log *log)
{
    struct pz_error error;
    struct pz_input *input = pz_input_open(path, decode, &error);
    if (!input) {
        fprintf(stderr, "dump_packets: %s: %s\n", path, error.text);
        exit(1);
    }
    const struct pz_sink sink = {lines, dump, go_on, NULL};
    pz_damage_log_init(log);
    enum pz_read_status status = pz_capture_read(input, inflater, &sink, log);
    pz_input_free(input);
    return status;
}

static void dump_file(const char *path, const char *decode, enum pz_inflater inflater)
{
    struct pz_buf lines = {0};
    struct pz_damage_log log;
    pz_buf_printf(&lines, "file %s\n", path);
    size_t kept = lines.nbytes;
    enum pz_read_status status = read_once(path, decode, inflater, &lines, &log);
    if (status == PZ_READ_DISTRUSTED) {
        lines.nbytes = kept;
        pz_damage_log_release(&log);
        status = read_once(path, decode, PZ_INFLATER_ZLIB, &lines, &log);
    }
    fwrite(lines.bytes, 1, lines.nbytes, stdout);
    printf("status %s\n", status == PZ_READ_DONE ? "done" : status == PZ_READ_NO_CAPTURE ? "no_capture" : "?");
    print_ledger(&log);
    pz_buf_release(&lines);
    pz_damage_log_release(&log);
}

int main(int argc, char **argv)
{
    enum pz_inflater inflater = PZ_INFLATER_FASTEST;
    const char *decode = NULL;
    int i = 1;
    for (; i < argc; i++) {
        if (strcmp(argv[i], "--zlib") == 0)
            inflater = PZ_INFLATER_ZLIB;
        else if (strcmp(argv[i], "--decode") == 0 && i + 1 < argc)
            decode = argv[++i];
        else
            break;
    }
    if (i == argc) {
        fprintf(stderr, "usage: dump_packets [--zlib] [--decode CMD] FILE...\n");
        return 2;
    }
    for (; i < argc; i++)
        dump_file(argv[i], decode, inflater);
    return 0;
}
