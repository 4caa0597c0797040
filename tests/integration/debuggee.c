/* Makes machine code and calls through it, for tests/integration/debuggers: which of several scenes
 * is its argument. Its session is opened as the environment says. */
#include "jitney/jitney.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MEMORY_BYTES = 8 << 20, PLACE_BYTES = 64, MANY = 20000 };

/* A function is given the functions that are still to be called: it calls the next and adds one. */
typedef int (*jit_function)(void **rest);

static struct jitney_session *session;
static uint8_t *memory;
static FILE *from_script;

int landing(void **rest);
int waiting(void **rest);
int crashing(void **rest);

/* Where the scripts stop. */
__attribute__((noinline)) int landing(void **rest)
{
    __asm__ volatile("" ::: "memory");
    return rest ? 1 : 0;
}

/* The process waits here until the script lets it go on. */
__attribute__((noinline)) int waiting(void **rest)
{
    printf("waiting\n");
    fflush(stdout);
    return getc(from_script) == EOF ? 2 : 1;
}

__attribute__((noinline)) int crashing(void **rest)
{
    abort();
    return 1;
}

#if defined(__x86_64__)
static const uint8_t with_frame[] = {
    0x55,                   /*  0 push rbp */
    0x48, 0x89, 0xe5,       /*  1 mov rbp, rsp */
    0x48, 0x8b, 0x07,       /*  4 mov rax, [rdi] */
    0x48, 0x83, 0xc7, 0x08, /*  7 add rdi, 8 */
    0xff, 0xd0,             /* 11 call rax */
    0xff, 0xc0,             /* 13 inc eax */
    0x5d,                   /* 15 pop rbp */
    0xc3,                   /* 16 ret */
};
enum { FRAME_CALL = 11, FRAME_AFTER = 13 };

static const uint8_t without_frame[] = {
    0x48, 0x83, 0xec, 0x28, /*  0 sub rsp, 40 */
    0x48, 0x8b, 0x07,       /*  4 mov rax, [rdi] */
    0x48, 0x83, 0xc7, 0x08, /*  7 add rdi, 8 */
    0xff, 0xd0,             /* 11 call rax */
    0xff, 0xc0,             /* 13 inc eax */
    0x48, 0x83, 0xc4, 0x28, /* 15 add rsp, 40 */
    0xc3,                   /* 19 ret */
};
static const uint8_t without_frame_cfi[] = {
    0x44, 0x0e, 48, /* after 4 bytes: cfa is rsp + 48 */
    0x4f, 0x0e, 8,  /* after 15 more: rsp + 8 */
};
#else
static const uint32_t with_frame[] = {
    0xa9bf7bfd, /*  0 stp x29, x30, [sp, #-16]! */
    0x910003fd, /*  4 mov x29, sp */
    0xf8408401, /*  8 ldr x1, [x0], #8 */
    0xd63f0020, /* 12 blr x1 */
    0x11000400, /* 16 add w0, w0, #1 */
    0xa8c17bfd, /* 20 ldp x29, x30, [sp], #16 */
    0xd65f03c0, /* 24 ret */
};
enum { FRAME_CALL = 12, FRAME_AFTER = 16 };

static const uint32_t without_frame[] = {
    0xd10083ff, /*  0 sub sp, sp, #32 */
    0xf90003fe, /*  4 str x30, [sp] */
    0xf8408401, /*  8 ldr x1, [x0], #8 */
    0xd63f0020, /* 12 blr x1 */
    0x11000400, /* 16 add w0, w0, #1 */
    0xf94003fe, /* 20 ldr x30, [sp] */
    0x910083ff, /* 24 add sp, sp, #32 */
    0xd65f03c0, /* 28 ret */
};
static const uint8_t without_frame_cfi[] = {
    0x44, 0x0e, 32, /* after 4 bytes: cfa is sp + 32 */
    0x44, 0x9e, 4,  /* after 4 more: x30 at cfa - 32 */
    0x50, 0xde,     /* after 16 more: x30 is itself */
    0x44, 0x0e, 0,  /* after 4 more: sp */
};
#endif

static void check(int status, const char *what)
{
    if (status) {
        printf("%s: %s\n", what, jitney_status_text(status));
        exit(1);
    }
}

static void *put_code(int place, const void *code, size_t bytes)
{
    uint8_t *at = memory + (size_t)place * PLACE_BYTES;

    memcpy(at, code, bytes);
    __builtin___clear_cache((char *)at, (char *)at + bytes);
    return at;
}

/* A function at `place` whose call is on line `line` + 2 of /toys/shapes.toy. */
static void *load_with_frame(int place, const char *name, uint32_t line)
{
    const struct jitney_line lines[] = {
        {.offset = 0, .line = line, .column = 1},
        {.offset = 4, .line = line + 1, .column = 5},
        {.offset = FRAME_CALL, .line = line + 2, .column = 9},
        {.offset = FRAME_AFTER, .line = line + 3, .column = 5},
    };
    const struct jitney_code_load load = {
        .size = sizeof(load),
        .address = (uintptr_t)put_code(place, with_frame, sizeof(with_frame)),
        .bytes = sizeof(with_frame),
        .name = name,
        .tier = JITNEY_TIER_OPTIMIZED,
        .file = "/toys/shapes.toy",
        .line = line,
        .lines = lines,
        .line_count = sizeof(lines) / sizeof(lines[0]),
        .unwind_kind = JITNEY_UNWIND_FRAME_POINTER,
    };

    check(jitney_code_load(session, &load), name);
    return memory + (size_t)place * PLACE_BYTES;
}

