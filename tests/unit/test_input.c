/* SPDX-License-Identifier: BSD-2-Clause */
/* Inputs: identity, decoding commands, files that change. */
#include "tools/make.h"

#include "capture/input.h"

#include <signal.h>
#include <sys/stat.h>

static char root[] = "/tmp/pz-test-input-XXXXXX";

static char *write_file(const char *name, const void *bytes, size_t nbytes)
{
    char *path = pz_format("%s/%s", root, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, nbytes, file), nbytes);
    fclose(file);
    return path;
}

static struct pz_input *open_input(const char *path, const char *decode)
{
    struct pz_error error;
    struct pz_input *input = pz_input_open(path, decode, &error);
    if (!input)
        fail_msg("%s", error.text);
    return input;
}

static struct pz_identity identity_of(const char *path, const char *decode)
{
    struct pz_error error;
    struct pz_identity identity;
    struct pz_input *input = open_input(path, decode);
    assert_true(pz_input_identify(input, &identity, &error));
    pz_input_free(input);
    return identity;
}

static void read_to_end(struct pz_input *input, struct pz_buf *to)
{
    struct pz_error error;
    for (ssize_t n = 1; n > 0;) {
        uint8_t bytes[1000];
        n = pz_input_read(input, bytes, sizeof bytes, &error);
        assert_true(n >= 0);
        pz_buf_put(to, bytes, (size_t)n);
    }
}

static uint8_t *make_bytes(size_t n)
{
    uint8_t *bytes = malloc(n);
    for (size_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)(i * 2654435761u >> 13);
    return bytes;
}

/* FNV-1a of 64 bits, draft-eastlake-fnv: of nothing it is the offset basis. */
static void test_hash(void **state)
{
    (void)state;
    char *empty = write_file("empty", "", 0), *foo = write_file("foo", "foo", 3);
    struct pz_identity identity = identity_of(empty, NULL);
    assert_true(identity.hash == 0xcbf29ce484222325);
    assert_int_equal(identity.size, 0);
    /* Both ends of "foo" are "foo": the hash of "foofoo", by a line of Python that gives the draft's value of "foobar".
     */
    identity = identity_of(foo, NULL);
    assert_true(identity.hash == 0x615c8a71e2436631);
    assert_int_equal(identity.size, 3);
    assert_int_equal(identity.start, 0);
    assert_int_equal(identity.end, 3);
    char text[PZ_IDENTITY_TEXT];
    pz_identity_text(&identity, text);
    assert_string_equal(text, "615c8a71e2436631-3");
    identity.start = 1;
    pz_identity_text(&identity, text);
    assert_string_equal(text, "615c8a71e2436631-3-1-3");
    identity = (struct pz_identity){UINT64_MAX, UINT64_MAX, UINT64_MAX - 1, UINT64_MAX};
    pz_identity_text(&identity, text);
    assert_string_equal(text, "ffffffffffffffff-ffffffffffffffff-fffffffffffffffe-ffffffffffffffff");
    free(empty);
    free(foo);
}

static void test_identity(void **state)
{
    (void)state;
    enum { N = 300000, END = 65536 };
    uint8_t *bytes = make_bytes(N);
    char *a = write_file("a", bytes, N), *same = write_file("same", bytes, N);
    const struct pz_identity identity = identity_of(a, NULL);
    struct pz_identity other = identity_of(same, NULL);
    assert_int_equal(pz_identity_compare(&identity, &other), 0);
    other = identity_of(a, "cat");
    assert_int_not_equal(pz_identity_compare(&identity, &other), 0);
    static const struct {
        size_t at;
        bool seen;
    } changes[] = {{0, true}, {END - 1, true}, {END, false}, {N - END - 1, false}, {N - END, true}, {N - 1, true}};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        bytes[changes[i].at] ^= 1;
        char *changed = write_file("changed", bytes, N);
        other = identity_of(changed, NULL);
        assert_int_equal(pz_identity_compare(&identity, &other) != 0, changes[i].seen);
        assert_int_equal(pz_identity_compare(&identity, &other), -pz_identity_compare(&other, &identity));
        bytes[changes[i].at] ^= 1;
        free(changed);
    }
    char *shorter = write_file("shorter", bytes, N - 1);
    other = identity_of(shorter, NULL);
    assert_int_not_equal(pz_identity_compare(&identity, &other), 0);
    free(shorter);
    free(same);
    free(a);
    free(bytes);
}

/* The same bytes are the same capture when they come through a pipe. */
static void test_identity_of_a_pipe(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 999, 65535, 65536, 65537, 131071, 131072, 131073, 300000};
    int kept = dup(STDIN_FILENO);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint8_t *bytes = make_bytes(sizes[i]);
        char *file = write_file("plain", bytes, sizes[i]);
        const struct pz_identity expected = identity_of(file, NULL);
        char *command = pz_format("cat %s", file);
        FILE *pipe = popen(command, "r");
        assert_non_null(pipe);
        assert_true(dup2(fileno(pipe), STDIN_FILENO) >= 0);
        struct pz_input *input = open_input("-", NULL);
        struct pz_identity identity;
        struct pz_error error;
        assert_false(pz_input_identify(input, &identity, &error));
        assert_string_equal(error.text, "");
        struct pz_buf content = {0};
        read_to_end(input, &content);
        assert_int_equal(content.nbytes, sizes[i]);
        assert_true(pz_input_identify(input, &identity, &error));
        assert_int_equal(pz_identity_compare(&identity, &expected), 0);
        assert_int_equal(pz_input_offset(input), sizes[i]);
        assert_false(pz_input_changed(input));
        pz_input_free(input);
        assert_int_equal(pclose(pipe), 0);
        pz_buf_release(&content);
        free(command);
        free(file);
        free(bytes);
    }
    if (kept >= 0) {
        dup2(kept, STDIN_FILENO);
        close(kept);
    }
}

