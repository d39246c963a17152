/* SPDX-License-Identifier: BSD-2-Clause */
/* Files written whole or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char root[] = "/tmp/pz-test-file-XXXXXX";

static char *in_root(const char *name)
{
    return pz_strdup(pz_file_join(root, name).text);
}

static int count_entries(const char *path)
{
    int n = 0;
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));)
        n += entry->d_name[0] != '.';
    closedir(dir);
    return n;
}

static void assert_content(const char *path, const char *expected)
{
    struct pz_error error;
    struct pz_buf buf = {0};
    assert_int_equal(pz_file_read(path, &buf, &error), 0);
    assert_int_equal(buf.nbytes, strlen(expected));
    assert_memory_equal(buf.bytes, expected, buf.nbytes);
    pz_buf_release(&buf);
}

static void test_directories(void **state)
{
    (void)state;
    struct pz_error error;
    umask(022);
    char *deep = in_root("a//b/c/"), *last = in_root("a/b/c"), *middle = in_root("a/b"), *file = in_root("file");
    char *below = in_root("file/x");
    struct stat info;
    assert_int_equal(pz_file_make_dirs(deep, 0700, &error), 0);
    assert_int_equal(pz_file_make_dirs(deep, 0700, &error), 0);
    assert_int_equal(stat(last, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    assert_int_equal(stat(middle, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0755);
    assert_int_equal(pz_file_write(file, "x", 1, &error), 0);
    assert_int_equal(pz_file_make_dirs(file, 0700, &error), -1);
    assert_non_null(strstr(error.text, "not a directory"));
    assert_int_equal(error.exit, PZ_EXIT_ENVIRONMENT);
    assert_int_equal(pz_file_make_dirs(below, 0700, &error), -1);
    assert_int_equal(pz_file_make_dirs("", 0700, &error), -1);
    assert_int_equal(pz_file_make_dirs("/", 0700, &error), 0);
    assert_int_equal(unlink(file), 0);
    char *private = in_root("p/q");
    assert_int_equal(pz_file_make_dirs(private, 0700, &error), 0);
    assert_int_equal(stat(private, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    free(private);
    free(below);
    free(deep);
    free(last);
    free(middle);
    free(file);
}

static void test_write_and_read(void **state)
{
    (void)state;
    struct pz_error error;
    char *dir = in_root("w"), *path = in_root("w/tally");
    assert_int_equal(pz_file_make_dirs(dir, 0777, &error), 0);
    assert_int_equal(pz_file_write(path, "first", 5, &error), 0);
    assert_int_equal(pz_file_write(path, "second!", 7, &error), 0);
    assert_content(path, "second!");
    assert_int_equal(count_entries(dir), 1);
    assert_int_equal(pz_file_write(path, NULL, 0, &error), 0);
    assert_content(path, "");

    char bytes[4];
    assert_int_equal(pz_file_write(path, "0123456789", 10, &error), 0);
    int fd = open(path, O_RDONLY);
    assert_int_equal(pz_file_pread(fd, path, bytes, 4, 6, &error), 0);
    assert_memory_equal(bytes, "6789", 4);
    assert_int_equal(pz_file_pread(fd, path, bytes, 4, 7, &error), -1);
    assert_non_null(strstr(error.text, "ends at byte 10"));
    close(fd);
    free(dir);
    free(path);
}

static void test_failures_leave_nothing(void **state)
{
    (void)state;
    struct pz_error error;
    char *dir = in_root("f"), *path = in_root("f/tally"), *sub = in_root("f/sub"), *nowhere = in_root("none/tally");
    assert_int_equal(pz_file_make_dirs(sub, 0777, &error), 0);
    assert_int_equal(pz_file_write(nowhere, "x", 1, &error), -1);
    assert_int_equal(pz_file_write(sub, "x", 1, &error), -1); /* a file can't replace a directory */
    assert_non_null(strstr(error.text, sub));
    struct pz_buf buf = {0};
    assert_int_equal(pz_file_read(sub, &buf, &error), -1);
    assert_int_equal(pz_file_read(nowhere, &buf, &error), -1);
    pz_buf_release(&buf);

    /* A file system without room, played by the limit on a file's size. */
    assert_int_equal(pz_file_write(path, "old", 3, &error), 0);
    struct rlimit limit, small;
    getrlimit(RLIMIT_FSIZE, &limit);
    small = limit;
    small.rlim_cur = 1000;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    char *large = calloc(1, 5000);
    int result = pz_file_write(path, large, 5000, &error);
    setrlimit(RLIMIT_FSIZE, &limit);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(result, -1);
    assert_content(path, "old");
    assert_int_equal(count_entries(dir), 2);
    free(large);
    free(dir);
    free(path);
    free(sub);
    free(nowhere);
}

