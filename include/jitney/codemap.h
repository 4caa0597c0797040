/* The live code map: what is at this address now? For crash handlers, profilers
 * inside the process, and engines that look at their own stacks. */
#ifndef JITNEY_CODEMAP_H
#define JITNEY_CODEMAP_H

#include "jitney/api.h"
#include "jitney/session.h"

#include <stddef.h>
#include <stdint.h>

JITNEY_BEGIN

enum {
    JITNEY_FOUND_NAME = 256, /* room for a name and its NUL; longer ones are cut */
    JITNEY_FOUND_FILE = 256,
};

/** Code, or a function inlined in it. */
struct jitney_found {
    size_t size;         /* set by the caller */
    uint64_t address;    /* start of the code */
    uint64_t bytes;      /* of the code */
    uint64_t code;       /* its number in its session */
    uint32_t kind;       /* enum jitney_code_kind */
    uint32_t tier;       /* enum jitney_tier */
    uint32_t line;       /* of this address; without a line table where it begins; 0: not known */
    uint32_t column;     /* 0: not known */
    uint32_t function;   /* of jitney_function_define(); 0: none */
    uint32_t is_inlined; /* 1: this frame has no code of its own */
    char name[JITNEY_FOUND_NAME];
    char file[JITNEY_FOUND_FILE]; /* "" when not known */
};

/**
 * What is at `pc`, in any session of this process that keeps a live code map: the code itself, not
 * what is inlined in it. For a return address ask for the byte before it.
 *
 * Threads: any; lock-free and async-signal-safe, also while code is loaded, moved and unloaded.
 * Code whose load has returned and whose unload has not begun is always found.
 * Returns JITNEY_OK, JITNEY_ERR_NOT_FOUND or JITNEY_ERR_ARGUMENT.
 */
JITNEY_API int jitney_find(uint64_t pc, struct jitney_found *found);

/**
 * The same with the functions that are inlined at `pc`, innermost first; the last one is the code's
 * own. `found[0].size` is set by the caller, for all.
 *
 * Threads: as jitney_find(). Returns how many of `room` were filled; 0: nothing is there.
 */
JITNEY_API int jitney_find_frames(uint64_t pc, struct jitney_found *found, int room);

/** One frame of a stack. */
struct jitney_frame {
    uint64_t pc;
    uint64_t frame_pointer;
    uint32_t is_return_address; /* 1: pc is behind the call */
    uint32_t is_jit;            /* 1: jitney_find() knows it */
};

/**
 * Walk the stack by frame pointers, from the state that a signal handler was given
 * (`ucontext`, its third argument) or, when that is NULL, from the caller. Memory is read in a way
 * that survives a broken stack. Code without frame pointers ends the walk.
 *
 * Threads: any; async-signal-safe. Returns the number of frames filled, at most `room`.
 */
JITNEY_API int jitney_backtrace(const void *ucontext, struct jitney_frame *frames, int room);

/**
 * Write a stack as text to a descriptor, one frame a line (inlined functions have their own), with
 * the file and offset for code that is not from a JIT compiler:
 *
 *     #0  0x00007f0011223344  square at shapes.toy:12 (optimized)
 *     #1  0x000055f0aabbccdd  toy+0x12cdd
 *
 * Threads: any; async-signal-safe. Returns JITNEY_OK or JITNEY_ERR_IO.
 */
JITNEY_API int jitney_backtrace_write(int fd, const void *ucontext);

JITNEY_END

#endif