/* A pipe by a name of its own, and a device: refused, and nobody waits for a writer. */
static void test_special(void **state)
{
    (void)state;
    char *fifo = pz_format("%s/fifo", root);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    struct pz_error error;
    assert_null(pz_input_open(fifo, NULL, &error));
    assert_null(pz_input_open("/dev/zero", NULL, &error));
    assert_non_null(strstr(error.text, "pipe"));
    free(fifo);
}

static void test_standard_input(void **state)
{
    (void)state;
    char *file = write_file("plain", "some bytes", 10);
    const struct pz_identity expected = identity_of(file, NULL);
    int kept = dup(STDIN_FILENO), fd = open(file, O_RDONLY);
    assert_true(dup2(fd, STDIN_FILENO) >= 0);
    struct pz_input *input = open_input("-", NULL);
    struct pz_buf content = {0};
    struct pz_identity identity;
    struct pz_error error;
    assert_false(pz_input_identify(input, &identity, &error));
    read_to_end(input, &content);
    assert_true(pz_input_identify(input, &identity, &error));
    assert_int_equal(pz_identity_compare(&identity, &expected), 0);
    pz_input_free(input);
    assert_int_equal(fcntl(STDIN_FILENO, F_GETFD), 0); /* still open */
    if (kept >= 0) {
        dup2(kept, STDIN_FILENO);
        close(kept);
    }
    close(fd);
    pz_buf_release(&content);
    free(file);
}

static void test_decode(void **state)
{
    (void)state;
    enum { N = 2000000 };
    uint8_t *bytes = make_bytes(N);
    char *file = write_file("plain", bytes, N);
    struct pz_input *input = open_input(file, "tr a-z A-Z | cat");
    struct pz_buf content = {0};
    read_to_end(input, &content);
    assert_int_equal(content.nbytes, N);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(content.bytes[i], bytes[i] >= 'a' && bytes[i] <= 'z' ? bytes[i] - 32 : bytes[i]);
    assert_false(pz_input_filter_failed(input));
    assert_int_equal(pz_input_offset(input), N);
    pz_input_free(input);

    static const char *const failing[] = {"cat; exit 3", "no-such-command-anywhere 2>/dev/null", "cat; kill -9 $$"};
    for (size_t i = 0; i < 3; i++) {
        input = open_input(file, failing[i]);
        pz_buf_clear(&content);
        read_to_end(input, &content);
        assert_int_equal(content.nbytes, i == 1 ? 0 : N);
        assert_true(pz_input_filter_failed(input));
        pz_input_free(input);
    }

    /* One that writes without end is ended, even where we ourselves ignore SIGPIPE. */
    signal(SIGPIPE, SIG_IGN);
    input = open_input(file, "yes");
    struct pz_error error;
    assert_true(pz_input_read(input, bytes, 1000, &error) > 0);
    assert_memory_equal(bytes, "y\ny\n", 4);
    assert_false(pz_input_filter_failed(input));
    pz_input_free(input);
    input = open_input(file, "yes | cat");
    pz_input_free(input);
    signal(SIGPIPE, SIG_DFL);
    pz_buf_release(&content);
    free(file);
    free(bytes);
}

static void test_changes(void **state)
{
    (void)state;
    static const char *const commands[] = {"true", "printf x >>%s", "truncate -s 5 %s", "touch -d 2009-01-01 %s",
                                           "rm %s"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        char *file = write_file("changing", "0123456789", 10);
        struct pz_input *input = open_input(file, NULL);
        char command[200];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(command, sizeof command, commands[i], file);
#pragma GCC diagnostic pop
        assert_int_equal(system(command), 0);
        struct pz_buf content = {0};
        read_to_end(input, &content);
        assert_int_equal(pz_input_changed(input), i != 0);
        pz_buf_release(&content);
        pz_input_free(input);
        free(file);
    }
}

static void test_unreadable(void **state)
{
    (void)state;
    struct pz_error error;
    assert_null(pz_input_open("/nonexistent/capture", NULL, &error));
    assert_string_equal(error.text, "No such file or directory");
    assert_int_equal(error.exit, PZ_EXIT_ENVIRONMENT);
    assert_null(pz_input_open(root, NULL, &error));
    assert_string_equal(error.text, "it is a directory");
    assert_null(pz_input_open("/nonexistent/capture", "cat", &error));
    /* The first page of a process's memory opens, and reading it fails. */
    struct pz_input *input = pz_input_open("/proc/self/mem", NULL, &error);
    if (!input)
        skip();
    uint8_t byte;
    assert_int_equal(pz_input_read(input, &byte, 1, &error), -1);
    pz_input_free(input);
    struct outcome o = read_path("/proc/self/mem", NULL, PZ_INFLATER_FASTEST);
    assert_int_equal(o.status, PZ_READ_DONE);
    assert_damages(&o.log, DAMAGES(PZ_DAMAGE_UNREADABLE));
    outcome_release(&o);
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_hash),
                                       cmocka_unit_test(test_identity),
                                       cmocka_unit_test(test_identity_of_a_pipe),
                                       cmocka_unit_test(test_special),
                                       cmocka_unit_test(test_standard_input),
                                       cmocka_unit_test(test_decode),
                                       cmocka_unit_test(test_changes),
                                       cmocka_unit_test(test_unreadable)};
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
