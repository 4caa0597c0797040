/* What programs write. Standard output is buffered by the C library; a failure stays in the stream
 * until the end, where it becomes the exit status. */
#ifndef RJ_LIB_OUTPUT_H
#define RJ_LIB_OUTPUT_H

#include "vm/operations.h"

/* Big buffer, no death by SIGPIPE. */
void rj_output_init(void);
/* UTF-8, lone surrogates as U+FFFD. False after throwing; failures of the stream are no throw. */
bool rj_output_write(struct rj_vm *vm, FILE *stream, struct rj_string *string);
/* Flush; false if something could not be written. */
bool rj_output_finish(void);

#endif
