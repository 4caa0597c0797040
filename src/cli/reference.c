#include "cli/reference.h"

#include "jitney/version.h"

#include <string.h>

/* Text for roff: a backslash or a leading dot would be a command, and a
 * hyphen must stay one that can be copied. */
static void print_roff(FILE *stream, const char *text)
{
    bool starts_line = true;

    for (; *text; text++) {
        if (starts_line && (*text == '.' || *text == '\''))
            fputs("\\&", stream);
        starts_line = *text == '\n';
        if (*text == '\\')
            fputs("\\e", stream);
        else if (*text == '-')
            fputs("\\-", stream);
        else
            fputc(*text, stream);
    }
}

static void print_paragraphs(FILE *stream, const char *text)
{
    const char *blank = NULL;

    while ((blank = strstr(text, "\n\n"))) {
        char paragraph[2048];

        snprintf(paragraph, sizeof(paragraph), "%.*s", (int)(blank - text), text);
        print_roff(stream, paragraph);
        fputs("\n.PP\n", stream);
        text = blank + 2;
    }
    print_roff(stream, text);
    fputc('\n', stream);
}

static void print_man_option(FILE *stream, const struct cli_option *option)
{
    fputs(".TP\n.B ", stream);
    if (option->letter)
        fprintf(stream, "\\-%c, ", option->letter);
    fputs("\\-\\-", stream);
    print_roff(stream, option->name);
    if (option->value)
        fprintf(stream, " \\fI%s\\fR", option->value);
    fputc('\n', stream);
    print_roff(stream, option->help);
    fputc('\n', stream);
}

void cli_print_man(FILE *stream, const struct cli_command *command)
{
    fprintf(stream, ".TH JITNEY\\-%s 1 \"\" \"jitney " JITNEY_VERSION "\" \"jitney manual\"\n",
            command->name);
    fprintf(stream, ".SH NAME\njitney\\-%s \\- ", command->name);
    print_roff(stream, command->summary);
    fprintf(stream, "\n.SH SYNOPSIS\n.B jitney %s\n[\\fIOPTION\\fR]... ", command->name);
    print_roff(stream, command->arguments);
    fputs("\n.SH DESCRIPTION\n", stream);
    print_paragraphs(stream, command->description);
    fputs(".SH OPTIONS\n", stream);
    for (const struct cli_option *option = command->options; option->name; option++)
        print_man_option(stream, option);
    fputs(".SH EXIT STATUS\n0 done, 1 failed, 2 wrong usage.\n.SH EXAMPLES\n.nf\n", stream);
    print_roff(stream, command->example);
    fputs("\n.fi\n.SH SEE ALSO\n.BR jitney (1)\n", stream);
}

void cli_print_man_overview(FILE *stream)
{
    fputs(".TH JITNEY 1 \"\" \"jitney " JITNEY_VERSION "\" \"jitney manual\"\n"
          ".SH NAME\njitney \\- the code of JIT compilers made visible\n"
          ".SH SYNOPSIS\n.B jitney\n\\fICOMMAND\\fR [\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...\n"
          ".SH DESCRIPTION\nRecords a program whose code a JIT compiler makes while it runs, and "
          "shows every frame by its name.\n.SH COMMANDS\n",
          stream);
    for (size_t i = 0; cli_commands[i]; i++) {
        fprintf(stream, ".TP\n.BR jitney\\-%s (1)\n", cli_commands[i]->name);
        print_roff(stream, cli_commands[i]->summary);
        fputc('\n', stream);
    }
    fputs(".SH EXIT STATUS\n0 done, 1 failed, 2 wrong usage.\n", stream);
}

static void print_bash(FILE *stream)
{
    fputs("_jitney() {\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} words\n"
          "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        words='",
          stream);
    for (size_t i = 0; cli_commands[i]; i++)
        fprintf(stream, "%s ", cli_commands[i]->name);
    fputs("--help --version'\n    else\n        case ${COMP_WORDS[1]} in\n", stream);
    for (size_t i = 0; cli_commands[i]; i++) {
        fprintf(stream, "        %s) words='", cli_commands[i]->name);
        for (const struct cli_option *option = cli_commands[i]->options; option->name; option++)
            fprintf(stream, "--%s ", option->name);
        fputs("--help' ;;\n", stream);
    }
    fputs("        esac\n        case $cur in -*) ;; *) words= ;; esac\n    fi\n"
          "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
          "}\ncomplete -o default -F _jitney jitney\n",
          stream);
}

/* Single quotes end a quoted word in both shells. */
static void print_quoted(FILE *stream, const char *text)
{
    for (; *text; text++)
        fputc(*text == '\'' ? '`' : *text, stream);
}

static void print_zsh(FILE *stream)
{
    fputs("#compdef jitney\n_jitney() {\n  local -a commands\n  commands=(\n", stream);
    for (size_t i = 0; cli_commands[i]; i++) {
        fprintf(stream, "    '%s:", cli_commands[i]->name);
        print_quoted(stream, cli_commands[i]->summary);
        fputs("'\n", stream);
    }
    fputs("  )\n  if (( CURRENT == 2 )); then _describe command commands; return; fi\n"
          "  case ${words[2]} in\n",
          stream);
    for (size_t i = 0; cli_commands[i]; i++) {
        fprintf(stream, "    %s) _arguments", cli_commands[i]->name);
        for (const struct cli_option *option = cli_commands[i]->options; option->name; option++) {
            fprintf(stream, " '--%s%s[", option->name, option->value ? "=" : "");
            for (const char *at = option->help; *at; at++)
                fputc(*at == '\''                              ? '`'
                      : *at == '[' || *at == ']' || *at == ':' ? ' '
                                                               : *at,
                      stream);
            fprintf(stream, "]%s%s%s'", option->value ? ":" : "",
                    option->value ? option->value : "", option->value ? ":_files" : "");
        }
        fputs(" '*:file:_files' ;;\n", stream);
    }
    fputs("  esac\n}\n_jitney \"$@\"\n", stream);
}

static void print_fish(FILE *stream)
{
    for (size_t i = 0; cli_commands[i]; i++) {
        const char *name = cli_commands[i]->name;

        fprintf(stream, "complete -c jitney -n __fish_use_subcommand -a %s -d '", name);
        print_quoted(stream, cli_commands[i]->summary);
        fputs("'\n", stream);
        for (const struct cli_option *option = cli_commands[i]->options; option->name; option++) {
            fprintf(stream, "complete -c jitney -n '__fish_seen_subcommand_from %s' -l %s", name,
                    option->name);
            if (option->letter)
                fprintf(stream, " -s %c", option->letter);
            fprintf(stream, "%s -d '", option->value ? " -r" : "");
            print_quoted(stream, option->help);
            fputs("'\n", stream);
        }
    }
}

bool cli_print_completion(FILE *stream, const char *shell)
{
    static const struct {
        const char *shell;
        void (*print)(FILE *stream);
    } shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};

    for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
        if (strcmp(shells[i].shell, shell) != 0)
            continue;
        shells[i].print(stream);
        return true;
    }
    return false;
}
