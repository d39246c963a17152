/* SPDX-License-Identifier: BSD-2-Clause */
/* A command from its options to its end. What it needs is opened in a fixed order, ranks agree on every failure, and
 * everything is released however the command ends. */
#include "cli/command.h"

#include "base/file.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/notes.h"
#include "worm/outbreak.h"

#include <stdlib.h>
#include <unistd.h>

static int load_model(const struct pz_comm *comm, const char *path, struct pz_model *model, struct pz_error *error)
{
    struct pz_buf text = {0};
    int status = 0, line = 0;
    pz_model_default(model);
    if (!path)
        return 0;
    if (comm->rank == 0)
        status = pz_file_read(path, &text, error);
    status = pz_comm_agree(comm, status, error);
    if (status == 0) {
        pz_comm_broadcast(comm, &text);
        pz_buf_put(&text, "", 1);
        line = pz_model_read((const char *)text.bytes, model);
    }
    if (line)
        status = pz_fail_usage(
            error, "--model %s: line %d does not belong to a model: name a file that patientzero calibrate wrote", path,
            line);
    pz_buf_release(&text);
    return status;
}

static int load_geo(const struct pz_comm *comm, const struct pz_country_files *files, struct pz_geo *geo,
                    enum pz_geo_kind kind, struct pz_error *error)
{
    if (!files->n)
        return 0;
    int status = comm->rank ? 0 : pz_geo_load(geo, kind, files->paths, files->n, error);
    if (pz_comm_agree(comm, status, error) != 0)
        return -1;
    struct pz_buf bytes = {0};
    pz_tell_lines(&geo->notes);
    if (comm->rank == 0)
        pz_geo_encode(geo, &bytes);
    pz_comm_broadcast(comm, &bytes);
    if (comm->rank) {
        struct pz_cursor from = pz_cursor_of(bytes.bytes, bytes.nbytes);
        pz_geo_decode(geo, &from);
    }
    pz_buf_release(&bytes);
    return 0;
}

static int open_captures(struct pz_context *context, struct pz_error *error)
{
    const struct pz_settings *settings = &context->settings;
    bool is_run = context->command->needs & (PZ_HALF_SCAN | PZ_HALF_REDUCE);
    struct pz_session session = context->session;
    session.quiet = session.quiet || !is_run;
    const struct pz_captures_wanted wanted = {.arguments = context->arguments,
                                              .narguments = context->narguments,
                                              .chunk = settings->part.part,
                                              .nchunks = settings->part.nparts,
                                              .out = is_run ? settings->out : NULL,
                                              .store = is_run ? context->store_directory : NULL,
                                              .remember = is_run && !settings->dry_run};
    return pz_captures_find(&session, &wanted, &context->captures, error);
}

/* Rank 0 tells the others where each port has its tallies: what it has just made, they may not see yet. */
void pz_open_stores(struct pz_context *context)
{
    struct pz_buf folders = {0};
    for (size_t i = 0; context->session.comm->rank == 0 && i < context->nports; i++) {
        struct pz_path folder = pz_store_folder(context->store_directory, context->filters[i].port);
        pz_buf_put(&folders, folder.text, strlen(folder.text) + 1);
    }
    pz_comm_broadcast(context->session.comm, &folders);
    const char *folder = (const char *)folders.bytes;
    context->scan.other_ports = true;
    for (size_t i = 0; i < context->nports; i++) {
        pz_store_open(&context->stores[i], folder, &context->filters[i]);
        context->scan.other_ports = context->scan.other_ports && strcmp(folder, context->store_directory) != 0;
        folder += strlen(folder) + 1;
    }
    pz_buf_release(&folders);
}

/* Whether the fates of files are to be reported for the command. */
static bool concludes_fates(const struct pz_command *command)
{
    return (command->needs & PZ_NEEDS_CAPTURES) && !(command->needs & PZ_TELLS_FATES);
}

