/* SPDX-License-Identifier: BSD-2-Clause */
#include "worm/model.h"

#include "base/error.h"
#include "worm/outbreak.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_LINE "patientzero model 3"

/* One line: a name and the numbers that follow it. */
struct line {
    char name[32];
    double *numbers;
    int n;
};

enum { STACK_LINES = 2 + PZ_LEVEL_TRAITS, LINES = (STACK_LINES + 1) * (PZ_KINDS + 1) + 3 };

static int add(struct line *lines, int at, const char *owner, const char *what, double *numbers, int n)
{
    snprintf(lines[at].name, sizeof lines[at].name, "%s%s", owner, what);
    lines[at].numbers = numbers;
    lines[at].n = n;
    return at + 1;
}

static int add_stack(struct line *lines, int at, const char *owner, struct pz_stack *stack)
{
    static const char *const traits[] = {".length", ".ttl", ".port", ".ip_id"};
    at = add(lines, at, owner, ".patterns", stack->patterns, PZ_PATTERNS);
    at = add(lines, at, owner, ".spread", &stack->spread, 1);
    for (int trait = 0; trait < PZ_LEVEL_TRAITS; trait++)
        at = add(lines, at, owner, traits[trait], stack->levels[trait], pz_levels_of(trait));
    return at;
}

static void list_lines(struct pz_model *model, struct line *lines)
{
    int at = add_stack(lines, 0, "worm", &model->stacks[PZ_STACK_WORM]);
    at = add(lines, at, "worm", ".strange", &model->strange, 1);
    for (int kind = 0; kind < PZ_KINDS; kind++) {
        char owner[16];
        snprintf(owner, sizeof owner, "other%d", kind);
        at = add_stack(lines, at, owner, &model->stacks[kind]);
        at = add(lines, at, owner, ".weights", model->weights[kind], PZ_CHOICES);
    }
    at = add(lines, at, "scan_ratio", "", &model->scan_ratio.mean, 3);
    at = add(lines, at, "source_ratio", "", &model->source_ratio.mean, 3);
    at = add(lines, at, "mostly_ratio", "", &model->mostly_ratio.mean, 3);
    PZ_CHECK(at == LINES);
}

void pz_model_write(const struct pz_model *model, struct pz_buf *to)
{
    struct pz_model copy = *model;
    struct line lines[LINES];
    list_lines(&copy, lines);
    pz_buf_printf(to, FIRST_LINE "\n");
    for (int i = 0; i < LINES; i++) {
        pz_buf_printf(to, "%s", lines[i].name);
        for (int j = 0; j < lines[i].n; j++)
            pz_buf_printf(to, " %.6g", lines[i].numbers[j]);
        pz_buf_printf(to, "\n");
    }
}

static bool read_line(const char *text, size_t length, const struct line *line)
{
    char copy[256];
    size_t name = strlen(line->name);
    if (length >= sizeof copy || length <= name || strncmp(text, line->name, name) != 0)
        return false;
    memcpy(copy, text, length);
    copy[length] = 0;
    char *at = copy + name;
    for (int i = 0; i < line->n; i++) {
        char *end;
        line->numbers[i] = strtod(at, &end);
        if (end == at || !(line->numbers[i] >= 0) || line->numbers[i] > 1e6)
            return false;
        at = end;
    }
    return !*at;
}

int pz_model_read(const char *text, struct pz_model *model)
{
    struct line lines[LINES];
    *model = (struct pz_model){0};
    list_lines(model, lines);
    for (int i = -1; i < LINES; i++) {
        size_t length = strcspn(text, "\n");
        bool good = i < 0 ? length == strlen(FIRST_LINE) && strncmp(text, FIRST_LINE, length) == 0
                          : read_line(text, length, &lines[i]);
        if (!good)
            return i + 2;
        text += length + (text[length] == '\n');
    }
    return *text ? LINES + 2 : 0;
}

void pz_model_default(struct pz_model *model)
{
    PZ_CHECK(pz_model_read(PZ_OUTBREAK_DEFAULT->model, model) == 0);
}

struct pz_sha256_text pz_model_settle(struct pz_model *model)
{
    struct pz_buf text = {0};
    pz_model_write(model, &text);
    struct pz_sha256_text digest = pz_sha256_text(text.bytes, text.nbytes);
    pz_buf_put(&text, "", 1);
    PZ_CHECK(pz_model_read((const char *)text.bytes, model) == 0);
    pz_buf_release(&text);
    return digest;
}
