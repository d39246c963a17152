/* SPDX-License-Identifier: BSD-2-Clause */
/* The captures of the earlier result are read from its summary.json, finished or not: the label and identity of each
 * that was read. Each must be among the captures of this run, by its label without a compressor's suffix or by its
 * identity. */
#include "base/file.h"
#include "base/json_read.h"
#include "base/text.h"
#include "cli/work.h"
#include "report/results.h"

#include <stdlib.h>
#include <unistd.h>

enum { NAMED = 3 }; /* captures that are missing */

/* What the summary of the earlier result is called; NULL if there is none. */
static const char *find_summary(const char *out)
{
    static const char *const names[] = {PZ_RESULTS_SUMMARY, PZ_RESULTS_UNFINISHED};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (access(pz_file_join(out, names[i]).text, F_OK) == 0)
            return names[i];
    return NULL;
}

bool pz_earlier_there(const char *out)
{
    return find_summary(out) != NULL;
}

/* What this run is of, and what of an earlier result is not named now. */
struct earlier {
    const struct pz_context *context;
    char **now; /* owned: the stems and identities of this run's captures, sorted. A stem never equals an identity */
    size_t nnow;
    char *label, *identity; /* owned: of the capture at hand */
    struct pz_buf missing;  /* the labels of the first captures */
    size_t nmissing;
    uint16_t port; /* the first; 0 for none */
};

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

static void list_now(struct earlier *earlier)
{
    const struct pz_captures *captures = &earlier->context->captures;
    char **now = earlier->now = pz_alloc(2 * captures->n * sizeof *now), identity[PZ_IDENTITY_TEXT];
    for (size_t i = 0; i < captures->n; i++) {
        struct pz_buf shown = {0};
        pz_json_shown(&shown, captures->all[i].label);
        pz_buf_put(&shown, "", 1);
        now[earlier->nnow++] = stem_of((const char *)shown.bytes);
        pz_identity_text(&captures->all[i].identity, identity);
        now[earlier->nnow++] = pz_strdup(identity);
        pz_buf_release(&shown);
    }
    if (earlier->nnow)
        qsort(now, earlier->nnow, sizeof *now, pz_text_compare);
}

static bool is_named(const struct earlier *earlier, const char *text)
{
    return earlier->nnow && bsearch(&text, earlier->now, earlier->nnow, sizeof *earlier->now, pz_text_compare);
}

static bool has_port(const struct pz_context *context, uint16_t port)
{
    for (size_t i = 0; i < context->nports; i++)
        if (context->filters[i].port == port)
            return true;
    return false;
}

static void set(char **text, const char *value)
{
    free(*text);
    *text = pz_strdup(value);
}

/* The ports, and the members of inputs[i] in their order: its name is the first, and only of a capture that was read,
 * records are told, after its identity. */
static void take(void *context, const struct pz_json_value *value)
{
    struct earlier *earlier = context;
    const struct pz_json_step *path = value->path;
    if (pz_manifest_is_port(value) && !earlier->port) {
        uint16_t port = (uint16_t)strtoul(value->text, NULL, 10);
        earlier->port = has_port(earlier->context, port) ? 0 : port;
    }
    if (value->depth != 3 || !path[0].key || strcmp(path[0].key, "inputs") != 0 || !path[2].key)
        return;
    if (strcmp(path[2].key, "capture") == 0) {
        set(&earlier->label, value->text);
        set(&earlier->identity, "");
    } else if (strcmp(path[2].key, "identity") == 0) {
        set(&earlier->identity, value->text);
    } else if (strcmp(path[2].key, "records") == 0 && earlier->label) {
        char *stem = stem_of(earlier->label);
        if (!is_named(earlier, stem) && !is_named(earlier, earlier->identity) && earlier->nmissing++ < NAMED)
            pz_buf_printf(&earlier->missing, "%s%s", earlier->nmissing > 1 ? ", " : "", earlier->label);
        free(stem);
    }
}

static void read_earlier(struct earlier *earlier)
{
    const char *out = earlier->context->settings.out, *name = find_summary(out);
    struct pz_error ignored;
    struct pz_buf text = {0};
    if (name && pz_file_read(pz_file_join(out, name).text, &text, &ignored) == 0)
        (void)pz_json_read(text.bytes, text.nbytes, take, earlier);
    pz_buf_release(&text);
    if (earlier->nmissing > NAMED)
        pz_buf_printf(&earlier->missing, " and %zu more", earlier->nmissing - NAMED);
}

int pz_earlier_check(const struct pz_context *context, struct pz_error *error)
{
    struct earlier earlier = {.context = context};
    const char *out = context->settings.out;
    list_now(&earlier);
    read_earlier(&earlier);
    int status = 0;
    if (earlier.port)
        status = pz_fail_usage(
            error,
            "%s holds a result of port %u, which is not named now. Name it in --port too, or give another "
            "--out. To replace that result, add --replace",
            out, earlier.port);
    else if (earlier.nmissing)
        status =
            pz_fail_usage(error,
                          "%s holds a result of captures that are not named now: %.*s. Name them too, or give another "
                          "--out. To replace that result, add --replace",
                          out, (int)earlier.missing.nbytes, (const char *)earlier.missing.bytes);
    for (size_t i = 0; i < earlier.nnow; i++)
        free(earlier.now[i]);
    free(earlier.now);
    free(earlier.label);
    free(earlier.identity);
    pz_buf_release(&earlier.missing);
    return status;
}
