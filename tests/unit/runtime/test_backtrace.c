/* Stacks: whole ones, broken ones, and what is written about them. */
#include "codes.h"
#include "jitney/status.h"
#include "runtime/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include <cmocka.h>

extern const char __executable_start[]; /* of the linker: where this program begins */

/* What its symbols are relative to: none but that, when it is position-independent. */
static uint64_t program_base(void)
{
    const ElfW(Ehdr) *header = (const void *)__executable_start;

    return header->e_type == ET_EXEC ? 0 : (uintptr_t)__executable_start;
}

enum { WORDS = 64, PAGE = 4096 };

/* A made up state of the processor. */
static ucontext_t state_of(uint64_t pc, const void *stack_pointer, uint64_t frame_pointer,
                           uint64_t link)
{
    ucontext_t context;

    memset(&context, 0, sizeof(context));
#if defined(__x86_64__)
    context.uc_mcontext.gregs[REG_RIP] = (greg_t)pc;
    context.uc_mcontext.gregs[REG_RSP] = (greg_t)(uintptr_t)stack_pointer;
    context.uc_mcontext.gregs[REG_RBP] = (greg_t)frame_pointer;
#elif defined(__aarch64__)
    context.uc_mcontext.pc = pc;
    context.uc_mcontext.sp = (uintptr_t)stack_pointer;
    context.uc_mcontext.regs[29] = frame_pointer;
    context.uc_mcontext.regs[30] = link;
#endif
    return context;
}

static void put_frame(uint64_t *at, const uint64_t *caller, uint64_t return_address)
{
    at[0] = (uintptr_t)caller;
    at[1] = return_address;
}

static const unsigned char plain_code[16] __attribute__((aligned(16))) = {0x90, 0x90, 0x90, 0x90};

static void test_a_stack_is_walked_to_its_end(void **state)
{
    uint64_t words[WORDS] = {0};
    ucontext_t context = state_of((uintptr_t)plain_code, words, (uintptr_t)&words[4], 0);
    struct jitney_frame frames[8];

    put_frame(&words[4], &words[10], 0x11111);
    put_frame(&words[10], &words[20], 0x22222);
    put_frame(&words[20], NULL, 0x33333);
    assert_int_equal(jitney_backtrace(&context, frames, 8), 4);
    assert_int_equal(frames[0].pc, (uintptr_t)plain_code);
    assert_int_equal(frames[0].frame_pointer, (uintptr_t)&words[4]);
    assert_int_equal(frames[0].is_return_address, 0);
    for (int i = 1; i < 4; i++) {
        assert_int_equal(frames[i].pc, 0x11111 * i);
        assert_int_equal(frames[i].is_return_address, 1);
        assert_int_equal(frames[i].is_jit, 0);
    }
    assert_int_equal(frames[2].frame_pointer, (uintptr_t)&words[20]);
    assert_int_equal(frames[3].frame_pointer, 0);
    assert_int_equal(jitney_backtrace(&context, frames, 2), 2);
    assert_int_equal(jitney_backtrace(&context, frames, 0), 0);
    assert_int_equal(jitney_backtrace(&context, NULL, 8), 0);
}