static void test_sweep(void **state)
{
    (void)state;
    struct pz_error error;
    static const char *const names[] = {
        "s/one",           "s/one.partial-host-1-0", "s/two.partial-host-2-0.svg", "s/three", "s/a.partial-draft",
        "s/a.partial-1-2", "s/a.partial-b-1-2c",     "s/a.partial-2019-12-31"};
    char *dir = in_root("s"), host[64] = "", *living;
    assert_int_equal(pz_file_make_dirs(dir, 0777, &error), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *path = in_root(names[i]);
        assert_int_equal(pz_file_write(path, "x", 1, &error), 0);
        free(path);
    }
    /* Of a process that lives; that what only looks like a temporary name stays too. */
    assert_int_equal(gethostname(host, sizeof host - 1), 0);
    living = pz_format("%s/one.partial-%s-%ld-0", dir, host, (long)getppid());
    assert_int_equal(pz_file_write(living, "x", 1, &error), 0);
    pz_file_sweep(dir, 0);
    assert_int_equal(count_entries(dir), 8);
    pz_file_sweep(dir, 1);
    assert_int_equal(count_entries(dir), 7);
    assert_int_equal(access(living, F_OK), 0);
    free(living);
    pz_file_sweep("/nonexistent", 1);
    free(dir);
}

static int make_root(void **state)
{
    (void)state;
    return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
    (void)state;
    char *command = pz_format("rm -r %s", root);
    int result = system(command);
    free(command);
    return result;
}

/* Of several that make the same file at the same moment one does, and the others see that it is there. */
static void test_create(void **state)
{
    (void)state;
    enum { ROUNDS = 50, WRITERS = 6 };
    struct pz_error error;
    char *folder = in_root("create");
    assert_int_equal(pz_file_make_dirs(folder, 0700, &error), 0);
    for (int round = 0; round < ROUNDS; round++) {
        char *name = pz_format("create/%d", round), *path = in_root(name);
        int made = 0, maker = -1, go[2];
        pid_t writers[WRITERS];
        assert_int_equal(pipe(go), 0);
        for (int i = 0; i < WRITERS; i++) {
            writers[i] = fork();
            if (writers[i] == 0) {
                char text[2] = {(char)('a' + i), 0}, nothing;
                close(go[1]);
                (void)!read(go[0], &nothing, 1); /* until the other end is closed */
                _exit(1 + pz_file_write_as(PZ_FILE_PRIVATE_NEW, path, text, 1, &error));
            }
        }
        close(go[0]);
        close(go[1]);
        for (int i = 0; i < WRITERS; i++) {
            int status;
            assert_int_equal(waitpid(writers[i], &status, 0), writers[i]);
            assert_true(WIFEXITED(status) && WEXITSTATUS(status) >= 1);
            if (WEXITSTATUS(status) == 1) {
                made++;
                maker = i;
            }
        }
        assert_int_equal(made, 1);
        char expected[2] = {(char)('a' + maker), 0};
        assert_content(path, expected);
        assert_int_equal(pz_file_write_as(PZ_FILE_PRIVATE_NEW, path, "other", 5, &error), 1);
        assert_content(path, expected);
        assert_int_equal(count_entries(folder), round + 1);
        free(path);
        free(name);
    }
    free(folder);
}

