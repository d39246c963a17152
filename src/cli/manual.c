/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/command.h"

#include <ctype.h>

/* Appends `n` characters, escaped for man: hyphens stay hyphens, and no line becomes a request. */
static void put_text(struct pz_buf *to, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool begins = i == 0 || text[i - 1] == '\n';
        if (begins && (text[i] == '.' || text[i] == '\''))
            pz_buf_printf(to, "\\&");
        if (text[i] == '-')
            pz_buf_printf(to, "\\-");
        else if (text[i] == '\\')
            pz_buf_printf(to, "\\e");
        else
            pz_buf_put(to, text + i, 1);
    }
}

/* A text for --help, with empty lines between paragraphs. */
static void put_paragraphs(struct pz_buf *to, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        if (n)
            put_text(to, text, n);
        else
            pz_buf_printf(to, ".PP");
        pz_buf_printf(to, "\n");
        text += n + (text[n] == '\n');
    }
}

static void put_title(struct pz_buf *to, const char *name)
{
    pz_buf_printf(to, ".TH \"PATIENTZERO");
    if (*name)
        pz_buf_printf(to, "\\-");
    for (const char *c = name; *c; c++)
        pz_buf_printf(to, "%c", toupper((unsigned char)*c));
    pz_buf_printf(to, "\" 1 \"\" \"patientzero %s\" \"patientzero\"\n", PZ_VERSION);
}

static void put_exit_codes(struct pz_buf *to)
{
    static const char *const codes[][2] = {
        {"0", "Done."},
        {"1", "The environment failed, for example a disk is full or a folder cannot be written."},
        {"2", "The command line is wrong."},
        {"3", "Done, but a capture was torn or unreadable, or a file that was named is not a capture."},
        {"75",
         "Stopped, on request (SIGUSR1, SIGINT, SIGTERM) or by the watchdog. Give the same command again to continue."},
    };
    pz_buf_printf(to, ".SH EXIT STATUS\n");
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        pz_buf_printf(to, ".TP\n.B %s\n%s\n", codes[i][0], codes[i][1]);
}

static void put_examples(struct pz_buf *to, const struct pz_example *examples)
{
    if (examples)
        pz_buf_printf(to, ".SH EXAMPLES\n");
    for (const struct pz_example *example = examples; example && example->command; example++) {
        put_text(to, example->words, strlen(example->words));
        pz_buf_printf(to, "\n.PP\n.RS 4\n.nf\n");
        put_text(to, example->command, strlen(example->command));
        pz_buf_printf(to, "\n.fi\n.RE\n.PP\n");
    }
}

void pz_manual_command(const struct pz_command *command, struct pz_buf *to)
{
    put_title(to, command->name);
    pz_buf_printf(to, ".SH NAME\npatientzero\\-%s \\- ", command->name);
    put_text(to, command->summary, strlen(command->summary));
    pz_buf_printf(to, "\n.SH SYNOPSIS\n.B patientzero %s\n", command->name);
    put_text(to, command->arguments, strlen(command->arguments));
    pz_buf_printf(to, "\n.SH DESCRIPTION\n");
    put_paragraphs(to, command->help);
    pz_buf_printf(to, ".SH OPTIONS\n");
    for (const struct pz_option *option = NULL; (option = pz_options_next(command, option));) {
        pz_buf_printf(to, ".TP\n\\fB\\-\\-");
        put_text(to, option->name, strlen(option->name));
        pz_buf_printf(to, "\\fR");
        if (option->argument) {
            pz_buf_printf(to, " \\fI");
            put_text(to, option->argument, strlen(option->argument));
            pz_buf_printf(to, "\\fR");
        }
        pz_buf_printf(to, "\n");
        put_paragraphs(to, option->help);
    }
    put_examples(to, command->examples);
    put_exit_codes(to);
    pz_buf_printf(to, ".SH SEE ALSO\n.BR patientzero (1)\n");
}

void pz_manual_program(const struct pz_command *const *commands, size_t n, struct pz_buf *to)
{
    put_title(to, "");
    pz_buf_printf(to,
                  ".SH NAME\npatientzero \\- who scanned a TCP port, and when, in a network telescope's packets\n"
                  ".SH SYNOPSIS\n.B patientzero\n.I COMMAND\n.RI [ OPTION ...]\n"
                  ".SH DESCRIPTION\nReads the packet archive of a network telescope, on one process or, under\n"
                  ".BR mpirun (1)\nor\n.BR srun (1),\non many, and tells who scanned a TCP port, and when. The results"
                  " are the same\nbytes for any number of processes and any order of files.\n.SH COMMANDS\n");
    for (size_t i = 0; i < n; i++) {
        pz_buf_printf(to, ".TP\n.BR patientzero\\-%s (1)\n", commands[i]->name);
        put_text(to, commands[i]->summary, strlen(commands[i]->summary));
        pz_buf_printf(to, "\n");
    }
    put_exit_codes(to);
}