static void test_a_broken_stack_ends_the_walk(void **state)
{
    static uint64_t words[WORDS];
    char *pages =
        mmap(NULL, (size_t)3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const struct {
        uint64_t frame_pointer; /* of the second frame */
        int frames;
    } cases[] = {
        {0, 2},
        {(uintptr_t)&words[4], 2}, /* itself */
        {(uintptr_t)&words[2], 2}, /* down */
        {(uintptr_t)&words[12] + 4, 2},
        {(uintptr_t)&words[5], 2}, /* inside of the first */
        {(uintptr_t)&words[6], 3},
        {8, 2},
        {UINT64_MAX - 7, 2},
        {UINT64_C(0xffff800000000000), 2},
        {(uintptr_t)&words[4] + (UINT64_C(1) << 40), 2},
    };

    assert_true(pages != MAP_FAILED);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ucontext_t context = state_of((uintptr_t)plain_code, words, (uintptr_t)&words[4], 0);
        struct jitney_frame frames[8];

        memset(words, 0, sizeof(words));
        words[13] = words[7] = 0x22222;
        words[4] = cases[i].frame_pointer;
        words[5] = 0x11111;
        errno = 77;
        assert_int_equal(jitney_backtrace(&context, frames, 8), cases[i].frames);
        assert_int_equal(errno, 77);
    }
    /* A frame at the end of what is mapped, and one half of which is not readable. */
    assert_int_equal(mprotect(pages + PAGE, PAGE, PROT_NONE), 0);
    for (int back = 8; back <= 16; back += 8) {
        uint64_t *at = (uint64_t *)(pages + PAGE - back);
        ucontext_t context = state_of((uintptr_t)plain_code, pages, (uintptr_t)at, 0);
        struct jitney_frame frames[8];

        at[0] = 0;
        if (back == 16)
            at[1] = 0x11111;
        assert_int_equal(jitney_backtrace(&context, frames, 8), back == 16 ? 2 : 1);
    }
    munmap(pages, (size_t)3 * PAGE);
}

/* Where a function has no frame yet, or no more, its caller is still found. */
static void test_the_caller_is_found_where_there_is_no_frame(void **state)
{
#if defined(__x86_64__)
    static const struct {
        unsigned char code[12];
        int pc;
        int words; /* that lie on the stack above the return address; -1: nobody knows */
    } cases[] = {
        {{0x55, 0x48, 0x89, 0xe5}, 0, 0},
        {{0x55, 0x48, 0x89, 0xe5}, 1, 1},
        {{0x55, 0x48, 0x8b, 0xec}, 1, 1},
        {{0x55, 0x48, 0x89, 0xe5, 0x90}, 4, -1},
        {{0xf3, 0x0f, 0x1e, 0xfa, 0x55}, 0, 0},
        {{0xf3, 0x0f, 0x1e, 0xfa, 0x55}, 4, 0},
        {{0x5d, 0xc3}, 1, 0},
        {{0x90, 0x48, 0x89, 0xe5}, 1, -1},
    };
#elif defined(__aarch64__)
    static const struct {
        unsigned char code[12];
        int pc;
        int words;
    } cases[] = {
        {{0xfd, 0x7b, 0xbf, 0xa9, 0xfd, 0x03, 0x00, 0x91}, 0, 0},
        {{0xfd, 0x7b, 0xbf, 0xa9, 0xfd, 0x03, 0x00, 0x91}, 4, 0},
        {{0xfd, 0x7b, 0xbf, 0xa9, 0xfd, 0x03, 0x00, 0x91, 0x1f, 0x20, 0x03, 0xd5}, 8, -1},
        {{0xfd, 0x7b, 0xc1, 0xa8, 0xc0, 0x03, 0x5f, 0xd6}, 4, 0},
    };
#endif
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t words[WORDS] = {0};
        ucontext_t context = state_of((uintptr_t)cases[i].code + (uint64_t)cases[i].pc, words,
                                      (uintptr_t)&words[10], 0x55555);
        struct jitney_frame frames[8];
        bool is_known = cases[i].words >= 0;

        if (is_known)
            words[cases[i].words] = 0x55555;
        put_frame(&words[10], NULL, 0x11111);
        assert_int_equal(jitney_backtrace(&context, frames, 8), is_known ? 3 : 2);
        assert_int_equal(frames[1].pc, is_known ? 0x55555 : 0x11111);
        assert_int_equal(frames[is_known ? 2 : 1].pc, 0x11111);
    }
}

static void test_a_call_of_a_bad_pointer_has_a_caller(void **state)
{
    uint64_t words[WORDS] = {0x55555};
    ucontext_t context = state_of(0, words, (uintptr_t)&words[10], 0x55555);
    struct jitney_frame frames[8];

    put_frame(&words[10], NULL, 0x11111);
    assert_int_equal(jitney_backtrace(&context, frames, 8), 3);
    assert_int_equal(frames[0].pc, 0);
    assert_int_equal(frames[1].pc, 0x55555);
    assert_int_equal(frames[2].pc, 0x11111);
}

