#include "follower.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BUSY_MS = 20, /* between two looks while something comes */
    IDLE_MS = 200,
    PIECE = 64 << 10,
    FREE_BYTES = 1 << 20,
    FIRST_LINE = 128,
    PATIENCE = 10, /* looks that the XML waits for the text's first line */
};

static void tell(void *context, const struct jvm_log_event *event)
{
    jvm_compilations_tell(context, event);
}

void jvm_follower_init(struct jvm_follower *follower, struct jvm_compilations *compilations)
{
    memset(follower, 0, sizeof(*follower));
    follower->text.fd = follower->xml.fd = follower->wake = -1;
    follower->xml.freed = UINT64_MAX;
    jvm_log_init(&follower->text.log, tell, compilations);
    jvm_log_init(&follower->xml.log, tell, compilations);
}

bool jvm_follower_make_text(struct jvm_follower *follower, char *path, size_t room)
{
    follower->text.fd = memfd_create("jitney-hotspot-log", MFD_CLOEXEC);
    if (follower->text.fd < 0)
        return false;
    snprintf(path, room, "/proc/self/fd/%d", follower->text.fd);
    return true;
}

bool jvm_follower_open_xml(struct jvm_follower *follower, const char *path)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd >= 0 && (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))) {
        close(fd);
        fd = -1;
    }
    follower->xml.fd = fd;
    return fd >= 0;
}

static uint64_t size_of(const struct jvm_followed *followed)
{
    struct stat status;

    if (followed->fd < 0 || fstat(followed->fd, &status) != 0 || status.st_size < 0)
        return 0;
    return (uint64_t)status.st_size;
}

/* Read up to `end`. True when there was something. */
static bool read_to(struct jvm_followed *followed, uint64_t end)
{
    char piece[PIECE];
    bool any = false;

    while (followed->fd >= 0 && followed->at < end) {
        size_t want = end - followed->at < PIECE ? (size_t)(end - followed->at) : PIECE;
        ssize_t got = pread(followed->fd, piece, want, (off_t)followed->at);

        if (got <= 0)
            break;
        jvm_log_feed(&followed->log, piece, (size_t)got);
        followed->at += (uint64_t)got;
        any = true;
    }
    if (followed->freed != UINT64_MAX && followed->at - followed->freed > FREE_BYTES &&
        fallocate(followed->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
                  (off_t)followed->at) == 0)
        followed->freed = followed->at;
    return any;
}

/* The text's lines have the time by two clocks, of which the XML has one: from the difference its
 * times are exact. False when there is no line yet. */
static bool find_start(struct jvm_follower *follower)
{
    char line[FIRST_LINE] = "";
    uint64_t clock_ns = 0, uptime_ns = 0;
    ssize_t got = pread(follower->text.fd, line, sizeof(line) - 1, 0);

    if (got <= 0)
        return false;
    if (jvm_log_times(line, &clock_ns, &uptime_ns) && clock_ns > uptime_ns)
        jvm_compilations_started(follower->text.log.context, clock_ns - uptime_ns);
    return true;
}

/* The XML has what the text lacks (why something is compiled), and earlier. */
static bool read_both(struct jvm_follower *follower, bool is_last)
{
    uint64_t text_end = size_of(&follower->text);
    bool any = false;

    if (follower->text.fd >= 0 && follower->text.at == 0 && !find_start(follower) && !is_last &&
        follower->waited++ < PATIENCE)
        return true;
    any = read_to(&follower->xml, size_of(&follower->xml));
    return read_to(&follower->text, text_end) || any;
}

static void *follow(void *argument)
{
    struct jvm_follower *follower = argument;
    struct pollfd wake = {.fd = follower->wake, .events = POLLIN};
    int wait_ms = BUSY_MS;

    for (;;) {
        int ready = poll(&wake, 1, wait_ms);

        if (read_both(follower, ready > 0))
            wait_ms = BUSY_MS;
        else if (wait_ms < IDLE_MS)
            wait_ms *= 2;
        if (ready > 0)
            return NULL;
    }
}

void jvm_follower_start(struct jvm_follower *follower)
{
    sigset_t all, before;

    if (follower->is_running || (follower->text.fd < 0 && follower->xml.fd < 0))
        return;
    follower->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (follower->wake < 0)
        return;
    /* The program's signals are for the program's threads. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    follower->is_running = pthread_create(&follower->thread, NULL, follow, follower) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (follower->is_running)
        pthread_setname_np(follower->thread, "jitney");
}

void jvm_follower_stop(struct jvm_follower *follower)
{
    if (!follower->is_running)
        return;
    eventfd_write(follower->wake, 1);
    pthread_join(follower->thread, NULL);
    follower->is_running = false;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void jvm_follower_close(struct jvm_follower *follower)
{
    if (!follower->is_running)
        read_both(follower, true);
    /* -Xlog goes on to write to the text by its own descriptor. */
    close_fd(&follower->text.fd);
    close_fd(&follower->xml.fd);
    close_fd(&follower->wake);
}
