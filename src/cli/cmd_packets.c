/* patientzero packets: one source's scans, packet by packet. */
#include "base/text.h"
#include "cli/fates.h"
#include "cli/work.h"
#include "run/packets.h"

struct settings {
    struct pz_work_settings work;
    struct pz_prefix source;
    int64_t around; /* hours since 1970; -1 for any time */
    const char *pcap;
    bool first_octet;
};

#define FIELD(name) offsetof(struct settings, name)

static const struct pz_option options[] = {
    PZ_OPTION_STORE,
    {"source", "ADDRESS", "The source whose packets are wanted.", FIELD(source), pz_parse_address},
    {"around", "TIME", "Only from the hour before this UTC hour to the hour after it.", FIELD(around), pz_parse_hour},
    {"pcap", "FILE",
     "Write them as a pcap instead, of raw IP: headers made again from what is kept,\n"
     "without TCP options, window and checksums. It names the source: a new file is\n"
     "yours alone to read. - is standard output.",
     FIELD(pcap), pz_parse_text},
    {"first-octet", NULL, "In the pcap, keep the destinations' first octet: it tells where the telescope is.",
     FIELD(first_octet), pz_parse_flag},
    PZ_OPTION_PORT,
    PZ_OPTION_LENS,
    PZ_OPTION_DECODE,
    PZ_OPTION_PROGRESS,
    PZ_OPTION_QUIET,
    {0},
};

/* On rank 0. */
static int give(const struct settings *settings, const struct pz_packets *packets, struct pz_error *error)
{
    struct pz_buf bytes = {0};
    int status = 0;
    if (settings->pcap) {
        pz_packets_write_pcap(packets, settings->first_octet, &bytes);
        status = pz_file_deliver(settings->pcap, true, bytes.bytes, bytes.nbytes, error);
    } else {
        pz_packets_list(packets, &bytes);
        status = pz_file_print(bytes.bytes, bytes.nbytes, error);
    }
    if (status == 0 && !settings->work.quiet)
        pz_tell("%zu packets in %zu captures, without %zu copies made by the recording",
                packets->found.nbytes / sizeof(struct pz_packet), packets->captures_read, packets->copies);
    pz_buf_release(&bytes);
    return status;
}

static int run(const struct pz_comm *comm, int argc, char **argv, struct pz_error *error)
{
    extern const struct pz_command pz_command_packets;
    struct settings settings = {.work = {.port = PZ_OUTBREAK_DEFAULT->port, .progress = 10}, .around = -1};
    int n;
    if (pz_options_read(&pz_command_packets, &settings, argc, argv, &n, error) != 0)
        return -1;
    if (!n || !settings.work.store || !settings.source.mask)
        return pz_fail_usage(error, "captures, --store and --source are all needed: patientzero packets --help");
    if (settings.first_octet && !settings.pcap)
        return pz_fail_usage(error, "--first-octet is for --pcap FILE: the listing never has that octet");
    const struct pz_filter filter = {
        .lens = settings.work.lens.address, .lens_mask = settings.work.lens.mask, .port = settings.work.port};
    const struct pz_captures_wanted wanted = {.arguments = argv, .narguments = n, .decode = settings.work.decode};
    bool any = settings.around < 0;
    struct pz_captures captures;
    struct pz_store store;
    int code = pz_captures_find(comm, &wanted, &captures, error);
    pz_store_open(&store, settings.work.store, &filter);
    struct pz_packets packets = {.comm = comm,
                                 .store = &store,
                                 .captures = &captures,
                                 .decode = settings.work.decode,
                                 .source = settings.source.address,
                                 .since = any ? 0 : (uint32_t)settings.around - 1,
                                 .until = any ? UINT32_MAX : (uint32_t)settings.around + 2,
                                 .quiet = settings.work.quiet,
                                 .progress_seconds = settings.work.progress};
    if (code == 0) {
        code = pz_packets_find(&packets, error);
        if (code == 0)
            code = pz_comm_agree(comm, comm->rank ? 0 : give(&settings, &packets, error), error);
    }
    pz_packets_release(&packets);
    pz_store_close(&store);
    code = code == 0 ? pz_fates_conclude(comm, &captures) : code == 1 ? PZ_EXIT_STOPPED : code;
    pz_captures_release(&captures);
    return code;
}

const struct pz_command pz_command_packets = {
    .name = "packets",
    .arguments = "CAPTURE... --store DIR --source ADDRESS [OPTION...]",
    .summary = "one source's scans, packet by packet",
    .help = "Lists the scans of one source in the form of the published Figure 5, the source and the destination's\n"
            "first octet zeroed. The captures must be in the store; only those are read in which the source occurs,\n"
            "by all ranks. A pcap has that octet zeroed too, unless --first-octet is given.",
    .options = options,
    .run = run,
};
