/* SPDX-License-Identifier: BSD-2-Clause */
/* The settings of all commands, and the parsers that set them. A row of an option table names its target by one of the
 * PZ_AS_... below, which doesn't compile for a target of another type than the parser writes. */
#ifndef PZ_CLI_SETTINGS_H
#define PZ_CLI_SETTINGS_H

#include "base/error.h"
#include "capture/codec.h"
#include "capture/packet.h"
#include "run/selection.h"
#include "twin/twin.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pz_prefix {
    uint32_t address, mask; /* host order; the address has no bit outside the mask */
};

struct pz_hour_span {
    int64_t since, until; /* hours since 1970 */
};

struct pz_part_option {
    uint32_t part, nparts; /* 0 of 0 for all */
};

enum { PZ_COUNTRY_FILES = 64 };

struct pz_country_files {
    const char *paths[PZ_COUNTRY_FILES]; /* borrowed from argv */
    size_t n;
};

struct pz_ports {
    uint16_t ports[PZ_PORTS];
    size_t n;
};

enum pz_set_format { PZ_SET_ROARING, PZ_SET_TEXT, PZ_SET_CIDR };

/* What is done to a set, one after the other. */
enum pz_set_operator { PZ_SET_PLUS, PZ_SET_AND, PZ_SET_MINUS };
enum { PZ_SET_OPERATIONS = 64 };
struct pz_set_operations {
    struct pz_set_operation {
        enum pz_set_operator operator;
        const char *operand; /* borrowed from argv */
    } all[PZ_SET_OPERATIONS];
    size_t n;
};

/* Of the twin that synth makes. */
struct pz_synth_settings {
    double noise, sweep_last, background;
    uint64_t seed;
    struct pz_twin_params params;
    char **delegated; /* owned, the names borrowed from argv */
    size_t ndelegated;
};

/* Texts are borrowed from argv. */
struct pz_settings {
    const char *out, *store, *decode, *model, *pseudonyms;
    struct pz_ports ports; /* run, scan, reduce; the others have one */
    uint16_t port;         /* the first of these; 0 where none is asked for */
    struct pz_prefix lens;
    struct pz_part_option part;
    int64_t since, until;                                       /* hours since 1970; -1 for none */
    uint32_t silence, timeline_bin, window, progress, watchdog; /* window: hours, the others: seconds */
    enum pz_inflater inflater;
    struct pz_country_files countries, networks;
    bool no_calibrate, strict, rescan, accept_anonymised, replace, no_report;
    bool quiet, verbose;               /* of all commands */
    bool dry_run;                      /* run, scan, reduce, report */
    bool json;                         /* outbreak, overlap, sources, survey */
    struct pz_hour_span others, worms; /* calibrate */
    struct pz_prefix source;           /* packets, as are the next three */
    int64_t around;                    /* hours since 1970; -1 for any time */
    const char *pcap;
    bool first_octet;
    double scale;              /* report, synth */
    double share;              /* outbreak */
    bool numbers;              /* outbreak */
    uint64_t cores;            /* survey */
    enum pz_rule rule;         /* overlap, sources */
    const char *with;          /* overlap */
    const char *to;            /* sources */
    enum pz_set_format format; /* sources, as are the next three */
    struct pz_set_operations operations;
    bool count;
    uint32_t by; /* bits of a prefix; 0 for none */
    struct pz_synth_settings synth;
};

/* An option's target, as an offset; `type` is what its parser writes. */
#define PZ_INTO(member, type) \
    offsetof(struct pz_settings, member) + 0 * sizeof(_Generic(&((struct pz_settings *)0)->member, type * : 'x'))

