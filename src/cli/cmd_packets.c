/* SPDX-License-Identifier: BSD-2-Clause */
/* patientzero packets: one source's scans, packet by packet. */
#include "base/text.h"
#include "cli/command.h"
#include "run/packets.h"

/* On rank 0. */
static int give(const struct pz_settings *settings, const struct pz_packets *packets, struct pz_error *error)
{
    struct pz_buf bytes = {0};
    if (settings->pcap)
        pz_packets_write_pcap(packets, settings->first_octet, &bytes);
    else
        pz_packets_list(packets, &bytes);
    int status = pz_file_deliver(settings->pcap ? settings->pcap : "-", true, bytes.bytes, bytes.nbytes, error);
    if (status == 0 && !settings->quiet)
        pz_tell("%zu packets in %zu captures; %zu copies made by the recording are left out",
                packets->found.nbytes / sizeof(struct pz_packet), packets->captures_read, packets->copies);
    pz_buf_release(&bytes);
    return status;
}

static int check(const struct pz_context *context, struct pz_error *error)
{
    const struct pz_settings *settings = &context->settings;
    if (!context->narguments || !settings->store || !settings->source.mask)
        return pz_fail_usage(error, "give captures, --store and --source: patientzero packets --help");
    if (settings->first_octet && !settings->pcap)
        return pz_fail_usage(error, "--first-octet needs --pcap FILE: the listing never has the first octet");
    return 0;
}

static int run(struct pz_context *context, struct pz_error *error)
{
    const struct pz_settings *settings = &context->settings;
    const struct pz_comm *comm = context->session.comm;
    struct pz_packets packets = {.session = &context->session,
                                 .store = &context->stores[0],
                                 .captures = &context->captures,
                                 .source = settings->source.address,
                                 .since = settings->around ? settings->around - 1 : 0,
                                 .until = settings->around ? settings->around + 2 : UINT32_MAX};
    int code = pz_packets_find(&packets, error);
    if (code == 0)
        code = pz_comm_agree(comm, comm->rank ? 0 : give(settings, &packets, error), error);
    pz_packets_release(&packets);
    return code;
}

const struct pz_command pz_command_packets = {
    .name = "packets",
    .arguments = "CAPTURE... --store DIR --source ADDRESS [OPTION...]",
    .summary = "list the packets of one source",
    .help = "Lists the scans of one source in the form of Figure 5 of CAIDA 2009: the source and the first\n"
            "octet of the destinations are zero. The captures must have tallies in the store. The ranks read\n"
            "only captures in which the source occurs. In a pcap the first octet is zero too, unless\n"
            "--first-octet is given.",
    .needs = PZ_NEEDS_CAPTURES | PZ_NEEDS_STORE,
    .options = PZ_OPTIONS({PZ_OPTION_STORE_OF_TALLIES},
                          {"source", "ADDRESS", "Source whose packets are listed.", PZ_AS_ADDRESS(source)},
                          {"around", "TIME", "List only packets of this UTC hour, the hour before and the hour after.",
                           PZ_AS_HOUR(around)},
                          {"pcap", "FILE",
                           "Write the packets to FILE as a pcap of raw IP, or to standard output if FILE\n"
                           "is -. The headers are made again from the stored fields, without TCP options,\n"
                           "window and checksums. The pcap names the source, so only you may read a new\n"
                           "file.",
                           PZ_AS_TEXT(pcap)},
                          {"first-octet", NULL,
                           "In the pcap, keep the first octet of destinations. It shows where the\n"
                           "telescope is.",
                           PZ_AS_FLAG(first_octet)},
                          {PZ_OPTION_PORT}, {PZ_OPTION_LENS}, {PZ_OPTION_DECODE}, {PZ_OPTION_PROGRESS}),
    .examples = PZ_EXAMPLES(
        {"The packets of one source as text, and those of some hours as a pcap for Wireshark:",
         "patientzero packets archive --store results/restricted/store --source 192.0.2.1\npatientzero packets archive "
         "--store results/restricted/store --source 192.0.2.1 --around 2008-11-21T06 --pcap source.pcap"}),
    .check = check,
    .run = run,
};
