/* A thread that reads the JVM's logs while they grow. It is none of the JVM's threads
 * and never waits for it. */
#ifndef JVM_FOLLOWER_H
#define JVM_FOLLOWER_H

#include "compilations.h"

#include <pthread.h>
#include <stdatomic.h>

/* One file that somebody else appends to. */
struct jvm_followed {
    int fd; /* -1: none */
    uint64_t at;
    uint64_t freed; /* up to here its memory was given back; UINT64_MAX: it is a file to keep */
    struct jvm_log log;
};

struct jvm_follower {
    struct jvm_followed text; /* in memory, written by -Xlog */
    struct jvm_followed xml;  /* of LogCompilation */
    pthread_t thread;
    bool is_running;
    int waited; /* how often there was no text */
    int wake;   /* an eventfd; readable: come to an end */
};

void jvm_follower_init(struct jvm_follower *follower, struct jvm_compilations *compilations);

/* Make the file that -Xlog can write to: its path goes to `path`. False when there is none. */
bool jvm_follower_make_text(struct jvm_follower *follower, char *path, size_t room);

/* Follow the file of LogCompilation. False when it cannot be read. */
bool jvm_follower_open_xml(struct jvm_follower *follower, const char *path);

/* Start the thread, if there is something to follow. */
void jvm_follower_start(struct jvm_follower *follower);

/* End the thread, once it has read what there is. */
void jvm_follower_stop(struct jvm_follower *follower);

/* Read what came since, in the calling thread, and close the files. After stop. */
void jvm_follower_close(struct jvm_follower *follower);

#endif