static void test_code_that_promises_to_have_no_frame_has_a_caller(void **state)
{
    struct test_heap heap;
    struct jt_codemap *map = NULL;
    const struct jt_code *code = NULL;
    struct jt_code what = test_code((uintptr_t)plain_code, sizeof(plain_code), "leaf");
    uint64_t words[WORDS] = {0x55555};
    ucontext_t context = state_of((uintptr_t)plain_code + 4, words, (uintptr_t)&words[10], 0x55555);
    struct jitney_frame frames[8];

    test_heap_init(&heap);
    put_frame(&words[10], NULL, 0x11111);
    what.load.unwind_kind = JITNEY_UNWIND_FRAME_POINTER;
    what.load.flags = JITNEY_CODE_NO_FRAME;
    assert_int_equal(jt_codemap_open(&heap.heap, &map), JITNEY_OK);
    assert_int_equal(jt_codemap_add(map, &what, NULL, &code), JITNEY_OK);
    assert_int_equal(jitney_backtrace(&context, frames, 8), 3);
    assert_int_equal(frames[0].is_jit, 1);
    assert_int_equal(frames[1].pc, 0x55555);
    jt_codemap_close(map);
}

__attribute__((noinline)) static int own_stack(struct jitney_frame *frames)
{
    int count = jitney_backtrace(NULL, frames, 8);

    __asm__ volatile("" ::: "memory"); /* no tail call */
    return count;
}

__attribute__((noinline)) static int caller_of_own_stack(struct jitney_frame *frames)
{
    int count = own_stack(frames);

    __asm__ volatile("" ::: "memory");
    return count;
}

static bool is_in(const struct jitney_frame *frame, const void *function)
{
    return frame->pc > (uintptr_t)function && frame->pc < (uintptr_t)function + 256;
}

static void test_without_a_state_the_walk_begins_at_the_caller(void **state)
{
    struct jitney_frame frames[8];

    assert_true(caller_of_own_stack(frames) >= 3);
    assert_true(is_in(&frames[0], (void *)own_stack));
    assert_true(is_in(&frames[1], (void *)caller_of_own_stack));
    assert_int_equal(frames[2].is_return_address, 1);
}

