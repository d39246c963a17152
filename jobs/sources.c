/* The set of all sources of each hour, as a Roaring bitmap in the portable format. */
#include "reduce/job.h"

const struct pz_job pz_job_sources = {.sets = "sources"};
