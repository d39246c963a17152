/* SPDX-License-Identifier: BSD-2-Clause */
/* For each figure whose tables are there: its draw function makes the script, the script is written with the digest of
 * its text, and gnuplot runs on it once for each kind of picture, on several pictures at a time. A picture is drawn under
 * a temporary name, read back, and written like every file. Scripts that a user changed are kept, and the new one gets
 * another name. */
#include "report/draw.h"

#include "base/file.h"
#include "report/drawings.h"
#include "report/outlines.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define FIGURES "figures"

/* What journals ask for; the script has it too. */
enum { PNG_DPI = 300 };

/* What all scripts begin with. */
static const char common[] =
    "if (!exists(\"ending\")) ending = \"svg\"\n"
    "if (ending eq \"svg\") {\n"
    "    set terminal svg size width,height dynamic background rgb \"white\" font \"Helvetica,Arial,sans-serif,14\"\n"
    "}\n"
    "if (ending eq \"png\") {\n"
    "    dpi = 300.0; set terminal pngcairo size width*dpi/96,height*dpi/96 background rgb \"white\" font \"sans,11\""
    " fontscale 2.9 linewidth dpi/96 pointscale dpi/96\n"
    "}\n"
    "if (ending eq \"pdf\") {\n"
    "    set terminal pdfcairo size width/96.0 in,height/96.0 in background rgb \"white\" font \"sans,10\"\n"
    "}\n"
    "set output name.\".\".ending\n"
    "set encoding utf8\n"
    "set datafile separator \",\"\n"
    "set datafile columnheaders\n"
    "# An empty field breaks a line. Only hours (or days) that were recorded whole are joined.\n"
    "got(c) = strlen(strcol(c)) ? real(strcol(c)) : NaN\n"
    "whole(c) = strcol(\"status\") eq \"whole\" ? got(c) : NaN\n"
    "flawed(c) = strcol(\"status\") eq \"whole\" ? NaN : got(c)\n"
    "# Colours that the colour-blind tell apart (Okabe and Ito; purple is darker).\n"
    "blue = 0x0072b2; red = 0xd55e00; green = 0x009e73; purple = 0xa3477a; orange = 0xe69f00; sky = 0x56b4e9\n"
    "grey = 0x777777; outage = 0xe0e0e0; damaged = 0xf7cfc0; partial = 0xfbeec4\n"
    "set margins 10,16,5,4\n"
    "set border 3 lc rgb 0x444444\n"
    "set tics nomirror out\n"
    "set grid y lc rgb 0xdddddd lw 0.7\n"
    "set style fill solid noborder\n"
    "set xdata time\n"
    "set timefmt \"%Y-%m-%dT%H:%M:%SZ\"\n";

/* A picture that gnuplot draws: under a unique name, as another run may draw there too. */
struct painting {
    struct pz_drawn *drawn;
    const char *ending;
    struct pz_path temporary; /* the name, without the ending */
    pid_t pid;                /* -1: gnuplot could not be started */
    int said;                 /* owned: what gnuplot says is read here */
};

/* Other ranks wait meanwhile, and leave their cores. */
enum { PAINTINGS = 8 };

/* All figures while they are drawn, with the pictures that gnuplot draws now, the oldest first. */
struct painters {
    struct pz_results *results;
    const struct pz_draw_options *options;
    struct pz_manifest *list; /* of what was written */
    const char *folder;
    struct painting at_work[PAINTINGS];
    size_t n, most;
};

static int write_drawing(const struct painters *painters, const struct pz_drawn *drawn, const char *ending,
                         const struct pz_buf *bytes, struct pz_error *error)
{
    return pz_results_write(painters->results, pz_path(FIGURES "/%s.%s", drawn->name, ending).text, bytes,
                            painters->list, error);
}

/* The script of a figure, which names tables as in a result of one port. */
static void put_body(const struct pz_results *results, const struct pz_buf *body, struct pz_buf *to)
{
    static const char tables[] = "../tables/";
    const uint8_t *at = body->bytes, *end = at + body->nbytes, *found;
    while (results->folder && (found = memmem(at, (size_t)(end - at), tables, sizeof tables - 1))) {
        pz_buf_put(to, at, (size_t)(found - at));
        pz_buf_printf(to, "../../tables/%u/", results->folder);
        at = found + sizeof tables - 1;
    }
    pz_buf_put(to, at, (size_t)(end - at));
}

