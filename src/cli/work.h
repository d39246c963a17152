/* What run, scan and reduce have in common: run is scan and then reduce, and there is one way through for all three.
 * Each command's file has its options, made of the rows below, and its words for --help. */
#ifndef PZ_CLI_WORK_H
#define PZ_CLI_WORK_H

#include "capture/codec.h"
#include "cli/countries.h"
#include "cli/model_option.h"
#include "worm/outbreak.h"

struct pz_work_settings {
    const char *out, *store, *decode, *model, *pseudonyms;
    uint16_t port;
    struct pz_prefix lens;
    uint32_t chunk, nchunks;                                    /* 0 of 0 for all */
    int64_t since, until;                                       /* hours since 1970; -1 for none */
    uint32_t silence, timeline_bin, window, progress, watchdog; /* window: hours, the others: seconds */
    enum pz_inflater inflater;
    struct pz_country_files countries;
    bool no_calibrate, strict, rescan, accept_anonymised, replace, no_report, quiet;
};

enum pz_work_halves { PZ_WORK_SCAN = 1, PZ_WORK_REDUCE = 2, PZ_WORK_BOTH = 3 };

/* Collective. What a command's `run` does. */
int pz_work_run(const struct pz_command *command, enum pz_work_halves halves, const struct pz_comm *comm, int argc,
                char **argv, struct pz_error *error);

int pz_parse_silence(const char *text, void *field, struct pz_error *error);
int pz_parse_window(const char *text, void *field, struct pz_error *error);
int pz_parse_bin(const char *text, void *field, struct pz_error *error);
int pz_parse_inflater(const char *text, void *field, struct pz_error *error);
int pz_parse_watchdog(const char *text, void *field, struct pz_error *error);
int pz_parse_chunk(const char *text, void *field, struct pz_error *error); /* two uint32_t: I and N of "I/N" */

#define PZ_WORK_FIELD(name) offsetof(struct pz_work_settings, name)

/* Long enough for a Lustre server to come back: its clients may wait 900 s for it to recover
 * (https://doc.lustre.org/lustre_manual.xhtml, recovery_time_hard). */
enum { PZ_WATCHDOG_SECONDS = 1800 };

#define PZ_OPTION_OUT                                                                                    \
    {                                                                                                    \
        "out", "DIR", "Where the results go; made if it isn't there.", PZ_WORK_FIELD(out), pz_parse_text \
    }
#define PZ_OPTION_STORE                                                                    \
    {                                                                                      \
        "store", "DIR",                                                                    \
            "Where the captures' tallies are kept, so that a later run reads no capture\n" \
            "again (restricted/store inside the output folder).",                          \
            PZ_WORK_FIELD(store), pz_parse_text                                            \
    }
#define PZ_OPTION_PORT                                                                         \
    {                                                                                          \
        "port", "N",                                                                           \
            "The TCP port whose scans are counted (445). On any other no outbreak is known:\n" \
            "no published numbers stand beside the tables, and candidates mean nothing.",      \
            PZ_WORK_FIELD(port), pz_parse_port                                                 \
    }
#define PZ_OPTION_LENS                                                                 \
    {                                                                                  \
        "lens", "PREFIX",                                                              \
            "Only packets to this destination prefix, like 0.5.0.0/16 (all). Public\n" \
            "archives have the first octet zeroed: there the telescope is 0.0.0.0/8.", \
            PZ_WORK_FIELD(lens), pz_parse_prefix                                       \
    }
#define PZ_OPTION_CHUNK                                                                      \
    {                                                                                        \
        "part", "I/N",                                                                       \
            "Only the I-th of N equal shares of the bytes, as 3/16: for job arrays, whose\n" \
            "tasks know nothing of each other. All need the same captures and options.",     \
            PZ_WORK_FIELD(chunk), pz_parse_chunk                                             \
    }
#define PZ_OPTION_SINCE                                                                                           \
    {                                                                                                             \
        "since", "TIME", "Tables from this UTC hour on, like 2008-11-21 or 2008-11-21T01.", PZ_WORK_FIELD(since), \
            pz_parse_hour                                                                                         \
    }
#define PZ_OPTION_UNTIL                                                                                           \
    {                                                                                                             \
        "until", "TIME", "Tables up to this UTC hour, which is not in them.", PZ_WORK_FIELD(until), pz_parse_hour \
    }
#define PZ_OPTION_SILENCE                                                           \
    {                                                                               \
        "silence", "SECONDS",                                                       \
            "So many seconds without any packet, and the telescope counts as not\n" \
            "recording then (60).",                                                 \
            PZ_WORK_FIELD(silence), pz_parse_silence                                \
    }
