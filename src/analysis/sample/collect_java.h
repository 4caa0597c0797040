/* Asks a JVM that runs for a perf map, by the attach protocol that jcmd speaks
 * (openjdk: sun/tools/attach/VirtualMachineImpl.java, attachListener_posix.cpp). */
#ifndef JT_SAMPLE_COLLECT_JAVA_H
#define JT_SAMPLE_COLLECT_JAVA_H

#include <stdbool.h>
#include <stdint.h>

/* The JVM writes /tmp/perf-INNER.map of its own root. False: it did not. */
bool jt_java_write_map(uint32_t pid, uint32_t inner_pid, uint32_t uid);

#endif
