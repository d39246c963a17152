#include "worm/quiet.h"

#include <stdbool.h>

enum { LEAST = 10, ALTOGETHER = 40, TIMES = 4, SHARE = 20 };

size_t pz_quiet_end(const struct pz_quiet_hour *hours, size_t n)
{
    uint64_t before = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        uint64_t together = 0;
        bool under_way = true;
        for (size_t j = i; j <= i + 1; j++) {
            uint64_t sure = hours[j].sure, common = i ? TIMES * before : sure + hours[j].others;
            under_way = under_way && sure >= LEAST && sure * (i ? i : SHARE) >= common;
            together += sure;
        }
        if (under_way && together >= ALTOGETHER)
            return i;
        before += hours[i].sure;
    }
    return n;
}