#define PZ_OPTION_TIMELINE_BIN                                                                                \
    {                                                                                                         \
        "timeline-bin", "SECONDS", "Width of the bins of first_seen.csv (600).", PZ_WORK_FIELD(timeline_bin), \
            pz_parse_bin                                                                                      \
    }
#define PZ_OPTION_WINDOW                                                                         \
    {                                                                                            \
        "window", "HOURS", "Over how many hours a source is judged to be the worm or not (24).", \
            PZ_WORK_FIELD(window), pz_parse_window                                               \
    }
#define PZ_OPTION_MODEL                                                                   \
    {                                                                                     \
        "model", "FILE",                                                                  \
            "What tells the worm from other sources: a file that patientzero calibrate\n" \
            "wrote (a model that is built in).",                                          \
            PZ_WORK_FIELD(model), pz_parse_text                                           \
    }
#define PZ_OPTION_NO_CALIBRATE                                                                \
    {                                                                                         \
        "no-calibrate", NULL,                                                                 \
            "Keep the model that is built in. Without this and --model, the run learns one\n" \
            "from the quiet days before the outbreak, of all captures that are named.",       \
            PZ_WORK_FIELD(no_calibrate), pz_parse_flag                                        \
    }
#define PZ_OPTION_DECODE                                                                       \
    {                                                                                          \
        "decode", "CMD",                                                                       \
            "A shell command that turns each file, on its standard input, into a capture:\n"   \
            "decryption, or a compression that isn't built in ('lzip -dc'); --version names\n" \
            "those that are.",                                                                 \
            PZ_WORK_FIELD(decode), pz_parse_text                                               \
    }
#define PZ_OPTION_STRICT                                                                                \
    {                                                                                                   \
        "strict", NULL, "Stop at the first capture that is damaged or could not be read, with exit 1.", \
            PZ_WORK_FIELD(strict), pz_parse_flag                                                        \
    }
#define PZ_OPTION_RESCAN                                                                         \
    {                                                                                            \
        "rescan", NULL,                                                                          \
            "Read all captures that are named again: their tallies are removed first. After a\n" \
            "stop, the same command without --rescan goes on.",                                  \
            PZ_WORK_FIELD(rescan), pz_parse_flag                                                 \
    }
#define PZ_OPTION_ACCEPT_ANONYMISED                                                                \
    {                                                                                              \
        "accept-anonymised", NULL, "Make tables even if destinations look anonymised bit by bit.", \
            PZ_WORK_FIELD(accept_anonymised), pz_parse_flag                                        \
    }
#define PZ_OPTION_INFLATER                                                                             \
    {                                                                                                  \
        "inflater", "NAME", "fastest or zlib: which library inflates gzip. The results are the same.", \
            PZ_WORK_FIELD(inflater), pz_parse_inflater                                                 \
    }
#define PZ_OPTION_WATCHDOG                                                                 \
    {                                                                                      \
        "watchdog", "SECONDS",                                                             \
            "With several ranks: a rank that waits and for so long hears of no progress\n" \
            "anywhere ends the job with exit 75, as a node is lost; 0 for never (1800).",  \
            PZ_WORK_FIELD(watchdog), pz_parse_watchdog                                     \
    }
#define PZ_OPTION_PROGRESS                                                                                           \
    {                                                                                                                \
        "progress", "SECONDS", "Between lines of progress in a log (10).", PZ_WORK_FIELD(progress), pz_parse_seconds \
    }
#define PZ_OPTION_PSEUDONYMS                                                                      \
    {                                                                                             \
        "pseudonyms", "KEYFILE",                                                                  \
            "In restricted tables, names by a keyed hash instead of addresses. One key gives\n"   \
            "one name in all runs. Times are whole seconds then, and destinations and sequence\n" \
            "numbers are left out. Sets and tallies keep the addresses.",                         \
            PZ_WORK_FIELD(pseudonyms), pz_parse_text                                              \
    }
#define PZ_OPTION_REPLACE                                                                      \
    {                                                                                          \
        "replace", NULL,                                                                       \
            "Put the result in the place of an earlier one in DIR, also if that was made of\n" \
            "captures that are not named now. Without it, such a result is kept: exit 2.",     \
            PZ_WORK_FIELD(replace), pz_parse_flag                                              \
    }
#define PZ_OPTION_NO_REPORT                                                                                            \
    {                                                                                                                  \
        "no-report", NULL, "No figures and no page; report makes them later.", PZ_WORK_FIELD(no_report), pz_parse_flag \
    }
#define PZ_OPTION_QUIET                                                    \
    {                                                                      \
        "quiet", NULL, "No progress.", PZ_WORK_FIELD(quiet), pz_parse_flag \
    }

#endif
