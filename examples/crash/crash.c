/* A crash handler that knows JIT code: the functions below are assembled by this program, the
 * innermost writes to a bad address, and the handler prints who called whom.
 *
 *     crash */
#include <jitney/jitney.h>

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SPACE_BYTES = 4096, HANDLER_STACK_BYTES = 65536, MAX_ROWS = 4 };

/* ---- the crash handler: all that a program needs ---- */

static void on_crash(int number, siginfo_t *info, void *context)
{
    static const char title[] = "crashed; the stack:\n";

    if (write(STDERR_FILENO, title, sizeof(title) - 1) > 0)
        jitney_backtrace_write(STDERR_FILENO, context);
    /* SA_RESETHAND: the instruction runs again after the return, and the program ends by the signal
     * as if nobody had caught it. */
}

static bool install_handler(void)
{
    /* Of its own, because the stack may be what is used up. */
    static char stack_bytes[HANDLER_STACK_BYTES];
    const stack_t stack = {.ss_sp = stack_bytes, .ss_size = sizeof(stack_bytes)};
    struct sigaction action = {.sa_sigaction = on_crash,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | (int)SA_RESETHAND};

    return sigaltstack(&stack, NULL) == 0 && sigaction(SIGSEGV, &action, NULL) == 0 &&
           sigaction(SIGBUS, &action, NULL) == 0 && sigaction(SIGILL, &action, NULL) == 0;
}

/* ---- a very small JIT compiler ---- */

/* A function that is being assembled, with the line that each of its parts comes from. */
struct function {
    const char *name;
    enum jitney_tier tier;
    unsigned char bytes[64];
    size_t length;
    struct jitney_line rows[MAX_ROWS];
    uint32_t row_count;
};

static void append(struct function *function, const void *bytes, size_t count)
{
    memcpy(function->bytes + function->length, bytes, count);
    function->length += count;
}

/* What is appended from here on comes from `line`, in inlined function `inlined`, if not 0. */
static void begin_line(struct function *function, uint32_t line, uint32_t inlined)
{
    function->rows[function->row_count++] = (struct jitney_line){
        .offset = (uint32_t)function->length, .line = line, .inlined = inlined};
}

#if defined(__x86_64__)

static void append_entry(struct function *function)
{
    append(function, (const unsigned char[]){0x55, 0x48, 0x89, 0xe5},
           4); /* push rbp; mov rbp, rsp */
}

static void append_call(struct function *function, const void *callee)
{
    const uint64_t address = (uintptr_t)callee;

    append(function, (const unsigned char[]){0x48, 0xb8}, 2); /* mov rax, imm64 */
    append(function, &address, sizeof(address));
    append(function, (const unsigned char[]){0xff, 0xd0}, 2); /* call rax */
}

static void append_bad_store(struct function *function)
{
    append(function, (const unsigned char[]){0x31, 0xc0, 0x89, 0x00}, 4); /* xor eax, eax;
                                                                             mov [rax], eax */
}

static void append_return(struct function *function)
{
    append(function, (const unsigned char[]){0x5d, 0xc3}, 2); /* pop rbp; ret */
}

#elif defined(__aarch64__)

static void append_word(struct function *function, uint32_t word)
{
    append(function, &word, sizeof(word));
}

static void append_entry(struct function *function)
{
    append_word(function, 0xa9bf7bfd); /* stp x29, x30, [sp, -16]! */
    append_word(function, 0x910003fd); /* mov x29, sp */
}

static void append_call(struct function *function, const void *callee)
{
    const uint64_t address = (uintptr_t)callee;

    for (uint32_t i = 0; i < 4; i++) /* movz, movk x16, imm16, lsl 16 * i */
        append_word(function, (i == 0 ? 0xd2800010 : 0xf2800010) | i << 21 |
                                  (uint32_t)(address >> (16 * i) & 0xffff) << 5);
    append_word(function, 0xd63f0200); /* blr x16 */
}

