/* Edits a command so that the runtimes in it write their symbols: variables for
 * all that any child might be, arguments where a runtime is named and has no
 * variable, or one that would be heard. */
#include "analysis/sample/program.h"
#include "analysis/sample/runtimes.h"
#include "analysis/sample/runtimes_row.h"
#include "analysis/sample/words.h"
#include "base/folder.h"
#include "jitney/status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct editor {
    const struct jt_launch_request *request;
    struct jt_diag *diag;
    struct jt_launch *launch;
    struct jt_words argv;
    struct jt_words environment;
    struct jt_words ours; /* NAME=value without the user's part, for a cleared environment */
    struct jt_wrapped wrapped;
    struct jt_program program;
    const struct jt_runtime *chosen; /* recognised or named by the user; may be NULL */
    bool is_named;                   /* the program is `chosen` itself, or a script of it */
    bool is_read_only;               /* nothing can be written to the working directory */
};

/* The row's adapter, when it is installed and the program is the runtime itself, where we are: a
 * runtime that does not find its adapter does not start. A folder with a space in its
 * name cannot be said in variables that hold several words. */
static const struct jt_runtime_adapter *adapter_of(const struct editor *editor,
                                                   const struct jt_runtime *row)
{
    const char *folder = editor->request->adapters;
    const struct jt_runtime_adapter *adapter = row->adapter;

    if (!folder || !adapter || strpbrk(folder, " \t@&") || row != editor->chosen ||
        !editor->is_named || editor->wrapped.changes_place)
        return NULL;
    if (!jt_folder_has(folder, adapter->file, R_OK) ||
        (adapter->needs && !jt_folder_has(folder, adapter->needs, R_OK)))
        return NULL;
    return adapter;
}

static const struct jt_runtime_variable *variables_of(const struct editor *editor,
                                                      const struct jt_runtime *row)
{
    const struct jt_runtime_adapter *adapter = adapter_of(editor, row);

    return adapter ? adapter->variables : row->variables;
}

/* `value` with "@" replaced by the trace folder and "&" by the row's adapter. Free it. */
static char *expand(const struct editor *editor, const struct jt_runtime *row, const char *value)
{
    char *text = jt_strdup("");
    char *adapter = row->adapter && editor->request->adapters
                        ? jt_format("%s/%s", editor->request->adapters, row->adapter->file)
                        : jt_strdup("");

    while (*value) {
        size_t bytes = strcspn(value, "@&");
        const char *place = value[bytes] == '@' ? editor->request->trace : adapter;
        char *longer = jt_format("%s%.*s%s", text, (int)bytes, value, value[bytes] ? place : "");

        free(text);
        text = longer;
        value += bytes + (value[bytes] ? 1 : 0);
    }
    free(adapter);
    return text;
}

/* A variable's entry, with the user's own value in it. */
static char *joined(const struct jt_runtime_variable *variable, const char *user, const char *value)
{
    if (!user && variable->join == JT_JOIN_PATH)
        return jt_format("%s=%c%s", variable->name, variable->separator, value);
    if (!user)
        return jt_format("%s=%s", variable->name, value);
    if (variable->join == JT_JOIN_NONE)
        return jt_format("%s=%s", variable->name, user);
    if (user[0] == '\0')
        return jt_format("%s=%s", variable->name, value);
    return jt_format("%s=%s%c%s", variable->name, user, variable->separator, value);
}

/* `env NODE_OPTIONS=... node`: what the command sets itself hides what we set,
 * so ours is added to it there. */
static bool edit_assignments(struct editor *editor, const struct jt_runtime_variable *variable,
                             const char *value)
{
    size_t bytes = strlen(variable->name);
    bool is_found = false;

    for (size_t i = 0; i < editor->wrapped.program && editor->argv.at[i]; i++) {
        char *word = editor->argv.at[i];

        if (jt_assignment_name_bytes(word) != bytes || strncmp(word, variable->name, bytes) != 0)
            continue;
        editor->argv.at[i] = joined(variable, word + bytes + 1, value);
        free(word);
        is_found = true;
    }
    return is_found;
}