#define PZ_AS_FLAG(member) PZ_INTO(member, bool), pz_parse_flag
#define PZ_AS_TEXT(member) PZ_INTO(member, const char *), pz_parse_text
#define PZ_AS_PORT(member) PZ_INTO(member, uint16_t), pz_parse_port
#define PZ_AS_PORTS(member) PZ_INTO(member, struct pz_ports), pz_parse_ports
#define PZ_AS_COUNT(member) PZ_INTO(member, uint64_t), pz_parse_count
#define PZ_AS_FRACTION(member) PZ_INTO(member, double), pz_parse_fraction
#define PZ_AS_SECONDS(member) PZ_INTO(member, uint32_t), pz_parse_seconds
#define PZ_AS_SILENCE(member) PZ_INTO(member, uint32_t), pz_parse_silence
#define PZ_AS_BIN(member) PZ_INTO(member, uint32_t), pz_parse_bin
#define PZ_AS_WINDOW(member) PZ_INTO(member, uint32_t), pz_parse_window
#define PZ_AS_WATCHDOG(member) PZ_INTO(member, uint32_t), pz_parse_watchdog
#define PZ_AS_PREFIX(member) PZ_INTO(member, struct pz_prefix), pz_parse_prefix
#define PZ_AS_ADDRESS(member) PZ_INTO(member, struct pz_prefix), pz_parse_address
#define PZ_AS_HOUR(member) PZ_INTO(member, int64_t), pz_parse_hour
#define PZ_AS_INFLATER(member) PZ_INTO(member, enum pz_inflater), pz_parse_inflater
#define PZ_AS_PART(member) PZ_INTO(member, struct pz_part_option), pz_parse_part
#define PZ_AS_COUNTRY_FILE(member) PZ_INTO(member, struct pz_country_files), pz_parse_country_file
#define PZ_AS_RULE(member) PZ_INTO(member, enum pz_rule), pz_parse_rule

int pz_parse_flag(const char *text, void *field, struct pz_error *error);
int pz_parse_text(const char *text, void *field, struct pz_error *error);
int pz_parse_port(const char *text, void *field, struct pz_error *error);
int pz_parse_ports(const char *text, void *field, struct pz_error *error);
int pz_parse_count(const char *text, void *field, struct pz_error *error);
int pz_parse_fraction(const char *text, void *field, struct pz_error *error); /* above 0 */
int pz_parse_seconds(const char *text, void *field, struct pz_error *error);  /* 1 to a day */
int pz_parse_silence(const char *text, void *field, struct pz_error *error);
int pz_parse_bin(const char *text, void *field, struct pz_error *error);
int pz_parse_window(const char *text, void *field, struct pz_error *error);
int pz_parse_watchdog(const char *text, void *field, struct pz_error *error);
int pz_parse_prefix(const char *text, void *field, struct pz_error *error);
int pz_parse_address(const char *text, void *field, struct pz_error *error); /* as a prefix of 32 bits */
int pz_parse_hour(const char *text, void *field, struct pz_error *error);
int pz_parse_inflater(const char *text, void *field, struct pz_error *error);
int pz_parse_part(const char *text, void *field, struct pz_error *error);
int pz_parse_country_file(const char *text, void *field, struct pz_error *error);
int pz_parse_rule(const char *text, void *field, struct pz_error *error);
const char *pz_rule_name(enum pz_rule rule);

/* Long enough for a Lustre server to come back: its clients may wait 900 s for it to recover
 * (https://doc.lustre.org/lustre_manual.xhtml, recovery_time_hard). */
enum { PZ_WATCHDOG_SECONDS = 1800 };

/* Options that several commands have. */
#define PZ_OPTION_OUT "out", "DIR", "Where the results go; made if it isn't there.", PZ_AS_TEXT(out)
#define PZ_OPTION_STORE                                                                \
    "store", "DIR",                                                                    \
        "Where the captures' tallies are kept, so that a later run reads no capture\n" \
        "again (restricted/store inside the output folder).",                          \
        PZ_AS_TEXT(store)
#define PZ_OPTION_PORT                                                                     \
    "port", "N",                                                                           \
        "The TCP port whose scans are counted (445). On any other no outbreak is known:\n" \
        "no published numbers stand beside the tables, and candidates mean nothing.",      \
        PZ_AS_PORT(port)
#define PZ_OPTION_PORTS                                                                     \
    "port", "N[,N...]",                                                                     \
        "The TCP port whose scans are counted (445). On any other no outbreak is known:\n"  \
        "no published numbers stand beside the tables, and candidates mean nothing.\n"      \
        "Several with commas between them, 16 at most, are counted in one reading of the\n" \
        "captures. The tables of each are then in tables/N.",                               \
        PZ_AS_PORTS(ports)
