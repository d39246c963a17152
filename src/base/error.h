/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors of the environment: an open, a read, a full disk, a wrong argument.
 *
 * A function that can fail for such a reason returns 0, or -1 with one pz_error filled in where the fact is first
 * known; callers pass it up unchanged. Damaged data is not an error (see capture/damage_log.h), a lack of memory ends
 * the process (pz_alloc), and a broken invariant aborts (PZ_CHECK). The command line prints the error. */
#ifndef PZ_BASE_ERROR_H
#define PZ_BASE_ERROR_H

#include <stddef.h>

/* What the process ends with; documented in the README and in --help. */
enum pz_exit {
    PZ_EXIT_DONE = 0,
    PZ_EXIT_ENVIRONMENT = 1,
    PZ_EXIT_USAGE = 2,
    PZ_EXIT_DAMAGE = 3,   /* done, but a capture was torn or unreadable, or is not a capture */
    PZ_EXIT_STOPPED = 75, /* stopped on request (EX_TEMPFAIL): run again to go on */
};

struct pz_error {
    enum pz_exit exit; /* what the process should end with */
    char text[1024];   /* one sentence, what and where; no trailing newline */
};

/* Fills `error` and returns -1, so that `return pz_fail(error, format, ...)` reads well. */
int pz_fail_with(struct pz_error *error, enum pz_exit exit, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
#define pz_fail(error, ...) pz_fail_with(error, PZ_EXIT_ENVIRONMENT, __VA_ARGS__)
#define pz_fail_usage(error, ...) pz_fail_with(error, PZ_EXIT_USAGE, __VA_ARGS__)

/* Memory of at least one byte, zeroed; never NULL: running out ends the process with a message. */
void *pz_alloc(size_t nbytes);
/* The same, not zeroed, and aligned to cache lines of 64 bytes; large pieces lie on huge pages where the system has
 * them, which makes random access to them cheaper. */
void *pz_alloc_lines(size_t nbytes);
/* As realloc; the bytes that are new are not initialised. */
void *pz_realloc(void *memory, size_t nbytes);
/* From now on large memory that is freed goes back to the system at once, where the C library can do that: what is kept
 * in pieces between others grows with each round of a long reduction. */
void pz_give_back_large(void);
/* The array, with room for one more item after the first `n`; to be called before each one is added. The room doubles
 * when `n` is a power of two, so that it needs no field of its own. */
void *pz_room(void *items, size_t n, size_t item_nbytes);
char *pz_strdup(const char *text);
/* A formatted string that the caller frees. */
char *pz_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Ends the process with PZ_EXIT_ENVIRONMENT. */
_Noreturn void pz_out_of_memory(size_t nbytes);
/* Of a library that has no memory for what it is asked for. */
#define PZ_CHECK_MEMORY(condition) ((condition) ? (void)0 : pz_out_of_memory(0))

_Noreturn void pz_bug(const char *file, int line, const char *what);
#define PZ_CHECK(condition) ((condition) ? (void)0 : pz_bug(__FILE__, __LINE__, #condition))

#endif
