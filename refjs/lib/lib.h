/* The globals that programs see. */
#ifndef RJ_LIB_LIB_H
#define RJ_LIB_LIB_H

#include "vm/vm.h"

/* Make prototypes, shapes and globals of vm->realm. False if memory is short. */
bool rj_lib_init(struct rj_vm *vm);

/* As console.log prints it, without the newline; returns NULL after throwing. */
struct rj_string *rj_inspect(struct rj_vm *vm, rj_value value);

#endif
