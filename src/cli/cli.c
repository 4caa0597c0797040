#include "cli/cli.h"

#include "base/alloc.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct cli_option help_option = {'h', "help", CLI_FLAG, 0, NULL, "print this help"};

const struct cli_command *cli_find(const char *name)
{
    for (size_t i = 0; cli_commands[i]; i++)
        if (strcmp(cli_commands[i]->name, name) == 0)
            return cli_commands[i];
    return NULL;
}

int cli_usage(struct cli *cli, const char *format, ...)
{
    va_list arguments;

    fprintf(stderr, "jitney %s: ", cli->command);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, " (see jitney %s --help)\n", cli->command);
    return CLI_USAGE;
}

static const struct cli_option *find_letter(const struct cli_command *command, char letter)
{
    if (letter == help_option.letter)
        return &help_option;
    for (const struct cli_option *option = command->options; option->name; option++)
        if (option->letter == letter)
            return option;
    return NULL;
}

/* An exact name, or the only one that begins so. */
static const struct cli_option *find_name(const struct cli_command *command, const char *name,
                                          size_t bytes, bool *is_ambiguous)
{
    const struct cli_option *found = NULL;

    *is_ambiguous = false;
    if (strncmp(help_option.name, name, bytes) == 0)
        found = &help_option;
    for (const struct cli_option *option = command->options; option->name; option++) {
        if (strncmp(option->name, name, bytes) != 0)
            continue;
        if (option->name[bytes] == '\0') {
            *is_ambiguous = false;
            return option;
        }
        *is_ambiguous = found != NULL;
        found = option;
    }
    return found;
}

static int set_number(struct cli *cli, const struct cli_option *option, void *field,
                      const char *text)
{
    char *end = NULL;
    double value = 0;

    errno = 0;
    if (option->type == CLI_COUNT)
        *(uint64_t *)field = strtoull(text, &end, 10);
    else
        value = strtod(text, &end);
    if (end == text || *end || errno || text[0] == '-' || value != value || value < 0)
        return cli_usage(cli, "--%s takes a number, not '%s'", option->name, text);
    if (option->type == CLI_NUMBER)
        *(double *)field = value;
    return CLI_DONE;
}

static int set_option(struct cli *cli, const struct cli_option *option, void *options,
                      const char *text)
{
    void *field = (char *)options + option->field;
    struct cli_list *list = field;

    switch (option->type) {
    case CLI_FLAG:
        *(bool *)field = true;
        return CLI_DONE;
    case CLI_STRING:
        *(const char **)field = text;
        return CLI_DONE;
    case CLI_LIST:
        list->at = jt_realloc(list->at, list->count + 1, sizeof(*list->at));
        list->at[list->count++] = text;
        return CLI_DONE;
    case CLI_COUNT:
    case CLI_NUMBER:
        break;
    }
    return set_number(cli, option, field, text);
}

struct parse {
    struct cli *cli;
    const struct cli_command *command;
    void *options;
    int argc;
    char **argv;
    int next; /* argument to read next */
    bool wants_help;
};

static int take_value(struct parse *parse, const struct cli_option *option, const char *attached)
{
    const char *text = attached;

    if (option == &help_option) {
        parse->wants_help = true;
        return CLI_DONE;
    }
    if (option->type != CLI_FLAG && !text) {
        if (parse->next >= parse->argc)
            return cli_usage(parse->cli, "--%s takes %s", option->name, option->value);
        text = parse->argv[parse->next++];
    }
    return set_option(parse->cli, option, parse->options, text);
}

static int parse_long(struct parse *parse, const char *word)
{
    size_t bytes = strcspn(word, "=");
    const char *attached = word[bytes] ? word + bytes + 1 : NULL;
    bool is_ambiguous = false;
    const struct cli_option *option = find_name(parse->command, word, bytes, &is_ambiguous);

    if (is_ambiguous)
        return cli_usage(parse->cli, "--%.*s can mean more than one option", (int)bytes, word);
    if (!option)
        return cli_usage(parse->cli, "there is no option --%.*s", (int)bytes, word);
    if (option->type == CLI_FLAG && attached)
        return cli_usage(parse->cli, "--%s takes no value", option->name);
    return take_value(parse, option, attached);
}

