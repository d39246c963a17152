#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *pz_file_join(const char *directory, const char *name)
{
    return pz_format("%s/%s", directory, name);
}

static bool is_directory(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

int pz_file_make_dirs(const char *path, mode_t mode, struct pz_error *error)
{
    char *copy = pz_strdup(path);
    for (char *end = copy; *end;) {
        end += strspn(end, "/");
        end += strcspn(end, "/");
        bool last = end[strspn(end, "/")] == 0;
        char was = *end;
        *end = 0;
        /* Some systems refuse to make what is there already for another reason than that it is there. */
        int reason = mkdir(copy, last ? mode : 0777) != 0 ? errno : 0;
        if (reason && !is_directory(copy)) {
            int failed = reason == EEXIST ? pz_fail(error, "%s is there and is not a directory", copy)
                                          : pz_fail(error, "cannot make the directory %s: %s", copy, strerror(reason));
            free(copy);
            return failed;
        }
        *end = was;
    }
    free(copy);
    if (!is_directory(path))
        return pz_fail(error, "%s is no directory", *path ? path : "an empty name");
    return 0;
}

static int write_all(int fd, const uint8_t *bytes, size_t nbytes)
{
    while (nbytes) {
        ssize_t n = write(fd, bytes, nbytes < (1u << 30) ? nbytes : (1u << 30));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        bytes += n;
        nbytes -= (size_t)n;
    }
    return 0;
}

/* Gives the finished file its name; 1 if another has that name and `replace` is false. -1 with errno. */
static int publish(const char *temporary, const char *path, bool replace)
{
    if (!replace && link(temporary, path) == 0) {
        unlink(temporary);
        return 0;
    }
    /* Where there are no hard links, a name that is free is taken by renaming. */
    if (!replace && (errno == EEXIST || access(path, F_OK) == 0)) {
        unlink(temporary);
        return 1;
    }
    /* Another attempt may have swept our file away after it published the same bytes itself. */
    return rename(temporary, path) == 0 || (errno == ENOENT && access(path, F_OK) == 0) ? 0 : -1;
}

static int write_file(const char *path, const void *bytes, size_t nbytes, bool replace, struct pz_error *error)
{
    static unsigned counter;
    char host[64] = "host";
    gethostname(host, sizeof host - 1);
    char *temporary = pz_format("%s" PZ_FILE_TEMPORARY "%s-%ld-%u", path, host, (long)getpid(), counter++);
    int result = 0;
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) {
        result = pz_fail(error, "cannot write %s: %s", path, strerror(errno));
    } else {
        int bad = write_all(fd, bytes, nbytes) != 0 || fsync(fd) != 0;
        int reason = errno;
        if (close(fd) != 0 && !bad) {
            bad = 1;
            reason = errno;
        }
        if (!bad && (result = publish(temporary, path, replace)) < 0) {
            bad = 1;
            reason = errno;
        }
        if (bad) {
            unlink(temporary);
            result = pz_fail(error, "cannot write %s: %s", path, strerror(reason));
        }
    }
    free(temporary);
    return result;
}

int pz_file_write(const char *path, const void *bytes, size_t nbytes, struct pz_error *error)
{
    return write_file(path, bytes, nbytes, true, error);
}

int pz_file_create(const char *path, const void *bytes, size_t nbytes, struct pz_error *error)
{
    return write_file(path, bytes, nbytes, false, error);
}

int pz_file_read(const char *path, struct pz_buf *to, struct pz_error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return pz_fail(error, "cannot read %s: %s", path, strerror(errno));
    int result = 0;
    for (;;) {
        const size_t step = 1 << 16;
        uint8_t *at = pz_buf_extend(to, step);
        ssize_t n = read(fd, at, step);
        to->nbytes -= step - (n > 0 ? (size_t)n : 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            result = pz_fail(error, "cannot read %s: %s", path, strerror(errno));
        if (n <= 0)
            break;
    }
    close(fd);
    return result;
}

int pz_file_pread(int fd, const char *path, void *to, size_t nbytes, uint64_t offset, struct pz_error *error)
{
    uint8_t *at = to;
    while (nbytes) {
        ssize_t n = pread(fd, at, nbytes, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return pz_fail(error, "cannot read %s at byte %llu: %s", path, (unsigned long long)offset, strerror(errno));
        if (n == 0)
            return pz_fail(error, "%s ends at byte %llu, before its contents do", path, (unsigned long long)offset);
        at += n;
        offset += (uint64_t)n;
        nbytes -= (size_t)n;
    }
    return 0;
}

void pz_file_sweep(const char *directory, int all)
{
    DIR *dir = opendir(directory);
    if (!dir)
        return;
    for (struct dirent *entry; (entry = readdir(dir));) {
        const char *mark = strstr(entry->d_name, PZ_FILE_TEMPORARY);
        if (!mark)
            continue;
        char *path = pz_file_join(directory, entry->d_name);
        char *published = pz_format("%s/%.*s", directory, (int)(mark - entry->d_name), entry->d_name);
        if (all || access(published, F_OK) == 0)
            unlink(path);
        free(published);
        free(path);
    }
    closedir(dir);
}