/* Rows may share a variable (JITDUMPDIR). */
static bool is_set(const struct jt_words *environment, const char *entry)
{
    for (size_t i = 0; environment->at[i]; i++) {
        if (strcmp(environment->at[i], entry) == 0)
            return true;
    }
    return false;
}

static void set_variable(struct editor *editor, const struct jt_runtime *row,
                         const struct jt_runtime_variable *variable)
{
    const char *trace = editor->request->trace;
    const char *user = jt_environment_find(editor->request->environment, variable->name);
    char *value = NULL;
    char *entry = NULL;

    if (variable->separator && strchr(variable->value, '@') && strchr(trace, variable->separator)) {
        jt_diag_warn(editor->diag, trace, JT_DIAG_NO_OFFSET,
                     "'%c' in the folder's name cannot be said in %s", variable->separator,
                     variable->name);
        return;
    }
    value = expand(editor, row, variable->value);
    entry = joined(variable, user, value);
    if (!edit_assignments(editor, variable, value))
        jt_environment_put(&editor->ours, joined(variable, NULL, value));
    if ((!editor->chosen || row == editor->chosen) && !is_set(&editor->environment, entry))
        jt_diag_note(editor->diag, "environment: %s", entry);
    jt_environment_put(&editor->environment, entry);
    free(value);
}

static void write_file(const struct editor *editor, const struct jt_runtime_file *file)
{
    char *folder = jt_format("%s/%s", editor->request->trace, file->folder);
    char *path = jt_format("%s/%s", folder, file->name);
    int fd = -1;

    if (mkdir(folder, 0755) == 0 || errno == EEXIST)
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, file->content, strlen(file->content)) != (ssize_t)strlen(file->content))
        jt_diag_warn(editor->diag, path, JT_DIAG_NO_OFFSET, "cannot be written: %s",
                     strerror(errno));
    if (fd >= 0)
        close(fd);
    free(path);
    free(folder);
}

/* The version that would hear us, when the row asks for one. */
static bool is_able(const struct editor *editor, const struct jt_runtime *row)
{
    const char *search = jt_environment_find(editor->request->environment, "PATH");
    char *path = NULL;
    char *real = NULL;
    bool able = true;

    if (!row->is_able)
        return true;
    if (row == editor->chosen && !editor->program.interpreter)
        return row->is_able(editor->program.path);
    path = jt_program_path(row->programs[0], search);
    real = path ? realpath(path, NULL) : NULL;
    able = row->is_able(real);
    free(real);
    free(path);
    return able;
}

/* Where arguments for the chosen runtime go: right after its own word. */
static size_t arguments_position(struct editor *editor)
{
    struct jt_program *program = &editor->program;
    size_t at = editor->wrapped.program;

    if (program->interpreter) {
        size_t inner = jt_wrapped_find(program->interpreter).program;
        size_t count = 0;

        /* The command becomes what the kernel would make of the script. */
        jt_words_remove(&editor->argv, at);
        jt_words_insert(&editor->argv, at, jt_strdup(program->script));
        for (; program->interpreter[count]; count++)
            jt_words_insert(&editor->argv, at + count, jt_strdup(program->interpreter[count]));
        return at + inner + 1;
    }
    if (editor->chosen->subcommand && editor->argv.at[at + 1] &&
        strcmp(editor->argv.at[at + 1], editor->chosen->subcommand) == 0)
        return at + 2;
    return at + 1;
}

static void add_arguments(struct editor *editor, const char *const *arguments)
{
    size_t at = arguments_position(editor);

    for (size_t i = 0; arguments[i]; i++) {
        char *word = expand(editor, editor->chosen, arguments[i]);

        jt_diag_note(editor->diag, "argument: %s", word);
        jt_words_insert(&editor->argv, at + i, word);
    }
}

/* The arguments that the chosen runtime must be told, or NULL. */
static const char *const *arguments_of(const struct editor *editor)
{
    const struct jt_runtime *row = editor->chosen;
    const struct jt_runtime_adapter *adapter = NULL;

    if (!row || !editor->is_named || !is_able(editor, row))
        return NULL;
    adapter = adapter_of(editor, row);
    if (adapter)
        return editor->is_read_only && adapter->read_only_arguments ? adapter->read_only_arguments
                                                                    : adapter->arguments;
    return editor->is_read_only && row->read_only_arguments ? row->read_only_arguments
                                                            : row->arguments;
}

