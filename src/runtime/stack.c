/* See stack.h. Each frame begins with the caller's frame pointer and the return
 * address: on x86-64 after `push rbp; mov rbp, rsp`, on aarch64 after `stp x29,
 * x30, [sp, …]!; mov x29, sp`. The stack grows down, so callers are further up. */
#include "runtime/stack.h"

#include "jitney/event.h"
#include "jitney/status.h"
#include "runtime/find.h"
#include "runtime/memory.h"

#include <string.h>
#include <ucontext.h>

/* A return address in the first page, or a frame as large as the largest stacks, is garbage. */
enum { CODE_MIN = 4096, FRAME_BYTES_MAX = 64 << 20 };

/* What of the processor's state matters. */
struct registers {
    uint64_t pc;
    uint64_t frame_pointer;
    uint64_t stack_pointer;
    uint64_t link; /* return address, where the processor keeps it in a register */
};

static bool has_no_frame(uint64_t pc)
{
    struct jt_find_facts facts;

    return jt_find_facts(pc, &facts) == JITNEY_OK &&
           facts.unwind_kind == JITNEY_UNWIND_FRAME_POINTER && (facts.flags & JITNEY_CODE_NO_FRAME);
}

#if defined(__x86_64__)

static bool get_registers(const ucontext_t *context, struct registers *registers)
{
    const greg_t *all = context->uc_mcontext.gregs;

    *registers = (struct registers){.pc = (uint64_t)all[REG_RIP],
                                    .frame_pointer = (uint64_t)all[REG_RBP],
                                    .stack_pointer = (uint64_t)all[REG_RSP]};
    return true;
}

static uint64_t plain_address(uint64_t address)
{
    return address;
}

static uint64_t read_word(uint64_t address)
{
    uint64_t word = 0;

    return jt_memory_read(address, &word, sizeof(word)) ? word : 0;
}

/* Where the return address lies when `pc` is at the very begin or end of a function, or nowhere
 * (a call of a bad pointer); 0: the function has its frame. */
static uint64_t find_caller(const struct registers *registers)
{
    static const unsigned char set_frame[] = {0x48, 0x89, 0xe5};     /* mov rbp, rsp */
    static const unsigned char set_frame_too[] = {0x48, 0x8b, 0xec}; /* the same */
    static const unsigned char land[] = {0xf3, 0x0f, 0x1e, 0xfa};    /* endbr64 */
    enum { PUSH_FRAME = 0x55, RETURN = 0xc3 };
    unsigned char code[4] = {0};
    unsigned char before = 0;

    if (!jt_memory_read(registers->pc, code, 1) || code[0] == PUSH_FRAME || code[0] == RETURN)
        return read_word(registers->stack_pointer);
    if (has_no_frame(registers->pc))
        return read_word(registers->stack_pointer);
    if (!jt_memory_read(registers->pc, code, sizeof(code)))
        return 0;
    if (memcmp(code, land, sizeof(land)) == 0)
        return read_word(registers->stack_pointer);
    if (memcmp(code, set_frame, sizeof(set_frame)) != 0 &&
        memcmp(code, set_frame_too, sizeof(set_frame_too)) != 0)
        return 0;
    if (!jt_memory_read(registers->pc - 1, &before, 1) || before != PUSH_FRAME)
        return 0;
    return read_word(registers->stack_pointer + sizeof(uint64_t));
}

#elif defined(__aarch64__)

static bool get_registers(const ucontext_t *context, struct registers *registers)
{
    const mcontext_t *all = &context->uc_mcontext;

    *registers = (struct registers){.pc = all->pc,
                                    .frame_pointer = all->regs[29],
                                    .stack_pointer = all->sp,
                                    .link = all->regs[30]};
    return true;
}

/* Return addresses may be signed in their upper bits; `xpaclri` takes that off x30, and does
 * nothing on processors that do not sign. */
static uint64_t plain_address(uint64_t address)
{
    register uint64_t x30 __asm__("x30") = address;

    __asm__("hint 0x7" : "+r"(x30));
    return x30;
}

/* As above; the return address is still, or again, in its register. */
static uint64_t find_caller(const struct registers *registers)
{
    enum { SET_FRAME = 0x910003fd /* mov x29, sp */, RETURN = 0xd65f03c0 };
    const uint32_t push_mask = 0xffc07fff;  /* without the offset */
    const uint32_t push_frame = 0xa9807bfd; /* stp x29, x30, [sp, …]! */
    uint32_t code = 0;

    if (!jt_memory_read(registers->pc, &code, sizeof(code)) || has_no_frame(registers->pc) ||
        code == (uint32_t)RETURN || code == (uint32_t)SET_FRAME || (code & push_mask) == push_frame)
        return plain_address(registers->link);
    return 0;
}

#else

static bool get_registers(const ucontext_t *context, struct registers *registers)
{
    return false;
}

static uint64_t plain_address(uint64_t address)
{
    return address;
}

static uint64_t find_caller(const struct registers *registers)
{
    return 0;
}

#endif

static bool is_frame(uint64_t frame_pointer, uint64_t below)
{
    return frame_pointer % sizeof(uint64_t) == 0 && frame_pointer >= below &&
           frame_pointer - below <= FRAME_BYTES_MAX;
}

/* From a frame to its caller. */
static void climb(struct jt_stack *stack)
{
    struct jitney_frame *next = &stack->next;
    uint64_t at = next->frame_pointer;
    uint64_t saved[2] = {0, 0}; /* frame pointer, return address */

    next->is_return_address = 1;
    if (stack->caller) {
        next->pc = stack->caller;
        stack->caller = 0;
        return;
    }
    if (!at || !jt_memory_read(at, saved, sizeof(saved)))
        saved[1] = 0;
    next->pc = plain_address(saved[1]);
    next->frame_pointer = is_frame(saved[0], at + sizeof(saved)) ? saved[0] : 0;
    if (next->pc < CODE_MIN)
        next->pc = 0;
}

void jt_stack_begin(struct jt_stack *stack, const void *ucontext, const void *frame)
{
    struct registers registers = {.frame_pointer = (uintptr_t)frame};

    *stack = (struct jt_stack){.next = {.frame_pointer = (uintptr_t)frame}};
    if (!ucontext) {
        climb(stack);
        return;
    }
    if (!get_registers(ucontext, &registers))
        return;
    stack->caller = find_caller(&registers);
    stack->next.pc = registers.pc;
    /* Code without frame pointers may keep anything in that register. */
    if (is_frame(registers.frame_pointer, registers.stack_pointer))
        stack->next.frame_pointer = registers.frame_pointer;
    else
        stack->next.frame_pointer = 0;
}

bool jt_stack_next(struct jt_stack *stack, struct jitney_frame *frame)
{
    struct jt_find_facts facts;

    if (!stack->next.pc && !stack->caller)
        return false;
    *frame = stack->next;
    frame->is_jit = jt_find_facts(jt_stack_lookup_pc(frame), &facts) == JITNEY_OK;
    climb(stack);
    return true;
}