static void append_bad_store(struct function *function)
{
    append_word(function, 0xd2800000); /* mov x0, 0 */
    append_word(function, 0xb9000000); /* str w0, [x0] */
}

static void append_return(struct function *function)
{
    append_word(function, 0xa8c17bfd); /* ldp x29, x30, [sp], 16 */
    append_word(function, 0xd65f03c0); /* ret */
}

#else
#error "this example makes code for x86-64 and aarch64 only"
#endif

/* Where code goes: `used` bytes of `memory` are taken. */
struct space {
    unsigned char *memory;
    size_t used;
};

/* Put the function in its place and tell jitney. Returns its address. */
static const void *finish(struct function *function, struct space *space,
                          const struct jitney_inlined *inlined, struct jitney_session *session)
{
    unsigned char *place = space->memory + space->used;
    struct jitney_code_load load = {.size = sizeof(load),
                                    .address = (uintptr_t)place,
                                    .bytes = function->length,
                                    .name = function->name,
                                    .tier = function->tier,
                                    .file = "shapes.toy",
                                    .line = function->rows[0].line,
                                    .lines = function->rows,
                                    .line_count = function->row_count,
                                    .inlined = inlined,
                                    .inlined_count = inlined ? 1 : 0,
                                    .unwind_kind = JITNEY_UNWIND_FRAME_POINTER};

    memcpy(place, function->bytes, function->length);
    space->used += (function->length + 15) / 16 * 16;
    jitney_code_load(session, &load);
    return place;
}

/* The source, if there were one:
 *
 *     1  square(side)
 *     2      result = side * side
 *     5  area(shape)
 *     6      return square(shape.side)
 *     9  draw(shape)
 *    10      fill(area(shape))
 *    13  main()
 *    14      draw(nothing) */
static const void *compile_all(struct space *space, struct jitney_session *session)
{
    static const struct jitney_inlined square = {.name = "square", .call_line = 6};
    struct function area = {.name = "area", .tier = JITNEY_TIER_OPTIMIZED};
    struct function draw = {.name = "draw", .tier = JITNEY_TIER_BASELINE};
    struct function start = {.name = "main", .tier = JITNEY_TIER_BASELINE};
    const void *callee;

    begin_line(&area, 5, 0);
    append_entry(&area);
    begin_line(&area, 2, 1);
    append_bad_store(&area);
    begin_line(&area, 6, 0);
    append_return(&area);
    callee = finish(&area, space, &square, session);

    begin_line(&draw, 9, 0);
    append_entry(&draw);
    begin_line(&draw, 10, 0);
    append_call(&draw, callee);
    begin_line(&draw, 11, 0);
    append_return(&draw);
    callee = finish(&draw, space, NULL, session);

    begin_line(&start, 13, 0);
    append_entry(&start);
    begin_line(&start, 14, 0);
    append_call(&start, callee);
    begin_line(&start, 15, 0);
    append_return(&start);
    return finish(&start, space, NULL, session);
}

int main(void)
{
    struct jitney_session_options options = {
        .size = sizeof(options), .sinks = JITNEY_SINK_MAP, .engine = "crash"};
    struct jitney_session *session = NULL;
    struct space space = {.memory = mmap(NULL, SPACE_BYTES, PROT_READ | PROT_WRITE,
                                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)};
    const void *code;
    void (*run)(void);

    if (space.memory == MAP_FAILED || !install_handler()) {
        perror("crash");
        return 1;
    }
    if (jitney_session_open(&options, &session) != JITNEY_OK)
        fprintf(stderr, "crash: there will be no names\n");
    code = compile_all(&space, session);
    if (mprotect(space.memory, SPACE_BYTES, PROT_READ | PROT_EXEC) != 0) {
        perror("crash");
        return 1;
    }
    __builtin___clear_cache((char *)space.memory, (char *)space.memory + space.used);
    memcpy(&run, &code, sizeof(run));
    run();
    jitney_session_close(session); /* never reached */
    return 0;
}
