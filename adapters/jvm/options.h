/* What the user asks of the agent: by the environment (JITNEY_*, as for every program
 * with jitney) and by the agent's own options, which have the last word:
 *
 *     -agentpath:libjitney-jvm.so=record=/tmp/run.jtr,jitdump,dir=/tmp
 */
#ifndef JVM_OPTIONS_H
#define JVM_OPTIONS_H

#include "jitney/session.h"

#include <limits.h>

struct jvm_options {
    struct jitney_session_options session;
    const char *log_compilation; /* the file of -XX:LogFile; NULL: ask the JVM */
    bool ignores_logs;           /* neither compile nor deopt events */
    char text[4096];             /* what the session's options point into */
};

/* Returns NULL or the word that is not understood; all others hold. */
const char *jvm_options_read(struct jvm_options *options, const char *text);

#endif
