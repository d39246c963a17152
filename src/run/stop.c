/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/stop.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t asked; /* a signal handler has no argument */

static void on_signal(int number)
{
    (void)number;
    asked = 1;
}

/* A failed write then returns EFBIG or EPIPE and is reported; the signal would end the process without a message.
 * Commands that we start get the default action again, as exec resets handlers. */
static void let_write_fail(int number)
{
    (void)number;
}

void pz_stop_install(void)
{
    static const int of_writes[] = {SIGXFSZ, SIGPIPE};
    for (size_t i = 0; i < sizeof of_writes / sizeof *of_writes; i++) {
        struct sigaction action = {.sa_handler = let_write_fail, .sa_flags = SA_RESTART};
        sigemptyset(&action.sa_mask);
        sigaction(of_writes[i], &action, NULL);
    }
    static const int signals[] = {SIGUSR1, SIGINT, SIGTERM};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
        /* A job may be sent SIGUSR1 more than once. */
        if (signals[i] != SIGUSR1)
            action.sa_flags |= (int)SA_RESETHAND;
        sigemptyset(&action.sa_mask);
        sigaction(signals[i], &action, NULL);
    }
}

bool pz_stop_asked(void)
{
    return asked;
}
