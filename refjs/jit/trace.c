/* --trace-opt and --trace-deopt: one line an event, from what the events tell. */
#include "jit/internal.h"

static const char *name_of(const struct rj_code *code)
{
    if (code->flags & RJ_CODE_SCRIPT)
        return "(script)";
    return code->name && code->name[0] ? code->name : "(anonymous)";
}

static void print_what(const struct rj_jit_compilation *told)
{
    const struct rj_code *code = told->code;
    char text[96];

    fprintf(stderr, "%s (%s:%u)", name_of(code), code->file, code->line);
    if (told->is_osr)
        fprintf(stderr, " loop at line %u", rj_code_position(code, told->loop).line);
    if (told->context)
        fprintf(stderr, " for (%s)", rj_jit_context_text(told->context, text, sizeof(text)));
}

void rj_trace_start(struct rj_vm *vm, const struct rj_jit_compilation *told)
{
    if (!vm->options.trace_opt)
        return;
    fprintf(stderr, "[compiling ");
    print_what(told);
    fprintf(stderr, " #%llu optimized, %s %llu]\n", (unsigned long long)told->number, told->reason,
            (unsigned long long)told->count);
}

void rj_trace_end(struct rj_vm *vm, const struct rj_jit_compilation *told)
{
    if (!vm->options.trace_opt)
        return;
    fprintf(stderr, told->abort ? "[aborted " : "[compiled ");
    print_what(told);
    fprintf(stderr, " #%llu", (unsigned long long)told->number);
    if (told->abort)
        fprintf(stderr, ": %s", told->abort);
    else
        fprintf(stderr, " %zu bytes, %u inlined", told->version->object.bytes,
                told->version->meta.count[RJ_META_inlined]);
    fprintf(stderr, ", %.2f ms: snapshot %.2f build %.2f optimize %.2f emit %.2f link %.2f]\n",
            (double)told->duration_ns / 1e6, (double)told->stage_ns[RJ_STAGE_SNAPSHOT] / 1e6,
            (double)told->stage_ns[RJ_STAGE_BUILD] / 1e6,
            (double)told->stage_ns[RJ_STAGE_OPTIMIZE] / 1e6,
            (double)told->stage_ns[RJ_STAGE_EMIT] / 1e6,
            (double)told->stage_ns[RJ_STAGE_LINK] / 1e6);
}

void rj_trace_deopt(struct rj_vm *vm, const struct rj_jit_deopt *deopt)
{
    const struct rj_code *origin = deopt->origin;

    if (!vm->options.trace_deopt)
        return;
    fprintf(stderr, "[deoptimized %s #%llu at %s:%u:%u", name_of(deopt->version->code),
            (unsigned long long)deopt->version->number, origin->file, deopt->line, deopt->column);
    if (origin != deopt->version->code)
        fprintf(stderr, " in %s", name_of(origin));
    fprintf(stderr, ", %s%s, expected %s, seen %s%s]\n", deopt->is_forced ? "forced, " : "",
            deopt->reason, deopt->expected[0] ? deopt->expected : "otherwise", deopt->seen,
            deopt->discards ? ", discarded" : "");
}
