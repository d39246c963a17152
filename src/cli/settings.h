/* SPDX-License-Identifier: BSD-2-Clause */
/* The settings of all commands, and the parsers that set them. A row of an option table names its target by one of the
 * PZ_AS_... below, which doesn't compile for a target of another type than the parser writes. */
#ifndef PZ_CLI_SETTINGS_H
#define PZ_CLI_SETTINGS_H

#include "base/error.h"
#include "base/time.h"
#include "capture/codec.h"
#include "capture/packet.h"
#include "reduce/timeline.h"
#include "run/selection.h"
#include "twin/twin.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pz_prefix {
    uint32_t address, mask; /* host order; the address has no bit outside the mask */
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

/* Texts are borrowed from argv. */
struct pz_settings {
    const char *out, *store, *decode, *model, *pseudonyms;
    struct pz_ports ports; /* run, scan, reduce, survey; the others have one */
    uint16_t port;         /* the first of these; 0 where none is asked for */
    struct pz_prefix lens;
    struct pz_part_option part;
    struct pz_timeline_options hours; /* of the tables; all hours, if none are given */
    uint32_t progress, watchdog;      /* seconds */
    enum pz_inflater inflater;
    struct pz_country_files countries, networks;
    bool no_calibrate, strict, rescan, accept_anonymised, replace, no_report;
    bool quiet, verbose;          /* of all commands */
    bool dry_run;                 /* run, scan, reduce, report */
    bool json;                    /* outbreak, overlap, sources, survey */
    struct pz_span others, worms; /* calibrate */
    struct pz_prefix source;      /* packets, as are the next three */
    uint32_t around;              /* an hour since 1970; 0 for any time */
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
    uint32_t by;                /* bits of a prefix; 0 for none */
    struct pz_twin_params twin; /* synth, as are the next two; its lists are owned */
    double noise, sweep_last, background;
    struct pz_country_files delegated;
};

/* An option's target, as an offset; `type` is what its parser writes. */
#define PZ_INTO(member, type)                                                                                      \
    .field = offsetof(struct pz_settings, member) + 0 * sizeof(_Generic(&((struct pz_settings *)0)->member, type * \
                                                                        : 'x'))

/* A whole number from `low` to `high`; an error says what is wanted. */
#define PZ_AS_NUMBER(member, low, high, wanted)          \
    .field = offsetof(struct pz_settings, member), NULL, \
    _Generic(((struct pz_settings *)0)->member, uint16_t : 2, uint32_t : 4, uint64_t : 8, int : 4), low, high, wanted
/* One of the words in the option's argument, as its number among them. */
#define PZ_AS_CHOICE(member, type) PZ_INTO(member, type), NULL, sizeof(type)

#define PZ_AS_PORT(member) PZ_AS_NUMBER(member, 1, UINT16_MAX, "give a port from 1 to 65535")
#define PZ_AS_COUNT(member) PZ_AS_NUMBER(member, 0, UINT64_MAX, "give a whole number")
#define PZ_AS_SECONDS(member) PZ_AS_NUMBER(member, 1, 86400, "give whole seconds, from 1 to a day's 86400")

#define PZ_AS_FLAG(member) PZ_INTO(member, bool), NULL, sizeof(bool)
#define PZ_AS_TEXT(member) PZ_INTO(member, const char *), pz_parse_text
#define PZ_AS_PORTS(member) PZ_INTO(member, struct pz_ports), pz_parse_ports
#define PZ_AS_FRACTION(member) PZ_INTO(member, double), pz_parse_fraction
#define PZ_AS_BIN(member) PZ_INTO(member, uint32_t), pz_parse_bin
#define PZ_AS_PREFIX(member) PZ_INTO(member, struct pz_prefix), pz_parse_prefix
#define PZ_AS_ADDRESS(member) PZ_INTO(member, struct pz_prefix), pz_parse_address
#define PZ_AS_HOUR(member) PZ_INTO(member, uint32_t), pz_parse_hour
#define PZ_AS_SPAN(member) PZ_INTO(member, struct pz_span), pz_parse_span
#define PZ_AS_PART(member) PZ_INTO(member, struct pz_part_option), pz_parse_part
#define PZ_AS_COUNTRY_FILE(member) PZ_INTO(member, struct pz_country_files), pz_parse_country_file

