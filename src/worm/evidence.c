#include "worm/evidence.h"

#include <math.h>

/* The worm's sources that share their address with others (NAT, a change of lease) scan beyond its pattern too. What share
 * of sources they are, and what share of their targets is reachable, isn't published: assumed, and wide. */
static const double mixed_share = 0.03, mixed_reach = 0.75, stray = 0.002;

static double log_sum(double a, double b)
{
    double high = a > b ? a : b, low = a > b ? b : a;
    return high == -INFINITY ? high : high + log1p(exp(low - high));
}

/* log P(`m` distinct of `bins` equally likely ones | `k` draws); m is PZ_NETWORKS_MAX for that many or more. */
static double log_occupancy(unsigned k, unsigned m, uint32_t bins)
{
    if (!bins)
        return -INFINITY;
    double p[PZ_NETWORKS_MAX + 1] = {1};
    for (unsigned draw = 0; draw < k; draw++)
        for (unsigned i = PZ_NETWORKS_MAX; i + 1 > 0; i--) {
            double stays = i == PZ_NETWORKS_MAX ? 1 : fmin((double)i / bins, 1);
            double grows = i ? fmax(1 - (double)(i - 1) / bins, 0) : 0;
            p[i] = p[i] * stays + (i ? p[i - 1] * grows : 0);
        }
    return log(p[m] > 1e-12 ? p[m] : 1e-12);
}

static double log_binomial(unsigned n, unsigned k, double p)
{
    /* With p at 0 or 1, what can't happen didn't. */
    double happened = k ? k * log(p) : 0, failed = n > k ? (n - k) * log1p(-p) : 0;
    return lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0) + happened + failed;
}

/* log P(how the attempts' patterns divide | stack): a Dirichlet-multinomial, as one source's attempts are alike. */
static double log_patterns(const struct pz_stack *stack, const struct pz_evidence *evidence)
{
    double n = 0, sum = 0;
    for (int i = 0; i < PZ_PATTERNS; i++) {
        double alpha = stack->spread * stack->patterns[i];
        n += evidence->attempts[i];
        sum += lgamma(evidence->attempts[i] + alpha) - lgamma(alpha);
    }
    return sum + lgamma(stack->spread) - lgamma(n + stack->spread);
}

static double log_stack(const struct pz_stack *stack, const struct pz_evidence *evidence)
{
    double sum = log_patterns(stack, evidence) + log(stack->id_levels[evidence->id_level]);
    for (int trait = 0; trait < PZ_LEVEL_TRAITS; trait++)
        sum += log(stack->levels[trait][evidence->levels[trait]]);
    return sum;
}

double pz_evidence_worm_targets(const struct pz_lens *lens, const struct pz_evidence *evidence)
{
    unsigned k = evidence->targets, g = evidence->reached;
    double pure = log(1 - mixed_share) + log_binomial(k, g, 1 - stray);
    double mixed = log(mixed_share) + log_binomial(k, g, mixed_reach);
    return log_sum(pure, mixed) + log_occupancy(k, evidence->networks, lens->low);
}

/* One /16 or a few: nearly all sources that scan one scan no other. */
static double log_few_networks(unsigned networks)
{
    return networks <= 1 ? log(0.95) : networks == 2 ? log(0.03) : log(0.02 / (PZ_NETWORKS_MAX - 2));
}

double pz_evidence_other_targets(const struct pz_lens *lens, const struct pz_evidence *evidence,
                                 enum pz_choice choice)
{
    unsigned k = evidence->targets, g = evidence->reached;
    uint32_t all = lens->low + lens->high;
    double low = all ? (double)lens->low / all : 0.5;
    double in_reach, none = 1e-9;
    switch (choice) {
    case PZ_UNIFORM:
        return log_binomial(k, g, low / 2) + log_occupancy(k, evidence->networks, all);
    case PZ_ONE_NETWORK: /* in a /16 within reach, half of the addresses are; in another, none */
        in_reach = low > 0 ? log(low) + log_binomial(k, g, 0.5) : -INFINITY;
        return log_sum(in_reach, g == 0 && low < 1 ? log1p(-low) : log(none)) + log_few_networks(evidence->networks);
    default: /* all in reach, all out of it, or a border crossed on the way; the longer the run the likelier */
        in_reach = k <= 1 ? 0.5 : 0.5 * fmax(1 - k / 128.0, 0.1);
        if (g == k)
            return log(low > 0 ? low * in_reach : none) + log_few_networks(evidence->networks);
        if (g == 0)
            return log(1 - low + low * in_reach) + log_few_networks(evidence->networks);
        return log(fmax(low * (1 - 2 * in_reach), 0.01) / (k > 1 ? k - 1 : 1)) + log_few_networks(evidence->networks);
    }
}

double pz_evidence_worm(const struct pz_model *model, const struct pz_lens *lens, const struct pz_evidence *evidence)
{
    return pz_evidence_worm_targets(lens, evidence) + log_stack(&model->worm, evidence);
}

double pz_evidence_kind(const struct pz_model *model, const struct pz_lens *lens, const struct pz_evidence *evidence,
                        int kind, enum pz_choice choice)
{
    return pz_evidence_other_targets(lens, evidence, choice) + log_stack(&model->kinds[kind], evidence);
}

int32_t pz_evidence_round(double ratio)
{
    return (int32_t)lround(1000 * fmax(fmin(ratio, 1000), -1000));
}

int32_t pz_evidence_ratio(const struct pz_model *model, const struct pz_lens *lens, const struct pz_evidence *evidence)
{
    double targets[PZ_CHOICES], others = -INFINITY;
    for (int choice = 0; choice < PZ_CHOICES; choice++)
        targets[choice] = pz_evidence_other_targets(lens, evidence, (enum pz_choice)choice);
    for (int kind = 0; kind < PZ_KINDS; kind++) {
        double stack = log_stack(&model->kinds[kind], evidence);
        for (int choice = 0; choice < PZ_CHOICES; choice++)
            if (model->weights[kind][choice] > 0)
                others = log_sum(others, log(model->weights[kind][choice]) + stack + targets[choice]);
    }
    double ratio = pz_evidence_worm(model, lens, evidence) - others;
    return pz_evidence_round(ratio);
}

bool pz_rule_strict(const struct pz_evidence *evidence)
{
    return evidence->reached == evidence->targets && evidence->attempts[PZ_TWO_IN_TIME] > 0 &&
           evidence->attempts[PZ_THREE_OR_MORE] == 0;
}

bool pz_rule_caida2011(const struct pz_evidence *evidence)
{
    return evidence->levels[PZ_LEVEL_LENGTH] != PZ_LEVEL_NONE;
}

bool pz_evidence_beyond_doubt(const struct pz_evidence *evidence)
{
    /* Twelve targets in at least eight networks, all within reach: 4^-12 for a uniform scanner. */
    return evidence->targets >= 12 && evidence->reached == evidence->targets && evidence->networks == PZ_NETWORKS_MAX;
}
