/* SPDX-License-Identifier: BSD-2-Clause */
/* The captures of the earlier result are read from its summary.json, finished or not: the label and identity of each
 * that was read. Each must be among the captures of this run, by its label without a compressor's suffix or by its
 * identity. */
#include "cli/earlier.h"

#include "base/file.h"
#include "base/json_read.h"
#include "base/text.h"
#include "report/results.h"

#include <stdlib.h>
#include <unistd.h>

static const char *const names[] = {PZ_RESULTS_SUMMARY, PZ_RESULTS_UNFINISHED};
enum { NAMES = sizeof names / sizeof *names };

bool pz_earlier_there(const char *out)
{
    bool there = false;
    for (int i = 0; i < NAMES && !there; i++)
        there = access(pz_file_join(out, names[i]).text, F_OK) == 0;
    return there;
}

/* A capture that an earlier result was made of. */
struct input {
    char *label, *identity; /* owned */
    bool read;
};

struct earlier {
    struct input *inputs; /* owned */
    size_t n;
    uint16_t ports[PZ_PORTS];
    size_t nports;
};

/* The ports, and the members of inputs[i]; only of a capture that was read, records are told. */
static void take(void *context, const struct pz_json_value *value)
{
    struct earlier *earlier = context;
    const struct pz_json_step *path = value->path;
    if (pz_manifest_is_port(value) && earlier->nports < PZ_PORTS)
        earlier->ports[earlier->nports++] = (uint16_t)strtoul(value->text, NULL, 10);
    if (value->depth != 3 || !path[0].key || strcmp(path[0].key, "inputs") != 0 || !path[2].key)
        return;
    while (earlier->n <= path[1].index) {
        earlier->inputs = pz_room(earlier->inputs, earlier->n, sizeof *earlier->inputs);
        earlier->inputs[earlier->n++] = (struct input){.label = pz_strdup(""), .identity = pz_strdup("")};
    }
    struct input *input = &earlier->inputs[path[1].index];
    char **text = strcmp(path[2].key, "capture") == 0    ? &input->label
                  : strcmp(path[2].key, "identity") == 0 ? &input->identity
                                                         : NULL;
    if (text) {
        free(*text);
        *text = pz_strdup(value->text);
    }
    input->read = input->read || strcmp(path[2].key, "records") == 0;
}

static void read_earlier(const char *out, struct earlier *earlier)
{
    struct pz_error ignored;
    bool found = false;
    for (int i = 0; i < NAMES && !found; i++) {
        struct pz_buf text = {0};
        struct pz_path path = pz_file_join(out, names[i]);
        found = access(path.text, F_OK) == 0 && pz_file_read(path.text, &text, &ignored) == 0;
        if (found)
            (void)pz_json_read(text.bytes, text.nbytes, take, earlier);
        pz_buf_release(&text);
    }
}

/* The label as summary.json has it, where bytes that aren't UTF-8 are replaced, without a compressor's suffix. */
static char *stem_of(const char *label)
{
    static const char *const suffixes[] = {".gz", ".zst", ".xz", ".bz2", ".lz4", ".lzma", ".lz", ".Z", ".zip", ".7z"};
    char *stem = pz_strdup(label);
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        size_t length = strlen(stem), n = strlen(suffixes[i]);
        if (length > n && strcmp(stem + length - n, suffixes[i]) == 0) {
            stem[length - n] = 0;
            break;
        }
    }
    return stem;
}

/* The stems and identities of this run's captures, sorted. A stem never equals an identity. */
static char **list_now(const struct pz_captures *captures, size_t *n)
{
    char **now = pz_alloc(2 * captures->n * sizeof *now), identity[PZ_IDENTITY_TEXT];
    *n = 0;
    for (size_t i = 0; i < captures->n; i++) {
        struct pz_buf shown = {0};
        pz_json_shown(&shown, captures->all[i].label);
        pz_buf_put(&shown, "", 1);
        now[(*n)++] = stem_of((const char *)shown.bytes);
        pz_identity_text(&captures->all[i].identity, identity);
        now[(*n)++] = pz_strdup(identity);
        pz_buf_release(&shown);
    }
    if (*n)
        qsort(now, *n, sizeof *now, pz_text_compare);
    return now;
}

static bool is_named(const struct input *input, char *const *now, size_t n)
{
    char *stem = stem_of(input->label), *identity = input->identity;
    bool named = n && (bsearch(&stem, now, n, sizeof *now, pz_text_compare) ||
                       bsearch(&identity, now, n, sizeof *now, pz_text_compare));
    free(stem);
    return named;
}

static int check_ports(const char *out, const struct earlier *earlier, const struct pz_filter *filters, size_t nports,
                       struct pz_error *error)
{
    for (size_t i = 0; i < earlier->nports; i++) {
        bool wanted = false;
        for (size_t j = 0; j < nports; j++)
            wanted = wanted || filters[j].port == earlier->ports[i];
        if (!wanted)
            return pz_fail_usage(
                error,
                "%s holds a result of port %u, which is not named now. Name it in --port too, or give another "
                "--out. To replace that result, add --replace",
                out, earlier->ports[i]);
    }
    return 0;
}

int pz_earlier_check(const char *out, const struct pz_captures *captures, const struct pz_filter *filters,
                     size_t nports, struct pz_error *error)
{
    enum { NAMED = 3 };
    struct earlier earlier = {0};
    struct pz_buf list = {0};
    size_t n, missing = 0;
    read_earlier(out, &earlier);
    char **now = list_now(captures, &n);
    for (size_t i = 0; i < earlier.n; i++)
        if (earlier.inputs[i].read && !is_named(&earlier.inputs[i], now, n) && missing++ < NAMED)
            pz_buf_printf(&list, "%s%s", list.nbytes ? ", " : "", earlier.inputs[i].label);
    if (missing > NAMED)
        pz_buf_printf(&list, " and %zu more", missing - NAMED);
    int status = check_ports(out, &earlier, filters, nports, error);
    if (status == 0 && missing)
        status =
            pz_fail_usage(error,
                          "%s holds a result of captures that are not named now: %.*s. Name them too, or give another "
                          "--out. To replace that result, add --replace",
                          out, (int)list.nbytes, (const char *)list.bytes);
    for (size_t i = 0; i < earlier.n; i++) {
        free(earlier.inputs[i].label);
        free(earlier.inputs[i].identity);
    }
    for (size_t i = 0; i < n; i++)
        free(now[i]);
    free(now);
    free(earlier.inputs);
    pz_buf_release(&list);
    return status;
}
