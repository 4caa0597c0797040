/* The commands' only door for code inside the JVM is the management bean that
 * jdk.management has for them. Making the bean would start half of JMX; the one native
 * method behind it needs no state of the object, so an object without a
 * constructor will do (openjdk: DiagnosticCommandImpl.java,
 * DiagnosticCommandImpl.c). Where that is not so, a class or method is missing,
 * and nothing is asked. */
#include "ask.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool is_clear(JNIEnv *jni)
{
    if (!(*jni)->ExceptionCheck(jni))
        return true;
    (*jni)->ExceptionClear(jni);
    return false;
}

/* Finding a class does not initialize it; making an object does. */
static bool initialize(JNIEnv *jni, jclass class)
{
    jobject object = (*jni)->AllocObject(jni, class);

    return is_clear(jni) && object;
}

bool jvm_ask_open(struct jvm_ask *ask, JNIEnv *jni)
{
    jclass provider = NULL, class = NULL;

    memset(ask, 0, sizeof(*ask));
    ask->jni = jni;
    if ((*jni)->PushLocalFrame(jni, 16) != 0) {
        is_clear(jni);
        return false;
    }
    /* Its initializer loads the library that has the native method. */
    provider = (*jni)->FindClass(jni, "com/sun/management/internal/PlatformMBeanProviderImpl");
    if (is_clear(jni) && provider)
        class = (*jni)->FindClass(jni, "com/sun/management/internal/DiagnosticCommandImpl");
    if (is_clear(jni) && class)
        ask->method = (*jni)->GetMethodID(jni, class, "executeDiagnosticCommand",
                                          "(Ljava/lang/String;)Ljava/lang/String;");
    if (is_clear(jni) && ask->method && initialize(jni, provider))
        ask->target = (*jni)->AllocObject(jni, class);
    if (is_clear(jni) && ask->target)
        return true;
    (*jni)->PopLocalFrame(jni, NULL);
    ask->target = NULL;
    return false;
}

void jvm_ask_close(struct jvm_ask *ask)
{
    if (ask->target)
        (*ask->jni)->PopLocalFrame(ask->jni, NULL);
    ask->target = NULL;
}

bool jvm_ask(struct jvm_ask *ask, const char *command, char *answer, size_t room)
{
    JNIEnv *jni = ask->jni;
    jstring text = NULL, given = NULL;
    const char *bytes = NULL;
    bool is_answered = false;

    answer[0] = '\0';
    if (!ask->target)
        return false;
    text = (*jni)->NewStringUTF(jni, command);
    if (is_clear(jni) && text)
        given = (*jni)->CallObjectMethod(jni, ask->target, ask->method, text);
    if (is_clear(jni) && given) {
        bytes = (*jni)->GetStringUTFChars(jni, given, NULL);
        if (is_clear(jni) && bytes) {
            strncat(answer, bytes, room - 1);
            (*jni)->ReleaseStringUTFChars(jni, given, bytes);
            is_answered = true;
        }
    }
    if (given)
        (*jni)->DeleteLocalRef(jni, given);
    if (text)
        (*jni)->DeleteLocalRef(jni, text);
    return is_answered;
}

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* `0.123 s`, in milliseconds; -1 when it is something else. */
static int64_t read_uptime(const char *answer)
{
    char *end = NULL;
    int64_t seconds = strtoll(answer, &end, 10);
    int64_t ms = 0;

    if (end == answer || (*end != '.' && *end != ',') || seconds < 0 || seconds > 1000000000)
        return -1;
    for (int i = 1; i <= 3; i++) {
        if (end[i] < '0' || end[i] > '9')
            return -1;
        ms = ms * 10 + (end[i] - '0');
    }
    return seconds * 1000 + ms;
}

/* The uptime is told in milliseconds, rounded to the nearest. Each answer so bounds the JVM's
 * start from both sides, however long it took; where the uptime turns from one millisecond to the
 * next, the bounds are close. That is waited for, for a few milliseconds. */
uint64_t jvm_ask_start(struct jvm_ask *ask)
{
    enum { HALF_NS = 500000, CLOSE_NS = 30000, MOST_NS = 3000000, FEWEST = 3 };
    char answer[64];
    uint64_t began = now_ns(), low = 0, high = UINT64_MAX;

    for (int asked = 1;; asked++) {
        uint64_t before = now_ns(), after = 0, uptime_ns = 0;
        int64_t uptime_ms = -1;

        if (!jvm_ask(ask, "VM.uptime", answer, sizeof(answer)))
            return 0;
        after = now_ns();
        uptime_ms = read_uptime(answer);
        if (uptime_ms < 0)
            return 0;
        uptime_ns = (uint64_t)uptime_ms * 1000000;
        if (before > uptime_ns + HALF_NS && before - uptime_ns - HALF_NS > low)
            low = before - uptime_ns - HALF_NS;
        if (after + HALF_NS > uptime_ns && after + HALF_NS - uptime_ns < high)
            high = after + HALF_NS - uptime_ns;
        if (high < low + CLOSE_NS || (asked >= FEWEST && after - began > MOST_NS))
            return low + (high > low ? (high - low) / 2 : 0);
    }
}
