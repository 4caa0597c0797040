/* JSON's two halves. */
#ifndef RJ_LIB_JSON_H
#define RJ_LIB_JSON_H

#include "lib/units.h"

rj_value rj_json_parse(struct rj_vm *vm, rj_value source, rj_value reviver);
/* RJ_UNDEFINED where the value has no JSON. */
rj_value rj_json_stringify(struct rj_vm *vm, rj_value value, rj_value replacer, rj_value space);
/* "text" with JSON's escapes. */
void rj_json_quote(struct rj_units *units, struct rj_string *string);

#endif