/* Of what program, table and days a figure is. */
static void put_source(const struct painters *painters, const struct pz_figure *figure, struct pz_buf *to)
{
    const struct pz_csv_table *total = pz_results_table(painters->results, "total");
    const char *first = pz_csv_table_text(total, 0, "first_time"), *last = pz_csv_table_text(total, 0, "last_time");
    pz_buf_printf(to, "patientzero %s, %s.csv", painters->options->version, figure->table);
    if (*first && *last)
        pz_buf_printf(to, ", data of %.10s to %.10s", first, last);
}

/* The words that belong under a figure, and what it was drawn of. */
static int write_caption(const struct painters *painters, const struct pz_drawn *drawn, struct pz_error *error)
{
    const struct pz_results *results = painters->results;
    struct pz_buf text = {0};
    pz_buf_printf(&text, "Figure %s. %s. ", pz_figure_number(drawn->figure).text, drawn->figure->title);
    if (*results->made_up)
        pz_buf_printf(&text, "Made-up data (%s). ", results->made_up);
    pz_buf_put(&text, drawn->drawing.caption.bytes, drawn->drawing.caption.nbytes);
    pz_buf_printf(&text, "\n\nSource: ");
    put_source(painters, drawn->figure, &text);
    pz_buf_printf(&text, "; the result whose summary.json has the SHA-256 %s.\n", results->summary.text);
    int status = write_drawing(painters, drawn, "txt", &text, error);
    pz_buf_release(&text);
    return status;
}

static int write_script(const struct painters *painters, const struct pz_drawn *drawn, struct pz_error *error)
{
    const struct pz_results *results = painters->results;
    const struct pz_figure *figure = drawn->figure;
    const struct pz_number_text number = pz_figure_number(figure);
    struct pz_buf script = {0}, source = {0};
    pz_buf_printf(&script,
                  "# Figure %s. %s.\n# Written by patientzero %s, and yours to change. From this folder:\n"
                  "#   gnuplot %s.gp                       draws %s.svg\n"
                  "#   gnuplot -e 'ending=\"pdf\"' %s.gp     the same as PDF; or png\n"
                  "if (!exists(\"name\")) name = \"%s\"\n"
                  "width = %d; height = %d\n",
                  number.text, figure->title, painters->options->version, drawn->name, drawn->name, drawn->name,
                  drawn->name, figure->size.width, figure->size.height);
    pz_buf_put(&script, common, sizeof common - 1);
    if (*results->made_up)
        pz_buf_printf(&script, "set label 99 \"%s\" at screen 0.992,0.972 right tc rgb red noenhanced front\n",
                      results->made_up);
    put_source(painters, figure, &source);
    pz_buf_printf(&script,
                  "if (!exists(\"title\")) title = \"Figure %s. %s\"\n"
                  "set label 97 title at screen 0.008,0.972 left noenhanced front\n"
                  "set label 96 \"%.*s\" at screen 0.992,0.02 right tc rgb grey font \",10\" noenhanced front\n\n",
                  number.text, figure->title, (int)source.nbytes, (const char *)source.bytes);
    pz_buf_release(&source);
    put_body(results, &drawn->drawing.script, &script);
    pz_script_seal(&script);
    int status = write_drawing(painters, drawn, "gp", &script, error);
    pz_buf_release(&script);
    return status;
}

/* Runs gnuplot on the figure's script. The shell changes folder. Labels of time are in English whatever the locale. It
 * has a process group of its own: what is called gnuplot may be a script that starts it, and both are to end. */
static void start_gnuplot(const char *folder, struct painting *painting)
{
    static char command[] =
        "cd \"$1\" && LC_ALL=C.UTF-8 TZ=UTC exec gnuplot -d -e \"ending='$3'; name='$4'\" \"$2.gp\"";
    char *arguments[] = {"sh",
                         "-c",
                         command,
                         "sh",
                         (char *)folder,
                         painting->drawn->name,
                         (char *)painting->ending,
                         (char *)painting->temporary.text,
                         NULL};
    int ends[2];
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t group;
    painting->pid = -1;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return;
    posix_spawnattr_init(&group);
    posix_spawnattr_setflags(&group, POSIX_SPAWN_SETPGROUP);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    painting->said = ends[0];
    if (posix_spawn(&painting->pid, "/bin/sh", &actions, &group, arguments, environ) != 0) {
        painting->pid = -1;
        close(ends[0]);
    }
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&group);
    close(ends[1]);
}

