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
    static const struct {
        int number;
        void (*handler)(int number);
        int flags;
    } signals[] = {
        {SIGXFSZ, let_write_fail, 0},
        {SIGPIPE, let_write_fail, 0},
        {SIGUSR1, on_signal, 0}, /* a job may be sent it more than once */
        {SIGINT, on_signal, (int)SA_RESETHAND},
        {SIGTERM, on_signal, (int)SA_RESETHAND},
    };
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct sigaction action = {.sa_handler = signals[i].handler, .sa_flags = SA_RESTART | signals[i].flags};
        sigemptyset(&action.sa_mask);
        sigaction(signals[i].number, &action, NULL);
    }
}

bool pz_stop_asked(void)
{
    return asked;
}
