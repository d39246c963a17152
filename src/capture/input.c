/* SPDX-License-Identifier: BSD-2-Clause */
/* An input reads a file, the output of a decoding command, or standard input, and gives what it read an identity: its
 * size and a hash (FNV-1a) of its two ends. Of a regular file the ends are read beforehand. Of standard input they are
 * kept as the bytes pass, so the identity is known at the end only. The file is compared with its stamp at the open and
 * after the last read, so a file that is changed while it is read shows as damage. */
#include "capture/input.h"

#include "base/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { END_BYTES = 64 * 1024 }; /* of each end of a file that its identity looks at */

struct pz_input {
    char *path;
    char *decode; /* NULL: none */
    int fd;       /* what is read from: the file, or the pipe from the command */
    int file;     /* the file itself */
    pid_t child;  /* the decoding command, 0 when none is running */
    int child_status;
    struct stat before; /* of the file when it was opened */
    bool replaced;      /* it isn't the file that was found */
    uint64_t nread;
    bool ended; /* read to its end */
    /* Standard input and pipes can't be looked at beforehand: their ends are kept as they pass. */
    bool passing;
    struct pz_buf head, tail;
    int failure; /* errno of a read that failed */
};

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t nbytes)
{
    /* FNV-1a (Fowler, Noll, Vo): no defence against forgery is needed, only against accident. */
    const uint8_t *b = bytes;
    for (size_t i = 0; i < nbytes; i++)
        hash = (hash ^ b[i]) * 0x100000001b3u;
    return hash;
}

static struct pz_identity identity_of(uint64_t size, const struct pz_buf *head, const struct pz_buf *tail,
                                      const char *decode)
{
    uint64_t hash = hash_bytes(0xcbf29ce484222325u, head->bytes, head->nbytes);
    hash = hash_bytes(hash, tail->bytes, tail->nbytes);
    if (decode)
        hash = hash_bytes(hash, decode, strlen(decode) + 1);
    return (struct pz_identity){.size = size, .hash = hash, .start = 0, .end = size};
}

void pz_identity_text(const struct pz_identity *identity, char text[PZ_IDENTITY_TEXT])
{
    int n = snprintf(text, PZ_IDENTITY_TEXT, "%016" PRIx64 "-%" PRIx64, identity->hash, identity->size);
    if (identity->start != 0 || identity->end != identity->size)
        snprintf(text + n, (size_t)(PZ_IDENTITY_TEXT - n), "-%" PRIx64 "-%" PRIx64, identity->start, identity->end);
}

void pz_identity_fields(struct pz_fields *f, struct pz_identity *identity)
{
    identity->size = pz_field_u64(f, identity->size);
    identity->hash = pz_field_u64(f, identity->hash);
    identity->start = pz_field_u64(f, identity->start);
    identity->end = pz_field_u64(f, identity->end);
}

int pz_identity_compare(const struct pz_identity *a, const struct pz_identity *b)
{
    const uint64_t x[4] = {a->hash, a->size, a->start, a->end}, y[4] = {b->hash, b->size, b->start, b->end};
    for (int i = 0; i < 4; i++)
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    return 0;
}

/* Starts `sh -c decode` with the file as its standard input; returns the end of the pipe that it writes to. */
static int start_filter(struct pz_input *input, struct pz_error *error)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return pz_fail(error, "cannot make a pipe for --decode: %s", strerror(errno));
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input->file, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    char shell[] = "sh", option[] = "-c";
    char *argv[] = {shell, option, input->decode, NULL};
    /* The command must not inherit our signal mask and handlers: it must die of SIGPIPE and of SIGTERM. */
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t set;
    sigemptyset(&set);
    posix_spawnattr_setsigmask(&attributes, &set);
    sigaddset(&set, SIGPIPE);
    sigaddset(&set, SIGTERM);
    posix_spawnattr_setsigdefault(&attributes, &set);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int failed = posix_spawnp(&input->child, "sh", &actions, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (failed) {
        close(ends[0]);
        input->child = 0;
        return pz_fail(error, "cannot start the command of --decode: %s", strerror(failed));
    }
    return ends[0];
}

/* Opens the file itself; -1 with `error` set. */
static int open_file(struct pz_input *input, const char *path, struct pz_error *error)
{
    /* O_NONBLOCK keeps open() from waiting for the writer of a pipe; it is cleared for reading, as a file may have to
     * be fetched from tape. */
    input->file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (input->file < 0 || fstat(input->file, &input->before) != 0)
        return pz_fail(error, "%s", strerror(errno));
    if (S_ISDIR(input->before.st_mode))
        return pz_fail(error, "it is a directory");
    if (!S_ISREG(input->before.st_mode))
        return pz_fail(error, "it is a pipe, a socket or a device");
    int flags = fcntl(input->file, F_GETFL);
    if (flags < 0 || fcntl(input->file, F_SETFL, flags & ~O_NONBLOCK) != 0)
        return pz_fail(error, "%s", strerror(errno));
    posix_fadvise(input->file, 0, 0, POSIX_FADV_SEQUENTIAL);
    return 0;
}

struct pz_input *pz_input_open(const char *path, const char *decode, struct pz_error *error)
{
    struct pz_input *input = pz_alloc(sizeof *input);
    input->path = pz_strdup(path);
    input->decode = decode ? pz_strdup(decode) : NULL;
    input->fd = -1;
    input->passing = strcmp(path, "-") == 0;
    int status = 0;
    if (!input->passing)
        status = open_file(input, path, error);
    else if (fstat(STDIN_FILENO, &input->before) != 0)
        status = pz_fail(error, "%s", strerror(errno));
    input->fd = input->file;
    if (status == 0 && decode && (input->fd = start_filter(input, error)) < 0)
        status = -1;
    if (status == 0)
        return input;
    pz_input_free(input);
    return NULL;
}

