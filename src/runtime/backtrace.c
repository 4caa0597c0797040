/* jitney_backtrace() and jitney_backtrace_write(). They run in crash handlers, on
 * stacks of a few kilobytes: what is large is handled piece by piece. */
#include "jitney/codemap.h"
#include "jitney/event.h"
#include "jitney/status.h"
#include "runtime/find.h"
#include "runtime/modules.h"
#include "runtime/stack.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

enum {
    BATCH = 16,        /* frames whose files are looked up together */
    LINES_MAX = 512,   /* of one backtrace: recursion can be endless */
    INLINED_MAX = 256, /* functions at one address */
};

/* Text on its way to a descriptor. */
struct out {
    int fd;
    int line; /* number of the next one */
    bool has_failed;
    size_t used;
    char bytes[256];
};

static void flush(struct out *out)
{
    size_t done = 0;

    while (!out->has_failed && done < out->used) {
        ssize_t written = write(out->fd, out->bytes + done, out->used - done);

        if (written > 0)
            done += (size_t)written;
        else if (written == 0 || errno != EINTR)
            out->has_failed = true;
    }
    out->used = 0;
}

/* A control character in a name would forge a line. */
static void put_char(struct out *out, char c)
{
    bool is_control = (unsigned char)c < 0x20 || c == 0x7f;

    if (out->used == sizeof(out->bytes))
        flush(out);
    out->bytes[out->used++] = is_control ? '?' : c;
}

static void put_text(struct out *out, const char *text)
{
    for (; *text; text++)
        put_char(out, *text);
}

/* At least `digits`; returns how many it took. */
static int put_number(struct out *out, uint64_t number, unsigned radix, int digits)
{
    char text[20];
    int length = 0;

    for (; number > 0 || length < digits; number /= radix)
        text[length++] = "0123456789abcdef"[number % radix];
    for (int i = length; i > 0; i--)
        put_char(out, text[i - 1]);
    return length;
}

static void begin_line(struct out *out, uint64_t pc)
{
    put_char(out, '#');
    for (int width = put_number(out, (uint64_t)out->line, 10, 1); width < 3; width++)
        put_char(out, ' ');
    put_text(out, "0x");
    put_number(out, pc, 16, 16);
    put_text(out, "  ");
}

/* A line reaches the descriptor before the next frame is looked at, which may be the one that
 * goes wrong. */
static void end_line(struct out *out)
{
    if (out->used == sizeof(out->bytes))
        flush(out);
    out->bytes[out->used++] = '\n';
    flush(out);
    out->line++;
}

static const char *tier_name(const struct jitney_found *found)
{
    static const char *const tiers[] = {
#define TIER_ROW(id, value, name) [value] = name,
        JITNEY_TIER_LIST(TIER_ROW)
#undef TIER_ROW
    };
    static const char *const kinds[] = {
#define KIND_ROW(id, value, name) [value] = name,
        JITNEY_CODE_KIND_LIST(KIND_ROW)
#undef KIND_ROW
    };

    if (found->is_inlined)
        return "inlined";
    if (found->tier != JITNEY_TIER_UNKNOWN && found->tier < sizeof(tiers) / sizeof(tiers[0]))
        return tiers[found->tier];
    return kinds[found->kind < sizeof(kinds) / sizeof(kinds[0]) ? found->kind : 0];
}

static void put_found(struct out *out, const struct jitney_found *found)
{
    put_text(out, found->name[0] ? found->name : "?");
    if (found->file[0]) {
        put_text(out, " at ");
        put_text(out, found->file);
        if (found->line > 0) {
            put_char(out, ':');
            put_number(out, found->line, 10, 1);
        }
    }
    put_text(out, " (");
    put_text(out, tier_name(found));
    put_char(out, ')');
}

/* The functions at one address, innermost first. They are looked up one by one: an
 * array of them would not fit the stack. False: the code is gone. */
static bool put_jit(struct out *out, const struct jitney_frame *frame)
{
    struct jitney_found found;
    bool is_last = false;

    for (int i = 0; i < INLINED_MAX && !is_last; i++) {
        if (jt_find_frame(jt_stack_lookup_pc(frame), i, &found, &is_last) != JITNEY_OK)
            return i > 0;
        begin_line(out, frame->pc);
        put_found(out, &found);
        end_line(out);
    }
    return true;
}

static void put_native(struct out *out, const struct jitney_frame *frame,
                       const struct jt_module_place *place)
{
    begin_line(out, frame->pc);
    if (place->name[0]) {
        put_text(out, place->name);
        put_text(out, "+0x");
        /* The symbols of a return address are those of its call, but it is shown as it is. */
        put_number(out, place->offset + frame->is_return_address, 16, 1);
    } else {
        put_text(out, "??");
    }
    end_line(out);
}

static void put_frames(struct out *out, const struct jitney_frame *frames, int count)
{
    struct jt_module_place places[BATCH];

    for (int i = 0; i < count; i++)
        places[i].pc = jt_stack_lookup_pc(&frames[i]);
    jt_modules_find(places, count);
    for (int i = 0; i < count && !out->has_failed; i++)
        if (!frames[i].is_jit || !put_jit(out, &frames[i]))
            put_native(out, &frames[i], &places[i]);
}

static int take_frames(struct jt_stack *stack, struct jitney_frame *frames, int room)
{
    int count = 0;

    while (count < room && jt_stack_next(stack, &frames[count]))
        count++;
    return count;
}

__attribute__((noinline)) int jitney_backtrace(const void *ucontext, struct jitney_frame *frames,
                                               int room)
{
    int saved_errno = errno;
    struct jt_stack stack;
    int count = 0;

    jt_stack_begin(&stack, ucontext, __builtin_frame_address(0));
    count = frames ? take_frames(&stack, frames, room) : 0;
    errno = saved_errno;
    return count;
}

__attribute__((noinline)) int jitney_backtrace_write(int fd, const void *ucontext)
{
    int saved_errno = errno;
    struct out out = {.fd = fd};
    struct jt_stack stack;
    struct jitney_frame frames[BATCH];
    int count = 0;

    jt_stack_begin(&stack, ucontext, __builtin_frame_address(0));
    do {
        count = take_frames(&stack, frames, BATCH);
        put_frames(&out, frames, count);
    } while (count == BATCH && out.line < LINES_MAX && !out.has_failed);
    errno = saved_errno;
    return out.has_failed ? JITNEY_ERR_IO : JITNEY_OK;
}
