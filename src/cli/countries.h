/* Countries as an option of commands: --countries FILE, any number of times. */
#ifndef PZ_CLI_COUNTRIES_H
#define PZ_CLI_COUNTRIES_H

#include "cli/command.h"
#include "geo/geo.h"

enum { PZ_COUNTRY_FILES = 64 };

struct pz_country_files {
    const char *paths[PZ_COUNTRY_FILES]; /* borrowed from argv */
    size_t n;
};

int pz_parse_country_file(const char *text, void *field, struct pz_error *error); /* struct pz_country_files */

#define PZ_OPTION_COUNTRIES(field)                                                          \
    {                                                                                       \
        "countries", "FILE",                                                                \
            "Countries of addresses, to count sources by country: a registry's delegated\n" \
            "file, a CSV of start, end and two-letter country, or a MaxMind DB, of the\n"   \
            "archive's days. Give it again for each further file.",                         \
            field, pz_parse_country_file                                                    \
    }

/* Reads the files on rank 0 and gives every rank the table; `geo` stays empty if there are none. Collective. */
int pz_countries_load(const struct pz_comm *comm, const struct pz_country_files *files, struct pz_geo *geo,
                      struct pz_error *error);

#endif
