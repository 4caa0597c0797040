/* What the words of the toy language become: machine code that works on a stack of
 * numbers, whose top is in the first register for arguments. The code is independent of its
 * place: words call each other through a table, so it can be moved. */
#ifndef TOY_ASSEMBLER_H
#define TOY_ASSEMBLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { ASSEMBLER_BYTES = 4096 };

struct assembler {
    unsigned char bytes[ASSEMBLER_BYTES];
    size_t length;
    bool is_full; /* something did not fit */
};

/* The processor's usual frame, and back. */
void assemble_entry(struct assembler *code);
void assemble_return(struct assembler *code);
void assemble_number(struct assembler *code, int32_t number);
/* False when the language has no such word. */
bool assemble_builtin(struct assembler *code, const char *word);
/* Call what the slot points to when the call is made. */
void assemble_call(struct assembler *code, void *const *slot);
/* Take a number and do what follows that often. Returns what the loop's end wants. */
size_t assemble_times(struct assembler *code);
void assemble_end(struct assembler *code, size_t loop);

#ifdef __cplusplus
}
#endif

#endif
