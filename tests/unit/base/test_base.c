#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/folder.h"
#include "base/map.h"
#include "base/strings.h"
#include "base/vec.h"
#include "jitney/status.h"
#include "support/files.h"

static void test_bytes_never_pass_the_end(void **state)
{
    const uint8_t memory[] = {1, 2, 3, 4, 5};
    struct jt_bytes in = jt_bytes_of(memory, sizeof(memory));

    assert_int_equal(jt_bytes_take_u32(&in), 0x04030201);
    assert_int_equal(jt_bytes_take_u16(&in), 0);
    assert_true(jt_bytes_failed(&in));
    assert_int_equal(jt_bytes_take_u8(&in), 0); /* one byte is left, but a failure sticks */
}

static void test_bytes_swap_the_other_order(void **state)
{
    const uint8_t memory[] = {1, 2, 3, 4, 5, 6};
    struct jt_bytes in = jt_bytes_of(memory, sizeof(memory));

    in.swap = true;
    assert_int_equal(jt_bytes_take_u32(&in), 0x01020304);
    assert_int_equal(jt_bytes_take_u16(&in), 0x0506);
    assert_false(jt_bytes_failed(&in));
}

static void test_a_string_without_its_end_is_refused(void **state)
{
    struct jt_bytes in = jt_bytes_of("ab\0cd", 5);
    size_t length = 0;

    assert_string_equal(jt_bytes_take_string(&in, &length), "ab");
    assert_int_equal(length, 2);
    assert_null(jt_bytes_take_string(&in, &length));
    assert_true(jt_bytes_failed(&in));
}

static void test_a_buffer_stops_at_its_limit_and_stays_failed(void **state)
{
    struct jt_buf buf = JT_BUF_INIT(8);

    jt_buf_append_u32(&buf, 1);
    jt_buf_append(&buf, "12345", 5);
    assert_int_equal(jt_buf_status(&buf), JITNEY_ERR_LIMIT);
    jt_buf_append(&buf, "1", 1);
    assert_int_equal(buf.length, 4);
    jt_buf_release(&buf);
}

static void test_nothing_can_be_appended_to_nothing(void **state)
{
    struct jt_buf buf = JT_BUF_INIT(8);

    jt_buf_append(&buf, "", 0); /* an offset from NULL is undefined, even one of 0 */
    assert_non_null(buf.bytes);
    assert_int_equal(buf.length, 0);
    jt_buf_release(&buf);
}

static void test_printf_into_a_buffer_takes_any_length(void **state)
{
    struct jt_buf buf = JT_BUF_INIT(1 << 20);
    char text[1000];

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    jt_buf_printf(&buf, "%s-%d", text, 7);
    assert_int_equal(buf.length, 1001);
    assert_memory_equal(buf.bytes + 998, "x-7", 3);
    jt_buf_release(&buf);
}

static void test_a_map_finds_what_was_put(void **state)
{
    struct jt_map map = {0};

    assert_int_equal(jt_map_find(&map, 7), JT_MAP_NONE);
    for (uint32_t i = 0; i < 10000; i++)
        *jt_map_put(&map, (uint64_t)i << 32) = i;
    for (uint32_t i = 0; i < 10000; i++)
        assert_int_equal(jt_map_find(&map, (uint64_t)i << 32), i);
    assert_int_equal(jt_map_find(&map, 1), JT_MAP_NONE);
    assert_int_equal(map.count, 10000);
    jt_map_release(&map);
}

static void test_equal_strings_have_equal_ids(void **state)
{
    struct jt_strings strings;
    char text[32];
    char *longest = jt_alloc(100001, 1);

    jt_strings_init(&strings);
    memset(longest, 'y', 100000);
    assert_int_equal(jt_strings_put_text(&strings, ""), 0);
    for (int i = 0; i < 5000; i++) {
        snprintf(text, sizeof(text), "name %d", i);
        assert_int_equal(jt_strings_put_text(&strings, text), i + 1);
    }
    assert_int_equal(jt_strings_put_text(&strings, longest), 5001);
    assert_int_equal(jt_strings_put_text(&strings, "name 77"), 78);
    assert_string_equal(jt_strings_text(&strings, 78), "name 77");
    assert_string_equal(jt_strings_text(&strings, 5001), longest);
    assert_int_equal(jt_strings_bytes(&strings, 5001), 100000);
    assert_string_equal(jt_strings_text(&strings, 999999), "");
    jt_strings_release(&strings);
    free(longest);
}

static void test_a_vector_keeps_order_while_it_grows(void **state)
{
    struct jt_vec(int) vec = {0};

    for (int i = 0; i < 1000; i++)
        jt_vec_push(&vec, i);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(vec.at[i], i);
    jt_vec_release(&vec);
    assert_int_equal(vec.count, 0);
}

static void test_a_folder_has_what_is_in_it_and_may_be_read(void **state)
{
    char *folder = test_folder_make();
    char *path = jt_format("%s/there", folder);

    test_write_file(path, "x", 1);
    assert_true(jt_folder_has(folder, "there", F_OK));
    assert_true(jt_folder_has(folder, "there", R_OK));
    assert_false(jt_folder_has(folder, "there", X_OK));
    assert_false(jt_folder_has(folder, "elsewhere", F_OK));
    assert_false(jt_folder_has(path, "there", F_OK));
    free(path);
    test_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_never_pass_the_end),
        cmocka_unit_test(test_bytes_swap_the_other_order),
        cmocka_unit_test(test_a_string_without_its_end_is_refused),
        cmocka_unit_test(test_a_buffer_stops_at_its_limit_and_stays_failed),
        cmocka_unit_test(test_nothing_can_be_appended_to_nothing),
        cmocka_unit_test(test_printf_into_a_buffer_takes_any_length),
        cmocka_unit_test(test_a_map_finds_what_was_put),
        cmocka_unit_test(test_equal_strings_have_equal_ids),
        cmocka_unit_test(test_a_vector_keeps_order_while_it_grows),
        cmocka_unit_test(test_a_folder_has_what_is_in_it_and_may_be_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
