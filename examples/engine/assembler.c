/* See assembler.h. */
#include "assembler.h"

#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

struct builtin {
    const char *word;
    const void *code;
    size_t bytes;
};

static void append(struct assembler *code, const void *bytes, size_t count)
{
    if (count > sizeof(code->bytes) - code->length) {
        code->is_full = true;
        return;
    }
    memcpy(code->bytes + code->length, bytes, count);
    code->length += count;
}

#if defined(__x86_64__)

/* rdi points to the top of the stack, which grows upwards. */
#define BYTES(name, ...) static const unsigned char name[] = {__VA_ARGS__}
BYTES(entry, 0x55, 0x48, 0x89, 0xe5);              /* push rbp; mov rbp, rsp */
BYTES(leave, 0x48, 0x89, 0xf8, 0x5d, 0xc3);        /* mov rax, rdi; pop rbp; ret */
BYTES(number, 0x48, 0x83, 0xc7, 8, 0x48, 0xc7, 7); /* add rdi, 8; mov qword [rdi], imm32 */
BYTES(times, 0xff, 0x37, 0x48, 0x83, 0xef, 8);     /* push [rdi]; sub rdi, 8 */
BYTES(again, 0x48, 0xff, 0x0c, 0x24, 0x0f, 0x85);  /* dec qword [rsp]; jnz rel32 */
BYTES(done, 0x58);                                 /* pop rax */
/* mov rax, [rdi]; sub rdi, 8; add [rdi], rax */
BYTES(add, 0x48, 0x8b, 0x07, 0x48, 0x83, 0xef, 8, 0x48, 0x01, 0x07);
BYTES(subtract, 0x48, 0x8b, 0x07, 0x48, 0x83, 0xef, 8, 0x48, 0x29, 0x07);
/* mov rax, [rdi]; sub rdi, 8; imul rax, [rdi]; mov [rdi], rax */
BYTES(multiply, 0x48, 0x8b, 0x07, 0x48, 0x83, 0xef, 8, 0x48, 0x0f, 0xaf, 7, 0x48, 0x89, 7);
/* mov rax, [rdi]; add rdi, 8; mov [rdi], rax */
BYTES(duplicate, 0x48, 0x8b, 0x07, 0x48, 0x83, 0xc7, 8, 0x48, 0x89, 0x07);
BYTES(drop, 0x48, 0x83, 0xef, 8); /* sub rdi, 8 */
/* mov rax, [rdi]; mov rcx, [rdi-8]; mov [rdi], rcx; mov [rdi-8], rax */
BYTES(swap, 0x48, 0x8b, 7, 0x48, 0x8b, 0x4f, 0xf8, 0x48, 0x89, 0x0f, 0x48, 0x89, 0x47, 0xf8);
/* mov rax, [rdi-8]; add rdi, 8; mov [rdi], rax */
BYTES(over, 0x48, 0x8b, 0x47, 0xf8, 0x48, 0x83, 0xc7, 8, 0x48, 0x89, 0x07);

void assemble_number(struct assembler *code, int32_t value)
{
    append(code, number, sizeof(number));
    append(code, &value, sizeof(value));
}

void assemble_call(struct assembler *code, void *const *slot)
{
    const uint64_t address = (uintptr_t)slot;

    append(code, (const unsigned char[]){0x48, 0xb8}, 2); /* mov rax, imm64 */
    append(code, &address, sizeof(address));
    append(code, (const unsigned char[]){0xff, 0x10}, 2); /* call [rax] */
}

void assemble_end(struct assembler *code, size_t loop)
{
    int32_t back;

    append(code, again, sizeof(again));
    back = (int32_t)((int64_t)loop - (int64_t)code->length - (int64_t)sizeof(back));
    append(code, &back, sizeof(back));
    append(code, done, sizeof(done));
}

#elif defined(__aarch64__)

