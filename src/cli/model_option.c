#include "cli/model_option.h"

#include "base/file.h"

int pz_model_load(const struct pz_comm *comm, const char *path, struct pz_model *model, struct pz_error *error)
{
    struct pz_buf text = {0};
    int status = 0, line = 0;
    pz_model_default(model);
    if (!path)
        return 0;
    if (comm->rank == 0)
        status = pz_file_read(path, &text, error);
    status = pz_comm_agree(comm, status, error);
    if (status == 0) {
        pz_comm_broadcast(comm, &text);
        pz_buf_put(&text, "", 1);
        line = pz_model_read((const char *)text.bytes, model);
    }
    if (line)
        status = pz_fail_usage(
            error, "--model %s: line %d is none of a model: name a file that patientzero calibrate wrote", path, line);
    pz_buf_release(&text);
    return status;
}
