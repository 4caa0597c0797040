/* Optimizing and emitting. */
#include "jit/backend.h"

#include "jit/build.h"
#include "jit/lines.h"

#include <llvm-c/BitWriter.h>
#include <llvm-c/Disassembler.h>
#include <llvm-c/Error.h>
#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct rj_backend {
    LLVMTargetMachineRef machine;
    LLVMTargetDataRef layout;
    char *triple;
};

uint64_t rj_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* What this thread has worked: stages are not charged for others that have the processor. */
uint64_t rj_work_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

struct rj_backend *rj_backend_new(void)
{
    struct rj_backend *backend = calloc(1, sizeof(*backend));
    char *message = NULL, *cpu = NULL, *features = NULL;
    LLVMTargetRef target;
    char wanted[4096];

    if (!backend || LLVMInitializeNativeTarget() || LLVMInitializeNativeAsmPrinter() ||
        LLVMInitializeNativeDisassembler())
        goto failed;
    backend->triple = LLVMGetDefaultTargetTriple();
    if (LLVMGetTargetFromTriple(backend->triple, &target, &message))
        goto failed;
    cpu = LLVMGetHostCPUName();
    features = LLVMGetHostCPUFeatures();
    /* Scalar code gains nothing by masks, and choices by them are slow. */
    snprintf(wanted, sizeof(wanted), "%s%s", features,
             strstr(features, "+avx512f") ? ",-avx512f" : "");
    backend->machine =
        LLVMCreateTargetMachine(target, backend->triple, cpu, wanted, LLVMCodeGenLevelDefault,
                                LLVMRelocPIC, LLVMCodeModelSmall);
    LLVMDisposeMessage(cpu);
    LLVMDisposeMessage(features);
    if (!backend->machine)
        goto failed;
    backend->layout = LLVMCreateTargetDataLayout(backend->machine);
    return backend;
failed:
    if (message)
        LLVMDisposeMessage(message);
    rj_backend_free(backend);
    return NULL;
}

void rj_backend_free(struct rj_backend *backend)
{
    if (!backend)
        return;
    if (backend->layout)
        LLVMDisposeTargetData(backend->layout);
    if (backend->machine)
        LLVMDisposeTargetMachine(backend->machine);
    if (backend->triple)
        LLVMDisposeMessage(backend->triple);
    free(backend);
}

static bool optimize(struct rj_backend *backend, LLVMModuleRef module, const char **why)
{
    LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
    LLVMErrorRef error;

    /* What O2 has more takes a third of the time again, and gains nothing here. Guards keep loops
     * from being vectorized, and copies of bodies cost more to emit than they save. */
    LLVMPassBuilderOptionsSetLoopVectorization(options, 0);
    LLVMPassBuilderOptionsSetSLPVectorization(options, 0);
    LLVMPassBuilderOptionsSetLoopInterleaving(options, 0);
    LLVMPassBuilderOptionsSetLoopUnrolling(options, 0);
    error = LLVMRunPasses(module, "default<O1>", backend->machine, options);
    LLVMDisposePassBuilderOptions(options);
    if (!error)
        return true;
    LLVMConsumeError(error);
    *why = "LLVM's passes failed";
    return false;
}

static void measure(LLVMModuleRef module, struct rj_product *product)
{
    char *text = LLVMPrintModuleToString(module);
    LLVMMemoryBufferRef bitcode = LLVMWriteBitcodeToMemoryBuffer(module);

    product->ir_bytes = strlen(text);
    product->bitcode_bytes = LLVMGetBufferSize(bitcode);
    LLVMDisposeMessage(text);
    LLVMDisposeMemoryBuffer(bitcode);
}

static void add_links(struct rj_meta *meta, const struct rj_snapshot *snapshot)
{
    for (uint32_t i = 0; i < snapshot->link_count; i++) {
        const struct rj_link *link = &snapshot->links[i];
        struct rj_meta_link row = {.kind = link->kind,
                                   .function = link->function,
                                   .index = link->index,
                                   .way = link->way,
                                   .text = rj_meta_text(meta, link->text)};

        rj_meta_add_links(meta, row);
    }
}

static void emit(struct rj_backend *backend, struct rj_builder *b, struct rj_product *product)
{
    char *message = NULL;
    uint64_t start = rj_work_ns();

    if (!optimize(backend, b->module, &product->why))
        return;
    product->stage_ns[RJ_STAGE_OPTIMIZE] = rj_work_ns() - start;
    if (b->snapshot->options->print_ir)
        product->ir_text = LLVMPrintModuleToString(b->module);
    start = rj_work_ns();
    if (LLVMTargetMachineEmitToMemoryBuffer(backend->machine, b->module, LLVMObjectFile, &message,
                                            &product->object)) {
        LLVMDisposeMessage(message);
        product->object = NULL;
        product->why = "LLVM emitted nothing";
        return;
    }
    add_links(b->meta, b->snapshot);
    product->block = rj_meta_pack(b->meta, &product->block_bytes);
    product->lines =
        rj_lines_read(LLVMGetBufferStart(product->object), LLVMGetBufferSize(product->object),
                      b->meta, &product->line_count);
    product->stage_ns[RJ_STAGE_EMIT] = rj_work_ns() - start;
}

void rj_backend_compile(struct rj_backend *backend, struct rj_snapshot *snapshot,
                        const char *symbol, bool measures, struct rj_product *product)
{
    LLVMContextRef context = LLVMContextCreate();
    struct rj_arena arena = {0};
    struct rj_meta meta = {0};
    struct rj_builder b = {
        .snapshot = snapshot, .arena = &arena, .meta = &meta, .symbol = symbol, .context = context};
    uint64_t start = rj_work_ns();

    LLVMContextSetDiscardValueNames(context, !snapshot->options->print_ir);
    if (rj_build(&b, &product->why)) {
        product->stage_ns[RJ_STAGE_BUILD] = rj_work_ns() - start;
        LLVMSetTarget(b.module, backend->triple);
        LLVMSetModuleDataLayout(b.module, backend->layout);
        if (measures)
            measure(b.module, product);
        emit(backend, &b, product);
        LLVMDisposeModule(b.module);
    }
    free(b.assumed);
    rj_meta_release(&meta);
    rj_arena_release(&arena);
    LLVMContextDispose(context);
}

void rj_product_release(struct rj_product *product)
{
    if (product->object)
        LLVMDisposeMemoryBuffer(product->object);
    if (product->ir_text)
        LLVMDisposeMessage(product->ir_text);
    free(product->block);
    free(product->lines);
    memset(product, 0, sizeof(*product));
}

void rj_print_code(const uint8_t *run, size_t bytes, FILE *out)
{
    char *triple = LLVMGetDefaultTargetTriple();
    LLVMDisasmContextRef disassembler = LLVMCreateDisasm(triple, NULL, 0, NULL, NULL);
    char text[256];

    for (size_t at = 0; disassembler && at < bytes;) {
        size_t used =
            LLVMDisasmInstruction(disassembler, (uint8_t *)(uintptr_t)(run + at), bytes - at,
                                  (uint64_t)(uintptr_t)(run + at), text, sizeof(text));

        if (!used) {
            snprintf(text, sizeof(text), "\t.byte\t0x%02x", run[at]);
            used = 1;
        }
        fprintf(out, "  %6zx:%s\n", at, text);
        at += used;
    }
    if (disassembler)
        LLVMDisasmDispose(disassembler);
    LLVMDisposeMessage(triple);
}