/* x0 points to the top of the stack, which grows upwards. */
#define WORDS(name, ...) static const uint32_t name[] = {__VA_ARGS__}
WORDS(entry, 0xa9bf7bfd, 0x910003fd);             /* stp x29, x30, [sp, -16]!; mov x29, sp */
WORDS(leave, 0xa8c17bfd, 0xd65f03c0);             /* ldp x29, x30, [sp], 16; ret */
WORDS(times, 0xf85f8409, 0xf81f0fe9);             /* ldr x9, [x0], -8; str x9, [sp, -16]! */
WORDS(again, 0xf94003e9, 0xf1000529, 0xf90003e9); /* ldr x9, [sp]; subs x9, x9, 1; str x9, [sp] */
WORDS(done, 0x910043ff);                          /* add sp, sp, 16 */
/* ldr x9, [x0], -8; ldr x10, [x0]; add x9, x10, x9; str x9, [x0] */
WORDS(add, 0xf85f8409, 0xf940000a, 0x8b090149, 0xf9000009);
WORDS(subtract, 0xf85f8409, 0xf940000a, 0xcb090149, 0xf9000009);
WORDS(multiply, 0xf85f8409, 0xf940000a, 0x9b097d49, 0xf9000009);
WORDS(duplicate, 0xf9400009, 0xf8008c09); /* ldr x9, [x0]; str x9, [x0, 8]! */
WORDS(drop, 0xd1002000);                  /* sub x0, x0, 8 */
/* ldr x9, [x0]; ldur x10, [x0, -8]; str x10, [x0]; stur x9, [x0, -8] */
WORDS(swap, 0xf9400009, 0xf85f800a, 0xf900000a, 0xf81f8009);
WORDS(over, 0xf85f8009, 0xf8008c09); /* ldur x9, [x0, -8]; str x9, [x0, 8]! */

/* movz x9, then movk for each further 16 bits */
static void append_x9(struct assembler *code, uint64_t value, unsigned halfwords)
{
    for (unsigned i = 0; i < halfwords; i++) {
        uint32_t bits = (uint32_t)(value >> (16 * i)) & 0xffff;
        uint32_t word = (i ? 0xf2800009 : 0xd2800009) | i << 21 | bits << 5;

        append(code, &word, sizeof(word));
    }
}

void assemble_number(struct assembler *code, int32_t value)
{
    append_x9(code, (uint64_t)(int64_t)value, 4);
    append(code, &duplicate[1], sizeof(duplicate[1]));
}

void assemble_call(struct assembler *code, void *const *slot)
{
    append_x9(code, (uintptr_t)slot, 4);
    append(code, (const uint32_t[]){0xf9400129, 0xd63f0120}, 8); /* ldr x9, [x9]; blr x9 */
}

void assemble_end(struct assembler *code, size_t loop)
{
    uint32_t branch;

    append(code, again, sizeof(again));
    branch = 0x54000001 | (((uint32_t)((loop - code->length) / 4) & 0x7ffff) << 5); /* b.ne */
    append(code, &branch, sizeof(branch));
    append(code, done, sizeof(done));
}

#else
#error "the toy knows x86-64 and aarch64"
#endif

static const struct builtin builtins[] = {
    {"+", add, sizeof(add)},           {"-", subtract, sizeof(subtract)},
    {"*", multiply, sizeof(multiply)}, {"dup", duplicate, sizeof(duplicate)},
    {"drop", drop, sizeof(drop)},      {"swap", swap, sizeof(swap)},
    {"over", over, sizeof(over)},
};

void assemble_entry(struct assembler *code)
{
    append(code, entry, sizeof(entry));
}

void assemble_return(struct assembler *code)
{
    append(code, leave, sizeof(leave));
}

bool assemble_builtin(struct assembler *code, const char *word)
{
    for (size_t i = 0; i < LENGTH(builtins); i++) {
        if (strcmp(word, builtins[i].word) == 0) {
            append(code, builtins[i].code, builtins[i].bytes);
            return true;
        }
    }
    return false;
}

size_t assemble_times(struct assembler *code)
{
    append(code, times, sizeof(times));
    return code->length;
}
