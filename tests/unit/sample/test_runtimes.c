#include "analysis/sample/program.h"
#include "analysis/sample/runtimes.h"
#include "analysis/sample/runtimes_row.h"
#include "analysis/sample/versions.h"
#include "analysis/sample/words.h"
#include "base/alloc.h"
#include "jitney/status.h"
#include "support/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { MOST_WORDS = 16 };

/* A folder with programs by the names that tests need; PATH is that alone. */
struct box {
    char *folder;
    char *search; /* "PATH=..." */
    struct jt_diag diag;
    struct jt_launch launch;
};

static char *in_box(const struct box *box, const char *name)
{
    return jt_format("%s/%s", box->folder, name);
}

static void make_program(const struct box *box, const char *name, const char *content)
{
    char *path = in_box(box, name);

    test_write_file(path, content, strlen(content));
    assert_int_equal(chmod(path, 0755), 0);
    free(path);
}

static void make_link(const struct box *box, const char *name, const char *target)
{
    char *path = in_box(box, name);

    assert_int_equal(symlink(target, path), 0);
    free(path);
}

static int open_box(void **state)
{
    static const char *const binaries[] = {"node", "java",       "php8.2",   "chromium",
                                           "sh",   "python3.11", "postgres", "wasmtime"};
    struct box *box = jt_alloc(1, sizeof(*box));

    box->folder = test_folder_make();
    box->search = jt_format("PATH=%s", box->folder);
    for (size_t i = 0; i < sizeof(binaries) / sizeof(binaries[0]); i++)
        make_program(box, binaries[i], "\177ELF");
    make_link(box, "php", "alternatives-php");
    make_link(box, "alternatives-php", "php8.2");
    make_link(box, "python3", "python3.11");
    make_link(box, "pager", "alternatives-java");
    make_link(box, "alternatives-java", "java");
    make_program(box, "npm-cli.js", "#!/usr/bin/env node\nrun()\n");
    make_link(box, "npx", "npm-cli.js");
    make_program(box, "tool", "#! /usr/bin/env -S node --no-warnings\n");
    make_program(box, "App", "#!java --source 17\n");
    make_program(box, "erl", "#!/bin/sh\nexec beam\n");
    make_program(box, "work.sh", "#!/bin/sh\nnode x.js\n");
    *state = box;
    return 0;
}

static int close_box(void **state)
{
    struct box *box = *state;

    test_folder_remove(box->folder);
    free(box->search);
    free(box);
    return 0;
}

/* Prepare a command given as words in one string, with one more variable. */
static int prepare_with(struct box *box, const char *command, const char *variable,
                        const char *runtime, const char *adapters)
{
    char *words[MOST_WORDS + 1] = {NULL};
    char *environment[] = {box->search, (char *)variable, NULL};
    struct jt_launch_request request = {
        .argv = words,
        .environment = environment,
        .runtime = runtime,
        .trace = box->folder,
        .adapters = adapters,
    };
    char *text = jt_strdup(command);
    char *rest = NULL;
    size_t count = 0;
    int status = JITNEY_OK;

    for (char *word = strtok_r(text, " ", &rest); word && count < MOST_WORDS;
         word = strtok_r(NULL, " ", &rest))
        words[count++] = word;
    status = jt_launch_prepare(&request, &box->diag, &box->launch);
    free(text);
    return status;
}

static int prepare(struct box *box, const char *command, const char *variable, const char *runtime)
{
    return prepare_with(box, command, variable, runtime, NULL);
}

static char *joined(char *const *words)
{
    char *text = jt_strdup("");

    for (size_t i = 0; words[i]; i++) {
        char *longer = jt_format("%s%s%s", text, i ? " " : "", words[i]);

        free(text);
        text = longer;
    }
    return text;
}

static void assert_command(const struct box *box, const char *expected)
{
    char *text = joined(box->launch.argv);

    assert_string_equal(text, expected);
    free(text);
}

static const char *variable(const struct box *box, const char *name)
{
    return jt_environment_find(box->launch.environ, name);
}

#define V8 "--perf-prof --perf-basic-prof --interpreted-frames-native-stack"
#define JAVA                                                                                       \
    "-XX:+IgnoreUnrecognizedVMOptions -XX:+UnlockDiagnosticVMOptions -XX:+DumpPerfMapAtExit "      \
    "-XX:+PreserveFramePointer"