/* Of commands that take a result; their default is pz_no_port. */
#define PZ_OPTION_PORT_OF_RESULT \
    "port", "N", "Which port, of a result or a store that has several (the only one).", PZ_AS_PORT(port)
#define PZ_OPTION_LENS                                                             \
    "lens", "PREFIX",                                                              \
        "Only packets to this destination prefix, like 0.5.0.0/16 (all). Public\n" \
        "archives have the first octet zeroed: there the telescope is 0.0.0.0/8.", \
        PZ_AS_PREFIX(lens)
#define PZ_OPTION_CHUNK                                                                  \
    "part", "I/N",                                                                       \
        "Only the I-th of N equal shares of the bytes, as 3/16: for job arrays, whose\n" \
        "tasks know nothing of each other. All need the same captures and options.",     \
        PZ_AS_PART(part)
#define PZ_OPTION_SINCE \
    "since", "TIME", "Tables from this UTC hour on, like 2008-11-21 or 2008-11-21T01.", PZ_AS_HOUR(since)
#define PZ_OPTION_UNTIL "until", "TIME", "Tables up to this UTC hour, which is not in them.", PZ_AS_HOUR(until)
#define PZ_OPTION_WINDOW \
    "window", "HOURS", "Over how many hours a source is judged to be the worm or not (24).", PZ_AS_WINDOW(window)
#define PZ_OPTION_MODEL                                                               \
    "model", "FILE",                                                                  \
        "What tells the worm from other sources: a file that patientzero calibrate\n" \
        "wrote (a model that is built in).",                                          \
        PZ_AS_TEXT(model)
#define PZ_OPTION_DECODE                                                                   \
    "decode", "CMD",                                                                       \
        "A shell command that turns each file, on its standard input, into a capture:\n"   \
        "decryption, or a compression that isn't built in ('lzip -dc'); --version names\n" \
        "those that are.",                                                                 \
        PZ_AS_TEXT(decode)
#define PZ_OPTION_STRICT \
    "strict", NULL, "Stop at the first capture that is damaged or could not be read, with exit 1.", PZ_AS_FLAG(strict)
#define PZ_OPTION_RESCAN                                                                     \
    "rescan", NULL,                                                                          \
        "Read all captures that are named again: their tallies are removed first. After a\n" \
        "stop, the same command without --rescan goes on.",                                  \
        PZ_AS_FLAG(rescan)
#define PZ_OPTION_INFLATER \
    "inflater", "fastest|zlib", "Which library inflates gzip. The results are the same.", PZ_AS_INFLATER(inflater)
#define PZ_OPTION_WATCHDOG                                                             \
    "watchdog", "SECONDS",                                                             \
        "With several ranks: a rank that waits and for so long hears of no progress\n" \
        "anywhere ends the job with exit 75, as a node is lost; 0 for never (1800).",  \
        PZ_AS_WATCHDOG(watchdog)
#define PZ_OPTION_PROGRESS "progress", "SECONDS", "Between lines of progress in a log (10).", PZ_AS_SECONDS(progress)
#define PZ_OPTION_DRY_RUN                                                                \
    "dry-run", NULL,                                                                     \
        "Print what would be read, kept and replaced, and how long it would take, and\n" \
        "write nothing.",                                                                \
        PZ_AS_FLAG(dry_run)
#define PZ_OPTION_JSON "json", NULL, "Print the numbers as JSON, and no explanation.", PZ_AS_FLAG(json)
#define PZ_OPTION_COUNTRIES                                                               \
    "countries", "FILE",                                                                  \
        "Countries of addresses, to count sources by country: a registry's delegated\n"   \
        "file, a CSV of start, end and two-letter country, or a MaxMind DB, of the\n"     \
        "archive's days. Give it again for each further file; of files whose names\n"     \
        "differ in the date alone (20081121), each hour counts by the latest before it.", \
        PZ_AS_COUNTRY_FILE(countries)

#endif
