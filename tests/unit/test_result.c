/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of a result: lists of digests, figures' scripts, the list of drawings, the page, the summary. Expected: by hand; digests of
 * sha256sum. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/json_read.h"
#include "report/drawings.h"
#include "report/page.h"
#include "report/report.h"
#include "run/summary.h"

#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/patientzero-test-result-XXXXXX";

static char *in_folder(const char *name)
{
    return pz_strdup(pz_file_join(folder, name).text);
}

static void write_file(const char *name, const char *text)
{
    struct pz_error error;
    char *path = in_folder(name);
    assert_int_equal(pz_file_write(path, text, strlen(text), &error), 0);
    free(path);
}

static void remove_file(const char *name)
{
    char *path = in_folder(name);
    assert_int_equal(unlink(path), 0);
    free(path);
}

static int set_up(void **state)
{
    struct pz_error error;
    (void)state;
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < 2; i++) {
        char *path = in_folder((const char *[]){"figures", "tables"}[i]);
        assert_int_equal(pz_file_make_dirs(path, 0777, &error), 0);
        free(path);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    char *command = pz_format("rm -r %s", folder);
    int status = system(command);
    free(command);
    return status;
}

static int read_list(struct pz_manifest *list, const char *text, struct pz_error *error)
{
    write_file("list.json", text);
    char *path = in_folder("list.json");
    int status = pz_manifest_read(list, path, error);
    free(path);
    return status;
}

#define DIGEST_OF_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void test_list(void **state)
{
    struct pz_manifest list = {0}, back;
    struct pz_buf json = {0}, abc = {0}, abd = {0};
    struct pz_error error;
    (void)state;
    pz_buf_put(&abc, "abc", 3);
    pz_buf_put(&abd, "abd", 3);
    pz_manifest_add_bytes(&list, "tables/b.csv", &abc);
    pz_manifest_add_bytes(&list, "tables/a.csv", &abd);
    pz_manifest_write_list(&list, 0, &json);
    pz_buf_put(&json, "", 1);
    const char *text = (const char *)json.bytes;
    assert_non_null(strstr(text, DIGEST_OF_ABC));
    assert_true(strstr(text, "a.csv") < strstr(text, "b.csv"));
    assert_int_equal(read_list(&back, text, &error), 0);
    assert_int_equal(back.n, 2);
    const struct pz_manifest_file *file = pz_manifest_find(&back, "tables/b.csv");
    assert_non_null(file);
    assert_int_equal(file->size, 3);
    assert_true(pz_manifest_is(file, &abc));
    assert_false(pz_manifest_is(file, &abd));
    assert_null(pz_manifest_find(&back, "tables/c.csv"));
    pz_manifest_release(&back);
    pz_manifest_release(&list);
    pz_buf_release(&json);
    pz_buf_release(&abc);
    pz_buf_release(&abd);
}

static void test_bad_list(void **state)
{
    struct pz_manifest list;
    struct pz_error error;
    (void)state;
    char *path = in_folder("no-such.json");
    assert_int_equal(pz_manifest_read(&list, path, &error), 1);
    pz_manifest_release(&list);
    free(path);
    static const char *const bad[] = {
        "",
        "{\"files\": {\"tables/a.csv\": {\"size\": 3",
        "{\"files\": {\"/etc/passwd\": {\"size\": 3, \"sha256\": \"" DIGEST_OF_ABC "\"}}}",
        "{\"files\": {\"tables/../../a\": {\"size\": 3, \"sha256\": \"" DIGEST_OF_ABC "\"}}}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(read_list(&list, bad[i], &error), -1);
        assert_non_null(strstr(error.text, "list.json"));
        pz_manifest_release(&list);
    }
    /* A digest that is no digest is nobody's. */
    struct pz_buf abc = {0};
    pz_buf_put(&abc, "abc", 3);
    assert_int_equal(read_list(&list, "{\"files\": {\"tables/a.csv\": {\"size\": 3, \"sha256\": \"ba78\"}}}", &error),
                     0);
    assert_false(pz_manifest_is(pz_manifest_find(&list, "tables/a.csv"), &abc));
    pz_manifest_release(&list);
    pz_buf_release(&abc);
}

static void write_script(const char *name, const char *text)
{
    struct pz_buf script = {0};
    pz_buf_put(&script, text, strlen(text));
    pz_script_seal(&script);
    pz_buf_put(&script, "", 1);
    write_file(name, (const char *)script.bytes);
    pz_buf_release(&script);
}

static bool is_changed(const char *name)
{
    char *path = in_folder(name);
    bool changed = pz_script_is_changed(path);
    free(path);
    return changed;
}

static void expect_room(const char *name, const char *expected)
{
    char *figures = in_folder("figures"), *room = pz_script_make_room(figures, name);
    assert_string_equal(room, expected);
    free(room);
    free(figures);
}