static void test_memory_is_read_only_where_there_is_some(void **state)
{
    char *pages =
        mmap(NULL, (size_t)2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bool (*const ways[])(uint64_t, void *, size_t) = {jt_memory_read, jt_memory_read_probed};
    uint64_t end = (uintptr_t)pages + PAGE;

    assert_true(pages != MAP_FAILED);
    memcpy(pages, "sixteen letters!", 16);
    memcpy(pages + PAGE - 16, "and at the end..", 16);
    assert_int_equal(mprotect(pages + PAGE, PAGE, PROT_NONE), 0);
    for (size_t i = 0; i < 2; i++) {
        char got[17] = "";

        assert_true(ways[i]((uintptr_t)pages, got, 16));
        assert_string_equal(got, "sixteen letters!");
        assert_true(ways[i](end - 16, got, 16));
        assert_string_equal(got, "and at the end..");
        assert_false(ways[i](end - 8, got, 16));
        assert_false(ways[i](end, got, 8));
        assert_false(ways[i](0, got, 8));
        assert_false(ways[i](UINT64_MAX - 7, got, 8));
        assert_false(ways[i](UINT64_C(1) << 63, got, 8));
    }
    munmap(pages, (size_t)2 * PAGE);
}

/* What is written about the frame, in text; read back from a pipe. */
static int written(const ucontext_t *context, char *text, size_t room)
{
    int ends[2];
    int status = 0;
    ssize_t got = 0;

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    errno = 77;
    status = jitney_backtrace_write(ends[1], context);
    assert_int_equal(errno, 77);
    close(ends[1]);
    got = read(ends[0], text, room - 1);
    assert_true(got >= 0);
    text[got] = '\0';
    close(ends[0]);
    return status;
}

static void add_shapes(struct jt_codemap *map)
{
    static const struct jitney_line lines[] = {{.offset = 0, .line = 12},
                                               {.offset = 16, .line = 3, .inlined = 1}};
    static const struct jitney_inlined inlined[] = {
        {.name = "times", .file = "math.toy", .call_line = 14}};
    struct jt_code square = test_code(0x7f0011220000, 64, "square");
    struct jt_code area = test_code(0x7f0011220040, 64, "ar\nea");
    struct jt_code stub = test_code(0x7f0011220080, 64, "");
    const struct jt_code *code = NULL;

    square.load.lines = lines;
    square.load.line_count = 2;
    square.load.inlined = inlined;
    square.load.inlined_count = 1;
    area.load.tier = JITNEY_TIER_UNKNOWN;
    area.load.line = 0;
    stub.load.file = NULL;
    stub.load.tier = 200;
    stub.load.kind = JITNEY_CODE_STUB;
    assert_int_equal(jt_codemap_add(map, &square, NULL, &code), JITNEY_OK);
    assert_int_equal(jt_codemap_add(map, &area, NULL, &code), JITNEY_OK);
    assert_int_equal(jt_codemap_add(map, &stub, NULL, &code), JITNEY_OK);
}

static void test_each_frame_is_a_line(void **state)
{
    struct test_heap heap;
    struct jt_codemap *map = NULL;
    uint64_t words[WORDS] = {0};
    ucontext_t context = state_of(0x7f0011220008, words, (uintptr_t)&words[10], 0x7f0011220014);
    uint64_t native = (uintptr_t)own_stack;
    char text[4096], expected[4096];

    words[0] = 0x7f0011220014; /* the code cannot be read: that is like a call of a bad pointer */
    put_frame(&words[10], &words[20], 0x7f0011220040); /* behind the last byte of square */
    put_frame(&words[20], &words[30], 0x7f0011220080);
    put_frame(&words[30], &words[40], 0x7f0011220081);
    put_frame(&words[40], &words[50], native + 1);
    put_frame(&words[50], NULL, 0x10000);
    test_heap_init(&heap);
    assert_int_equal(jt_codemap_open(&heap.heap, &map), JITNEY_OK);
    add_shapes(map);
    assert_int_equal(written(&context, text, sizeof(text)), JITNEY_OK);
    snprintf(expected, sizeof(expected),
             "#0  0x00007f0011220008  square at shapes.toy:12 (optimized)\n"
             "#1  0x00007f0011220014  times at math.toy:3 (inlined)\n"
             "#2  0x00007f0011220014  square at shapes.toy:14 (optimized)\n"
             "#3  0x00007f0011220040  times at math.toy:3 (inlined)\n"
             "#4  0x00007f0011220040  square at shapes.toy:14 (optimized)\n"
             "#5  0x00007f0011220080  ar?ea at shapes.toy (jit)\n"
             "#6  0x00007f0011220081  ? (stub)\n"
             "#7  0x%016llx  test_backtrace+0x%llx\n"
             "#8  0x0000000000010000  ??\n",
             (unsigned long long)native + 1, (unsigned long long)(native + 1 - program_base()));
    assert_string_equal(text, expected);
    jt_codemap_close(map);
}

static void test_long_stacks_are_written_to_the_end(void **state)
{
    static uint64_t words[2000];
    ucontext_t context = state_of((uintptr_t)own_stack + 4, words, (uintptr_t)&words[10], 0);
    static char text[20000];
    int lines = 0;

    for (int i = 0; i < 99; i++)
        put_frame(&words[10 + 4 * i], i < 98 ? &words[14 + 4 * i] : NULL,
                  (uintptr_t)own_stack + 2 + (uint64_t)i);
    assert_int_equal(written(&context, text, sizeof(text)), JITNEY_OK);
    for (const char *at = text; *at; at = strchr(at, '\n') + 1) {
        int number = -1, used = 0;
        unsigned long long pc = 0, offset = 0;

        assert_int_equal(sscanf(at, "#%d %llx test_backtrace+%llx%n", &number, &pc, &offset, &used),
                         3);
        assert_int_equal(number, lines);
        assert_int_equal(pc - offset, program_base());
        assert_int_equal(at[used], '\n');
        lines++;
    }
    assert_int_equal(lines, 100);
    assert_non_null(strstr(text, "#9  0x"));
    assert_non_null(strstr(text, "#10 0x"));
}

static void test_a_descriptor_that_takes_nothing_is_told(void **state)
{
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

    errno = 77;
    assert_int_equal(jitney_backtrace_write(-1, NULL), JITNEY_ERR_IO);
    assert_int_equal(jitney_backtrace_write(full, NULL), JITNEY_ERR_IO);
    assert_int_equal(errno, 77);
    close(full);
}

static volatile int handler_status;
static int handler_fd;

static void write_in_handler(int number, siginfo_t *info, void *context)
{
    handler_status = jitney_backtrace_write(handler_fd, context);
}

/* Sanitizers make frames several times as large. */
#if defined(__has_feature)
#define HAS_ASAN __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#else
#define HAS_ASAN 0
#endif

/* SIGSTKSZ was 8 KiB for long, of which the processor's state takes some three; a page that must
 * not be touched lies below. */
static void test_a_small_signal_stack_is_enough(void **state)
{
    enum { STACK = HAS_ASAN ? 65536 : 8192 };
    char *memory =
        mmap(NULL, PAGE + STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    stack_t stack = {.ss_sp = memory + PAGE, .ss_size = STACK};
    stack_t none = {.ss_flags = SS_DISABLE};
    struct sigaction action = {.sa_sigaction = write_in_handler,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK};

    assert_true(memory != MAP_FAILED);
    assert_int_equal(mprotect(memory, PAGE, PROT_NONE), 0);
    assert_int_equal(sigaltstack(&stack, NULL), 0);
    sigaction(SIGUSR1, &action, NULL);
    handler_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    handler_status = -100;
    raise(SIGUSR1);
    assert_int_equal(handler_status, JITNEY_OK);
    sigaltstack(&none, NULL);
    signal(SIGUSR1, SIG_DFL);
    close(handler_fd);
    munmap(memory, PAGE + STACK);
}

static int walk_when_forbidden(void)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof(rules) / sizeof(rules[0]), .filter = rules};
    struct jitney_frame frames[8];
    struct iovec nothing = {0};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        return 2;
    if (syscall(SYS_process_vm_readv, getpid(), &nothing, 1, &nothing, 1, 0) != -1)
        return 3;
    return caller_of_own_stack(frames) >= 3 && is_in(&frames[1], (void *)caller_of_own_stack) ? 0
                                                                                              : 1;
}

static void test_a_sandbox_that_forbids_reading_processes_is_no_obstacle(void **state)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0)
        _exit(walk_when_forbidden());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 2)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_stack_is_walked_to_its_end),
        cmocka_unit_test(test_a_broken_stack_ends_the_walk),
        cmocka_unit_test(test_the_caller_is_found_where_there_is_no_frame),
        cmocka_unit_test(test_a_call_of_a_bad_pointer_has_a_caller),
        cmocka_unit_test(test_code_that_promises_to_have_no_frame_has_a_caller),
        cmocka_unit_test(test_without_a_state_the_walk_begins_at_the_caller),
        cmocka_unit_test(test_memory_is_read_only_where_there_is_some),
        cmocka_unit_test(test_each_frame_is_a_line),
        cmocka_unit_test(test_long_stacks_are_written_to_the_end),
        cmocka_unit_test(test_a_descriptor_that_takes_nothing_is_told),
        cmocka_unit_test(test_a_small_signal_stack_is_enough),
        cmocka_unit_test(test_a_sandbox_that_forbids_reading_processes_is_no_obstacle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
