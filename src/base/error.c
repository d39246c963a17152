/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/error.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#ifdef __GLIBC__
#    include <malloc.h>
#endif

int pz_fail_with(struct pz_error *error, enum pz_exit exit, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    error->exit = exit;
    vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    return -1;
}

void pz_out_of_memory(size_t nbytes)
{
    fprintf(stderr,
            "patientzero: out of memory: %zu bytes more could not be had; give each rank more, or start fewer of them"
            " on a machine\n",
            nbytes);
    fflush(NULL);
    _exit(PZ_EXIT_ENVIRONMENT); /* nothing of MPI's: a launcher ends the other ranks */
}

static void *or_die(void *memory, size_t nbytes)
{
    if (!memory)
        pz_out_of_memory(nbytes);
    return memory;
}

enum { LINE = 64, HUGE_PAGE = 1 << 21 };

/* The first touch of a page costs more than all that is done with what lies on it, so large memory had better come in
 * pages of 2 MiB. It is advice: whether it is taken doesn't matter. */
static void *advised(void *memory, size_t nbytes)
{
    uintptr_t begin = ((uintptr_t)memory + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    uintptr_t end = ((uintptr_t)memory + nbytes) / HUGE_PAGE * HUGE_PAGE;
    if (nbytes >= HUGE_PAGE && begin < end)
        madvise((void *)begin, end - begin, MADV_HUGEPAGE);
    return memory;
}

void *pz_alloc(size_t nbytes)
{
    return advised(or_die(calloc(1, nbytes ? nbytes : 1), nbytes), nbytes);
}

void *pz_alloc_lines(size_t nbytes)
{
    void *memory = NULL;
    if (posix_memalign(&memory, nbytes >= HUGE_PAGE ? HUGE_PAGE : LINE, nbytes ? nbytes : 1) != 0)
        memory = NULL;
    return advised(or_die(memory, nbytes), nbytes);
}

void *pz_realloc(void *memory, size_t nbytes)
{
    return advised(or_die(realloc(memory, nbytes ? nbytes : 1), nbytes), nbytes);
}

void pz_give_back_large(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
#endif
}

void *pz_room(void *items, size_t n, size_t item_nbytes)
{
    enum { LEAST = 16 };
    bool full = n == 0 || (n >= LEAST && (n & (n - 1)) == 0);
    return full ? pz_realloc(items, (n ? 2 * n : LEAST) * item_nbytes) : items;
}

char *pz_strdup(const char *text)
{
    return or_die(strdup(text), strlen(text));
}

char *pz_format(const char *format, ...)
{
    char *text;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    return or_die(length < 0 ? NULL : text, 0);
}

void pz_bug(const char *file, int line, const char *what)
{
    fprintf(stderr, "patientzero: bug at %s:%d: %s does not hold\n", file, line, what);
    abort();
}