/* 0, 1 when stopped, -1 with `error` set. */
static int open_all(struct pz_context *context, struct pz_error *error)
{
    const struct pz_settings *settings = &context->settings;
    const struct pz_comm *comm = context->session.comm;
    unsigned needs = context->command->needs;
    int status = 0;
    if (needs & PZ_IS_WATCHED)
        pz_comm_arm_watchdog(comm, settings->watchdog);
    if (needs & PZ_NEEDS_MODEL)
        status = load_model(comm, settings->model, &context->model, error);
    if (status == 0)
        status = load_geo(comm, &settings->countries, &context->countries, PZ_GEO_COUNTRIES, error);
    if (status == 0)
        status = load_geo(comm, &settings->networks, &context->networks, PZ_GEO_NETWORKS, error);
    if (status == 0 && (needs & PZ_NEEDS_CAPTURES))
        status = open_captures(context, error);
    if (status == 0 && concludes_fates(context->command))
        status = pz_comm_agree(
            comm, comm->rank ? 0 : pz_fates_check_any(&context->captures, context->arguments[0], error), error);
    if (status == 0 && (needs & PZ_NEEDS_STORE))
        pz_open_stores(context);
    if (status == 0 && (needs & PZ_NEEDS_HOURS))
        status = pz_scan_run(&context->scan, error);
    return status;
}

/* With --verbose, on rank 0: what begins. */
static void tell_begin(const struct pz_context *context)
{
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    pz_tell("%s of patientzero %s on %d rank%s, rank 0 on %s", context->command->name, PZ_VERSION,
            context->session.comm->size, context->session.comm->size == 1 ? "" : "s", host);
}

/* And how it ended. */
static void tell_end(const struct pz_context *context, int code, double seconds)
{
    const char *written = context->settings.dry_run ? NULL : context->settings.out;
    char took[PZ_DURATION_TEXT];
    pz_progress_duration(seconds, took);
    pz_fates_list(&context->captures);
    if (code < 0)
        pz_tell("failed after %s", took);
    else
        pz_tell("ended with %d after %s%s%s", code, took, written ? "; written to " : "", written ? written : "");
}

/* There all fourth octets are low, or all are high. */
static void warn_of_lens(const struct pz_context *context)
{
    const uint32_t slash24 = UINT32_C(0xffffff00);
    if ((context->command->needs & PZ_NEEDS_MODEL) && context->session.comm->rank == 0 &&
        (context->settings.lens.mask & ~slash24))
        pz_tell(
            "warning: --lens is narrower than a /24, where destinations don't tell the worm from others: counts are "
            "right, but evidence, estimates and chances mean nothing");
}

int pz_context_run(struct pz_context *context, const struct pz_comm *comm, struct pz_error *error)
{
    const struct pz_command *command = context->command;
    bool verbose = context->settings.verbose && comm->rank == 0, alone = command->needs & PZ_RUNS_ALONE;
    context->session.comm = comm;
    double began = context->scan.began = pz_clock();
    if (verbose)
        tell_begin(context);
    int code = open_all(context, error);
    if (code == 0)
        warn_of_lens(context);
    if (code == 0 && (!alone || comm->rank == 0))
        code = command->run(context, error);
    if (alone)
        code = pz_comm_agree_code(comm, code, error);
    if (code == 1)
        code = PZ_EXIT_STOPPED;
    if (code == PZ_EXIT_STOPPED && (command->needs & (PZ_HALF_SCAN | PZ_HALF_REDUCE)) && comm->rank == 0)
        pz_tell("stopped on request; the same command continues from here");
    if (code == 0 && concludes_fates(command) &&
        pz_comm_max(comm, comm->rank == 0 && pz_fates_tell(&context->captures)))
        code = PZ_EXIT_DAMAGE;
    if (verbose)
        tell_end(context, code, pz_clock() - began);
    return code;
}

/* Arguments as a shell would take them. */
static void put_quoted(struct pz_buf *to, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+,./:@%";
    if (*text && !text[strspn(text, plain)]) {
        pz_buf_printf(to, "%s", text);
        return;
    }
    pz_buf_put(to, "'", 1);
    for (; *text; text++)
        pz_buf_printf(to, *text == '\'' ? "'\\''" : "%c", *text);
    pz_buf_put(to, "'", 1);
}