static void test_script(void **state)
{
    (void)state;
    assert_false(is_changed("figures/f.gp"));
    write_script("figures/f.gp", "plot 1\n");
    assert_false(is_changed("figures/f.gp"));
    expect_room("f", "f"); /* and the unchanged script is gone */
    char *path = in_folder("figures/f.gp");
    assert_int_equal(access(path, F_OK), -1);
    free(path);
    write_file("figures/f.gp", "plot 2\n");
    assert_true(is_changed("figures/f.gp"));
    expect_room("f", "f-2");
    write_script("figures/f-2.gp", "plot 3\n");
    expect_room("f", "f-2");
    remove_file("figures/f.gp");
}

static void expect_foreign(const struct pz_results *results, const char *expected)
{
    char *foreign = pz_drawings_find_foreign(results);
    if (expected)
        assert_string_equal(foreign, expected);
    else
        assert_null(foreign);
    free(foreign);
}

static void test_drawings(void **state)
{
    struct pz_results results = {.directory = folder, .summary.text = DIGEST_OF_ABC};
    struct pz_manifest list = {0};
    struct pz_buf picture = {0};
    struct pz_error error;
    (void)state;
    expect_foreign(&results, NULL);
    pz_buf_put(&picture, "<svg/>", 6);
    pz_manifest_add_bytes(&list, "figures/f.svg", &picture);
    write_file("figures/f.svg", "<svg/>");
    assert_int_equal(pz_results_write_list(&results, PZ_DRAWINGS_LIST, &list, &error), 0);
    expect_foreign(&results, NULL);

    write_file("report.html", "of another run");
    expect_foreign(&results, "report.html");
    remove_file("report.html");
    write_file("figures/f.svg", "<svg>of another run</svg>");
    expect_foreign(&results, "figures/f.svg");
    write_file("figures/f.gp", "plot 2\n"); /* the user's script, so the picture is the user's */
    expect_foreign(&results, NULL);
    remove_file("figures/f.gp");
    remove_file("figures/f.svg");
    expect_foreign(&results, "figures/f.svg");

    write_file("figures/f.svg", "<svg/>");
    expect_foreign(&results, NULL);
    strcpy(results.summary.text, "another result");
    write_script("figures/g.gp", "plot 1\n");
    expect_foreign(&results, "figures/g.gp");
    pz_manifest_release(&list);
    pz_buf_release(&picture);
}

static bool has(const struct pz_buf *html, const char *words)
{
    return memmem(html->bytes, html->nbytes, words, strlen(words)) != NULL;
}

static void test_page(void **state)
{
    static const struct pz_job *const jobs[] = {NULL};
    static const struct pz_schema *const others[] = {NULL};
    static const char safe[] = "a\n1\n", unsafe[] = "a\n</script>\n";
    struct pz_manifest tables = {0}, restricted = {0};
    struct pz_buf summary = {0}, csv = {0}, html = {0};
    struct pz_results results;
    (void)state;
    write_file("tables/safe.csv", safe);
    write_file("tables/unsafe.csv", unsafe);
    pz_buf_put(&csv, safe, sizeof safe - 1);
    pz_manifest_add_bytes(&tables, "tables/safe.csv", &csv);
    pz_buf_clear(&csv);
    pz_buf_put(&csv, unsafe, sizeof unsafe - 1);
    pz_manifest_add_bytes(&tables, "tables/unsafe.csv", &csv);
    pz_manifest_write_list(&tables, 0, &summary);
    pz_results_begin(&results, jobs, folder, 80, &restricted, &summary);
    pz_page_write(&(struct pz_page_port){.results = &results}, 1, "9.8.7", others, &html);
    assert_true(html.nbytes > 15 && memcmp(html.bytes, "<!doctype html>", 15) == 0);
    assert_true(has(&html, "Content-Security-Policy\" content=\"default-src 'none'"));
    assert_true(has(&html, "<title>TCP/80 scanning"));
    assert_true(has(&html, "No outbreak is known on this port"));
    assert_true(has(&html, "9.8.7"));
    assert_true(has(&html, "</html>"));
    assert_true(has(&html, "safe"));
    assert_true(has(&html, "<a href=\"tables/unsafe.csv\">")); /* named only: its text would end the script's */
    assert_false(has(&html, "a\n</script>\n"));
    assert_false(has(&html, " src=\"http"));
    pz_results_close(&results);
    pz_manifest_release(&tables);
    pz_manifest_release(&restricted);
    pz_buf_release(&summary);
    pz_buf_release(&csv);
    pz_buf_release(&html);
}

