#include "cli/doubles.h"

#include "base/text.h"

enum { NAMED = 3 }; /* pairs of each kind that are named */

/* The pairs of one kind. */
struct pairs {
    struct pz_buf names;
    size_t n;
};

static void add_pair(struct pairs *pairs, const char *one, const char *between, const char *other)
{
    if (pairs->n++ < NAMED)
        pz_buf_printf(&pairs->names, "%s%s (%s %s)", pairs->names.nbytes ? ", " : "", one, between, other);
}

static void tell(struct pairs *pairs, const char *what)
{
    if (pairs->n > NAMED)
        pz_buf_printf(&pairs->names, ", and %zu more", pairs->n - NAMED);
    if (pairs->n)
        pz_tell("%zu %s: %.*s", pairs->n, what, (int)pairs->names.nbytes, (const char *)pairs->names.bytes);
    pz_buf_release(&pairs->names);
}

void pz_doubles_tell(const struct pz_captures *captures)
{
    const struct pz_capture *all = captures->all;
    struct pairs duplicates = {0}, better = {0};
    for (size_t i = 0; i < captures->n; i++) {
        if (all[i].state == PZ_CAPTURE_DUPLICATE)
            add_pair(&duplicates, all[i].path, "of", all[all[i].original].path);
        else if (all[i].read != i)
            add_pair(&better, all[i].path, "read is", all[all[i].read].path);
    }
    tell(&better, "damaged files have a copy in better state, which was read instead");
    tell(&duplicates, "duplicates are left out");
}