static int parse_letters(struct parse *parse, const char *letters)
{
    const struct cli_option *option = NULL;
    int result = CLI_DONE;

    for (; *letters; letters++) {
        option = find_letter(parse->command, *letters);
        if (!option)
            return cli_usage(parse->cli, "there is no option -%c", *letters);
        if (option->type != CLI_FLAG)
            return take_value(parse, option, letters[1] ? letters + 1 : NULL);
        result = take_value(parse, option, NULL);
        if (result)
            return result;
    }
    return CLI_DONE;
}

int cli_parse(struct cli *cli, const struct cli_command *command, void *options, int *argc,
              char **argv)
{
    struct parse parse = {cli, command, options, *argc, argv, 1, false};
    int kept = 0;
    int result = CLI_DONE;
    const char *word = NULL;

    while (parse.next < parse.argc && !result && !parse.wants_help) {
        word = argv[parse.next++];
        if (strcmp(word, "--") == 0)
            break;
        if (strncmp(word, "--", 2) == 0) {
            result = parse_long(&parse, word + 2);
        } else if (word[0] == '-' && word[1]) {
            result = parse_letters(&parse, word + 1);
        } else {
            argv[kept++] = argv[parse.next - 1];
            if (command->stops_at_first_argument)
                break;
        }
    }
    if (result)
        return result;
    if (parse.wants_help) {
        cli_print_help(stdout, command);
        return -1;
    }
    while (parse.next < parse.argc)
        argv[kept++] = argv[parse.next++];
    argv[kept] = NULL;
    *argc = kept;
    return CLI_DONE;
}

static void print_option(FILE *stream, const struct cli_option *option)
{
    char left[64];

    snprintf(left, sizeof(left), "%c%c%s --%s%s%s", option->letter ? '-' : ' ',
             option->letter ? option->letter : ' ', option->letter ? "," : " ", option->name,
             option->value ? " " : "", option->value ? option->value : "");
    fprintf(stream, "  %-26s  %s\n", left, option->help);
}

void cli_print_help(FILE *stream, const struct cli_command *command)
{
    fprintf(stream, "jitney %s: %s\n\nUsage: jitney %s [OPTION]... %s\n\n%s\n\nOptions:\n",
            command->name, command->summary, command->name, command->arguments,
            command->description);
    for (const struct cli_option *option = command->options; option->name; option++)
        print_option(stream, option);
    print_option(stream, &help_option);
    fprintf(stream, "\nExample:\n%s\n", command->example);
}

void cli_print_overview(FILE *stream)
{
    fputs("jitney: the code of JIT compilers made visible\n\n"
          "Usage: jitney COMMAND [OPTION]... [ARGUMENT]...\n\nCommands:\n",
          stream);
    for (size_t i = 0; cli_commands[i]; i++)
        fprintf(stream, "  %-12s %s\n", cli_commands[i]->name, cli_commands[i]->summary);
    fputs("\nA start:\n"
          "  jitney record -o run.jitney -- node app.js\n"
          "  jitney report run.jitney\n"
          "  jitney flame run.jitney -o flame.html\n\n"
          "Each command has --help and a man page (jitney-COMMAND).\n",
          stream);
}

int cli_output_open(struct cli *cli, const char *path, struct cli_output *output)
{
    bool is_file = path && strcmp(path, "-") != 0;

    *output = (struct cli_output){.stream = stdout, .path = is_file ? path : NULL};
    if (!is_file)
        return CLI_DONE;
    output->stream = fopen(path, "we");
    if (output->stream)
        return CLI_DONE;
    jt_diag_error(&cli->diag, path, JT_DIAG_NO_OFFSET, "cannot be written: %s", strerror(errno));
    return CLI_FAILED;
}

int cli_output_close(struct cli *cli, struct cli_output *output, int result)
{
    bool is_broken = ferror(output->stream) != 0;
    int error = errno;
    struct stat status;
    bool is_regular = fstat(fileno(output->stream), &status) == 0 && S_ISREG(status.st_mode);

    errno = 0;
    if (output->path)
        is_broken |= fclose(output->stream) != 0;
    else
        is_broken |= fflush(output->stream) != 0;
    output->stream = NULL;
    if (errno)
        error = errno;
    if (is_broken) {
        jt_diag_error(&cli->diag, output->path ? output->path : "standard output",
                      JT_DIAG_NO_OFFSET, "not all could be written: %s", strerror(error));
        if (output->path && is_regular)
            unlink(output->path);
        return CLI_FAILED;
    }
    return result;
}
