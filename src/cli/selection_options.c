#include "cli/selection_options.h"

#include "cli/model_option.h"

int pz_parse_rule(const char *text, void *field, struct pz_error *error)
{
    static const char *const names[] = {
        [PZ_RULE_ALL] = "all",
        [PZ_RULE_STRICT] = "strict",
        [PZ_RULE_CAIDA2011] = "caida2011",
        [PZ_RULE_EVIDENCE] = "evidence",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(text, names[i]) == 0) {
            *(enum pz_rule *)field = (enum pz_rule)i;
            return 0;
        }
    return pz_fail_usage(error, "give all, evidence, strict or caida2011");
}

int pz_selection_load(const struct pz_comm *comm, const struct pz_selection_settings *settings, struct pz_model *model,
                      struct pz_selection *selection, struct pz_error *error)
{
    *selection = (struct pz_selection){.store = settings->store,
                                       .since = settings->since < 0 ? 0 : (uint32_t)settings->since,
                                       .until = settings->until < 0 ? UINT32_MAX - 1 : (uint32_t)settings->until,
                                       .rule = settings->rule,
                                       .window = settings->window,
                                       .model = model,
                                       .model_given = settings->model};
    return pz_model_load(comm, settings->model, model, error);
}