__attribute__((nonnull)) static bool says_by_variables(const struct editor *editor,
                                                       const struct jt_runtime *row)
{
    bool is_chosen = row == editor->chosen;
    bool is_alone = editor->request->runtime != NULL;

    if (!is_chosen && (is_alone || (editor->chosen && row->is_loud)))
        return false;
    if (is_chosen && row->arguments_suffice && editor->is_named)
        return false;
    if (row->read_only_arguments && editor->is_read_only && !adapter_of(editor, row)) {
        if (is_chosen && !editor->is_named)
            jt_diag_warn(editor->diag, NULL, JT_DIAG_NO_OFFSET,
                         "the working directory cannot be written, where %s would put its files: "
                         "its functions will have no names",
                         row->name);
        return false;
    }
    return is_able(editor, row);
}

static bool holds_any(const char *text, const char *const *words)
{
    for (size_t i = 0; words && words[i]; i++) {
        if (strstr(text, words[i]))
            return true;
    }
    return false;
}

/* Did the user ask this runtime for files, by the command or its variables? */
static bool has_user_asked(const struct editor *editor, const struct jt_runtime *row)
{
    char *const *environment = editor->request->environment;

    for (size_t i = 0; editor->request->argv[i]; i++) {
        if (holds_any(editor->request->argv[i], row->asked))
            return true;
    }
    for (size_t i = 0; row->variables && row->variables[i].name; i++) {
        const char *value = jt_environment_find(environment, row->variables[i].name);
        char *entry = value ? jt_format("%s=%s", row->variables[i].name, value) : NULL;
        bool has_asked = entry && holds_any(entry, row->asked);

        free(entry);
        if (has_asked)
            return true;
    }
    return false;
}

/* `names` with the variables that were set for this runtime and are not among
 * them; takes `names` over. */
static char *add_set_variables(const struct editor *editor, const struct jt_runtime *row,
                               char *names)
{
    const struct jt_runtime_variable *variables = variables_of(editor, row);

    for (size_t i = 0; variables && variables[i].name; i++) {
        const char *name = variables[i].name;
        const char *ours = jt_environment_find(editor->environment.at, name);
        const char *user = jt_environment_find(editor->request->environment, name);
        char *longer = jt_format("%s %s", names, name);
        bool is_listed = strstr(names, longer + strlen(names)) != NULL;

        if (!ours || (user && strcmp(user, ours) == 0) || is_listed) {
            free(longer);
            continue;
        }
        free(names);
        names = longer;
    }
    return names;
}

/* One line for all that children might be, when the program itself is known. */
static void note_children(const struct editor *editor)
{
    char *names = jt_strdup("");

    for (size_t i = 0; editor->chosen && jt_runtimes_at(i); i++)
        if (jt_runtimes_at(i) != editor->chosen)
            names = add_set_variables(editor, jt_runtimes_at(i), names);
    if (names[0])
        jt_diag_note(editor->diag, "for children:%s", names);
    free(names);
}

static void apply_row(struct editor *editor, const struct jt_runtime *row)
{
    const struct jt_runtime_variable *variables = variables_of(editor, row);

    if (!says_by_variables(editor, row))
        return;
    if (row->file)
        write_file(editor, row->file);
    if (row == editor->chosen && adapter_of(editor, row))
        jt_diag_note(editor->diag, "adapter: %s/%s", editor->request->adapters, row->adapter->file);
    for (size_t i = 0; variables && variables[i].name; i++)
        set_variable(editor, row, &variables[i]);
}

/* Who asks a runtime by hand gets just that, and keeps the files. */
static bool leave_to_user(struct editor *editor, const struct jt_runtime *row)
{
    if ((editor->chosen && row != editor->chosen) || !has_user_asked(editor, row))
        return false;
    jt_diag_note(editor->diag, "%s: you ask it for files yourself, nothing is added", row->name);
    editor->launch->keeps_files = true;
    return true;
}

