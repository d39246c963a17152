/* SPDX-License-Identifier: BSD-2-Clause */
/* What a folder of tables holds, for other tools: a Frictionless Data Package (https://specs.frictionlessdata.io), with a
 * table schema for each table, made of the same columns that the tables and docs/tables.md are made of. */
#ifndef PZ_REPORT_DATAPACKAGE_H
#define PZ_REPORT_DATAPACKAGE_H

#include "reduce/job.h"
#include "report/folders.h"
#include "report/results.h"

#define PZ_DATAPACKAGE "datapackage.json"

/* Of the tables of jobs, and of `others`, which end with NULL, those that are in a list of files of a port
 * (report/folders.h); nothing if none is. */
void pz_datapackage_write(const char *of, const char *title, const struct pz_job *const *jobs,
                          const struct pz_schema *const *others, struct pz_manifest *files, uint16_t folder,
                          struct pz_buf *to);

#endif