struct pz_stamp pz_input_stamp(const struct pz_input *input)
{
    if (input->passing)
        return (struct pz_stamp){0};
    return pz_stamp_of(&input->before);
}

void pz_input_expect(struct pz_input *input, const struct pz_stamp *stamp)
{
    /* Its time of change may differ: a new link to a file doesn't change what is in it. */
    struct pz_stamp is = pz_input_stamp(input);
    input->replaced = is.inode != stamp->inode || is.mtime_nsec != stamp->mtime_nsec;
}

bool pz_input_passing(const struct pz_input *input)
{
    return input->passing;
}

/* As many bytes as asked for, from a place in the file. */
static bool read_at(struct pz_input *input, uint8_t *to, size_t nbytes, uint64_t offset, struct pz_error *error)
{
    while (nbytes) {
        ssize_t n = pread(input->file, to, nbytes, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            pz_fail(error, "%s", n < 0 ? strerror(errno) : "it ends before its size says; it shrank while it was read");
            return false;
        }
        to += n;
        offset += (uint64_t)n;
        nbytes -= (size_t)n;
    }
    return true;
}

size_t pz_input_head(const struct pz_input *input, uint8_t *to, size_t nbytes)
{
    ssize_t n = pread(input->file, to, nbytes, 0);
    return n > 0 ? (size_t)n : 0;
}

const char *pz_input_failure(const struct pz_input *input)
{
    return input->failure ? strerror(input->failure) : "it cannot be read";
}

bool pz_input_identify(struct pz_input *input, struct pz_identity *identity, struct pz_error *error)
{
    error->text[0] = 0;
    if (input->passing) {
        *identity = identity_of(input->nread, &input->head, &input->tail, input->decode);
        return input->ended;
    }
    uint64_t size = (uint64_t)input->before.st_size;
    size_t n = size < END_BYTES ? (size_t)size : END_BYTES;
    struct pz_buf head = {0}, tail = {0};
    bool good = read_at(input, pz_buf_extend(&head, n), n, 0, error) &&
                read_at(input, pz_buf_extend(&tail, n), n, size - n, error);
    if (good)
        *identity = identity_of(size, &head, &tail, input->decode);
    pz_buf_release(&head);
    pz_buf_release(&tail);
    return good;
}

static void keep_ends(struct pz_input *input, const uint8_t *bytes, size_t nbytes)
{
    size_t room = END_BYTES - input->head.nbytes;
    pz_buf_put(&input->head, bytes, nbytes < room ? nbytes : room);
    if (nbytes > END_BYTES) {
        bytes += nbytes - END_BYTES;
        nbytes = END_BYTES;
    }
    size_t surplus = input->tail.nbytes + nbytes;
    surplus = surplus > END_BYTES ? surplus - END_BYTES : 0;
    if (surplus) {
        memmove(input->tail.bytes, input->tail.bytes + surplus, input->tail.nbytes - surplus);
        input->tail.nbytes -= surplus;
    }
    pz_buf_put(&input->tail, bytes, nbytes);
}

ssize_t pz_input_read(struct pz_input *input, uint8_t *to, size_t nbytes, struct pz_error *error)
{
    ssize_t n;
    do
        n = read(input->fd, to, nbytes);
    while (n < 0 && errno == EINTR);
    if (n < 0) {
        input->failure = errno;
        return pz_fail(error, "%s", strerror(errno));
    }
    if (input->passing)
        keep_ends(input, to, (size_t)n);
    input->ended = input->ended || (n == 0 && nbytes > 0);
    input->nread += (uint64_t)n;
    return n;
}

uint64_t pz_input_offset(const struct pz_input *input)
{
    if (!input->decode)
        return input->nread;
    off_t at = lseek(input->file, 0, SEEK_CUR); /* the command shares the file's position with us */
    return at < 0 ? input->nread : (uint64_t)at;
}

static void reap(struct pz_input *input)
{
    if (!input->child)
        return;
    while (waitpid(input->child, &input->child_status, 0) < 0 && errno == EINTR)
        continue;
    input->child = 0;
}

bool pz_input_filter_failed(struct pz_input *input)
{
    /* A command whose output is not read to the end is killed by SIGPIPE, which is no failure. */
    if (!input->decode || !input->ended)
        return false;
    reap(input);
    return input->child_status != 0;
}

bool pz_input_changed(struct pz_input *input)
{
    struct stat now;
    if (!S_ISREG(input->before.st_mode))
        return false;
    return input->replaced || fstat(input->file, &now) != 0 || now.st_size != input->before.st_size ||
           (now.st_nlink == 0) != (input->before.st_nlink == 0) || now.st_mtim.tv_sec != input->before.st_mtim.tv_sec ||
           now.st_mtim.tv_nsec != input->before.st_mtim.tv_nsec;
}

void pz_input_free(struct pz_input *input)
{
    if (input->fd >= 0 && input->fd != input->file)
        close(input->fd); /* a command that still writes is ended by SIGPIPE */
    if (input->child)
        kill(input->child, SIGTERM);
    reap(input);
    if (input->file > STDIN_FILENO)
        close(input->file);
    pz_buf_release(&input->head);
    pz_buf_release(&input->tail);
    free(input->path);
    free(input->decode);
    free(input);
}