/* sudo and env -i drop our variables: `env NAME=value` before the program sets
 * them again. */
static void restore_environment(struct editor *editor)
{
    size_t at = editor->wrapped.program;
    size_t count = jt_words_count(&editor->ours);

    if (!editor->wrapped.resets_environment || !editor->argv.at[at] || count == 0)
        return;
    jt_words_insert(&editor->argv, at, jt_strdup("env"));
    for (size_t i = 0; i < count; i++)
        jt_words_insert(&editor->argv, at + 1 + i, jt_strdup(editor->ours.at[i]));
}

static int choose(struct editor *editor)
{
    const char *name = editor->request->runtime;
    const char *word = editor->argv.at[editor->wrapped.program];

    if (word)
        jt_program_find(word, jt_environment_find(editor->request->environment, "PATH"),
                        &editor->program);
    editor->chosen = name ? jt_runtimes_find(name) : editor->program.runtime;
    if (name && !editor->chosen) {
        jt_diag_error(editor->diag, NULL, JT_DIAG_NO_OFFSET, "there is no runtime '%s'", name);
        return JITNEY_ERR_ARGUMENT;
    }
    /* A program of a name that we do not know is taken at the user's word where
     * the runtime has no variable to try. */
    editor->is_named = word && editor->chosen &&
                       (editor->program.runtime == editor->chosen ||
                        (!editor->program.runtime && !editor->chosen->variables));
    editor->launch->runtime = editor->chosen ? editor->chosen->name : NULL;
    return JITNEY_OK;
}

static void edit(struct editor *editor)
{
    const char *const *arguments = NULL;

    if (editor->chosen)
        jt_diag_note(editor->diag, "runtime: %s", editor->chosen->name);
    if (editor->chosen && editor->chosen->remark && !adapter_of(editor, editor->chosen))
        jt_diag_note(editor->diag, "%s: %s", editor->chosen->name, editor->chosen->remark);
    for (size_t i = 0; jt_runtimes_at(i); i++) {
        if (!leave_to_user(editor, jt_runtimes_at(i)))
            apply_row(editor, jt_runtimes_at(i));
    }
    note_children(editor);
    arguments = editor->launch->keeps_files ? NULL : arguments_of(editor);
    if (arguments)
        add_arguments(editor, arguments);
    restore_environment(editor);
}

int jt_launch_prepare(const struct jt_launch_request *request, struct jt_diag *diag,
                      struct jt_launch *launch)
{
    struct editor editor = {.request = request, .diag = diag, .launch = launch};
    int status = JITNEY_OK;

    *launch = (struct jt_launch){0};
    jt_words_init(&editor.argv, request->argv);
    jt_words_init(&editor.environment, request->environment);
    jt_words_init(&editor.ours, NULL);
    if (request->runtime && strcmp(request->runtime, "none") == 0) {
        launch->keeps_files = true;
    } else {
        editor.wrapped = jt_wrapped_find(request->argv);
        editor.is_read_only = access(".", W_OK) != 0;
        status = choose(&editor);
        if (!status)
            edit(&editor);
        jt_program_release(&editor.program);
    }
    jt_words_release(&editor.ours);
    launch->argv = editor.argv.at;
    launch->environ = editor.environment.at;
    if (status)
        jt_launch_release(launch);
    return status;
}

static void free_words(char **words)
{
    for (size_t i = 0; words && words[i]; i++)
        free(words[i]);
    free(words);
}

void jt_launch_release(struct jt_launch *launch)
{
    free_words(launch->argv);
    free_words(launch->environ);
    *launch = (struct jt_launch){0};
}

void jt_launch_tidy(const char *trace)
{
    for (size_t i = 0; jt_runtimes_at(i); i++) {
        const struct jt_runtime_file *file = jt_runtimes_at(i)->file;
        char *folder = file ? jt_format("%s/%s", trace, file->folder) : NULL;
        char *path = file ? jt_format("%s/%s", folder, file->name) : NULL;

        if (path && unlink(path) == 0)
            rmdir(folder);
        free(path);
        free(folder);
    }
}
