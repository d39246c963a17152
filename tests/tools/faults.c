/* SPDX-License-Identifier: BSD-2-Clause */
/* To be preloaded into the program by tests: makes one file call fail, or ends the process there, as a bad disk or a
 * lost node would.
 *
 *   PZ_FAULTS_UNDER  only calls on files below this folder count
 *   PZ_FAULT         "N WHAT": what happens at the N-th of them, from 0 on. WHAT is EIO, ESTALE, ENOSPC or EDQUOT (the
 *                    call fails; the last two only a call that writes), EINTR or SHORT (only a call that reads or
 * writes), CRASH, or STOP or USR1 (the process gets that signal, and the call goes on). If that call cannot fail so, it
 * does what it always does. PZ_FAULTS_LOG    a file that gets a line for each call that counts: its name and the path
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FILES = 4096, READS = 1, WRITES = 2 };

static const char *under;
static char what[16], *paths[FILES]; /* of open files that count */
static long chosen = -1, count;
static int log_fd = -1;

__attribute__((constructor)) static void begin(void)
{
    const char *fault = getenv("PZ_FAULT"), *log = getenv("PZ_FAULTS_LOG");
    if (strcmp(program_invocation_short_name, "patientzero") != 0)
        return; /* sh, gnuplot and other children */
    under = getenv("PZ_FAULTS_UNDER");
    if (fault)
        sscanf(fault, "%ld %15s", &chosen, what);
    if (log)
        log_fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int error_of(int kinds)
{
    static const struct {
        const char *name;
        int number, kinds;
    } errors[] = {{"EIO", EIO, 0}, {"ESTALE", ESTALE, 0}, {"ENOSPC", ENOSPC, WRITES}, {"EDQUOT", EDQUOT, WRITES}};
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (strcmp(what, errors[i].name) == 0 && (!errors[i].kinds || (errors[i].kinds & kinds)))
            return errors[i].number;
    return 0;
}

static int counts(const char *path)
{
    return under && path && strncmp(path, under, strlen(under)) == 0;
}

/* Whether the call is to fail, with errno set. */
static int fails(const char *call, const char *path, int kinds)
{
    char line[512];
    int length = snprintf(line, sizeof line, "%s %s\n", call, path);
    if (log_fd >= 0 && length > 0)
        syscall(SYS_write, log_fd, line, length < (int)sizeof line ? (size_t)length : sizeof line - 1);
    if (count++ != chosen)
        return 0;
    static const struct {
        const char *name;
        int number;
    } signals[] = {{"CRASH", SIGKILL}, {"STOP", SIGSTOP}, {"USR1", SIGUSR1}};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (strcmp(what, signals[i].name) == 0)
            kill(getpid(), signals[i].number);
    errno = error_of(kinds);
    return errno != 0;
}

static const char *path_of(int fd)
{
    return fd >= 0 && fd < FILES ? paths[fd] : NULL;
}

static void forget(int fd)
{
    if (path_of(fd)) {
        free(paths[fd]);
        paths[fd] = NULL;
    }
}

/* For a call that moves bytes: whether it fails, or is interrupted, or moves only one byte of `nbytes`. */
static int disturbed(const char *call, int fd, int kinds, size_t *nbytes)
{
    const char *path = path_of(fd);
    if (!path)
        return 0;
    long at = count;
    if (fails(call, path, kinds))
        return 1;
    if (at == chosen && strcmp(what, "SHORT") == 0 && *nbytes > 1)
        *nbytes = 1;
    errno = EINTR;
    return at == chosen && strcmp(what, "EINTR") == 0;
}

#define NEXT(type, name, ...)         \
    static type (*next)(__VA_ARGS__); \
    if (!next)                        \
    next = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static int open_at(int (*next)(int, const char *, int, ...), int folder, const char *path, int flags, mode_t mode)
{
    if (counts(path) && fails("open", path, flags & O_CREAT ? WRITES : READS))
        return -1;
    int fd = next(folder, path, flags, mode);
    if (counts(path) && fd >= 0 && fd < FILES) {
        forget(fd);
        paths[fd] = strdup(path);
    }
    return fd;
}

#define OPEN(name)                                                     \
    int name(const char *path, int flags, ...)                         \
    {                                                                  \
        va_list arguments;                                             \
        va_start(arguments, flags);                                    \
        mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0; \
        va_end(arguments);                                             \
        NEXT(int, "openat", int, const char *, int, ...);              \
        return open_at(next, AT_FDCWD, path, flags, mode);             \
    }
#define OPENAT(name)                                                   \
    int name(int folder, const char *path, int flags, ...)             \
    {                                                                  \
        va_list arguments;                                             \
        va_start(arguments, flags);                                    \
        mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0; \
        va_end(arguments);                                             \
        NEXT(int, "openat", int, const char *, int, ...);              \
        return open_at(next, folder, path, flags, mode);               \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

ssize_t read(int fd, void *to, size_t nbytes)
{
    NEXT(ssize_t, "read", int, void *, size_t);
    return disturbed("read", fd, READS, &nbytes) ? -1 : next(fd, to, nbytes);
}

ssize_t write(int fd, const void *from, size_t nbytes)
{
    NEXT(ssize_t, "write", int, const void *, size_t);
    return disturbed("write", fd, WRITES, &nbytes) ? -1 : next(fd, from, nbytes);
}

#define PREAD(name)                                                                        \
    ssize_t name(int fd, void *to, size_t nbytes, off_t offset)                            \
    {                                                                                      \
        NEXT(ssize_t, "pread", int, void *, size_t, off_t);                                \
        return disturbed("pread", fd, READS, &nbytes) ? -1 : next(fd, to, nbytes, offset); \
    }
PREAD(pread)
PREAD(pread64)

#define PWRITE(name)                                                                           \
    ssize_t name(int fd, const void *from, size_t nbytes, off_t offset)                        \
    {                                                                                          \
        NEXT(ssize_t, "pwrite", int, const void *, size_t, off_t);                             \
        return disturbed("pwrite", fd, WRITES, &nbytes) ? -1 : next(fd, from, nbytes, offset); \
    }
PWRITE(pwrite)
PWRITE(pwrite64)

int fsync(int fd)
{
    NEXT(int, "fsync", int);
    return path_of(fd) && fails("fsync", path_of(fd), WRITES) ? -1 : next(fd);
}

/* A close that fails has closed all the same. */
int close(int fd)
{
    NEXT(int, "close", int);
    int failed = path_of(fd) && fails("close", path_of(fd), WRITES), reason = errno;
    forget(fd);
    int status = next(fd);
    if (failed)
        errno = reason;
    return failed ? -1 : status;
}

#define ON_PATH(name, kinds, ...)                     \
    {                                                 \
        if (counts(path) && fails(name, path, kinds)) \
            return -1;                                \
        return next(__VA_ARGS__);                     \
    }

int rename(const char *from, const char *path)
{
    NEXT(int, "rename", const char *, const char *);
    ON_PATH("rename", WRITES, from, path)
}

int link(const char *from, const char *path)
{
    NEXT(int, "link", const char *, const char *);
    ON_PATH("link", WRITES, from, path)
}

int unlink(const char *path)
{
    NEXT(int, "unlink", const char *);
    ON_PATH("unlink", WRITES, path)
}

int mkdir(const char *path, mode_t mode)
{
    NEXT(int, "mkdir", const char *, mode_t);
    ON_PATH("mkdir", WRITES, path, mode)
}

int chmod(const char *path, mode_t mode)
{
    NEXT(int, "chmod", const char *, mode_t);
    ON_PATH("chmod", WRITES, path, mode)
}

int stat(const char *restrict path, struct stat *restrict info)
{
    NEXT(int, "stat", const char *, struct stat *);
    ON_PATH("stat", READS, path, info)
}

int fstat(int fd, struct stat *info)
{
    NEXT(int, "fstat", int, struct stat *);
    return path_of(fd) && fails("fstat", path_of(fd), READS) ? -1 : next(fd, info);
}