/* Whether the text is a whole decimal number from `low` to `high`. */
bool pz_read_number(const char *text, uint64_t low, uint64_t high, uint64_t *value);
/* The text before the first `mark`, for the caller to free, and what comes after it; NULL without a mark. */
char *pz_split(const char *text, char mark, const char **after);
int pz_parse_text(const char *text, void *field, struct pz_error *error);
int pz_parse_ports(const char *text, void *field, struct pz_error *error);
int pz_parse_fraction(const char *text, void *field, struct pz_error *error); /* above 0 */
int pz_parse_bin(const char *text, void *field, struct pz_error *error);
int pz_parse_prefix(const char *text, void *field, struct pz_error *error);
int pz_parse_address(const char *text, void *field, struct pz_error *error); /* as a prefix of 32 bits */
int pz_parse_hour(const char *text, void *field, struct pz_error *error);
int pz_parse_span(const char *text, void *field, struct pz_error *error); /* of hours */
int pz_parse_part(const char *text, void *field, struct pz_error *error);
int pz_parse_country_file(const char *text, void *field, struct pz_error *error);

/* Long enough for a Lustre server to come back: its clients may wait 900 s for it to recover
 * (https://doc.lustre.org/lustre_manual.xhtml, recovery_time_hard). */
enum { PZ_WATCHDOG_SECONDS = 1800 };

/* Options that several commands have. */
#define PZ_OPTION_OUT "out", "DIR", "Folder for the results. It is created if it does not exist.", PZ_AS_TEXT(out)
#define PZ_OPTION_STORE                                                                  \
    "store", "DIR",                                                                      \
        "Folder for the tallies of the captures. A later run does not read a capture\n"  \
        "again whose tally is there. Default: restricted/store in the folder of --out.", \
        PZ_AS_TEXT(store)
/* Of commands that make no tally. */
#define PZ_OPTION_STORE_OF_TALLIES "store", "DIR", "Folder with the tallies of the captures.", PZ_AS_TEXT(store)
#define PZ_OPTION_PORT "port", "N", "TCP port whose scans count. Default: 445.", PZ_AS_PORT(port)
#define PZ_OPTION_PORTS                                                                   \
    "port", "N[,N...]",                                                                   \
        "TCP port whose scans are counted. Default: 445. No outbreak is known on other\n" \
        "ports: there are no published numbers for their tables, and their candidates\n"  \
        "mean nothing. Up to 16 ports, separated by commas, are counted in one reading\n" \
        "of the captures; the tables of each are then in tables/N.",                      \
        PZ_AS_PORTS(ports)
/* Of commands that take a result. */
#define PZ_OPTION_PORT_OF_RESULT \
    "port", "N", "Port to use, if the result or the store has several. Default: the only one.", PZ_AS_PORT(port)
#define PZ_OPTION_LENS                                                                  \
    "lens", "PREFIX",                                                                   \
        "Count only packets to this destination prefix, such as 0.5.0.0/16. Default:\n" \
        "all. In public archives the first octet of destinations is zero, so the\n"     \
        "telescope is 0.0.0.0/8 there.",                                                \
        PZ_AS_PREFIX(lens)
#define PZ_OPTION_CHUNK                                                                    \
    "part", "I/N",                                                                         \
        "Read only the I-th of N shares, which have about the same number of bytes,\n"     \
        "such as 3/16. For the tasks of a job array, which do not communicate: give all\n" \
        "of them the same captures and options.",                                          \
        PZ_AS_PART(part)