static void *load_without_frame(int place, const char *name, uint32_t line)
{
    const struct jitney_code_load load = {
        .size = sizeof(load),
        .address = (uintptr_t)put_code(place, without_frame, sizeof(without_frame)),
        .bytes = sizeof(without_frame),
        .name = name,
        .file = "/toys/frameless.toy",
        .line = line,
        .unwind_kind = JITNEY_UNWIND_CFI,
        .unwind = without_frame_cfi,
        .unwind_bytes = sizeof(without_frame_cfi),
    };

    check(jitney_code_load(session, &load), name);
    return memory + (size_t)place * PLACE_BYTES;
}

/* Code in which `square` is inlined, called from line 32, and in it `multiply`, from line 71. */
static void *load_with_inlined(int place)
{
    static const struct jitney_inlined inlined[] = {
        {.name = "square", .file = "/toys/maths.toy", .call_line = 32, .call_column = 3},
        {.name = "multiply", .file = "/toys/maths.toy", .caller = 1, .call_line = 71},
    };
    const struct jitney_line lines[] = {
        {.offset = 0, .line = 30},
        {.offset = 4, .line = 70, .inlined = 1},
        {.offset = FRAME_CALL, .line = 80, .inlined = 2},
        {.offset = FRAME_AFTER, .line = 33},
    };
    const struct jitney_code_load load = {
        .size = sizeof(load),
        .address = (uintptr_t)put_code(place, with_frame, sizeof(with_frame)),
        .bytes = sizeof(with_frame),
        .name = "area",
        .file = "/toys/shapes.toy",
        .line = 30,
        .lines = lines,
        .line_count = sizeof(lines) / sizeof(lines[0]),
        .inlined = inlined,
        .inlined_count = sizeof(inlined) / sizeof(inlined[0]),
        .unwind_kind = JITNEY_UNWIND_FRAME_POINTER,
    };

    check(jitney_code_load(session, &load), "area");
    return memory + (size_t)place * PLACE_BYTES;
}

static void call(void **functions)
{
    printf("result %d\n", ((jit_function)functions[0])(functions + 1));
    fflush(stdout);
}

static void unload(void *code)
{
    struct jitney_code_unload gone = {.size = sizeof(gone), .address = (uintptr_t)code};

    check(jitney_code_unload(session, &gone), "unload");
}

/* ---- scenes ---- */

static void three_to(int (*last)(void **rest))
{
    void *chain[] = {load_with_frame(0, "outer", 10), load_without_frame(1, "middle", 20),
                     load_with_frame(2, "inner", 40), (void *)last};

    call(chain);
}

static void three(void)
{
    three_to(landing);
}

static void crash(void)
{
    three_to(crashing);
}

static void wait_there(void)
{
    three_to(waiting);
}

static void inlining(void)
{
    void *chain[] = {load_with_inlined(0), (void *)landing};

    call(chain);
}

static void moving(void)
{
    void *from = load_with_frame(3, "wanderer", 50);
    void *to = put_code(9, with_frame, sizeof(with_frame));
    struct jitney_code_move move = {
        .size = sizeof(move), .from = (uintptr_t)from, .to = (uintptr_t)to};
    void *chain[] = {to, (void *)landing};

    memset(from, 0, sizeof(with_frame));
    check(jitney_code_move(session, &move), "move");
    call(chain);
}

/* `gone` gives way to `heir`, between neighbours that stay. */
static void reusing(void)
{
    void *before = load_with_frame(0, "before", 10);
    void *gone = load_with_frame(1, "gone", 20);
    void *behind = load_with_frame(2, "behind", 30);
    void *chain[] = {before, gone, behind, (void *)landing};

    call(chain);
    unload(gone);
    call(chain); /* the code is still there, its name is not */
    chain[1] = load_without_frame(1, "heir", 60);
    call(chain);
    chain[1] = load_with_frame(1, "usurper", 70); /* nothing was unloaded */
    call(chain);
}

static void many(void)
{
    struct timespec start;
    struct timespec end;
    char name[32];
    void *last = NULL;
    void *first = NULL;

    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "function_%d", i);
        last = load_with_frame(i, name, 100 + (uint32_t)i * 4);
        first = first ? first : last;
    }
    usleep(300 * 1000); /* what was held back is told meanwhile */
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("milliseconds %ld\n",
           (end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000);
    fflush(stdout);
    void *chain[] = {first, memory + (size_t)PLACE_BYTES * (MANY / 2), last, (void *)landing};
    call(chain);
}

/* The debugger comes while it waits, and sees code of before and of afterwards. */
static void attaching(void)
{
    void *early = load_with_frame(0, "early", 10);
    void *chain[] = {early, load_without_frame(1, "middle", 20), (void *)waiting};

    call(chain);
    void *later[] = {early, load_with_frame(2, "late", 40), (void *)landing};
    call(later);
}

/* The debugger follows the child. */
static void forking(void)
{
    void *chain[] = {load_with_frame(0, "parents", 10), NULL, (void *)landing};
    pid_t child = fork();

    if (child == 0) {
        chain[1] = load_with_frame(1, "childs", 20);
        call(chain);
        jitney_session_close(session);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

static const struct {
    const char *name;
    void (*play)(void);
} scenes[] = {
    {"three", three},       {"crash", crash},         {"wait", wait_there},
    {"inlining", inlining}, {"moving", moving},       {"reusing", reusing},
    {"many", many},         {"attaching", attaching}, {"forking", forking},
};

int main(int count, char **arguments)
{
    struct jitney_session_options options = {.size = sizeof(options), .engine = "debuggee"};
    const char *scene = count > 1 ? arguments[1] : "three";

    from_script = stdin;
    memory = mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC,
                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return 1;
    check(jitney_options_from_environment(&options), "environment");
    check(jitney_session_open(&options, &session), "open");
    for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
        if (strcmp(scene, scenes[i].name) == 0)
            scenes[i].play();
    jitney_session_close(session);
    return 0;
}
