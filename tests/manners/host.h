/* The host of a session, for tests of the library's manners: calls that check errno, code to
 * load, and what the session's files hold. */
#ifndef JT_MANNERS_HOST_H
#define JT_MANNERS_HOST_H

#include "jitney/jitney.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    HOST_PATH_BYTES = 512,
    HOST_ERRNO = 4711,
    HOST_ALL_SINKS = JITNEY_SINK_PERFMAP | JITNEY_SINK_JITDUMP | JITNEY_SINK_GDB |
                     JITNEY_SINK_RECORD | JITNEY_SINK_LOG | JITNEY_SINK_MAP,
    HOST_FILE_SINKS =
        JITNEY_SINK_PERFMAP | JITNEY_SINK_JITDUMP | JITNEY_SINK_RECORD | JITNEY_SINK_LOG,
};

#if defined(__SANITIZE_THREAD__)
#define HOST_HAS_TSAN 1
#define HOST_HAS_ASAN 0
#elif defined(__SANITIZE_ADDRESS__)
#define HOST_HAS_TSAN 0
#define HOST_HAS_ASAN 1
#elif defined(__has_feature)
#define HOST_HAS_TSAN __has_feature(thread_sanitizer)
#define HOST_HAS_ASAN __has_feature(address_sanitizer)
#else
#define HOST_HAS_TSAN 0
#define HOST_HAS_ASAN 0
#endif

/* Ends the program unless it is so: unlike cmocka's, also in threads and children. */
#define HOST_CHECK(condition) host_check((condition), #condition, __FILE__, __LINE__)
void host_check(bool is_so, const char *what, const char *file, int line);

/* The value of a call of the library, which leaves errno alone. */
#define KEPT(call) host_kept((errno = HOST_ERRNO, (call)))
int host_kept(int status);

/* A session that writes into `folder`. */
struct jitney_session *host_open(const char *folder, uint32_t sinks);
void host_close(struct jitney_session *session);
/* Real executable memory: the place of the code of this number. */
uint64_t host_place(unsigned number);
/* Load code of that name there, with lines and a promise about unwinding. */
int host_load(struct jitney_session *session, const char *name, unsigned number);
/* One event of each class, and each function that changes nothing for good; every call is checked
 * for errno. Returns how many calls did not return JITNEY_OK. */
unsigned host_use_everything(struct jitney_session *session, unsigned number);
struct jitney_counters host_counters(const struct jitney_session *session);

/* DIRECTORY/PREFIX + pid + SUFFIX of a sink's file, and whether `text` is in it. */
void host_file(char path[HOST_PATH_BYTES], const char *folder, enum jitney_sink sink, pid_t pid);
bool host_file_has(const char *path, const char *text);
bool host_file_exists(const char *path);
/* Whether a recording can be read and has code of this name. */
bool host_recording_has(const char *path, const char *name);
/* Every record of a dump is whole and of a known kind, a torn end excepted. */
bool host_jitdump_is_sound(const char *path);
/* Every line of a map is one that perf reads, a torn end excepted. */
bool host_perfmap_is_sound(const char *path);

/* Descriptors of this process whose file is in `folder`. Returns how many. */
int host_descriptors(const char *folder, int *fds, int room);

/* Run `body` in a child and return its exit status; a signal gives 256 + its number. */
int host_in_child(void (*body)(void *context), void *context);

#endif