static void test_runtime_is_recognised_behind_anything_that_runs_it(void **state)
{
    static const struct {
        const char *command;
        const char *runtime;
    } rows[] = {
        {"node app.js", "node"},
        {"env A=b B=c node app.js", "node"},
        {"env -u X -C / node", "node"},
        {"nice -n 5 node", "node"},
        {"nice -5 node", "node"},
        {"taskset -c 0,1 node", "node"},
        {"timeout -s INT 10 node", "node"},
        {"timeout --signal=INT --kill-after 3 10 node", "node"},
        {"time -f %e -o out node", "node"},
        {"nohup setsid -w stdbuf -oL node", "node"},
        {"chrt -b 0 node", "node"},
        {"unshare --pid --fork --mount-proc node", "node"},
        {"unshare -R / -pf -- node", "node"},
        {"sudo -E -u someone A=b node", "node"},
        {"flock lock node", "node"},
        {"npx thing", "node"},
        {"tool x", "node"},
        {"php x.php", "php"},
        {"python3 x.py", "python"},
        {"/opt/x/bin/java -jar x.jar", "java"},
        {"pager x", "java"},
        {"node18 x", "node"},
        {"bun.exe x", "bun"},
        {"luajit-2.1.0-beta3 x.lua", "luajit"},
        {"App", "java"},
        {"erl -noshell", "erlang"},
        {"sh -c node", NULL},
        {"work.sh", NULL},
        {"node-gyp build", NULL},
        {"nodes", NULL},
        {"nowhere", NULL},
        {"timeout 10", NULL},
        {"env", NULL},
    };
    struct box *box = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(prepare(box, rows[i].command, NULL, NULL), JITNEY_OK);
        if (rows[i].runtime) {
            assert_non_null(box->launch.runtime);
            assert_string_equal(box->launch.runtime, rows[i].runtime);
        } else {
            assert_null(box->launch.runtime);
        }
        jt_launch_release(&box->launch);
    }
}

static void test_command_gets_the_arguments_that_its_runtime_needs(void **state)
{
    static const struct {
        const char *command;
        const char *expected;
    } rows[] = {
        {"node --x app.js", "node --x app.js"},
        {"java -jar x.jar", "java " JAVA " -jar x.jar"},
        {"env A=b nice java X", "env A=b nice java " JAVA " X"},
        {"postgres -D data", "postgres -c jit_profiling_support=on -D data"},
        {"wasmtime run x.wasm", "wasmtime run --profile=jitdump x.wasm"},
        {"wasmtime x.wasm", "wasmtime --profile=jitdump x.wasm"},
        {"sh -c java", "sh -c java"},
        {"ruby3.1 x.rb", "ruby3.1 x.rb"},
    };
    struct box *box = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(prepare(box, rows[i].command, NULL, NULL), JITNEY_OK);
        assert_command(box, rows[i].expected);
        jt_launch_release(&box->launch);
    }
}

static void test_script_of_a_runtime_without_variables_is_run_as_the_kernel_would(void **state)
{
    struct box *box = *state;
    char *expected = jt_format("nice java " JAVA " --source 17 %s/App a b", box->folder);

    assert_int_equal(prepare(box, "nice App a b", NULL, NULL), JITNEY_OK);
    assert_command(box, expected);
    free(expected);
    jt_launch_release(&box->launch);
}

static void test_variables_are_added_to_the_users_own(void **state)
{
    static const struct {
        const char *user;
        const char *name;
        const char *expected;
    } rows[] = {
        {"A=b", "NODE_OPTIONS", V8},
        {"NODE_OPTIONS=", "NODE_OPTIONS", V8},
        {"NODE_OPTIONS=--no-warnings", "NODE_OPTIONS", "--no-warnings " V8},
        {"ERL_AFLAGS=+S 2", "ERL_AFLAGS", "+S 2 +JPperf true"},
        {"JITDUMPDIR=/mine", "JITDUMPDIR", "/mine"},
        {"JDK_JAVA_OPTIONS=-Xmx1g", "JDK_JAVA_OPTIONS", "-Xmx1g " JAVA},
        {"MONO_ENV_OPTIONS=--gc=sgen", "MONO_ENV_OPTIONS", "--gc=sgen --jitmap"},
    };
    struct box *box = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(prepare(box, "sh -c x", rows[i].user, NULL), JITNEY_OK);
        assert_non_null(variable(box, rows[i].name));
        assert_string_equal(variable(box, rows[i].name), rows[i].expected);
        jt_launch_release(&box->launch);
    }
}

