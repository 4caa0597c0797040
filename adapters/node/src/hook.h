/* V8 opens and closes its trace file for each line, and kills the process when it cannot open
 * it: a program that is out of descriptors would die of being traced. So for that one path
 * the calls are answered here, by a stream that stays open. All others go on to
 * the C library. */
#ifndef NODE_ADAPTER_HOOK_H
#define NODE_ADAPTER_HOOK_H

#include <stdbool.h>
#include <stdio.h>

/* Answer for `stream` where the object that holds `inside` (an address in V8) opens `path`, and
 * call `closed` when it is done with it. False when that cannot be had; nothing is changed then. */
bool node_hook_trace(const void *inside, const char *path, FILE *stream, void (*closed)(void));

#endif
