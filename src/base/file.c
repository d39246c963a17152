/* SPDX-License-Identifier: BSD-2-Clause */
/* A file is written under a temporary name in its own directory, flushed, and then renamed: readers see the old file or
 * the new one, and a full disk is noticed before the old file is gone. Where an existing file must not be replaced, a
 * hard link publishes instead, because it fails if the name is taken. What a user names in an option may also be
 * standard output, a pipe, a device or a link: pz_file_deliver decides which way each is written. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct pz_path pz_path(const char *format, ...)
{
    struct pz_path path;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(path.text, sizeof path.text, format, arguments);
    va_end(arguments);
    PZ_CHECK(length >= 0);
    return path;
}

struct pz_path pz_file_join(const char *directory, const char *name)
{
    return pz_path("%s/%s", directory, name);
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
        /* For a directory that exists, some systems report another reason than EEXIST. */
        int reason = mkdir(copy, last ? mode : 0777) != 0 ? errno : 0;
        if (!reason && last && mode == PZ_FILE_PRIVATE_FOLDER && chmod(copy, mode) != 0) /* against any umask */
            reason = errno;
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
        return pz_fail(error, "%s is not a directory", *path ? path : "an empty name");
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

static int fail_write(const char *name, struct pz_error *error)
{
    return pz_fail(error, "cannot write %s: %s", name, strerror(errno));
}

/* Gives the finished file its name; 1 if another has that name and is not to be replaced. -1 with errno. */
static int publish(const struct pz_file_pieces *file)
{
    const char *temporary = file->temporary.text, *path = file->path.text;
    bool replace = file->way != PZ_FILE_PRIVATE_NEW;
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

struct pz_path pz_file_temporary(const char *path)
{
    static unsigned counter;
    char host[64] = "host";
    gethostname(host, sizeof host - 1);
    return pz_path("%s" PZ_FILE_TEMPORARY "%s-%ld-%u", path, host, (long)getpid(), counter++);
}

int pz_file_begin(struct pz_file_pieces *file, const char *path, enum pz_file_way way, struct pz_error *error)
{
    bool private = way != PZ_FILE_PUBLIC;
    *file = (struct pz_file_pieces){.path = pz_path("%s", path), .temporary = pz_file_temporary(path), .way = way};
    file->fd = open(file->temporary.text, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, private ? 0600 : 0666);
    /* The umask may have taken the owner's own bits. */
    if (file->fd >= 0 && (!private || fchmod(file->fd, 0600) == 0))
        return 0;
    return fail_write(path, error);
}

int pz_file_put(struct pz_file_pieces *file, const void *bytes, size_t nbytes, struct pz_error *error)
{
    return write_all(file->fd, bytes, nbytes) == 0 ? 0 : fail_write(file->path.text, error);
}

int pz_file_put_front(struct pz_file_pieces *file, const void *bytes, size_t nbytes, struct pz_error *error)
{
    if (lseek(file->fd, 0, SEEK_SET) != 0)
        return fail_write(file->path.text, error);
    return pz_file_put(file, bytes, nbytes, error);
}

int pz_file_end(struct pz_file_pieces *file, int status, struct pz_error *error)
{
    const bool opened = file->fd >= 0;
    int reason = 0;
    if (status == 0 && fsync(file->fd) != 0)
        reason = errno;
    if (opened && close(file->fd) != 0 && !reason)
        reason = errno;
    if (status == 0 && !reason && (status = publish(file)) < 0)
        reason = errno;
    if (opened && (status < 0 || reason))
        unlink(file->temporary.text);
    if (reason)
        status = pz_fail(error, "cannot write %s: %s", file->path.text, strerror(reason));
    return status;
}

int pz_file_write_as(enum pz_file_way way, const char *path, const void *bytes, size_t nbytes, struct pz_error *error)
{
    struct pz_file_pieces file;
    int status = pz_file_begin(&file, path, way, error);
    if (status == 0)
        status = pz_file_put(&file, bytes, nbytes, error);
    return pz_file_end(&file, status, error);
}

int pz_file_write(const char *path, const void *bytes, size_t nbytes, struct pz_error *error)
{
    return pz_file_write_as(PZ_FILE_PUBLIC, path, bytes, nbytes, error);
}

/* Some file systems keep an error of a write until a descriptor is closed. */
static int write_through(int fd, const char *name, const void *bytes, size_t nbytes, struct pz_error *error)
{
    int copy = -1;
    if (write_all(fd, bytes, nbytes) == 0 && (copy = dup(fd)) >= 0 && close(copy) == 0)
        return 0;
    return fail_write(name, error);
}

int pz_file_print(struct pz_buf *text, struct pz_error *error)
{
    int status = write_through(STDOUT_FILENO, "standard output", text->bytes, text->nbytes, error);
    pz_buf_release(text);
    return status;
}

/* The descriptor that the path is a name of, or -1. */
static int descriptor_of(const char *path)
{
    static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};
    if (strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0)
        return STDOUT_FILENO;
    if (strcmp(path, "/dev/stderr") == 0)
        return STDERR_FILENO;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        size_t length = strlen(folders[i]);
        int fd, used = 0;
        if (strncmp(path, folders[i], length) == 0 && sscanf(path + length, "%9d%n", &fd, &used) == 1 &&
            !path[length + (size_t)used])
            return fd;
    }
    return -1;
}

