/* SPDX-License-Identifier: BSD-2-Clause */
/* The program's commands and their options, as tables: one file a command, listed in main.c. What --help prints is made
 * from the same tables that parse. */
#ifndef PZ_CLI_COMMAND_H
#define PZ_CLI_COMMAND_H

#include "base/csv.h"
#include "cli/settings.h"
#include "geo/geo.h"
#include "run/scan.h"
#include "worm/model.h"

struct pz_option {
    const char *name;     /* without its dashes */
    const char *argument; /* what stands for its value in --help, or all values: one|other; NULL for a flag */
    const char *help;     /* may hold newlines */
    size_t field;         /* offset in struct pz_settings */
    /* Reads `text` into `field`; -1 with `error` saying what a good one looks like. NULL for a flag, a number and a
     * choice, which the members below describe. */
    int (*parse)(const char *text, void *field, struct pz_error *error);
    size_t nbytes;      /* of the field */
    uint64_t low, high; /* of a number */
    const char *wanted; /* what a good number looks like; NULL for a choice of the words in `argument` */
};

/* A command line that can be typed, and what it is for. */
struct pz_example {
    const char *words, *command;
};

/* The lists of a command, each with its end. */
#define PZ_OPTIONS(...)        \
    (const struct pz_option[]) \
    {                          \
        __VA_ARGS__,           \
        {                      \
            .name = NULL       \
        }                      \
    }
#define PZ_EXAMPLES(...)        \
    (const struct pz_example[]) \
    {                           \
        __VA_ARGS__,            \
        {                       \
            .words = NULL       \
        }                       \
    }

/* What is there when a command runs. */
enum pz_needs {
    PZ_NEEDS_CAPTURES = 1, /* those that are named */
    PZ_NEEDS_STORE = 2,    /* the one that --store names */
    PZ_NEEDS_HOURS = 4,    /* the captures' facts and hours, all looked up in the store */
    PZ_NEEDS_MODEL = 8,    /* of --model, or the one that is built in */
    PZ_RUNS_ALONE = 16,    /* on rank 0, while the others wait; else on all ranks */
    PZ_IS_WATCHED = 32,    /* without progress for --watchdog seconds, the job ends */
    PZ_TELLS_FATES = 64,   /* it reports the fates of files itself */
    PZ_HALF_SCAN = 128,    /* the halves of a run */
    PZ_HALF_REDUCE = 256,
    PZ_TAKES_RESULT = 512, /* of whose ports the only one is taken, unless --port names one */
};

/* A command at work. */
struct pz_context {
    struct pz_session session;
    const struct pz_command *command;
    struct pz_settings settings;
    char **arguments; /* that are no options */
    int narguments;
    char *command_line;                 /* owned: as it was given, less what is secret, for run.log */
    struct pz_filter filters[PZ_PORTS]; /* one a port */
    size_t nports;
    char *store_directory; /* owned: --store, or that in --out */
    struct pz_captures captures;
    struct pz_store stores[PZ_PORTS]; /* one a port: parts of the one store that is named */
    struct pz_scan scan;              /* with the hours */
    struct pz_model model;
    struct pz_geo countries, networks; /* empty if none were given */
};

/* Tables that no job makes, but a command; ended by NULL. */
extern const struct pz_schema *const pz_other_tables[];

struct pz_command {
    const char *name, *arguments, *summary;
    const char *help;                               /* a paragraph or two for --help */
    unsigned needs;                                 /* of enum pz_needs */
    const struct pz_option *options, *more;         /* two lists, each ended by a NULL name; either may be NULL */
    const struct pz_example *examples;              /* ended by a NULL command; NULL for none */
    void (*defaults)(struct pz_settings *settings); /* others than all commands have; NULL for none */
    void (*release)(struct pz_settings *settings);  /* what parsers made; NULL for nothing */
    /* A usage error in what was given, before anything is opened; NULL for none. */
    int (*check)(const struct pz_context *context, struct pz_error *error);
    /* Returns what the process ends with, or -1 with `error` set, the same on every rank. */
    int (*run)(struct pz_context *context, struct pz_error *error);
};

/* Collective. Opens the store of each port, once it is there: for a command that prepares it first. */
void pz_open_stores(struct pz_context *context);

/* Reads a command's line, which is kept in `argv`; -1 with `error` if it is wrong. To be released either way. */
int pz_context_read(struct pz_context *context, const struct pz_command *command, int argc, char **argv,
                    struct pz_error *error);
/* Collective. Returns what the process ends with, or -1 with `error` set, the same on every rank. */
int pz_context_run(struct pz_context *context, const struct pz_comm *comm, struct pz_error *error);
void pz_context_release(struct pz_context *context);

/* Collective. The work of synth, when its options are read: makes a twin's archive and its truth, on all ranks. Returns
 * what the process ends with, or -1 with `error` set. */
int pz_synth_make(const struct pz_context *context, struct pz_error *error);

/* Of overlap, on one rank: compares the sources of a selection of results with the other list, and adds the tables to
 * the results. */
int pz_overlap_compare(const struct pz_context *context, const struct pz_selection *selection, struct pz_error *error);

/* Reads the options among `argv` into `settings`, wherever they stand, and leaves the other arguments, in order, in
 * argv[0] to argv[*nothers - 1]. "--" ends the options. A usage error names the argument and the remedy. */
int pz_options_read(const struct pz_command *command, struct pz_settings *settings, int argc, char **argv, int *nothers,
                    struct pz_error *error);
void pz_options_help(const struct pz_command *command, struct pz_buf *to);
/* For completion: a line an option, with tabs between its name, what may follow (nothing, or the argument), and the first
 * line of its help. */
void pz_options_list(const struct pz_command *command, struct pz_buf *to);
/* The option after `before`, or the first if that is NULL: those of `options`, of `more`, and then of all commands. NULL
 * after the last. */
const struct pz_option *pz_options_next(const struct pz_command *command, const struct pz_option *before);

/* Manual pages, from the tables that --help is made of and that parse options: of a command, patientzero-NAME(1), and of
 * the program, patientzero(1). */
void pz_manual_command(const struct pz_command *command, struct pz_buf *to);
void pz_manual_program(const struct pz_command *const *commands, size_t n, struct pz_buf *to);

/* The name that was probably meant where one is mistyped. */
struct pz_nearest {
    const char *name; /* the nearest so far, borrowed; NULL if none is near */
    unsigned away;    /* how many letters differ, are missing, too many, or swapped with the next */
};
/* Considers `name` for the first `length` bytes of `typed`. Of names equally near the first stays. */
void pz_nearest_try(struct pz_nearest *nearest, const char *name, const char *typed, size_t length);

/* What the program is and what was built in, as --version and run.log say it: two lines, each after `indent`. */
void pz_version_put(struct pz_buf *to, const char *indent);

#endif