/* Options whose values are not written down: a command may hold a key, and a lens tells where the telescope is. */
static bool is_secret(const char *argument, size_t length)
{
    static const char *const names[] = {"--decode", "--lens"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == length && memcmp(names[i], argument, length) == 0)
            return true;
    return false;
}

/* The caller frees. */
static char *command_line(const char *name, int argc, char **argv)
{
    struct pz_buf line = {0}, shown = {0};
    pz_buf_printf(&line, "patientzero %s", name);
    for (int i = 0; i < argc; i++) {
        size_t option = strcspn(argv[i], "=");
        pz_buf_put(&line, " ", 1);
        if (i && is_secret(argv[i - 1], strlen(argv[i - 1])))
            pz_buf_printf(&line, "...");
        else if (argv[i][option] && is_secret(argv[i], option))
            pz_buf_printf(&line, "%.*s=...", (int)option, argv[i]);
        else
            put_quoted(&line, argv[i]);
    }
    pz_buf_put(&line, "", 1);
    pz_text_escape(&shown, (const char *)line.bytes);
    pz_buf_put(&shown, "", 1);
    pz_buf_release(&line);
    return (char *)shown.bytes;
}

/* What follows from the settings. */
static void settle(struct pz_context *context)
{
    struct pz_settings *settings = &context->settings;
    if (!settings->ports.n)
        settings->ports = (struct pz_ports){{settings->port}, 1};
    settings->port = settings->ports.ports[0];
    context->nports = settings->ports.n;
    for (size_t i = 0; i < context->nports; i++)
        context->filters[i] = (struct pz_filter){
            .lens = settings->lens.address, .lens_mask = settings->lens.mask, .port = settings->ports.ports[i]};
    context->store_directory = settings->store ? pz_strdup(settings->store)
                               : settings->out ? pz_format("%s/restricted/store", settings->out)
                                               : NULL;
    context->session = (struct pz_session){
        .decode = settings->decode, .quiet = settings->quiet, .progress_seconds = settings->progress};
    context->scan = (struct pz_scan){.session = &context->session,
                                     .stores = context->stores,
                                     .nports = context->nports,
                                     .captures = &context->captures,
                                     .inflater = settings->inflater,
                                     .chunk = settings->part.nparts > 1,
                                     .only_look_up = !(context->command->needs & PZ_HALF_SCAN),
                                     .rescan = settings->rescan,
                                     .strict = settings->strict};
}

int pz_context_read(struct pz_context *context, const struct pz_command *command, int argc, char **argv,
                    struct pz_error *error)
{
    *context =
        (struct pz_context){.command = command,
                            .arguments = argv,
                            .command_line = command_line(command->name, argc, argv),
                            .settings = {.port = command->needs & PZ_TAKES_RESULT ? 0 : PZ_OUTBREAK_DEFAULT->port,
                                         .hours = {.until = UINT32_MAX,
                                                   .silence = 60,
                                                   .timeline_bin = 600,
                                                   .window = PZ_HOURS_PER_DAY,
                                                   .min_cell = 1},
                                         .progress = 10,
                                         .watchdog = PZ_WATCHDOG_SECONDS,
                                         .share = 1,
                                         .cores = 128}};
    struct pz_settings *settings = &context->settings;
    if (command->defaults)
        command->defaults(settings);
    if (pz_options_read(command, settings, argc, argv, &context->narguments, error) != 0)
        return -1;
    if (settings->quiet && settings->verbose)
        return pz_fail_usage(error, "--quiet and --verbose exclude each other: give one of them");
    if (command->check && command->check(context, error) != 0)
        return -1;
    settle(context);
    return 0;
}

void pz_context_release(struct pz_context *context)
{
    if (context->command && context->command->release)
        context->command->release(&context->settings);
    pz_scan_release(&context->scan);
    for (size_t i = 0; i < context->nports; i++)
        pz_store_close(&context->stores[i]);
    pz_captures_release(&context->captures);
    pz_geo_release(&context->countries);
    pz_geo_release(&context->networks);
    free(context->store_directory);
    free(context->command_line);
}