int pz_file_deliver(const char *path, bool private, const void *bytes, size_t nbytes, struct pz_error *error)
{
    struct stat info;
    int fd = descriptor_of(path);
    if (fd >= 0)
        return write_through(fd, fd == STDOUT_FILENO ? "standard output" : path, bytes, nbytes, error);
    bool there = stat(path, &info) == 0;
    if (there && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode)) {
        fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
        if (fd < 0)
            return fail_write(path, error);
        int status = write_through(fd, path, bytes, nbytes, error);
        close(fd);
        return status;
    }
    /* A link stays a link: what it leads to is replaced. */
    char *target = there ? realpath(path, NULL) : NULL;
    int status =
        pz_file_write_as(private ? PZ_FILE_PRIVATE : PZ_FILE_PUBLIC, target ? target : path, bytes, nbytes, error);
    free(target);
    return status;
}

void pz_file_append(const char *path, const void *bytes, size_t nbytes)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
    if (fd < 0)
        return;
    (void)write_all(fd, bytes, nbytes);
    close(fd);
}

void pz_file_hold_standard(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
            return;
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

/* Whether this follows the mark in a temporary name, HOST-PROCESS-COUNTER and perhaps an ending, of a process that isn't
 * known to live: it is this one, is on another host, or has ended. 2008-11-21 is a user's date. */
static bool is_left(const char *made)
{
    char host[64] = "host";
    const char *counter = strrchr(made, '-'), *process = counter;
    size_t digits = counter ? strspn(counter + 1, "0123456789") : 0;
    while (process && process > made && process[-1] >= '0' && process[-1] <= '9')
        process--;
    if (!digits || (counter[1 + digits] && counter[1 + digits] != '.') || process == counter || process - made < 2 ||
        process[-1] != '-' || made + strspn(made, "0123456789") == process - 1)
        return false;
    gethostname(host, sizeof host - 1);
    long pid = strtol(process, NULL, 10);
    bool here = strlen(host) == (size_t)(process - made) - 1 && strncmp(host, made, strlen(host)) == 0;
    return !here || pid == (long)getpid() || (kill((pid_t)pid, 0) != 0 && errno != EPERM);
}

void pz_file_sweep(const char *directory, int all)
{
    DIR *dir = opendir(directory);
    if (!dir)
        return;
    for (struct dirent *entry; (entry = readdir(dir));) {
        const char *mark = strstr(entry->d_name, PZ_FILE_TEMPORARY);
        if (!mark || !is_left(mark + strlen(PZ_FILE_TEMPORARY)))
            continue;
        if (all || access(pz_path("%s/%.*s", directory, (int)(mark - entry->d_name), entry->d_name).text, F_OK) == 0)
            unlink(pz_file_join(directory, entry->d_name).text);
    }
    closedir(dir);
}