static bool is_stopped(const struct painters *painters)
{
    return painters->options->stop && painters->options->stop();
}

/* Reads what the oldest gnuplot says until it ends. On a request to stop, all are ended. */
static void hear(const struct painters *painters, struct pz_buf *said)
{
    enum { STEP = 4096, MSEC = 1000 /* in case the request comes just before the wait, which it would end */ };
    struct pollfd from = {.fd = painters->at_work[0].said, .events = POLLIN};
    for (ssize_t n = 1; n > 0;) {
        for (size_t i = 0; is_stopped(painters) && i < painters->n; i++)
            if (painters->at_work[i].pid > 0)
                kill(-painters->at_work[i].pid, SIGTERM);
        if (poll(&from, 1, MSEC) <= 0)
            continue;
        uint8_t *to = pz_buf_extend(said, STEP);
        n = read(from.fd, to, STEP);
        said->nbytes -= STEP - (n > 0 ? (size_t)n : 0);
    }
    close(from.fd);
}

/* Waits for the oldest gnuplot; false, and the reason, if it didn't work. */
static bool end_gnuplot(const struct painters *painters, char *why, size_t why_nbytes)
{
    const struct painting *painting = &painters->at_work[0];
    int state = -1;
    struct pz_buf said = {0};
    if (painting->pid > 0)
        hear(painters, &said);
    while (painting->pid > 0 && waitpid(painting->pid, &state, 0) < 0 && errno == EINTR)
        ;
    bool ended = painting->pid > 0 && WIFEXITED(state), good = ended && WEXITSTATUS(state) == 0;
    if (ended && WEXITSTATUS(state) == 127)
        snprintf(why, why_nbytes, "gnuplot isn't installed here");
    else if (!good && painting->pid > 0)
        snprintf(why, why_nbytes, "gnuplot failed: %.*s", (int)(said.nbytes < 180 ? said.nbytes : 180),
                 said.nbytes ? (const char *)said.bytes : "");
    else if (!good)
        snprintf(why, why_nbytes, "gnuplot couldn't be run");
    for (char *c = why; !good && *c; c++)
        *c = *c == '\n' ? ' ' : *c;
    pz_buf_release(&said);
    return good;
}

/* Reads back what was drawn, and writes it like every file. */
static int take_picture(struct painters *painters, const struct painting *painting, const char *fresh,
                        struct pz_error *error)
{
    struct pz_drawn *drawn = painting->drawn;
    const char *ending = painting->ending;
    struct pz_buf picture = {0};
    int status = pz_file_read(fresh, &picture, error);
    if (status == 0 && strcmp(ending, "png") == 0)
        pz_png_set_dpi(&picture, PNG_DPI);
    if (status == 0 && strcmp(ending, "pdf") == 0)
        pz_pdf_drop_date(&picture);
    if (status == 0)
        status = write_drawing(painters, drawn, ending, &picture, error);
    if (strcmp(ending, "svg") == 0)
        drawn->svg = picture;
    else if (strcmp(ending, "png") == 0)
        drawn->png = picture;
    else
        pz_buf_release(&picture);
    return status;
}

/* Of a figure whose picture failed, those that come later are dropped. */
static int end_oldest(struct painters *painters, bool wanted, struct pz_error *error)
{
    const struct painting painting = painters->at_work[0];
    struct pz_drawn *drawn = painting.drawn;
    char ignored[sizeof drawn->drawing.why], *why = drawn->painted ? drawn->drawing.why : ignored;
    struct pz_path fresh = pz_path("%s/%s.%s", painters->folder, painting.temporary.text, painting.ending);
    drawn->painted = end_gnuplot(painters, why, sizeof ignored) && drawn->painted;
    memmove(painters->at_work, painters->at_work + 1, --painters->n * sizeof *painters->at_work);
    int status = wanted && drawn->painted ? take_picture(painters, &painting, fresh.text, error) : 0;
    unlink(fresh.text);
    return status;
}

