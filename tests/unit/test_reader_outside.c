/* SPDX-License-Identifier: BSD-2-Clause */
/* Damage where others take part: libpcap, decoding commands, whoever writes to the file. */
#include "tools/damage.h"

static struct pz_buf pcapng(uint8_t n)
{
    static const uint8_t head[48] = {0x0a, 0x0d, 0x0d, 0x0a, 28,   0,    0,    0,    0x4d, 0x3c, 0x2b, 0x1a,
                                     1,    0,    0,    0,    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                     28,   0,    0,    0,    1,    0,    0,    0,    20,   0,    0,    0,
                                     101,  0,    0,    0,    0,    0,    1,    0,    20,   0,    0,    0};
    struct pz_buf b = {0};
    pz_buf_put(&b, head, sizeof head);
    for (uint8_t i = 1; i <= n; i++) {
        uint8_t ip[SYN_BYTES];
        make_syn(ip, i);
        uint64_t usec = (uint64_t)(T + i) * 1000000;
        const uint32_t words[] = {6, 32 + SYN_BYTES, 0, (uint32_t)(usec >> 32), (uint32_t)usec, SYN_BYTES, SYN_BYTES};
        for (int w = 0; w < 7; w++)
            pz_buf_put_u32(&b, words[w]);
        pz_buf_put(&b, ip, sizeof ip);
        pz_buf_put_u32(&b, 32 + SYN_BYTES);
    }
    return b;
}

static void test_pcapng(void **state)
{
    (void)state;
    struct pz_buf b = pcapng(3);
    b.nbytes -= 10;
    EXPECT(b, 2, DAMAGES(PZ_DAMAGE_RECORD_TORN), HOURS({HOUR, HOUR}));
    b = compressed(pcapng(3));
    b.bytes[b.nbytes - 5] ^= 1; /* CRC: the member is all that there is */
    EXPECT(b, 3, DAMAGES(PZ_DAMAGE_CHECKSUM), HOURS({HOUR, HOUR}));
    b = compressed(pcapng(3));
    b.nbytes -= 3;
    EXPECT(b, 3, DAMAGES(PZ_DAMAGE_TORN), HOURS({HOUR, HOUR}));
    b = pcapng(3);
    b.bytes[48 + 2 * 80 + 4] =
        81; /* the third packet's block length: no multiple of 4, and not what stands at its end */
    EXPECT(b, 2, DAMAGES(PZ_DAMAGE_BLOCK), HOURS({HOUR, HOUR}));
    b = pcapng(0);
    b.bytes[8] = 0; /* the byte-order magic */
    EXPECT(b, 0, DAMAGES(PZ_DAMAGE_BLOCK), NO_HOURS);
    /* Garbage without a block in it, up to its end. */
    b = pcapng(3);
    b.bytes[48 + 2 * 80 + 4] = 81;
    srand(1);
    for (int i = 0; i < 3000000; i++)
        pz_buf_put(&b, &(uint8_t){(uint8_t)rand()}, 1);
    EXPECT(compressed(b), 2, DAMAGES(PZ_DAMAGE_BLOCK), HOURS({HOUR, HOUR}));
    b = compressed(pcapng(3));
    pz_buf_put(&b, "garbage", 7);
    EXPECT(b, 3, DAMAGES(PZ_DAMAGE_TRAILING), HOURS({HOUR, HOUR}));
}

/* A decoding command that fails leaves all hours of its capture in doubt. */
static void test_decode(void **state)
{
    (void)state;
    struct pz_buf b = capture(T, 2);
    put_syns(&b, usual, T + 3600, 1);
    char path[32];
    int fd = make_file(b.bytes, b.nbytes, path);
    struct outcome o = read_path(path, "cat", PZ_INFLATER_FASTEST);
    assert_damages(&o.log, NO_DAMAGE);
    assert_int_equal(o.n, 3);
    outcome_release(&o);
    o = read_path(path, "cat; exit 1", PZ_INFLATER_FASTEST);
    assert_damages(&o.log, DAMAGES(PZ_DAMAGE_FILTER_FAILED));
    assert_hours(&o.log, HOURS({HOUR, HOUR + 1}));
    outcome_release(&o);
    o = read_path(path, "exit 1", PZ_INFLATER_FASTEST);
    assert_int_equal(o.status, PZ_READ_DONE);
    assert_damages(&o.log, DAMAGES(PZ_DAMAGE_FILTER_FAILED));
    outcome_release(&o);
    o = read_path(path, "gzip -c", PZ_INFLATER_FASTEST);
    assert_damages(&o.log, NO_DAMAGE);
    assert_int_equal(o.n, 3);
    outcome_release(&o);
    /* A section header that can't be one, and the command writes on: nobody waits for it. */
    o = read_path(path, "printf '\\012\\015\\015\\012'; yes", PZ_INFLATER_FASTEST);
    assert_damages(&o.log, DAMAGES(PZ_DAMAGE_BLOCK));
    outcome_release(&o);
    o = read_path(path, "yes", PZ_INFLATER_FASTEST);
    assert_int_equal(o.status, PZ_READ_NO_CAPTURE);
    outcome_release(&o);
    close(fd);
    pz_buf_release(&b);
}

/* What can be read only once is never asked for again. */
static void test_pipe(void **state)
{
    (void)state;
    struct pz_buf b = compressed(capture(T, 3));
    b.nbytes -= 3;
    int ends[2], kept = dup(STDIN_FILENO);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], b.bytes, b.nbytes), (int)b.nbytes);
    close(ends[1]);
    assert_true(dup2(ends[0], STDIN_FILENO) >= 0);
    struct outcome o = read_path("-", NULL, PZ_INFLATER_FASTEST);
    assert_false(o.distrusted);
    assert_int_equal(o.n, 3);
    assert_damages(&o.log, DAMAGES(PZ_DAMAGE_TORN));
    close(ends[0]);
    if (kept >= 0) {
        dup2(kept, STDIN_FILENO);
        close(kept);
    }
    outcome_release(&o);
    pz_buf_release(&b);
}

static int growing;

static void append(void *context, struct pz_packet *packets, size_t n)
{
    keep_packets(context, packets, n);
    assert_int_equal(write(growing, "more", 4), 4);
}

static void test_file_that_grows(void **state)
{
    (void)state;
    struct pz_buf b = capture(T, 2), gz = {0};
    put_syns(&b, usual, T + 3600, 1);
    put_gzip(&gz, b.bytes, b.nbytes);
    for (int i = 0; i < 2; i++) {
        char path[32];
        struct pz_error error;
        growing = make_file(i ? gz.bytes : b.bytes, i ? gz.nbytes : b.nbytes, path);
        struct pz_input *input = pz_input_open(path, NULL, &error);
        struct outcome o = {0};
        pz_damage_log_init(&o.log);
        const struct pz_sink sink = {&o, append, keep_going, NULL};
        assert_int_equal(pz_capture_read(input, PZ_INFLATER_FASTEST, &sink, &o.log), PZ_READ_DONE);
        assert_int_equal(o.log.records, 3); /* what came behind the end that it had is not looked at */
        assert_damages(&o.log, DAMAGES(PZ_DAMAGE_CHANGED));
        assert_hours(&o.log, HOURS({HOUR, HOUR + 1}));
        pz_input_free(input);
        close(growing);
        outcome_release(&o);
    }
    pz_buf_release(&b);
    pz_buf_release(&gz);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pcapng), cmocka_unit_test(test_decode),
                                       cmocka_unit_test(test_pipe), cmocka_unit_test(test_file_that_grows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
