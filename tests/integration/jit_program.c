/* Executable code made by hand that burns processor time, told to libjitney: what
 * profilers shall name, and unwind through. Prints a line `PHASE LEAF CALLER…` for each phase: the
 * stack from its innermost function outwards. x86-64. The first argument is how many
 * milliseconds of processor time each phase takes, the second the folder of the files. */
#include "jitney/jitney.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#if defined(__x86_64__)

enum { ARENA_BYTES = 1 << 20, CODE_BYTES = 256 };

/* A piece of code while it is made. */
struct maker {
    uint8_t bytes[CODE_BYTES];
    size_t length;
    struct jitney_line lines[8];
    uint32_t line_count;
};

struct arena {
    uint8_t *memory;
    size_t used;
    struct jitney_session *session;
};

typedef void run_function(void);

static void check(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "jit_program: %s\n", what);
    exit(1);
}

/* Code in the arena, to be called. */
static run_function *function_at(const uint8_t *place)
{
    return (run_function *)(uintptr_t)place; /* NOLINT(performance-no-int-to-ptr) */
}

static void *memory_of(run_function *code)
{
    return (void *)(uintptr_t)code; /* NOLINT(performance-no-int-to-ptr) */
}

static void emit(struct maker *maker, const char *bytes, size_t count)
{
    check(maker->length + count <= sizeof(maker->bytes), "code too long");
    memcpy(maker->bytes + maker->length, bytes, count);
    maker->length += count;
}

#define EMIT(maker, text) emit(maker, text, sizeof(text) - 1)

static void line(struct maker *maker, uint32_t number)
{
    maker->lines[maker->line_count++] =
        (struct jitney_line){.offset = (uint32_t)maker->length, .line = number, .column = 1};
}

/* mov ecx, 300000; dec ecx; jnz */
static void emit_loop(struct maker *maker)
{
    EMIT(maker, "\xb9\xe0\x93\x04\x00\xff\xc9\x75\xfc");
}

/* movabs rax, target; call rax */
static void emit_call(struct maker *maker, run_function *target)
{
    EMIT(maker, "\x48\xb8");
    emit(maker, (const char *)&target, sizeof(target));
    EMIT(maker, "\xff\xd0");
}

/* What a function does: it calls `callee`, or loops. Three lines. */
static void emit_body(struct maker *maker, uint32_t first_line, run_function *callee)
{
    line(maker, first_line + 1);
    if (callee)
        emit_call(maker, callee);
    else
        emit_loop(maker);
    line(maker, first_line + 2);
}

/* Put it into the arena, tell the library, and leave the gap that perf needs. */
static run_function *finish(struct arena *arena, struct maker *maker, struct jitney_code_load *load)
{
    uint8_t *place = arena->memory + arena->used;

    load->size = sizeof(*load);
    load->bytes = maker->length;
    load->lines = maker->lines;
    load->line_count = maker->line_count;
    load->file = "/src/program.toy";
    load->address = (uint64_t)(uintptr_t)place;
    arena->used += (maker->length + jitney_code_gap(load) + 15) & ~(size_t)15;
    check(arena->used <= ARENA_BYTES, "arena full");
    memcpy(place, maker->bytes, maker->length);
    check(jitney_code_load(arena->session, load) == JITNEY_OK, "load");
    return function_at(place);
}

static run_function *with_frame(struct arena *arena, const char *name, uint32_t first_line,
                                run_function *callee)
{
    struct maker maker = {.length = 0};
    struct jitney_code_load load = {.name = name,
                                    .line = first_line,
                                    .tier = JITNEY_TIER_BASELINE,
                                    .unwind_kind = JITNEY_UNWIND_FRAME_POINTER};

    line(&maker, first_line);
    EMIT(&maker, "\x55\x48\x89\xe5"); /* push rbp; mov rbp, rsp */
    emit_body(&maker, first_line, callee);
    EMIT(&maker, "\x5d\xc3"); /* pop rbp; ret */
    return finish(arena, &maker, &load);
}

/* Saves rbp and spoils it, so that no frame pointer leads on. */
static void make_frameless(struct maker *maker, uint32_t first_line, run_function *callee,
                           uint8_t program[16], size_t *program_bytes)
{
    /* Up to the advance that is made below. */
    static const uint8_t start[] = {0x41, 0x0e, 0x10, 0x86, 2, 0x44, 0x0e, 0x30, 2};
    static const uint8_t end[] = {0x0e, 0x10, 0x41, 0x0e, 8};
    size_t body = 0;

    line(maker, first_line);
    EMIT(maker, "\x55\x48\x83\xec\x20\x31\xed"); /* push rbp; sub rsp, 32; xor ebp, ebp */
    body = maker->length;
    emit_body(maker, first_line, callee);
    EMIT(maker, "\x48\x83\xc4\x20\x5d\xc3"); /* add rsp, 32; pop rbp; ret */
    memcpy(program, start, sizeof(start));
    program[9] = (uint8_t)(maker->length - 2 - 5); /* advance from behind sub to behind add */
    memcpy(program + 10, end, sizeof(end));
    *program_bytes = 15;
    check(body == 7, "prologue");
}

static run_function *without_frame(struct arena *arena, const char *name, uint32_t first_line,
                                   run_function *callee)
{
    struct maker maker = {.length = 0};
    uint8_t program[16];
    size_t program_bytes = 0;
    struct jitney_code_load load = {.name = name,
                                    .line = first_line,
                                    .tier = JITNEY_TIER_OPTIMIZED,
                                    .unwind_kind = JITNEY_UNWIND_CFI,
                                    .unwind = program};

    make_frameless(&maker, first_line, callee, program, &program_bytes);
    load.unwind_bytes = program_bytes;
    return finish(arena, &maker, &load);
}

