/* From source text to bytecode. */
#ifndef RJ_FRONT_FRONT_H
#define RJ_FRONT_FRONT_H

#include "vm/vm.h"

/* Compile a whole program. `source` is UTF-8 of any content, `bytes` long. The result is the code
 * of the script, all inner functions in it; NULL after a SyntaxError (vm->exception, with
 * vm->thrown_at and thrown_file) was thrown. */
struct rj_code *rj_compile_script(struct rj_vm *vm, const char *source, size_t bytes,
                                  const char *file);

/* Print the bytecode of a function and, if `deep`, of all inside it. */
void rj_print_bytecode(struct rj_vm *vm, const struct rj_code *code, bool deep, FILE *out);

#endif
