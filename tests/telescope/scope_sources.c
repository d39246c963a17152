/* SPDX-License-Identifier: BSD-2-Clause */
#include "scope_sources.h"

#include <inttypes.h>
#include <stdlib.h>

const char *const class_names[CLASSES] = {"uniform",     "sequential",    "slash16", "half_random", "low_last",
                                          "low_all",     "misconfigured", "spoofed", "bot",         "sweep_last",
                                          "sweep_reach", "worm",          "gateway", "other"};

// First octets that were in use in 2008, some.
static const uint8_t populated[] = {24,  58,  59,  60,  61,  62,  66,  67,  68,  69,  70,  71,  72,  76,  77,
                                    78,  79,  80,  81,  82,  83,  84,  85,  86,  87,  88,  89,  90,  91,  116,
                                    117, 118, 119, 121, 122, 123, 124, 125, 134, 151, 189, 190, 193, 194, 195,
                                    200, 201, 202, 203, 210, 211, 212, 213, 216, 217, 218, 219, 220, 221, 222};

void *grown(void *list, size_t nbytes)
{
    list = realloc(list, nbytes);
    if (!list) {
        fputs("telescope: out of memory\n", stderr);
        exit(1);
    }
    return list;
}

// Adds a key, which isn't 0, to the set; false where it is there already.
static bool set_add(struct sources *s, uint64_t key)
{
    if (s->nseen * 2 >= s->seen_capacity) {
        uint64_t *old = s->seen, capacity = s->seen_capacity;
        s->seen_capacity = capacity ? capacity * 2 : 1 << 16;
        s->seen = grown(NULL, s->seen_capacity * sizeof *s->seen);
        for (uint64_t i = 0; i < s->seen_capacity; i++) {
            s->seen[i] = 0;
        }
        s->nseen = 0;
        for (uint64_t i = 0; i < capacity; i++) {
            if (old[i]) {
                set_add(s, old[i]);
            }
        }
        free(old);
    }
    uint64_t at = rng_mix(key) & (s->seen_capacity - 1);
    for (; s->seen[at]; at = (at + 1) & (s->seen_capacity - 1)) {
        if (s->seen[at] == key) {
            return false;
        }
    }
    s->seen[at] = key;
    s->nseen++;
    return true;
}

// Half of the addresses lie in a few crowded /16s of their /8, as providers' pools do.
static uint32_t draw_address(struct rng *rng, uint32_t like)
{
    uint32_t first = populated[rng_below(rng, sizeof populated)];
    uint32_t rank = (uint32_t)exp(rng_unit(rng) * 5.545) - 1;
    uint32_t second = (uint32_t)rng_mix(first * 256 + rank) & 255;
    uint32_t low = rng_below(rng, 256) << 8 | (1 + rng_below(rng, 254));
    return (like ? like & 0xffff0000 : first << 24 | second << 16) | low;
}

uint32_t sources_add(struct sources *s, struct rng *rng, enum source_class class, uint32_t like)
{
    if (s->count == s->capacity) {
        s->capacity = s->capacity ? s->capacity * 2 : 1024;
        s->list = grown(s->list, s->capacity * sizeof *s->list);
    }
    uint32_t address;
    int tries = 0;
    do {
        address = draw_address(rng, tries++ < 100 ? like : 0);
    } while (!set_add(s, (uint64_t)UINT32_MAX << 32 | address));
    s->list[s->count] = (struct source){.address = address,
                                        .class = (uint8_t) class,
                                        .infected = NEVER,
                                        .first = NEVER,
                                        .last = NEVER,
                                        .first_worm = NEVER,
                                        .hour = NEVER};
    return s->count++;
}

void sources_heard(struct sources *s, uint32_t source, uint32_t target)
{
    s->list[source].targets += set_add(s, (uint64_t)source << 32 | 1U << 24 | target);
}

static void put_time(FILE *file, int64_t usec)
{
    if (usec == NEVER) {
        fputc(',', file);
    } else {
        fprintf(file, ",%" PRId64 ".%06" PRId64, usec / 1000000, usec % 1000000);
    }
}

void sources_write(const struct sources *s, FILE *file)
{
    fputs("address,class,host,hosts,reachable,infected,first_heard,last_heard,first_worm,syns,worm_syns,targets\n",
          file);
    for (uint32_t i = 0; i < s->count; i++) {
        const struct source *source = &s->list[i];
        if (source->first == NEVER && source->infected == NEVER) {
            continue;
        }
        uint32_t a = source->address;
        fprintf(file, "%u.%u.%u.%u,%s,", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255, class_names[source->class]);
        if (source->nhosts) {
            fprintf(file, "%u,%u", source->host, source->nhosts);
        } else {
            fputs(",0", file);
        }
        fprintf(file, ",%d", reachable(a));
        put_time(file, source->infected);
        put_time(file, source->first);
        put_time(file, source->last);
        put_time(file, source->first_worm);
        fprintf(file, ",%u,%u,%u\n", source->syns, source->worm_syns, source->targets);
    }
}

void sources_release(struct sources *s)
{
    free(s->list);
    free(s->seen);
}
