/* The library is loaded and unloaded while the program runs, and lives twice in one process.
 * Arguments: the shared library, and a plugin with a static copy. */
#include "manners/host.h"
#include "support/files.h"

#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h> /* wants setjmp.h, stdarg.h and stddef.h */

enum { ROUNDS = 40, THREADS = 4 };

static const char *library_path, *plugin_path;

struct library {
    void *handle;
    int (*open)(const struct jitney_session_options *options, struct jitney_session **session);
    int (*emit)(struct jitney_session *session, enum jitney_event_type type, const void *body);
    void (*close)(struct jitney_session *session);
};

struct plugin {
    void *handle;
    int (*open)(const char *folder, void **session);
    int (*load)(void *session, const char *name, uint64_t address);
    int (*knows)(uint64_t address);
    void (*close)(void *session);
};

static void take_symbol(void *handle, const char *name, void *function)
{
    void *symbol = dlsym(handle, name);

    HOST_CHECK(symbol != NULL);
    memcpy(function, &symbol, sizeof(symbol));
}

static struct library load_library(void)
{
    struct library library = {.handle = dlopen(library_path, RTLD_NOW | RTLD_LOCAL)};

    if (!library.handle)
        print_error("%s\n", dlerror());
    HOST_CHECK(library.handle != NULL);
    take_symbol(library.handle, "jitney_session_open", &library.open);
    take_symbol(library.handle, "jitney_emit", &library.emit);
    take_symbol(library.handle, "jitney_session_close", &library.close);
    return library;
}

static struct plugin load_plugin(void)
{
    struct plugin plugin = {.handle = dlopen(plugin_path, RTLD_NOW | RTLD_LOCAL)};

    if (!plugin.handle)
        print_error("%s\n", dlerror());
    HOST_CHECK(plugin.handle != NULL);
    take_symbol(plugin.handle, "plugin_open", &plugin.open);
    take_symbol(plugin.handle, "plugin_load", &plugin.load);
    take_symbol(plugin.handle, "plugin_knows", &plugin.knows);
    take_symbol(plugin.handle, "plugin_close", &plugin.close);
    return plugin;
}

struct user {
    struct library *library;
    struct jitney_session *session;
    pthread_barrier_t *barrier;
    unsigned number;
};

/* The thread tells something, and ends when the library is no longer there. */
static void *use_library(void *argument)
{
    const struct user *user = argument;
    struct jitney_code_load load = {.size = sizeof(load),
                                    .address = host_place(user->number),
                                    .bytes = 32,
                                    .name = "of_a_thread"};
    struct jitney_note note = {.size = sizeof(note), .text = "of a thread"};

    for (unsigned i = 0; i < 20; i++) {
        HOST_CHECK(KEPT(user->library->emit(user->session, JITNEY_CODE_LOAD, &load)) == JITNEY_OK);
        HOST_CHECK(KEPT(user->library->emit(user->session, JITNEY_NOTE, &note)) == JITNEY_OK);
    }
    pthread_barrier_wait(user->barrier);
    pthread_barrier_wait(user->barrier); /* between these it is unloaded */
    return NULL;
}

static bool is_mapped(const char *path)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    char *line = NULL;
    size_t room = 0;
    bool is = false;

    HOST_CHECK(maps != NULL);
    while (getline(&line, &room, maps) > 0)
        is |= strstr(line, strrchr(path, '/')) != NULL;
    free(line);
    fclose(maps);
    return is;
}