static void test_adapter_is_loaded_where_it_is_installed_and_can_be_found(void **state)
{
    static const struct {
        const char *command;
        bool is_adapter;
    } rows[] = {
        {"node app.js", true},
        {"env A=b node app.js", true},
        {"npx thing", true},
        {"sh -c x", false}, /* who knows where it starts a node */
        {"chroot / node app.js", false},
        {"unshare -p node app.js", false},
        {"sudo node app.js", false},
    };
    struct box *box = *state;
    char *adapters = in_box(box, "adapters");
    char *node = in_box(box, "adapters/node");

    assert_int_equal(mkdir(adapters, 0755), 0);
    assert_int_equal(mkdir(node, 0755), 0);
    assert_int_equal(prepare_with(box, "node app.js", "A=b", NULL, adapters), JITNEY_OK);
    assert_string_equal(variable(box, "NODE_OPTIONS"), V8); /* not installed */
    jt_launch_release(&box->launch);
    make_program(box, "adapters/node/index.js", "//");
    assert_int_equal(prepare_with(box, "node app.js", "A=b", NULL, adapters), JITNEY_OK);
    assert_string_equal(variable(box, "NODE_OPTIONS"), V8); /* not whole: it would do nothing */
    jt_launch_release(&box->launch);
    make_program(box, "adapters/node/jitney-node.node", "\177ELF");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *expected = jt_format("--require=%s/index.js --interpreted-frames-native-stack", node);

        assert_int_equal(prepare_with(box, rows[i].command, "A=b", NULL, adapters), JITNEY_OK);
        assert_string_equal(variable(box, "NODE_OPTIONS"), rows[i].is_adapter ? expected : V8);
        assert_string_equal(variable(box, "JITNEY_DIR"), box->folder);
        jt_launch_release(&box->launch);
        free(expected);
    }
    free(node);
    free(adapters);
}

static void test_php_reads_our_settings_after_its_own(void **state)
{
    static const struct {
        const char *user;
        const char *before; /* of our folder */
    } rows[] = {{NULL, ":"}, {"PHP_INI_SCAN_DIR=/x", "/x:"}, {"PHP_INI_SCAN_DIR=", ""}};
    struct box *box = *state;
    char *settings = in_box(box, "php-settings/jitney.ini");

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *expected = jt_format("%s%s/php-settings", rows[i].before, box->folder);

        assert_int_equal(prepare(box, "php x.php", rows[i].user, NULL), JITNEY_OK);
        assert_string_equal(variable(box, "PHP_INI_SCAN_DIR"), expected);
        assert_int_equal(access(settings, R_OK), 0);
        jt_launch_tidy(box->folder);
        assert_int_not_equal(access(settings, F_OK), 0);
        jt_launch_release(&box->launch);
        free(expected);
    }
    free(settings);
}

static void
test_variables_that_are_heard_reach_only_their_runtime_and_unknown_commands(void **state)
{
    static const struct {
        const char *command;
        bool has_java;
        bool has_erlang;
        bool has_node;
    } rows[] = {
        {"node x", false, false, true},
        {"sh -c x", true, true, true},
        {"erl", false, true, true},
        {"java X", false, false, true}, /* its arguments say it, and quietly */
    };
    struct box *box = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(prepare(box, rows[i].command, NULL, NULL), JITNEY_OK);
        assert_int_equal(variable(box, "JDK_JAVA_OPTIONS") != NULL, rows[i].has_java);
        assert_int_equal(variable(box, "ERL_AFLAGS") != NULL, rows[i].has_erlang);
        assert_int_equal(variable(box, "NODE_OPTIONS") != NULL, rows[i].has_node);
        jt_launch_release(&box->launch);
    }
}

static void test_variables_that_the_command_sets_or_clears_reach_the_program(void **state)
{
    struct box *box = *state;

    assert_int_equal(prepare(box, "env NODE_OPTIONS=--x node a", NULL, "node"), JITNEY_OK);
    assert_command(box, "env NODE_OPTIONS=--x " V8 " node a");
    jt_launch_release(&box->launch);

    assert_int_equal(prepare(box, "env -i A=b node a", "NODE_OPTIONS=--mine", "node"), JITNEY_OK);
    assert_command(box, "env -i A=b env NODE_OPTIONS=" V8 " node a");
    jt_launch_release(&box->launch);

    assert_int_equal(prepare(box, "sudo -u other node a", NULL, "node"), JITNEY_OK);
    assert_command(box, "sudo -u other env NODE_OPTIONS=" V8 " node a");
    jt_launch_release(&box->launch);
}