#define PZ_OPTION_SINCE \
    "since", "TIME", "First UTC hour of the tables, such as 2008-11-21 or 2008-11-21T01.", PZ_AS_HOUR(hours.since)
#define PZ_OPTION_UNTIL "until", "TIME", "UTC hour after the last of the tables.", PZ_AS_HOUR(hours.until)
#define PZ_OPTION_WINDOW                                                            \
    "window", "HOURS", "Judge sources in windows of this many hours. Default: 24.", \
        PZ_AS_NUMBER(hours.window, 1, 744, "give whole hours, from 1 to a month's 744")
#define PZ_OPTION_MODEL                                                          \
    "model", "FILE",                                                             \
        "Model that tells the worm from other sources, written by patientzero\n" \
        "calibrate. Default: the built-in model.",                               \
        PZ_AS_TEXT(model)
/* Where a result is read. */
#define PZ_OPTION_MODEL_OF_RESULT                                                       \
    "model", "FILE",                                                                    \
        "Model that tells the worm from other sources, written by patientzero\n"        \
        "calibrate. Default: that of the result in --out; with --store, the built-in\n" \
        "model.",                                                                       \
        PZ_AS_TEXT(model)
#define PZ_OPTION_DECODE                                                                   \
    "decode", "CMD",                                                                       \
        "Shell command that reads a file on its standard input and writes the capture\n"   \
        "to its standard output, to decrypt files or to decompress formats that are not\n" \
        "built in, such as 'lzip -dc'. --version lists those that are.",                   \
        PZ_AS_TEXT(decode)
#define PZ_OPTION_STRICT \
    "strict", NULL, "Stop with exit code 1 at the first capture that is damaged or cannot be read.", PZ_AS_FLAG(strict)
#define PZ_OPTION_RESCAN                                                                   \
    "rescan", NULL,                                                                        \
        "First remove the tallies of all captures that are named, so that they are read\n" \
        "again. If that is stopped, continue it by the same command without --rescan.",    \
        PZ_AS_FLAG(rescan)
#define PZ_OPTION_INFLATER                                                           \
    "inflater", "fastest|zlib",                                                      \
        "Library that decompresses gzip. It does not change the results. Default:\n" \
        "fastest.",                                                                  \
        PZ_AS_CHOICE(inflater, enum pz_inflater)
#define PZ_OPTION_WATCHDOG                                                                \
    "watchdog", "SECONDS",                                                                \
        "With several ranks: end the job with exit code 75 if a rank waits for this\n"    \
        "many seconds and no rank makes progress, as when a node is lost. 0 turns this\n" \
        "off. Default: 1800.",                                                            \
        PZ_AS_NUMBER(watchdog, 0, 86400, "give whole seconds, up to a day's 86400, or 0 for never")
#define PZ_OPTION_PROGRESS \
    "progress", "SECONDS", "Seconds between lines of progress in a log. Default: 10.", PZ_AS_SECONDS(progress)
#define PZ_OPTION_DRY_RUN                                                              \
    "dry-run", NULL,                                                                   \
        "Print what would be read, kept and replaced, and how long that would take.\n" \
        "Write nothing.",                                                              \
        PZ_AS_FLAG(dry_run)
#define PZ_OPTION_JSON "json", NULL, "Print the numbers as JSON, without explanations.", PZ_AS_FLAG(json)
#define PZ_OPTION_COUNTRIES                                                                \
    "countries", "FILE",                                                                   \
        "File with the countries of addresses, to count sources by country: a delegated\n" \
        "file of a registry, a CSV of start, end and two-letter country code, or a\n"      \
        "MaxMind DB, from the days of the archive. May be given several times. Of files\n" \
        "whose names differ only in a date (20081121), each hour uses the latest that\n"   \
        "is not after it.",                                                                \
        PZ_AS_COUNTRY_FILE(countries)

#endif