static void test_threads_end_after_the_library_is_unloaded(void **state)
{
    char *folder = test_folder_make();
    int fds[8];

    assert_false(is_mapped(library_path));
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct library library = load_library();
        struct jitney_session_options options = {.size = sizeof(options),
                                                 .sinks = HOST_ALL_SINKS,
                                                 .directory = folder,
                                                 .record_filter = JITNEY_EVENTS_ALL};
        struct jitney_session *session = NULL;
        struct user users[THREADS];
        pthread_t threads[THREADS];
        pthread_barrier_t barrier;

        pthread_barrier_init(&barrier, NULL, THREADS + 1);
        assert_int_equal(KEPT(library.open(&options, &session)), JITNEY_OK);
        for (unsigned i = 0; i < THREADS; i++) {
            users[i] = (struct user){&library, session, &barrier, i};
            assert_int_equal(pthread_create(&threads[i], NULL, use_library, &users[i]), 0);
        }
        pthread_barrier_wait(&barrier);
        library.close(session);
        assert_int_equal(dlclose(library.handle), 0);
        assert_false(is_mapped(library_path));
        pthread_barrier_wait(&barrier);
        for (unsigned i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
        pthread_barrier_destroy(&barrier);
        assert_int_equal(host_descriptors(folder, fds, 8), 0);
    }
    test_folder_remove(folder);
}

static void test_a_fork_after_the_library_is_unloaded(void **state)
{
    char *folder = test_folder_make();
    struct library library = load_library();
    struct jitney_session_options options = {
        .size = sizeof(options), .sinks = HOST_ALL_SINKS, .directory = folder};
    struct jitney_session *session = NULL;
    int status = -1;
    pid_t pid;

    assert_int_equal(KEPT(library.open(&options, &session)), JITNEY_OK);
    library.close(session);
    assert_int_equal(dlclose(library.handle), 0);
    pid = fork(); /* a handler that was left behind would be called now */
    if (pid == 0)
        _exit(0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    test_folder_remove(folder);
}

static void test_a_session_in_a_plugin_and_one_in_the_program(void **state)
{
    char *folder = test_folder_make(), path[HOST_PATH_BYTES];
    struct jitney_session *session = host_open(folder, HOST_ALL_SINKS);
    struct plugin plugin = load_plugin();
    void *other = NULL;

    assert_int_equal(KEPT(plugin.open(folder, &other)), JITNEY_OK);
    assert_int_equal(host_load(session, "of_the_program", 0), JITNEY_OK);
    assert_int_equal(KEPT(plugin.load(other, "of_the_plugin", host_place(1))), JITNEY_OK);
    assert_true(plugin.knows(host_place(1)));
    plugin.close(other);
    assert_false(plugin.knows(host_place(1)));
    assert_int_equal(dlclose(plugin.handle), 0);
    assert_int_equal(host_load(session, "of_the_program_later", 2), JITNEY_OK);
    host_close(session);
    host_file(path, folder, JITNEY_SINK_PERFMAP, getpid());
    assert_true(host_perfmap_is_sound(path));
    assert_true(host_file_has(path, "of_the_program"));
    assert_true(host_file_has(path, "of_the_plugin"));
    assert_true(host_file_has(path, "of_the_program_later"));
    host_file(path, folder, JITNEY_SINK_JITDUMP, getpid());
    assert_true(host_jitdump_is_sound(path));
    assert_true(host_file_has(path, "of_the_program") && host_file_has(path, "of_the_plugin"));
    host_file(path, folder, JITNEY_SINK_RECORD, getpid());
    assert_true(host_recording_has(path, "of_the_program_later"));
    assert_false(host_recording_has(path, "of_the_plugin"));
    snprintf(path, sizeof(path), "%s/plugin-%d.jtr", folder, (int)getpid());
    assert_true(host_recording_has(path, "of_the_plugin"));
    assert_false(host_recording_has(path, "of_the_program"));
    test_folder_remove(folder);
}

int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads_end_after_the_library_is_unloaded),
        cmocka_unit_test(test_a_fork_after_the_library_is_unloaded),
        cmocka_unit_test(test_a_session_in_a_plugin_and_one_in_the_program),
    };

    if (count != 3) {
        fprintf(stderr, "usage: unloading LIBRARY PLUGIN\n");
        return 2;
    }
    library_path = words[1];
    plugin_path = words[2];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