static void test_runtime_option_overrides_what_is_recognised(void **state)
{
    struct box *box = *state;

    assert_int_equal(prepare(box, "node x", NULL, "none"), JITNEY_OK);
    assert_null(variable(box, "NODE_OPTIONS"));
    assert_null(box->launch.runtime);
    assert_true(box->launch.keeps_files);
    jt_launch_release(&box->launch);

    assert_int_equal(prepare(box, "mine x", NULL, "java"), JITNEY_OK);
    assert_string_equal(variable(box, "JDK_JAVA_OPTIONS"), JAVA);
    assert_null(variable(box, "NODE_OPTIONS"));
    assert_command(box, "mine x");
    jt_launch_release(&box->launch);

    assert_int_equal(prepare(box, "mywasm x", NULL, "wasmtime"), JITNEY_OK);
    assert_command(box, "mywasm --profile=jitdump x");
    jt_launch_release(&box->launch);

    assert_int_equal(prepare(box, "node x", NULL, "cobol"), JITNEY_ERR_ARGUMENT);
}

static void test_runtime_that_the_user_asks_by_hand_is_left_alone(void **state)
{
    static const struct {
        const char *command;
        const char *variable;
        bool is_asked;
    } rows[] = {
        {"node --perf-basic-prof x", NULL, true},
        {"node x", "NODE_OPTIONS=--perf-prof", true},
        {"java -XX:+DumpPerfMapAtExit X", NULL, true},
        {"php -d opcache.jit_debug=16 x.php", NULL, true},
        {"sh -c erl+JPperf", NULL, true},
        {"node x", "PYTHONPERFSUPPORT=1", false}, /* no concern of node */
        {"node x", NULL, false},
    };
    struct box *box = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(prepare(box, rows[i].command, rows[i].variable, NULL), JITNEY_OK);
        assert_int_equal(box->launch.keeps_files, rows[i].is_asked);
        if (rows[i].is_asked)
            assert_command(box, rows[i].command);
        jt_launch_release(&box->launch);
    }
}

/* V8 logs to standard output when it cannot make its log file. */
static void read_only_child(struct box *box)
{
    char *expected = jt_format("node " V8 " --no-logfile-per-isolate --logfile=+ x");
    char *text = NULL;

    if (chdir("/proc/self") != 0 || access(".", W_OK) == 0)
        _exit(2);
    if (prepare(box, "node x", NULL, NULL) != JITNEY_OK || variable(box, "NODE_OPTIONS"))
        _exit(1);
    text = joined(box->launch.argv);
    if (strcmp(text, expected) != 0)
        _exit(1);
    if (prepare(box, "npx x", NULL, NULL) != JITNEY_OK || !box->launch.runtime)
        _exit(1);
    _exit(0);
}

static void test_node_in_a_folder_that_cannot_be_written_is_told_by_arguments(void **state)
{
    int status = 0;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0)
        read_only_child(*state);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_shebang_is_split_as_the_kernel_and_env_do(void **state)
{
    static const struct {
        const char *head;
        const char *words; /* joined by '|'; NULL: not a script */
    } rows[] = {
        {"#!/bin/sh\n", "/bin/sh"},
        {"#! /usr/bin/java --source 17 \r\n", "/usr/bin/java|--source 17"},
        {"#!/usr/bin/env node\n", "/usr/bin/env|node"},
        {"#!/usr/bin/env -S node --a  --b\nx", "/usr/bin/env|node|--a|--b"},
        {"#!/usr/bin/env -Snode -r x\n", "/usr/bin/env|node|-r|x"},
        {"#!/usr/bin/env\n", "/usr/bin/env"},
        {"#!/usr/bin/env -S\n", "/usr/bin/env"},
        {"#!\n", NULL},
        {"#!   \n", NULL},
        {"#!/bin/sh", NULL},
        {"\177ELF", NULL},
        {"", NULL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char **words = jt_shebang_words(rows[i].head, strlen(rows[i].head));
        char *text = jt_strdup("");

        assert_int_equal(words != NULL, rows[i].words != NULL);
        for (size_t k = 0; words && words[k]; k++) {
            char *longer = jt_format("%s%s%s", text, k ? "|" : "", words[k]);

            free(text);
            free(words[k]);
            text = longer;
        }
        if (rows[i].words)
            assert_string_equal(text, rows[i].words);
        free(words);
        free(text);
    }
    (void)state;
}

static void test_links_and_scripts_that_turn_in_circles_end(void **state)
{
    struct box *box = *state;
    char *line = jt_format("#!%s/snake\n", box->folder);

    make_link(box, "left", "right");
    make_link(box, "right", "left");
    make_program(box, "snake", line);
    assert_int_equal(prepare(box, "left x", NULL, NULL), JITNEY_OK);
    assert_null(box->launch.runtime);
    jt_launch_release(&box->launch);
    assert_int_equal(prepare(box, "snake x", NULL, NULL), JITNEY_OK);
    assert_null(box->launch.runtime);
    jt_launch_release(&box->launch);
    free(line);
}

static void make_folders(const char *path)
{
    char *command = jt_format("mkdir -p '%s'", path);

    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): our own path */
    free(command);
}

