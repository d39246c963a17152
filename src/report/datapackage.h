/* SPDX-License-Identifier: BSD-2-Clause */
/* What a folder of tables holds, for other tools: a Frictionless Data Package (https://specs.frictionlessdata.io), with a
 * table schema for each table, made of the same columns that the tables and docs/tables.md are made of. */
#ifndef PZ_REPORT_DATAPACKAGE_H
#define PZ_REPORT_DATAPACKAGE_H

#include "reduce/job.h"
#include "report/folders.h"
#include "report/results.h"

#define PZ_DATAPACKAGE "datapackage.json"

/* Of the jobs' tables that are in the list, those of a port (report/folders.h) that are restricted, or the others;
 * nothing if there is none. */
void pz_datapackage_write(const struct pz_job *const *jobs, struct pz_manifest *files, uint16_t folder, bool restricted,
                          struct pz_buf *to);
/* Of tables that a command added to a result. */
void pz_datapackage_write_added(const char *maker, const struct pz_results_table *tables, size_t n, struct pz_buf *to);

#endif