/* Only a list that names no table says that no run wrote the folder; a table of the list may be gone, as another run came. */
static void test_report_without_tables(void **state)
{
    static const struct pz_job *const jobs[] = {NULL};
    static const struct pz_figure *const figures[] = {NULL};
    static const struct pz_schema *const others[] = {NULL};
    const struct pz_report_options options = {.draw = {.figures = figures, .version = "1"}, .others = others};
    (void)state;
    for (int listed = 0; listed <= 1; listed++) {
        struct pz_manifest tables = {0}, restricted = {0};
        struct pz_buf summary = {0}, csv = {0}, told = {0}, kept = {0};
        struct pz_results results;
        struct pz_error error;
        if (listed)
            pz_manifest_add_bytes(&tables, "tables/hourly.csv", &csv);
        pz_manifest_write_list(&tables, 0, &summary);
        pz_results_begin(&results, jobs, folder, 80, &restricted, &summary);
        assert_int_equal(pz_report_make(&results, 1, &options, &told, &kept, &error), -1);
        assert_int_equal(error.exit, listed ? PZ_EXIT_ENVIRONMENT : PZ_EXIT_USAGE);
        assert_non_null(strstr(error.text, listed ? "another run" : "has no tables/hourly.csv"));
        pz_results_close(&results);
        pz_manifest_release(&tables);
        pz_manifest_release(&restricted);
        pz_buf_release(&summary);
        pz_buf_release(&told);
        pz_buf_release(&kept);
    }
}

/* Values by the keys that lead to them, joined by dots. */
static void take_value(void *context, const struct pz_json_value *value)
{
    struct pz_buf *to = context;
    for (size_t i = 0; i < value->depth; i++) {
        if (value->path[i].key)
            pz_buf_printf(to, "%s%s", i ? "." : "", value->path[i].key);
        else
            pz_buf_printf(to, ".%zu", value->path[i].index);
    }
    pz_buf_printf(to, "=%s\n", value->text);
}

static void test_summary(void **state)
{
    struct pz_capture captures[] = {
        {.label = "a\"\n\xff.pcap", .identity.size = 7, .state = PZ_CAPTURE_UNREADABLE, .why = "torn"},
        {.label = "b.pcap", .identity.size = 7, .state = PZ_CAPTURE_DUPLICATE, .why = "", .original = 2, .overlaps = 1},
        {.label = "c.txt", .identity.size = 7, .state = PZ_CAPTURE_NONE, .why = "", .overlaps = 2},
    };
    struct pz_captures all = {captures, 3, 0};
    const struct pz_session session = {.decode = NULL};
    const struct pz_store store = {.filter = {.lens = 0x2c010000, .lens_mask = 0xffff0000, .port = 445}};
    const struct pz_scan scan = {.session = &session, .stores = &store, .nports = 1, .captures = &all};
    struct pz_output output = {.pseudonyms = NULL};
    const struct pz_tables tables = {
        .output = &output,
        .calibrated.state = PZ_UNCALIBRATED_NO_OUTBREAK,
        .options = {.until = UINT32_MAX, .silence = 60, .timeline_bin = 600, .window = 24}};
    struct pz_manifest files = {0};
    const struct pz_summary summary = {"9.8.7", "abc", &scan, &tables, &files};
    struct pz_buf json = {0}, values = {0}, again = {0};
    (void)state;
    pz_summary_write(&summary, &json);
    assert_int_equal(pz_json_read(json.bytes, json.nbytes, take_value, &values), 0);
    static const char *const expected[] = {
        "version=9.8.7\n",
        "inputs.0.capture=a\"\n\xef\xbf\xbd.pcap\n",
        "inputs.0.why=torn\n",
        "totals.captures_read=0\n",
        "totals.captures_not_read=1\n",
        "totals.duplicates=1\n",
        "totals.not_captures=1\n",
        "totals.records=0\n",
        "inputs.1.duplicate_of=c.txt\n",
    };
    assert_memory_equal(values.bytes, "program=patientzero\n", 20);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        if (!has(&values, expected[i]))
            fail_msg("no %s in:\n%.*s", expected[i], (int)values.nbytes, (const char *)values.bytes);
    assert_true(has(&values, "0.1.0.0/16")); /* the telescope's own first octet stays hidden */
    assert_false(has(&values, "44.1.0.0"));
    pz_summary_write(&summary, &again);
    assert_int_equal(json.nbytes, again.nbytes);
    assert_memory_equal(json.bytes, again.bytes, json.nbytes);
    pz_buf_release(&json);
    pz_buf_release(&values);
    pz_buf_release(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_list),   cmocka_unit_test(test_bad_list),
                                       cmocka_unit_test(test_script), cmocka_unit_test(test_drawings),
                                       cmocka_unit_test(test_page),   cmocka_unit_test(test_report_without_tables),
                                       cmocka_unit_test(test_summary)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