static mode_t mode_of(const char *path)
{
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    return info.st_mode & 07777;
}

/* Nobody else reads it, and its owner does, whatever the umask. */
static void test_private(void **state)
{
    (void)state;
    static const mode_t masks[] = {0, 022, 077, 0777};
    struct pz_error error;
    char *path = in_root("private"), *made = in_root("made"), *plain = in_root("plain");
    for (size_t i = 0; i < sizeof masks / sizeof *masks; i++) {
        mode_t before = umask(masks[i]);
        assert_int_equal(pz_file_write_as(PZ_FILE_PRIVATE, path, "x", 1, &error), 0);
        assert_int_equal(pz_file_write_as(PZ_FILE_PRIVATE_NEW, made, "x", 1, &error), 0);
        assert_int_equal(pz_file_write(plain, "x", 1, &error), 0);
        umask(before);
        assert_int_equal(mode_of(path), 0600);
        assert_int_equal(mode_of(made), 0600);
        assert_int_equal(mode_of(plain), 0666 & ~masks[i]);
        assert_int_equal(unlink(made), 0);
        assert_int_equal(unlink(plain), 0);
    }
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(pz_file_write_as(PZ_FILE_PRIVATE, path, "x", 1, &error), 0);
    assert_int_equal(mode_of(path), 0600);
    assert_int_equal(unlink(path), 0);
    free(path);
    free(made);
    free(plain);
}

/* What an option names stays what it is: a pipe, a device, a link. */
static void test_deliver(void **state)
{
    (void)state;
    struct pz_error error;
    struct stat info;
    char *folder = in_root("deliver"), *pipe_path = in_root("deliver/pipe"), *link_path = in_root("deliver/link");
    char *file = in_root("deliver/file");
    assert_int_equal(pz_file_make_dirs(folder, 0700, &error), 0);
    assert_int_equal(pz_file_deliver(file, false, "one", 3, &error), 0);
    assert_int_equal(symlink("file", link_path), 0);
    assert_int_equal(pz_file_deliver(link_path, true, "two", 3, &error), 0);
    assert_int_equal(lstat(link_path, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_content(file, "two");
    assert_int_equal(mode_of(file), 0600);

    char got[8] = "";
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    int reader = open(pipe_path, O_RDONLY | O_NONBLOCK);
    assert_true(reader >= 0);
    assert_int_equal(pz_file_deliver(pipe_path, true, "three", 5, &error), 0);
    assert_int_equal(lstat(pipe_path, &info), 0);
    assert_true(S_ISFIFO(info.st_mode));
    assert_int_equal(read(reader, got, sizeof got), 5);
    assert_string_equal(got, "three");
    close(reader);

    assert_int_equal(pz_file_deliver("/dev/full", false, "x", 1, &error), -1);
    assert_non_null(strstr(error.text, "/dev/full: No space left"));
    assert_int_equal(error.exit, PZ_EXIT_ENVIRONMENT);
    assert_int_equal(pz_file_deliver(folder, false, "x", 1, &error), -1);
    assert_int_equal(stat("/dev/full", &info), 0);
    assert_true(S_ISCHR(info.st_mode));

    int ends[2];
    assert_int_equal(pipe(ends), 0);
    char *name = pz_format("/dev/fd/%d", ends[1]);
    memset(got, 0, sizeof got);
    assert_int_equal(pz_file_deliver(name, false, "four", 4, &error), 0);
    assert_int_equal(read(ends[0], got, sizeof got), 4);
    assert_string_equal(got, "four");
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(pz_file_deliver(name, false, "five", 4, &error), -1);
    assert_int_equal(count_entries(folder), 3);
    free(name);
    free(folder);
    free(file);
    free(link_path);
    free(pipe_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_private),
                                       cmocka_unit_test(test_deliver),
                                       cmocka_unit_test(test_directories),
                                       cmocka_unit_test(test_write_and_read),
                                       cmocka_unit_test(test_failures_leave_nothing),
                                       cmocka_unit_test(test_sweep),
                                       cmocka_unit_test(test_create)};
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
