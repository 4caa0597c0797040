#include "front/front.h"

#include "front/emitter.h"
#include "front/parser.h"

enum { FIELD_BUDGET = 100000 };

static struct rj_string *atom(struct rj_front *front, const char *text)
{
    return rj_check(front, rj_atom_text(front->vm, text));
}

static void make_atoms(struct rj_front *front)
{
    front->atoms.arguments = atom(front, "arguments");
    front->atoms.constructor = atom(front, "constructor");
    front->atoms.prototype = atom(front, "prototype");
    front->atoms.proto = atom(front, "__proto__");
    front->atoms.undefined = atom(front, "undefined");
    front->atoms.nan = atom(front, "NaN");
    front->atoms.infinity = atom(front, "Infinity");
    front->atoms.get = atom(front, "get");
    front->atoms.set = atom(front, "set");
    front->atoms.of = atom(front, "of");
    front->atoms.async = atom(front, "async");
    front->atoms.await = atom(front, "await");
    front->atoms.target = atom(front, "target");
    front->atoms.eval = atom(front, "eval");
    front->atoms.math = atom(front, "Math");
    front->atoms.number = atom(front, "Number");
}

/* The file's name lives as long as the code that names it. */
static void keep_file(struct rj_front *front)
{
    size_t bytes = strlen(front->file) + 1;
    char *kept = rj_check(front, rj_allocate_atomic(front->vm, bytes));

    memcpy(kept, front->file, bytes);
    front->file = kept;
}

static struct rj_code *compile(struct rj_front *front)
{
    struct rj_function_node *script;

    keep_file(front);
    make_atoms(front);
    rj_lex(front);
    script = rj_parse(front);
    rj_resolve(front);
    return rj_emit_function(front, script, NULL);
}

struct rj_code *rj_compile_script(struct rj_vm *vm, const char *source, size_t bytes,
                                  const char *file)
{
    struct rj_front front = {.vm = vm,
                             .source = source,
                             .bytes = (uint32_t)bytes,
                             .file = file,
                             .field_budget = FIELD_BUDGET};

    /* Everything is on the collected heap: there is nothing to release on the way out. */
    if (setjmp(front.failure))
        return NULL;
    if (bytes > INT32_MAX / 2)
        rj_fail(&front, 1, 1, "Program too large");
    return compile(&front);
}