static void test_versions_that_would_refuse_are_told_from_their_files(void **state)
{
    struct box *box = *state;
    char *erl = in_box(box, "otp/bin/erl");
    char *releases = in_box(box, "otp/releases");
    char *data = in_box(box, "otp/releases/start_erl.data");
    char *ruby = in_box(box, "rb/bin/ruby");
    char *library = in_box(box, "rb/lib/ruby/3.3.0");

    assert_true(jt_erlang_knows_perf(NULL));
    assert_true(jt_erlang_knows_perf(erl));
    make_folders(releases);
    test_write_file(data, "11.1 23\n", 8);
    assert_false(jt_erlang_knows_perf(erl));
    test_write_file(data, "13.1.5 25\n", 10);
    assert_true(jt_erlang_knows_perf(erl));

    assert_false(jt_ruby_knows_perf(NULL));
    assert_false(jt_ruby_knows_perf(ruby));
    assert_false(jt_ruby_knows_perf("/usr/bin/ruby3.1"));
    assert_true(jt_ruby_knows_perf("/usr/bin/ruby3.3"));
    assert_true(jt_ruby_knows_perf("/usr/bin/ruby4.0"));
    make_folders(library);
    assert_true(jt_ruby_knows_perf(ruby));
    free(library);
    free(ruby);
    free(data);
    free(releases);
    free(erl);
}

static void test_every_row_can_be_named_and_none_ends_the_list(void **state)
{
    size_t count = 0;

    for (; jt_runtimes_at(count); count++) {
        const char *name = jt_runtimes_name(count);

        assert_ptr_equal(jt_runtimes_find(name), jt_runtimes_at(count));
        assert_ptr_equal(jt_runtimes_match(jt_runtimes_at(count)->programs[0]),
                         jt_runtimes_at(count));
    }
    assert_true(count >= 15);
    assert_string_equal(jt_runtimes_name(count), "none");
    assert_null(jt_runtimes_name(count + 1));
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runtime_is_recognised_behind_anything_that_runs_it),
        cmocka_unit_test(test_command_gets_the_arguments_that_its_runtime_needs),
        cmocka_unit_test(test_script_of_a_runtime_without_variables_is_run_as_the_kernel_would),
        cmocka_unit_test(test_variables_are_added_to_the_users_own),
        cmocka_unit_test(test_adapter_is_loaded_where_it_is_installed_and_can_be_found),
        cmocka_unit_test(test_php_reads_our_settings_after_its_own),
        cmocka_unit_test(
            test_variables_that_are_heard_reach_only_their_runtime_and_unknown_commands),
        cmocka_unit_test(test_variables_that_the_command_sets_or_clears_reach_the_program),
        cmocka_unit_test(test_runtime_option_overrides_what_is_recognised),
        cmocka_unit_test(test_runtime_that_the_user_asks_by_hand_is_left_alone),
        cmocka_unit_test(test_node_in_a_folder_that_cannot_be_written_is_told_by_arguments),
        cmocka_unit_test(test_shebang_is_split_as_the_kernel_and_env_do),
        cmocka_unit_test(test_links_and_scripts_that_turn_in_circles_end),
        cmocka_unit_test(test_versions_that_would_refuse_are_told_from_their_files),
        cmocka_unit_test(test_every_row_can_be_named_and_none_ends_the_list),
    };

    return cmocka_run_group_tests(tests, open_box, close_box);
}
