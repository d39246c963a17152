/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the files of a result lie. A result of one port has its tables in tables/, and one of several has those of each
 * port in tables/PORT/. The folders restricted/ and figures/ are divided in the same way. All code names a file as in
 * a result of one port ("tables/hourly.csv"). Only where a file is opened or listed does its name become that of the
 * port's folder ("tables/445/hourly.csv"). summary.json, restricted/manifest.json and report.html belong to all
 * ports. */
#ifndef PZ_REPORT_FOLDERS_H
#define PZ_REPORT_FOLDERS_H

#include "base/file.h"
#include "report/manifest.h"

/* The name of a port's file or folder. `folder` is the port, or 0 in a result of one port. */
struct pz_path pz_folders_name(uint16_t folder, const char *name);
/* The same below the folder of the result. */
struct pz_path pz_folders_path(const char *directory, uint16_t folder, const char *name);
/* Of a list, what belongs to a port, under the names of a result of one port; what belongs to others is dropped. */
void pz_folders_choose(struct pz_manifest *list, uint16_t folder);
/* The ports that have folders in a result, ascending; the caller frees. */
uint16_t *pz_folders_of_ports(const char *directory, size_t *n);

#endif
