/* Names the way a Java programmer writes them. */
#include "adapters/jvm/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_methods_are_named_as_in_java(void **state)
{
    static const struct {
        struct jvm_signature signature;
        const char *name;
    } rows[] = {
        {{"Lcom/example/App;", "work", "(I[Ljava/lang/String;)V"},
         "com.example.App.work(int, String[])"},
        {{"LApp;", "run", "()V"}, "App.run()"},
        {{"Ljava/lang/Object;", "<init>", "()V"}, "java.lang.Object.<init>()"},
        {{"LApp$Inner;", "all", "(BCDFIJSZ[[J)V"},
         "App$Inner.all(byte, char, double, float, int, long, short, boolean, long[][])"},
        {{"LA;", "a", "(Ljava/util/Map$Entry;LA$1;LA$B$C;)V"}, "A.a(Map.Entry, A$1, A.B.C)"},
        /* Hidden classes: JVMTI in 17 and 25, the logs of both. */
        {{"LApp$$Lambda$14.0x0000000800c03000;", "applyAsInt", "(I)I"},
         "App$$Lambda$14.applyAsInt(int)"},
        {{"LApp$$Lambda+0x00007f12ac003000;", "applyAsInt", "(I)I"}, "App$$Lambda.applyAsInt(int)"},
        {{"java.lang.invoke.LambdaForm$MH/0x0000000800c01000", "invoke", "(Ljava/lang/Object;)V"},
         "java.lang.invoke.LambdaForm$MH.invoke(Object)"},
        {{"Lp/\xc3\x84pfel;", "z\xc3\xa4hle", "()I"}, "p.\xc3\x84pfel.z\xc3\xa4hle()"},
        {{"Ljava/lang/invoke/MethodHandle;", "linkToStatic",
          "(Ljava/lang/Object;ILjava/lang/invoke/MemberName;)J"},
         "java.lang.invoke.MethodHandle.linkToStatic(Object, int, MemberName) -> long"},
        {{"Ljava/lang/invoke/MethodHandle;", "asCollector",
          "(Ljava/lang/Class;I)Ljava/lang/invoke/MethodHandle;"},
         "java.lang.invoke.MethodHandle.asCollector(Class, int)"},
        {{"Ljava/lang/invoke/MethodHandle;", "invokeBasic", "("},
         "java.lang.invoke.MethodHandle.invokeBasic()"},
        /* What no JVM gives does no harm. */
        {{"", "", ""}, "."},
        {{"L;", "m", "(Lunended"}, ".m()"},
        {{"LA;", "m", "(Q)V"}, "A.m()"},
        {{"LA;", "m", "([[["}, "A.m()"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char name[JVM_NAME_BYTES];

        jvm_name_write(&rows[i].signature, name, sizeof(name));
        assert_string_equal(name, rows[i].name);
    }
}

static void test_long_names_are_cut_between_characters(void **state)
{
    struct jvm_signature signature = {"LA;", "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4", "()V"};
    char name[8];

    for (size_t room = 1; room <= sizeof(name); room++) {
        memset(name, 'x', sizeof(name));
        jvm_name_write(&signature, name, room);
        assert_true(strlen(name) < room);
        for (size_t i = 0; name[i]; i++)
            if ((unsigned char)name[i] == 0xc3)
                assert_int_equal((unsigned char)name[i + 1], 0xa4);
    }
}

static void test_files_have_the_path_of_their_package(void **state)
{
    char path[64];

    jvm_name_write_file("Lcom/example/App$Inner;", "App.java", path, sizeof(path));
    assert_string_equal(path, "com/example/App.java");
    jvm_name_write_file("LApp;", "App.java", path, sizeof(path));
    assert_string_equal(path, "App.java");
    jvm_name_write_file("Lcom/example/App;", "src/App.kt", path, sizeof(path));
    assert_string_equal(path, "src/App.kt");
}

static void test_all_ways_to_write_a_method_have_one_key(void **state)
{
    struct jvm_signature jvmti = {"Lcom/example/App$B;", "work", "(I)V"};
    struct jvm_signature other = {"Lcom/example/App$B;", "work", "(J)V"};
    struct jvm_split split;

    assert_true(jvm_name_split("com.example.App$B work (I)V", &split));
    assert_int_equal(jvm_name_key(&split.signature), jvm_name_key(&jvmti));
    assert_true(jvm_name_split("com.example.App$B.work(I)V", &split));
    assert_int_equal(jvm_name_key(&split.signature), jvm_name_key(&jvmti));
    assert_int_not_equal(jvm_name_key(&other), jvm_name_key(&jvmti));
}

static void test_what_is_no_method_is_not_split(void **state)
{
    static const char *const rows[] = {
        "",      "(",       "a",    "a b",     "a(I)V",
        "a (I)", ".b(I)V ", "a  (", " b (I)V", "com.example.App::work"};
    struct jvm_split split;
    char text[3 * JVM_NAME_BYTES];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_false(jvm_name_split(rows[i], &split));
    memset(text, 'a', sizeof(text));
    memcpy(text + sizeof(text) - 6, ".b()V", 6);
    assert_false(jvm_name_split(text, &split));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_methods_are_named_as_in_java),
        cmocka_unit_test(test_long_names_are_cut_between_characters),
        cmocka_unit_test(test_files_have_the_path_of_their_package),
        cmocka_unit_test(test_all_ways_to_write_a_method_have_one_key),
        cmocka_unit_test(test_what_is_no_method_is_not_split),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
