/* The program's commands and their options, as tables: one file a command, listed in main.c. What --help prints is made
 * from the same tables that parse. */
#ifndef PZ_CLI_COMMAND_H
#define PZ_CLI_COMMAND_H

#include "mpi/comm.h"

struct pz_option {
    const char *name;     /* without its dashes */
    const char *argument; /* what stands for its value in --help; NULL for a flag */
    const char *help;     /* may hold newlines */
    size_t field;         /* offset in the command's settings */
    /* Reads `text` into `field`; -1 with `error` saying what a good one looks like. For a flag `text` is NULL. */
    int (*parse)(const char *text, void *field, struct pz_error *error);
};

struct pz_command {
    const char *name, *arguments, *summary;
    const char *help;                /* a paragraph or two for --help */
    const struct pz_option *options; /* ended by a NULL name */
    /* Collective. Returns what the process ends with, or -1 with `error` set, the same on every rank. */
    int (*run)(const struct pz_comm *comm, int argc, char **argv, struct pz_error *error);
};

/* Reads the options among `argv` into `settings`, wherever they stand, and leaves the other arguments, in order, in
 * argv[0] to argv[*nothers - 1]. "--" ends the options. A usage error names the argument and the remedy. */
int pz_options_read(const struct pz_command *command, void *settings, int argc, char **argv, int *nothers,
                    struct pz_error *error);
void pz_options_help(const struct pz_command *command, struct pz_buf *to);

/* Parsers, with the type that `field` points to. */
int pz_parse_flag(const char *text, void *field, struct pz_error *error);     /* bool */
int pz_parse_text(const char *text, void *field, struct pz_error *error);     /* const char *, borrowed from argv */
int pz_parse_port(const char *text, void *field, struct pz_error *error);     /* uint16_t, 0 is none */
int pz_parse_count(const char *text, void *field, struct pz_error *error);    /* uint64_t */
int pz_parse_fraction(const char *text, void *field, struct pz_error *error); /* double above 0 */
int pz_parse_seconds(const char *text, void *field, struct pz_error *error);  /* uint32_t, 1 to a day */
int pz_parse_prefix(const char *text, void *field, struct pz_error *error);   /* struct pz_prefix */
int pz_parse_address(const char *text, void *field, struct pz_error *error);  /* struct pz_prefix, of 32 bits */
int pz_parse_hour(const char *text, void *field, struct pz_error *error);     /* int64_t, hours since 1970 */

struct pz_prefix {
    uint32_t address, mask; /* host order; the address has no bit outside the mask */
};

#endif
