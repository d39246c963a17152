/* SPDX-License-Identifier: BSD-2-Clause */
/* A command's options are rows of a table. A row says which field of the settings it fills, and how: a number with its
 * range, a choice among words, a flag, a text, or a function of its own. Reading a command line, the help text and the
 * list that completions are made of all go through the same rows: the command's own, those it shares with others, and
 * those that all have. */
#include "base/text.h"
#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct pz_option common[] = {
    {"quiet", NULL, "Print no progress and no remarks. Errors and warnings are still printed.", PZ_AS_FLAG(quiet)},
    {"verbose", NULL, "Print each step, how long it takes, and what became of each file.", PZ_AS_FLAG(verbose)},
    {0},
};

const struct pz_option *pz_options_next(const struct pz_command *command, const struct pz_option *before)
{
    const struct pz_option *const lists[] = {command->options, command->more, common};
    bool next = !before;
    for (size_t list = 0; list < sizeof lists / sizeof *lists; list++)
        for (const struct pz_option *option = lists[list]; option && option->name; option++) {
            if (next)
                return option;
            next = option == before;
        }
    return NULL;
}

enum { LONGEST = 32 };

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: insertions, deletions, substitutions, and swaps of neighbours. */
static unsigned distance(const char *a, size_t na, const char *b, size_t nb)
{
    unsigned rows[LONGEST + 1][LONGEST + 1];
    for (size_t i = 0; i <= na; i++)
        for (size_t j = 0; j <= nb; j++) {
            if (!i || !j) {
                rows[i][j] = (unsigned)(i + j);
                continue;
            }
            rows[i][j] = least(least(rows[i - 1][j], rows[i][j - 1]) + 1, rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                rows[i][j] = least(rows[i][j], rows[i - 2][j - 2] + 1);
        }
    return rows[na][nb];
}

void pz_nearest_try(struct pz_nearest *nearest, const char *name, const char *typed, size_t length)
{
    size_t n = strlen(name);
    if (n > LONGEST || length > LONGEST || !length)
        return;
    unsigned away = distance(name, n, typed, length), most = n < 4 ? 1 : 2;
    if (away <= most && (!nearest->name || away < nearest->away))
        *nearest = (struct pz_nearest){name, away};
}

static const struct pz_option *find(const struct pz_command *command, const char *name, size_t length)
{
    for (const struct pz_option *option = NULL; (option = pz_options_next(command, option));)
        if (strlen(option->name) == length && strncmp(option->name, name, length) == 0)
            return option;
    return NULL;
}

static int fail_unknown(const struct pz_command *command, const char *name, size_t length, struct pz_error *error)
{
    struct pz_nearest nearest = {0};
    for (const struct pz_option *option = NULL; (option = pz_options_next(command, option));)
        pz_nearest_try(&nearest, option->name, name, length);
    pz_nearest_try(&nearest, "help", name, length);
    return pz_fail_usage(error, "there is no option --%.*s%s%s%s patientzero %s --help lists them all", (int)length,
                         name, nearest.name ? "; did you mean --" : "", nearest.name ? nearest.name : "",
                         nearest.name ? "?" : ":", command->name);
}

static void store(const struct pz_option *option, uint64_t value, void *field)
{
    switch (option->nbytes) {
    case 1:
        *(bool *)field = value;
        break;
    case 2:
        *(uint16_t *)field = (uint16_t)value;
        break;
    case 4:
        *(uint32_t *)field = (uint32_t)value;
        break;
    default:
        *(uint64_t *)field = value;
    }
}

static int parse_number(const struct pz_option *option, const char *text, void *field, struct pz_error *error)
{
    uint64_t value;
    if (!pz_read_number(text, option->low, option->high, &value))
        return pz_fail_usage(error, "%s", option->wanted);
    store(option, value, field);
    return 0;
}

static int parse_choice(const struct pz_option *option, const char *text, void *field, struct pz_error *error)
{
    struct pz_buf words = {0};
    const char *word = option->argument;
    for (uint64_t i = 0;; i++) {
        size_t length = strcspn(word, "|");
        bool last = !word[length];
        if (strlen(text) == length && strncmp(text, word, length) == 0) {
            store(option, i, field);
            pz_buf_release(&words);
            return 0;
        }
        pz_buf_printf(&words, "%s%.*s", !i ? "" : last ? " or " : ", ", (int)length, word);
        if (last)
            break;
        word += length + 1;
    }
    pz_fail_usage(error, "give %.*s", (int)words.nbytes, (const char *)words.bytes);
    pz_buf_release(&words);
    return -1;
}

static int parse(const struct pz_option *option, const char *text, void *field, struct pz_error *error)
{
    return option->parse    ? option->parse(text, field, error)
           : option->wanted ? parse_number(option, text, field, error)
                            : parse_choice(option, text, field, error);
}

static int read_option(const struct pz_command *command, struct pz_settings *settings, char **argv, int *at, int argc,
                       struct pz_error *error)
{
    const char *name = argv[*at] + 2, *equals = strchr(name, '=');
    size_t length = equals ? (size_t)(equals - name) : strlen(name);
    const struct pz_option *option = find(command, name, length);
    if (!option)
        return fail_unknown(command, name, length, error);
    void *field = (char *)settings + option->field;
    if (!option->argument) {
        if (equals)
            return pz_fail_usage(error, "--%s takes no value: leave out \"%s\"", option->name, equals);
        store(option, true, field);
        return 0;
    }
    const char *text = equals ? equals + 1 : *at + 1 < argc ? argv[++*at] : NULL;
    if (!text)
        return pz_fail_usage(error, "--%s needs a value: --%s %s", option->name, option->name, option->argument);
    struct pz_error wanted;
    if (parse(option, text, field, &wanted) != 0)
        return pz_fail_usage(error, "--%s %s: %s", option->name, text, wanted.text);
    return 0;
}

int pz_options_read(const struct pz_command *command, struct pz_settings *settings, int argc, char **argv, int *nothers,
                    struct pz_error *error)
{
    bool options = true;
    *nothers = 0;
    for (int i = 0; i < argc; i++) {
        if (options && strcmp(argv[i], "--") == 0)
            options = false;
        else if (options && strncmp(argv[i], "--", 2) == 0) {
            if (read_option(command, settings, argv, &i, argc, error) != 0)
                return -1;
        } else if (options && argv[i][0] == '-' && argv[i][1])
            return pz_fail_usage(error,
                                 "there is no option %s: options have two dashes, and a file of that name is"
                                 " written ./%s",
                                 argv[i], argv[i]);
        else
            argv[(*nothers)++] = argv[i];
    }
    return 0;
}

/* `text`, each line begun with `indent` blanks. */
static void put_lines(struct pz_buf *to, const char *text, int indent)
{
    while (*text) {
        size_t length = strcspn(text, "\n");
        pz_buf_printf(to, "%*s%.*s\n", indent, "", (int)length, text);
        text += length + (text[length] == '\n');
    }
}

void pz_options_help(const struct pz_command *command, struct pz_buf *to)
{
    pz_buf_printf(to, "usage: patientzero %s %s\n\n", command->name, command->arguments);
    put_lines(to, command->help, 0);
    pz_buf_printf(to, "\n");
    for (const struct pz_option *option = NULL; (option = pz_options_next(command, option));) {
        pz_buf_printf(to, "  --%s%s%s\n", option->name, option->argument ? " " : "",
                      option->argument ? option->argument : "");
        put_lines(to, option->help, 8);
    }
    for (const struct pz_example *example = command->examples; example && example->command; example++) {
        pz_buf_printf(to, example == command->examples ? "\nExamples:\n\n" : "\n");
        put_lines(to, example->words, 0);
        put_lines(to, example->command, 4);
    }
}

void pz_options_list(const struct pz_command *command, struct pz_buf *to)
{
    for (const struct pz_option *option = NULL; (option = pz_options_next(command, option));)
        pz_buf_printf(to, "--%s\t%s\t%.*s\n", option->name, option->argument ? option->argument : "",
                      (int)strcspn(option->help, "\n"), option->help);
}
