/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/selection_options.h"

struct pz_selection pz_selection_of(const struct pz_context *context)
{
    const struct pz_settings *settings = &context->settings;
    return (struct pz_selection){.store = settings->store,
                                 .port = settings->port,
                                 .since = settings->since < 0 ? 0 : (uint32_t)settings->since,
                                 .until = settings->until < 0 ? UINT32_MAX - 1 : (uint32_t)settings->until,
                                 .rule = settings->rule,
                                 .window = settings->window,
                                 .model = &context->model,
                                 .model_given = settings->model};
}