/* The same with a whole .eh_frame, as a back end leaves it behind. */
static run_function *with_eh_frame(struct arena *arena, const char *name, uint32_t first_line,
                                   run_function *callee)
{
    static const uint8_t cie[24] = {20, 0,    0,  0, 0, 0,    0, 0, 1,    'z', 'R', 0,
                                    1,  0x78, 16, 1, 0, 0x0c, 7, 8, 0x90, 1,   0,   0};
    struct maker maker = {.length = 0};
    uint8_t section[24 + 48 + 4] = {0};
    size_t program_bytes = 0;
    const uint32_t fde[2] = {44, 28}; /* length, way back to the CIE */
    uint64_t range[2] = {0, 0};
    struct jitney_code_load load = {.name = name,
                                    .line = first_line,
                                    .unwind_kind = JITNEY_UNWIND_EH_FRAME,
                                    .unwind = section,
                                    .unwind_bytes = sizeof(section)};

    make_frameless(&maker, first_line, callee, section + 24 + 8 + 16 + 1, &program_bytes);
    range[0] = (uint64_t)(uintptr_t)(arena->memory + arena->used);
    range[1] = maker.length;
    memcpy(section, cie, sizeof(cie));
    memcpy(section + 24, fde, sizeof(fde));
    memcpy(section + 24 + 8, range, sizeof(range));
    return finish(arena, &maker, &load);
}

static run_function *stub(struct arena *arena, const char *name)
{
    struct maker maker = {.length = 0};
    struct jitney_code_load load = {.name = name,
                                    .kind = JITNEY_CODE_STUB,
                                    .flags = JITNEY_CODE_NO_FRAME,
                                    .unwind_kind = JITNEY_UNWIND_FRAME_POINTER};

    emit_loop(&maker);
    EMIT(&maker, "\xc3");
    return finish(arena, &maker, &load);
}

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

__attribute__((noinline)) static void run_phase(const char *stack, run_function *code,
                                                uint64_t run_ms)
{
    uint64_t end = now_ms() + run_ms;

    printf("%s run_phase run_all main\n", stack);
    while (now_ms() < end)
        code();
}

/* Lay `code` of `bytes` elsewhere, and poison where it was. */
static run_function *move(struct arena *arena, run_function *code, size_t bytes)
{
    uint8_t *to = arena->memory + arena->used;
    struct jitney_code_move move = {
        .size = sizeof(move), .from = (uint64_t)(uintptr_t)code, .to = (uint64_t)(uintptr_t)to};

    memcpy(to, memory_of(code), bytes);
    memset(memory_of(code), 0xcc, bytes);
    arena->used += 512;
    check(jitney_code_move(arena->session, &move) == JITNEY_OK, "move");
    return function_at(to);
}

__attribute__((noinline)) static void run_all(struct arena *arena, uint64_t run_ms)
{
    run_function *code = with_frame(arena, "fp_leaf", 10, NULL);
    size_t start = 0;

    run_phase("fp fp_leaf fp_outer", with_frame(arena, "fp_outer", 20, code), run_ms);
    code = without_frame(arena, "cfi_leaf", 30, NULL);
    code = without_frame(arena, "cfi_middle", 40, code);
    run_phase("cfi cfi_leaf cfi_middle cfi_outer", without_frame(arena, "cfi_outer", 50, code),
              run_ms);
    code = with_eh_frame(arena, "eh_leaf", 60, NULL);
    run_phase("eh eh_leaf eh_outer", with_eh_frame(arena, "eh_outer", 70, code), run_ms);
    code = stub(arena, "stub_leaf");
    run_phase("stub stub_leaf stub_caller", without_frame(arena, "stub_caller", 80, code), run_ms);
    /* A leaf that moves twice; its callers are made anew each time. */
    code = without_frame(arena, "moved_leaf", 90, NULL);
    run_phase("moved0 moved_leaf before_caller", without_frame(arena, "before_caller", 95, code),
              run_ms);
    code = move(arena, code, 22);
    run_phase("moved1 moved_leaf after_caller", without_frame(arena, "after_caller", 100, code),
              run_ms);
    code = move(arena, code, 22);
    run_phase("moved2 moved_leaf last_caller", with_frame(arena, "last_caller", 105, code), run_ms);
    /* Two functions at one address, one after the other. */
    start = arena->used;
    run_phase("reuse0 first_tenant", without_frame(arena, "first_tenant", 110, NULL), run_ms);
    arena->used = start;
    run_phase("reuse1 second_tenant", without_frame(arena, "second_tenant", 120, NULL), run_ms);
}

int main(int argc, char **argv)
{
    struct jitney_session_options options = {
        .size = sizeof(options), .engine = "toy", .sinks = JITNEY_SINK_JITDUMP};
    struct arena arena = {.used = 0};
    uint64_t run_ms = argc > 1 ? strtoull(argv[1], NULL, 10) : 100;

    if (argc > 2)
        options.directory = argv[2];
    check(jitney_options_from_environment(&options) == JITNEY_OK, "environment");
    arena.memory = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(arena.memory != MAP_FAILED, "no executable memory");
    check(jitney_session_open(&options, &arena.session) == JITNEY_OK, "open");
    run_all(&arena, run_ms);
    jitney_session_close(arena.session);
    return 0;
}

#else

int main(void)
{
    fputs("jit_program: only on x86-64\n", stderr);
    return 77;
}

#endif
