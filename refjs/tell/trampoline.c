/* A name for what the interpreter runs. Profilers and debuggers see machine code: so that they see
 * the program's functions as well, each gets a few instructions of its own that call rj_interpret()
 * and are told as code of that function. Only while somebody wants code. */
#include "tell/internal.h"

#include "jit/memory.h"
#include "vm/interpret.h"

#include <stdio.h>

/* A frame by the frame pointer, and a call through a literal; CALL_TARGET bytes at `target` are its
 * address. */
#if defined(__x86_64__)
static const uint8_t machine_code[] = {
    0x55,                                  /* push rbp */
    0x48, 0x89, 0xe5,                      /* mov rbp, rsp */
    0x48, 0xb8, 0,    0, 0, 0, 0, 0, 0, 0, /* mov rax, rj_interpret */
    0xff, 0xd0,                            /* call rax */
    0x5d,                                  /* pop rbp */
    0xc3,                                  /* ret */
};
enum { TARGET = 6 };
#elif defined(__aarch64__)
static const uint8_t machine_code[] = {
    0xfd, 0x7b, 0xbf, 0xa9, /* stp x29, x30, [sp, #-16]! */
    0xfd, 0x03, 0x00, 0x91, /* mov x29, sp */
    0x90, 0x00, 0x00, 0x58, /* ldr x16, 16 bytes on */
    0x00, 0x02, 0x3f, 0xd6, /* blr x16 */
    0xfd, 0x7b, 0xc1, 0xa8, /* ldp x29, x30, [sp], #16 */
    0xc0, 0x03, 0x5f, 0xd6, /* ret */
    0,    0,    0,    0,    0, 0, 0, 0,
};
enum { TARGET = 24 };
#else
static const uint8_t machine_code[] = {0};
enum { TARGET = -1 };
#endif

static void tell_piece(struct rj_vm *vm, struct rj_code *code, const struct rj_code_piece *piece)
{
    struct jitney_line line = {.line = code->line, .column = code->column};
    struct jitney_code_load load = {
        .size = sizeof(load),
        .address = (uintptr_t)piece->run,
        .bytes = sizeof(machine_code),
        .name = rj_tell_name(code),
        .kind = JITNEY_CODE_JIT,
        .tier = JITNEY_TIER_INTERPRETED,
        .file = code->file,
        .line = code->line,
        .column = code->column,
        .function = rj_tell_function(vm, code),
        .flags = JITNEY_CODE_USER,
        .lines = &line,
        .line_count = 1,
        .unwind_kind = JITNEY_UNWIND_FRAME_POINTER,
    };

    /* A debugger would move a breakpoint on a line that has no code yet to the next line that has.
     */
    if (rj_tell_debugged(vm))
        load.line = load.column = load.line_count = 0;
    jitney_code_load(vm->tell->session, &load);
}

static void make(struct rj_vm *vm, struct rj_code *code)
{
    rj_run target = rj_interpret;
    struct rj_code_piece piece = rj_code_memory_take(vm->tell->memory, sizeof(machine_code));

    if (!piece.run)
        return;
    memcpy(piece.write, machine_code, sizeof(machine_code));
    memcpy(piece.write + TARGET, &target, sizeof(target));
    __builtin___clear_cache((char *)piece.run, (char *)piece.run + sizeof(machine_code));
    memcpy(&code->run, &piece.run, sizeof(code->run));
    tell_piece(vm, code, &piece);
}

static void make_all(struct rj_vm *vm, struct rj_code *code)
{
    make(vm, code);
    for (uint32_t i = 0; i < code->function_count; i++)
        make_all(vm, code->functions[i]); /* as deep as the parser allowed */
}

void rj_tell_script(struct rj_vm *vm, struct rj_code *script)
{
    if (TARGET < 0 || !jitney_wants(vm->tell->session, JITNEY_CODE_LOAD))
        return;
    vm->tell->memory = rj_code_memory_new(rj_tell_debugged(vm));
    if (vm->tell->memory)
        make_all(vm, script);
}
