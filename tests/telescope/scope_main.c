/* SPDX-License-Identifier: BSD-2-Clause */
#include "recorder.h"
#include "scope_background.h"
#include "scope_noise.h"
#include "scope_options.h"
#include "scope_sources.h"
#include "scope_worm.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct world {
    struct options options;
    struct sources sources;
    struct noise noise;
    struct worm worm;
    struct background background;
    struct recorder recorder;
};

static _Noreturn void cannot_write(const char *path)
{
    fprintf(stderr, "telescope: can't write %s: %s\n", path, strerror(errno));
    exit(1);
}

// Files of an earlier run would mix with this one's: only the folder itself may be there.
static void make_folder(const char *parent, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s%s", parent, name);
    if (mkdir(path, 0777) && (errno != EEXIST || *name)) {
        cannot_write(path);
    }
}

static FILE *truth(const struct world *w, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/truth/%s", w->options.out, name);
    FILE *file = fopen(path, "w");
    if (!file) {
        cannot_write(path);
    }
    return file;
}

static void close_truth(FILE *file, const char *name)
{
    int bad = ferror(file);
    if (fclose(file) || bad) {
        cannot_write(name);
    }
}

static void write_parameters(const struct world *w)
{
    static const char *const rates[] = {"lognormal", "pareto", "bursts", "mixed"};
    const struct options *o = &w->options;
    FILE *file = truth(w, "parameters.csv");
    fprintf(file, "name,value\nseed,%" PRIu64 "\nhosts,%u\nothers,%u\nbackground,%g\nworm,%d\nlens,%d\ndoubling,%g\n",
            o->seed, o->hosts, o->others, o->background, o->worm, o->lens, o->doubling);
    fprintf(file, "rates,%s\nrate_median,%g\nrate_sigma,%g\nloss_low,%g\nloss_high,%g\ngap_low,%g\ngap_high,%g\n",
            rates[o->rates], o->rate_median, o->rate_sigma, o->loss.low, o->loss.high, o->gap.low, o->gap.high);
    fprintf(file, "single,%g\nthird,%g\nttl64,%g\nhops,%g\nlonger,%g\nhigh_ports,%g\nrepeats,%g\ngateways,%g\n",
            o->single, o->third, o->ttl64, o->hops, o->longer, o->high_ports, o->repeats, o->gateways);
    fprintf(file, "churn,%g\nonce,%g\ndiurnal,%g\ncopies,%g\ndisorder,%g\noutbreak_day,%" PRId64 "\n", o->churn,
            o->once, o->diurnal, o->copies, o->disorder, o->outbreak_day);
    close_truth(file, "parameters.csv");
}

static void write_first(FILE *file, const char *who, const struct source *s, int64_t usec)
{
    uint32_t a = s->address;
    fprintf(file, "%s,%u.%u.%u.%u,%u,%" PRId64 ".%06" PRId64 "\n", who, a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255,
            s->host, usec / 1000000, usec % 1000000);
}

// Who was infected first, and whose worm packet is the earliest in the recording, of those that are.
static void write_outbreak(const struct world *w)
{
    FILE *file = truth(w, "outbreak.csv");
    fputs("what,address,host,time\n", file);
    const struct source *heard = NULL, *zero = NULL;
    for (uint32_t i = 0; i < w->sources.count; i++) {
        const struct source *s = &w->sources.list[i];
        if (s->first_worm != NEVER && (!heard || s->first_worm < heard->first_worm)) {
            heard = s;
        }
        if (s->infected == w->worm.begin && s->host == 0 && !zero) {
            zero = s;
        }
    }
    if (zero) {
        write_first(file, "first_infected", zero, zero->infected);
    }
    if (heard) {
        write_first(file, "first_heard", heard, heard->first_worm);
    }
    close_truth(file, "outbreak.csv");
}

static void write_hour(FILE *file, const struct world *w)
{
    const struct hour *h = &w->recorder.hour;
    uint32_t sources = 0;
    for (int i = 0; i < OTHER; i++) {
        sources += h->heard[i];
    }
    fprintf(file, "%" PRId64 ",telescope.%" PRId64 ".pcap.gz,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%u,%u", h->begin,
            h->begin, h->packets, h->copies, h->syns, worm_infected(&w->worm, w->recorder.end), sources);
    for (int i = 0; i < OTHER; i++) {
        fprintf(file, ",%u", h->heard[i]);
    }
    fputc('\n', file);
}

static void record_hours(struct world *w)
{
    FILE *file = truth(w, "hours.csv");
    fputs("hour,file,packets,copies,syns,infected,sources", file);
    for (int i = 0; i < OTHER; i++) {
        fprintf(file, ",%s", class_names[i]);
    }
    fputc('\n', file);
    double share = w->options.background;
    for (int i = 0; i < w->options.nrecorded; i++) {
        recorder_open(&w->recorder, w->options.recorded[i]);
        noise_hour(&w->noise, &w->recorder);
        background_hour(&w->background, &w->recorder, (uint32_t)(share / (1 - share) * w->recorder.count));
        worm_hour(&w->worm, &w->recorder);
        if (!recorder_close(&w->recorder)) {
            cannot_write("a capture");
        }
        write_hour(file, w);
    }
    close_truth(file, "hours.csv");
}

int main(int argc, char **argv)
{
    static struct world w;
    options_parse(&w.options, argc, argv);
    make_folder(w.options.out, "");
    make_folder(w.options.out, "/captures");
    make_folder(w.options.out, "/truth");
    noise_init(&w.noise, &w.options, &w.sources);
    background_init(&w.background, &w.options, &w.sources);
    worm_init(&w.worm, &w.options, &w.sources, &w.noise);
    w.recorder = (struct recorder){.options = &w.options, .sources = &w.sources};
    record_hours(&w);

    FILE *file = truth(&w, "sources.csv");
    sources_write(&w.sources, file);
    close_truth(file, "sources.csv");
    file = truth(&w, "mix.csv");
    noise_write(&w.options, file);
    close_truth(file, "mix.csv");
    write_parameters(&w);
    write_outbreak(&w);
    worm_release(&w.worm);
    noise_release(&w.noise);
    recorder_release(&w.recorder);
    sources_release(&w.sources);
    options_release(&w.options);
    return 0;
}
