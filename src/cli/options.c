#include "base/text.h"
#include "base/time.h"
#include "cli/command.h"
#include "cli/nearest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct pz_option *find(const struct pz_command *command, const char *name, size_t length)
{
    for (const struct pz_option *option = command->options; option->name; option++)
        if (strlen(option->name) == length && strncmp(option->name, name, length) == 0)
            return option;
    return NULL;
}

static int fail_unknown(const struct pz_command *command, const char *name, size_t length, struct pz_error *error)
{
    struct pz_nearest nearest = {0};
    for (const struct pz_option *option = command->options; option->name; option++)
        pz_nearest_try(&nearest, option->name, name, length);
    return pz_fail_usage(error, "there is no option --%.*s%s%s%s: patientzero %s --help lists them all", (int)length,
                         name, nearest.name ? ", did you mean --" : "", nearest.name ? nearest.name : "",
                         nearest.name ? "?" : "", command->name);
}

static int read_option(const struct pz_command *command, void *settings, char **argv, int *at, int argc,
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
        return option->parse(NULL, field, error);
    }
    const char *text = equals ? equals + 1 : *at + 1 < argc ? argv[++*at] : NULL;
    if (!text)
        return pz_fail_usage(error, "--%s needs a value: --%s %s", option->name, option->name, option->argument);
    struct pz_error wanted;
    if (option->parse(text, field, &wanted) != 0)
        return pz_fail_usage(error, "--%s %s: %s", option->name, text, wanted.text);
    return 0;
}

int pz_options_read(const struct pz_command *command, void *settings, int argc, char **argv, int *nothers,
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
    for (const struct pz_option *option = command->options; option->name; option++) {
        pz_buf_printf(to, "  --%s%s%s\n", option->name, option->argument ? " " : "",
                      option->argument ? option->argument : "");
        put_lines(to, option->help, 8);
    }
}

int pz_parse_flag(const char *text, void *field, struct pz_error *error)
{
    (void)text, (void)error;
    *(bool *)field = true;
    return 0;
}

int pz_parse_text(const char *text, void *field, struct pz_error *error)
{
    if (!*text)
        return pz_fail_usage(error, "it may not be empty");
    *(const char **)field = text;
    return 0;
}

/* A whole decimal number from `low` to `high`. */
static bool read_number(const char *text, uint64_t low, uint64_t high, uint64_t *value)
{
    char *end;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || n < low || n > high)
        return false;
    *value = n;
    return true;
}

int pz_parse_port(const char *text, void *field, struct pz_error *error)
{
    uint64_t n;
    if (!read_number(text, 1, 65535, &n))
        return pz_fail_usage(error, "give a port from 1 to 65535");
    *(uint16_t *)field = (uint16_t)n;
    return 0;
}

int pz_parse_count(const char *text, void *field, struct pz_error *error)
{
    uint64_t n;
    if (!read_number(text, 0, UINT64_MAX, &n))
        return pz_fail_usage(error, "give a whole number");
    *(uint64_t *)field = n;
    return 0;
}

int pz_parse_fraction(const char *text, void *field, struct pz_error *error)
{
    char *end;
    double x = strtod(text, &end);
    if (end == text || *end || !(x > 0) || x > 1e9)
        return pz_fail_usage(error, "give a number above 0, like 0.01");
    *(double *)field = x;
    return 0;
}

int pz_parse_seconds(const char *text, void *field, struct pz_error *error)
{
    uint64_t n;
    if (!read_number(text, 1, PZ_HOURS_PER_DAY * PZ_SECONDS_PER_HOUR, &n))
        return pz_fail_usage(error, "give whole seconds, from 1 to a day's 86400");
    *(uint32_t *)field = (uint32_t)n;
    return 0;
}

int pz_parse_prefix(const char *text, void *field, struct pz_error *error)
{
    struct pz_prefix prefix;
    uint64_t length;
    const char *slash = strchr(text, '/');
    char *address = pz_format("%.*s", (int)(slash ? slash - text : 0), text);
    bool good = slash && read_number(slash + 1, 0, 32, &length) && pz_ipv4_parse(address, &prefix.address);
    free(address);
    if (!good)
        return pz_fail_usage(error, "give a prefix with its length, like 0.0.0.0/8");
    prefix.mask = length ? UINT32_MAX << (32 - length) : 0;
    if (prefix.address & ~prefix.mask)
        return pz_fail_usage(error, "the address has bits beyond the first %d: did you mean a longer prefix?",
                             (int)length);
    *(struct pz_prefix *)field = prefix;
    return 0;
}

int pz_parse_address(const char *text, void *field, struct pz_error *error)
{
    struct pz_prefix prefix = {.mask = UINT32_MAX};
    if (!pz_ipv4_parse(text, &prefix.address))
        return pz_fail_usage(error, "give an IPv4 address like 192.0.2.1");
    *(struct pz_prefix *)field = prefix;
    return 0;
}

int pz_parse_hour(const char *text, void *field, struct pz_error *error)
{
    int64_t second;
    if (pz_time_parse(text, &second) != 0)
        return pz_fail_usage(error, "give a UTC time like 2008-11-21 or 2008-11-21T17");
    if (second % PZ_SECONDS_PER_HOUR)
        return pz_fail_usage(error, "tables are made of whole hours: give one like %.13s", text);
    if (second < PZ_EARLIEST_SECOND || second > PZ_LATEST_SECOND)
        return pz_fail_usage(error, "give a time from 2000 to 2037");
    *(int64_t *)field = second / PZ_SECONDS_PER_HOUR;
    return 0;
}
