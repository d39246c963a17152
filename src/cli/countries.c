#include "cli/countries.h"

int pz_parse_country_file(const char *text, void *field, struct pz_error *error)
{
    struct pz_country_files *files = field;
    if (!*text)
        return pz_fail_usage(error, "it may not be empty");
    if (files->n == PZ_COUNTRY_FILES)
        return pz_fail_usage(error, "that is more than %d files", PZ_COUNTRY_FILES);
    files->paths[files->n++] = text;
    return 0;
}

int pz_countries_load(const struct pz_comm *comm, const struct pz_country_files *files, struct pz_geo *geo,
                      struct pz_error *error)
{
    *geo = (struct pz_geo){0};
    if (!files->n)
        return 0;
    int status = comm->rank ? 0 : pz_geo_load(geo, files->paths, files->n, error);
    if (pz_comm_agree(comm, status, error) != 0)
        return -1;
    struct pz_buf bytes = {0};
    if (comm->rank == 0)
        pz_geo_encode(geo, &bytes);
    pz_comm_broadcast(comm, &bytes);
    if (comm->rank) {
        struct pz_cursor from = pz_cursor_of(bytes.bytes, bytes.nbytes);
        pz_geo_decode(geo, &from);
    }
    pz_buf_release(&bytes);
    return 0;
}
