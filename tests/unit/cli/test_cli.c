#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/cli.h"

struct options {
    bool flag;
    const char *name;
    uint64_t count;
    double number;
    struct cli_list list;
};

static const struct cli_option rows[] = {
    {'f', "flag", CLI_FLAG, offsetof(struct options, flag), NULL, "a flag"},
    {'n', "name", CLI_STRING, offsetof(struct options, name), "NAME", "a name"},
    {'c', "count", CLI_COUNT, offsetof(struct options, count), "N", "a count"},
    {'\0', "number", CLI_NUMBER, offsetof(struct options, number), "X", "a number"},
    {'l', "list", CLI_LIST, offsetof(struct options, list), "FILE", "more than one"},
    {0},
};

static const struct cli_command command = {.name = "try",
                                           .summary = "s",
                                           .arguments = "FILE",
                                           .description = "d",
                                           .example = "e",
                                           .options = rows,
                                           .options_bytes = sizeof(struct options)};

const struct cli_command *const cli_commands[] = {&command, NULL};

/* Parse the words of `line`; what is left over is in words[0..*count). */
static int parse(const struct cli_command *of, const char *line, struct options *options,
                 char **words, int *count)
{
    static char text[256];
    struct cli cli = {.command = "try"};
    char *save = NULL;

    *options = (struct options){0};
    snprintf(text, sizeof(text), "try %s", line);
    *count = 0;
    for (char *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save))
        words[(*count)++] = word;
    words[*count] = NULL;
    return cli_parse(&cli, of, options, count, words);
}

static void test_options_are_read_in_every_form(void **state)
{
    static const char *const lines[] = {
        "-f -n x -c 7 --number 2.5 -l a -l b file",
        "--flag --name x --count 7 --number=2.5 --list=a --list b file",
        "file -fnx -c7 --num 2.5 -la --li b",
        "-fc 7 --na x --number 2.5 -l a -lb -- file",
    };
    struct options options;
    char *words[32];
    int count = 0;

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        assert_int_equal(parse(&command, lines[i], &options, words, &count), CLI_DONE);
        assert_true(options.flag);
        assert_string_equal(options.name, "x");
        assert_int_equal(options.count, 7);
        assert_true(options.number == 2.5);
        assert_int_equal(options.list.count, 2);
        assert_string_equal(options.list.at[1], "b");
        assert_int_equal(count, 1);
        assert_string_equal(words[0], "file");
        free(options.list.at);
    }
}

static void test_wrong_usage_is_refused(void **state)
{
    static const char *const lines[] = {"--nosuch",    "-x",       "--count",    "-c many",
                                        "--count=7x",  "-c -1",    "--n x",      "--flag=yes",
                                        "--number=-2", "-c 1e400", "--number no"};
    struct options options;
    char *words[32];
    int count = 0;
    int saved = dup(STDERR_FILENO);

    assert_non_null(freopen("/dev/null", "w", stderr));
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        if (parse(&command, lines[i], &options, words, &count) != CLI_USAGE)
            fail_msg("taken: %s", lines[i]);
    dup2(saved, STDERR_FILENO);
    close(saved);
}

static void test_words_after_two_dashes_are_no_options(void **state)
{
    struct options options;
    char *words[32];
    int count = 0;

    assert_int_equal(parse(&command, "a -- -f --name", &options, words, &count), CLI_DONE);
    assert_false(options.flag);
    assert_int_equal(count, 3);
    assert_string_equal(words[1], "-f");
}

static void test_a_command_line_of_its_own_keeps_its_options(void **state)
{
    struct cli_command runner = command;
    struct options options;
    char *words[32];
    int count = 0;

    runner.stops_at_first_argument = true;
    assert_int_equal(parse(&runner, "-f node -n app.js -- x", &options, words, &count), CLI_DONE);
    assert_true(options.flag);
    assert_null(options.name);
    assert_int_equal(count, 5);
    assert_string_equal(words[1], "-n");
    assert_string_equal(words[3], "--");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options_are_read_in_every_form),
        cmocka_unit_test(test_wrong_usage_is_refused),
        cmocka_unit_test(test_words_after_two_dashes_are_no_options),
        cmocka_unit_test(test_a_command_line_of_its_own_keeps_its_options),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