static int start_picture(struct painters *painters, struct pz_drawn *drawn, const char *ending, struct pz_error *error)
{
    int status = painters->n == painters->most ? end_oldest(painters, true, error) : 0;
    if (status == 0) {
        struct painting *painting = &painters->at_work[painters->n++];
        *painting = (struct painting){.drawn = drawn, .ending = ending, .temporary = pz_file_temporary(drawn->name)};
        start_gnuplot(painters->folder, painting);
    }
    return status;
}

static int end_all(struct painters *painters, int status, struct pz_error *error)
{
    while (painters->n)
        if (end_oldest(painters, status == 0 && !is_stopped(painters), error) != 0)
            status = -1;
    if (status != 0 || !is_stopped(painters))
        return status;
    error->exit = PZ_EXIT_STOPPED;
    snprintf(error->text, sizeof error->text, "stopped on request; the same command continues from here");
    return -1;
}

void pz_draw_remove(const char *folder, const struct pz_figure *const *table)
{
    size_t n;
    const struct pz_figure **figures = pz_figures_in_order(table, &n);
    for (size_t i = 0; i < n; i++)
        free(pz_script_make_room(folder, figures[i]->name));
    pz_world_remove(folder);
    free(figures);
}

static int draw_one(struct painters *painters, struct pz_drawn *drawn, struct pz_error *error)
{
    struct pz_results *results = painters->results;
    const struct pz_figure *figure = drawn->figure;
    struct pz_drawing *drawing = &drawn->drawing;
    /* A figure that an earlier report drew, and this one doesn't, would seem to be of these tables. */
    drawn->name = pz_script_make_room(painters->folder, figure->name);
    *drawing =
        (struct pz_drawing){.figure = figure, .results = results, .table = pz_results_table(results, figure->table)};
    if (!drawing->table)
        drawn->left_out = pz_drawing_fails(drawing, "there is no table %s.csv", figure->table) != 0;
    else
        drawn->left_out = figure->draw(drawing) != 0;
    if (drawn->left_out)
        return 0;
    if (write_script(painters, drawn, error) != 0 || write_caption(painters, drawn, error) != 0 ||
        (figure->map && pz_world_write(painters->folder, error) != 0))
        return -1;
    drawn->painted = true;
    int status = 0;
    for (size_t i = 0; status == 0 && !is_stopped(painters) && drawn->endings[i]; i++)
        status = start_picture(painters, drawn, drawn->endings[i], error);
    return status;
}

/* A launcher may have bound this rank, and so what it starts, to fewer cores than the machine has. */
static size_t most_at_once(void)
{
    cpu_set_t cores;
    if (sched_getaffinity(0, sizeof cores, &cores) != 0)
        return PAINTINGS; /* more cores than a cpu_set_t has */
    return CPU_COUNT(&cores) < PAINTINGS ? (size_t)CPU_COUNT(&cores) : PAINTINGS;
}

int pz_draw_all(struct pz_results *results, const struct pz_draw_options *options, struct pz_manifest *list,
                struct pz_drawn **drawn, size_t *n, struct pz_error *error)
{
    struct pz_path folder = pz_results_path(results, FIGURES);
    const struct pz_figure **figures = pz_figures_in_order(options->figures, n);
    *drawn = pz_alloc(*n * sizeof **drawn);
    struct painters painters = {
        .results = results, .options = options, .list = list, .folder = folder.text, .most = most_at_once()};
    int status = pz_file_make_dirs(folder.text, 0777, error);
    pz_world_remove(folder.text); /* a map writes it again */
    for (size_t i = 0; status == 0 && !is_stopped(&painters) && i < *n; i++) {
        (*drawn)[i] = (struct pz_drawn){.figure = figures[i], .endings = options->endings};
        status = draw_one(&painters, &(*drawn)[i], error);
    }
    status = end_all(&painters, status, error);
    free(figures);
    if (status != 0) {
        pz_drawn_free(*drawn, *n);
        *drawn = NULL;
    }
    return status;
}

void pz_drawn_free(struct pz_drawn *drawn, size_t n)
{
    for (size_t i = 0; drawn && i < n; i++) {
        free(drawn[i].name);
        pz_buf_release(&drawn[i].drawing.script);
        pz_buf_release(&drawn[i].drawing.caption);
        pz_buf_release(&drawn[i].drawing.alt);
        pz_buf_release(&drawn[i].svg);
        pz_buf_release(&drawn[i].png);
    }
    free(drawn);
}
