#include "analysis/symbol/native.h"

#include "analysis/symbol/slice.h"

#include <stddef.h>

enum place {
    STARTS, /* the function's name begins with the text */
    HOLDS,  /* has it anywhere */
    IS,
    ENDS,
    THREAD /* the thread's name begins with it (the kernel keeps 15 bytes) */
};

struct role_row {
    const char *text;
    enum place place;
    enum jt_native_role role;
};

/* In each table the first row that fits decides. */

/* v8: src/heap, src/compiler, src/maglev, src/baseline, src/interpreter */
static const struct role_row v8_roles[] = {
    {"Builtins_Interpreter", STARTS, JT_ROLE_INTERPRETER},
    {"Builtins_BaselineOutOfLinePrologue", STARTS, JT_ROLE_STUB},
    {"Builtins_", STARTS, JT_ROLE_STUB}, /* bytecode handlers: see v8_builtin() */
    {"v8::internal::compiler::", STARTS, JT_ROLE_COMPILER},
    {"v8::internal::maglev::", STARTS, JT_ROLE_COMPILER},
    {"v8::internal::baseline::", STARTS, JT_ROLE_COMPILER},
    {"v8::internal::turboshaft::", STARTS, JT_ROLE_COMPILER},
    {"v8::internal::interpreter::", STARTS, JT_ROLE_COMPILER},
    {"v8::internal::wasm::Liftoff", STARTS, JT_ROLE_COMPILER},
    {"v8::internal::wasm::CompileLazy", STARTS, JT_ROLE_COMPILER},
    {"v8::internal::wasm::ExecuteCompilation", STARTS, JT_ROLE_COMPILER},
    {"CompilationJob::", HOLDS, JT_ROLE_COMPILER},
    {"OptimizingCompileDispatcher", HOLDS, JT_ROLE_COMPILER},
    {"v8::internal::Compiler::", STARTS, JT_ROLE_COMPILER},
    {"v8::internal::Runtime_Compile", STARTS, JT_ROLE_COMPILER},
    {"v8::internal::BackgroundCompile", STARTS, JT_ROLE_COMPILER},
    {"v8::internal::Parser", STARTS, JT_ROLE_COMPILER},
    {"v8::internal::PreParser", STARTS, JT_ROLE_COMPILER},
    {"v8::internal::Scanner::", STARTS, JT_ROLE_COMPILER},
    {"v8::internal::parsing::", STARTS, JT_ROLE_COMPILER},
    {"v8::internal::RegExpCompiler", STARTS, JT_ROLE_COMPILER},
    {"v8::internal::RegExpImpl::Compile", STARTS, JT_ROLE_COMPILER},
    {"v8::internal::Heap::Allocate", STARTS, JT_ROLE_NONE},
    {"v8::internal::Heap::CreateFillerObject", STARTS, JT_ROLE_NONE},
    {"v8::internal::Heap::", STARTS, JT_ROLE_GC},
    {"MarkCompact", HOLDS, JT_ROLE_GC},
    {"Scaveng", HOLDS, JT_ROLE_GC},
    {"Sweeper", HOLDS, JT_ROLE_GC},
    {"ConcurrentMarking", HOLDS, JT_ROLE_GC},
    {"IncrementalMarking", HOLDS, JT_ROLE_GC},
    {"MarkingVisitor", HOLDS, JT_ROLE_GC},
    {"MarkingWorklist", HOLDS, JT_ROLE_GC},
    {"::Evacuat", HOLDS, JT_ROLE_GC},
    {"GlobalHandles::", HOLDS, JT_ROLE_GC},
    {"UnifiedHeapMarking", HOLDS, JT_ROLE_GC},
    {"cppgc::internal::", STARTS, JT_ROLE_GC},
};

/* WebKit: Source/JavaScriptCore */
static const struct role_row jsc_roles[] = {
    {"llint_", STARTS, JT_ROLE_INTERPRETER},
    {"JSC::LLInt::", STARTS, JT_ROLE_INTERPRETER},
    {"JSC::DFG::", STARTS, JT_ROLE_COMPILER},
    {"JSC::FTL::", STARTS, JT_ROLE_COMPILER},
    {"JSC::B3::", STARTS, JT_ROLE_COMPILER},
    {"JSC::JIT::", STARTS, JT_ROLE_COMPILER},
    {"JSC::JITWorklist", STARTS, JT_ROLE_COMPILER},
    {"JSC::BytecodeGenerator", STARTS, JT_ROLE_COMPILER},
    {"JSC::Parser", STARTS, JT_ROLE_COMPILER},
    {"JSC::Yarr::", STARTS, JT_ROLE_COMPILER},
    {"JSC::SlotVisitor", STARTS, JT_ROLE_GC},
    {"JSC::MarkedBlock", STARTS, JT_ROLE_GC},
    {"JSC::MarkedSpace", STARTS, JT_ROLE_GC},
    {"JSC::Heap::", STARTS, JT_ROLE_GC},
    {"JSC::IncrementalSweeper", STARTS, JT_ROLE_GC},
    {"JIT Worklist", THREAD, JT_ROLE_COMPILER},
    {"JITWorker", THREAD, JT_ROLE_COMPILER},
    {"HeapHelper", THREAD, JT_ROLE_GC},
};

/* firefox: js/src */
static const struct role_row spidermonkey_roles[] = {
    {"js::jit::DoWarmUpCounterFallback", STARTS, JT_ROLE_COMPILER},
    {"js::jit::Ion", STARTS, JT_ROLE_COMPILER},
    {"js::jit::Baseline", STARTS, JT_ROLE_COMPILER},
    {"js::jit::Warp", STARTS, JT_ROLE_COMPILER},
    {"js::jit::LIRGenerator", STARTS, JT_ROLE_COMPILER},
    {"js::jit::CodeGenerator", STARTS, JT_ROLE_COMPILER},
    {"js::jit::OptimizeMIR", STARTS, JT_ROLE_COMPILER},
    {"js::frontend::", STARTS, JT_ROLE_COMPILER},
    {"js::wasm::", STARTS, JT_ROLE_COMPILER},
    {"js::gc::", STARTS, JT_ROLE_GC},
    {"js::GCMarker", STARTS, JT_ROLE_GC},
    {"js::Nursery::", STARTS, JT_ROLE_GC},
    {"js::TenuringTracer", STARTS, JT_ROLE_GC},
    {"js::Interpret(", HOLDS, JT_ROLE_INTERPRETER},
    {"Interpret", IS, JT_ROLE_INTERPRETER},
    {"js::Interpret", IS, JT_ROLE_INTERPRETER},
    {"Interpret(", STARTS, JT_ROLE_INTERPRETER},
};

/* openjdk: src/hotspot/share/{gc,opto,c1,compiler,interpreter} */
static const struct role_row hotspot_roles[] = {
    {"C2 CompilerThre", THREAD, JT_ROLE_COMPILER},
    {"C1 CompilerThre", THREAD, JT_ROLE_COMPILER},
    {"JVMCI CompilerT", THREAD, JT_ROLE_COMPILER},
    {"GC Thread#", THREAD, JT_ROLE_GC},
    {"G1 ", THREAD, JT_ROLE_GC},
    {"ParGC Thread", THREAD, JT_ROLE_GC},
    {"Parallel GC", THREAD, JT_ROLE_GC},
    {"ZWorker", THREAD, JT_ROLE_GC},
    {"ZDriver", THREAD, JT_ROLE_GC},
    {"ZDirector", THREAD, JT_ROLE_GC},
    {"XWorker", THREAD, JT_ROLE_GC},
    {"Shenandoah", THREAD, JT_ROLE_GC},
    {"InterpreterRuntime::", STARTS, JT_ROLE_INTERPRETER},
    {"BytecodeInterpreter::", STARTS, JT_ROLE_INTERPRETER},
    {"ZeroInterpreter", STARTS, JT_ROLE_INTERPRETER},
    {"CompileBroker::", STARTS, JT_ROLE_COMPILER},
    {"CompilationPolicy::", STARTS, JT_ROLE_COMPILER},
    {"C2Compiler::", STARTS, JT_ROLE_COMPILER},
    {"Compile::", STARTS, JT_ROLE_COMPILER},
    {"Compilation::", STARTS, JT_ROLE_COMPILER},
    {"Phase", STARTS, JT_ROLE_COMPILER},
    {"ParseGenerator::", STARTS, JT_ROLE_COMPILER},
    {"Parse::", STARTS, JT_ROLE_COMPILER},
    {"GraphBuilder::", STARTS, JT_ROLE_COMPILER},
    {"LinearScan", STARTS, JT_ROLE_COMPILER},
    {"LIR", STARTS, JT_ROLE_COMPILER},
    {"IndexSet", STARTS, JT_ROLE_COMPILER},
    {"Matcher::", STARTS, JT_ROLE_COMPILER},
    {"G1", STARTS, JT_ROLE_GC},
    {"Parallel", STARTS, JT_ROLE_GC},
    {"PSPromotionManager", STARTS, JT_ROLE_GC},
    {"PSParallelCompact", STARTS, JT_ROLE_GC},
    {"PSScavenge", STARTS, JT_ROLE_GC},
    {"ParCompactionManager", STARTS, JT_ROLE_GC},
    {"GenCollectedHeap::", STARTS, JT_ROLE_GC},
    {"DefNewGeneration::", STARTS, JT_ROLE_GC},
    {"SerialHeap::", STARTS, JT_ROLE_GC},
    {"MarkSweep::", STARTS, JT_ROLE_GC},
    {"GCTaskThread", STARTS, JT_ROLE_GC},
    {"VM_G1", STARTS, JT_ROLE_GC},
    {"VM_ParallelGC", STARTS, JT_ROLE_GC},
    {"VM_GenCollect", STARTS, JT_ROLE_GC},
    {"ShenandoahHeap", STARTS, JT_ROLE_GC},
    {"ZMark::", STARTS, JT_ROLE_GC},
    {"ZRelocate", STARTS, JT_ROLE_GC},
};

/* dotnet: src/coreclr/{gc,jit,interpreter} */
static const struct role_row dotnet_roles[] = {
    {"WKS::gc_heap::", STARTS, JT_ROLE_GC},
    {"SVR::gc_heap::", STARTS, JT_ROLE_GC},
    {"WKS::GCHeap::", STARTS, JT_ROLE_GC},
    {"SVR::GCHeap::", STARTS, JT_ROLE_GC},
    {".NET Server GC", THREAD, JT_ROLE_GC},
    {".NET BGC", THREAD, JT_ROLE_GC},
    {".NET Tiered Com", THREAD, JT_ROLE_COMPILER},
    {"Compiler::", STARTS, JT_ROLE_COMPILER},
    {"CodeGen::", STARTS, JT_ROLE_COMPILER},
    {"LinearScan::", STARTS, JT_ROLE_COMPILER},
    {"Lowering::", STARTS, JT_ROLE_COMPILER},
    {"CILJit::", STARTS, JT_ROLE_COMPILER},
    {"UnsafeJitFunction", STARTS, JT_ROLE_COMPILER},
    {"MethodDesc::JitCompileCode", STARTS, JT_ROLE_COMPILER},
};

/* mono: mono/{sgen,mini} */
static const struct role_row mono_roles[] = {
    {"sgen_", STARTS, JT_ROLE_GC},
    {"mono_gc_", STARTS, JT_ROLE_GC},
    {"simple_nursery_serial_", STARTS, JT_ROLE_GC},
    {"major_", STARTS, JT_ROLE_GC},
    {"SGen worker", THREAD, JT_ROLE_GC},
    {"mono_interp_exec", STARTS, JT_ROLE_INTERPRETER},
    {"interp_", STARTS, JT_ROLE_INTERPRETER},
    {"mini_method_compile", STARTS, JT_ROLE_COMPILER},
    {"mono_jit_compile_method", STARTS, JT_ROLE_COMPILER},
    {"mono_method_to_ir", STARTS, JT_ROLE_COMPILER},
    {"mono_codegen", STARTS, JT_ROLE_COMPILER},
    {"mono_local_", STARTS, JT_ROLE_COMPILER},
    {"mono_optimize_", STARTS, JT_ROLE_COMPILER},
    {"mono_ssa_", STARTS, JT_ROLE_COMPILER},
    {"mono_spill_", STARTS, JT_ROLE_COMPILER},
    {"mono_arch_output_basic_block", STARTS, JT_ROLE_COMPILER},
};

/* cpython: Python/ceval.c, Modules/gcmodule.c, Python/compile.c, Python/gc.c */
static const struct role_row cpython_roles[] = {
    {"_PyEval_EvalFrameDefault", STARTS, JT_ROLE_INTERPRETER},
    {"_PyEval_Vector", STARTS, JT_ROLE_INTERPRETER},
    {"PyEval_EvalFrame", STARTS, JT_ROLE_INTERPRETER},
    {"gc_collect", STARTS, JT_ROLE_GC},
    {"_PyGC_", STARTS, JT_ROLE_GC},
    {"PyGC_", STARTS, JT_ROLE_GC},
    {"deduce_unreachable", STARTS, JT_ROLE_GC},
    {"subtract_refs", IS, JT_ROLE_GC},
    {"update_refs", IS, JT_ROLE_GC},
    {"move_unreachable", IS, JT_ROLE_GC},
    {"visit_decref", IS, JT_ROLE_GC},
    {"visit_reachable", IS, JT_ROLE_GC},
    {"_PyAST_Compile", STARTS, JT_ROLE_COMPILER},
    {"_PyPegen_", STARTS, JT_ROLE_COMPILER},
    {"compiler_", STARTS, JT_ROLE_COMPILER},
    {"_PyJIT_Compile", STARTS, JT_ROLE_COMPILER},
    {"_PyOptimizer_Optimize", STARTS, JT_ROLE_COMPILER},
};

/* otp: erts/emulator/beam */
static const struct role_row erlang_roles[] = {
    {"process_main", STARTS, JT_ROLE_INTERPRETER},
    {"erts_garbage_collect", STARTS, JT_ROLE_GC},
    {"garbage_collect", STARTS, JT_ROLE_GC},
    {"minor_collection", STARTS, JT_ROLE_GC},
    {"major_collection", STARTS, JT_ROLE_GC},
    {"do_minor", STARTS, JT_ROLE_GC},
    {"sweep", STARTS, JT_ROLE_GC},
    {"full_sweep", STARTS, JT_ROLE_GC},
    {"erts_gc_", STARTS, JT_ROLE_GC},
    {"asmjit::", STARTS, JT_ROLE_COMPILER},
    {"BeamModuleAssembler::", STARTS, JT_ROLE_COMPILER},
    {"BeamGlobalAssembler::", STARTS, JT_ROLE_COMPILER},
    {"BeamAssembler", STARTS, JT_ROLE_COMPILER},
    {"beam_asm", STARTS, JT_ROLE_COMPILER},
    {"beamasm_", STARTS, JT_ROLE_COMPILER},
    {"beam_jit", STARTS, JT_ROLE_COMPILER},
    {"beam_load", STARTS, JT_ROLE_COMPILER},
    {"erts_transform_engine", STARTS, JT_ROLE_COMPILER},
    {"erts_prepare_loading", STARTS, JT_ROLE_COMPILER},
};

/* php-src: Zend, ext/opcache/jit */
static const struct role_row php_roles[] = {
    {"execute_ex", STARTS, JT_ROLE_INTERPRETER},
    {"ZEND_", STARTS, JT_ROLE_INTERPRETER},
    {"_HANDLER", ENDS, JT_ROLE_INTERPRETER},
    {"zend_gc_", STARTS, JT_ROLE_GC},
    {"gc_possible_root", STARTS, JT_ROLE_GC},
    {"gc_mark_", STARTS, JT_ROLE_GC},
    {"gc_collect_", STARTS, JT_ROLE_GC},
    {"gc_scan", STARTS, JT_ROLE_GC},
    {"_helper", ENDS, JT_ROLE_NONE}, /* called by JIT code as it runs */
    {"zend_jit", STARTS, JT_ROLE_COMPILER},
    {"ir_", STARTS, JT_ROLE_COMPILER},
    {"dasm_", STARTS, JT_ROLE_COMPILER},
    {"zend_compile", STARTS, JT_ROLE_COMPILER},
    {"zendparse", STARTS, JT_ROLE_COMPILER},
    {"lex_scan", STARTS, JT_ROLE_COMPILER},
    {"zend_optimize", STARTS, JT_ROLE_COMPILER},
    {"zend_ssa_", STARTS, JT_ROLE_COMPILER},
    {"zend_dfa_", STARTS, JT_ROLE_COMPILER},
    {"zend_inference", STARTS, JT_ROLE_COMPILER},
};

/* luajit: src/lj_*.c, src/vm_*.dasc */
static const struct role_row luajit_roles[] = {
    {"lj_BC_", STARTS, JT_ROLE_INTERPRETER},
    {"lj_vm_exit_", STARTS, JT_ROLE_STUB},
    {"lj_vm_", STARTS, JT_ROLE_INTERPRETER},
    {"lj_cont_", STARTS, JT_ROLE_INTERPRETER},
    {"lj_ff_", STARTS, JT_ROLE_INTERPRETER}, /* library functions written for the interpreter */
    {"lj_gc_", STARTS, JT_ROLE_GC},
    {"gc_", STARTS, JT_ROLE_GC},
    {"propagatemark", STARTS, JT_ROLE_GC},
    {"lj_trace_", STARTS, JT_ROLE_COMPILER},
    {"trace_", STARTS, JT_ROLE_COMPILER},
    {"lj_asm_", STARTS, JT_ROLE_COMPILER},
    {"asm_", STARTS, JT_ROLE_COMPILER},
    {"lj_opt_", STARTS, JT_ROLE_COMPILER},
    {"lj_record_", STARTS, JT_ROLE_COMPILER},
    {"lj_ir_", STARTS, JT_ROLE_COMPILER},
    {"lj_snap_", STARTS, JT_ROLE_COMPILER},
    {"lj_crecord_", STARTS, JT_ROLE_COMPILER},
    {"lj_ffrecord_", STARTS, JT_ROLE_COMPILER},
    {"lj_parse", STARTS, JT_ROLE_COMPILER},
    {"lj_lex_", STARTS, JT_ROLE_COMPILER},
};

/* llvm; postgres: src/backend/executor/execExprInterp.c */
static const struct role_row llvm_roles[] = {
    {"llvm::Interpreter::", STARTS, JT_ROLE_INTERPRETER},
    {"llvm::orc::runAsMain", STARTS, JT_ROLE_NONE}, /* calls the program */
    {"llvm::ExecutionEngine::run", STARTS, JT_ROLE_NONE},
    {"llvm::MCJIT::runFunction", STARTS, JT_ROLE_NONE},
    {"llvm::", STARTS, JT_ROLE_COMPILER},
    {"(anonymous namespace)::SelectionDAG", HOLDS, JT_ROLE_COMPILER},
    {"llvm_compile", STARTS, JT_ROLE_COMPILER},
    {"ExecInterpExpr", STARTS, JT_ROLE_INTERPRETER},
};

/* julia: src/{gc,codegen,interpreter}.c */
static const struct role_row julia_roles[] = {
    {"jl_gc_", STARTS, JT_ROLE_GC},
    {"ijl_gc_", STARTS, JT_ROLE_GC},
    {"gc_", STARTS, JT_ROLE_GC},
    {"_jl_gc_collect", STARTS, JT_ROLE_GC},
    {"eval_body", STARTS, JT_ROLE_INTERPRETER},
    {"jl_interpret_", STARTS, JT_ROLE_INTERPRETER},
    {"llvm::", STARTS, JT_ROLE_COMPILER},
    {"jl_compile_", STARTS, JT_ROLE_COMPILER},
    {"_jl_compile_", STARTS, JT_ROLE_COMPILER},
    {"jl_type_infer", STARTS, JT_ROLE_COMPILER},
    {"jl_generate_fptr", STARTS, JT_ROLE_COMPILER},
};

/* wasmtime: crates/cranelift, crates/winch, Pulley the interpreter */
static const struct role_row wasmtime_roles[] = {
    {"cranelift", STARTS, JT_ROLE_COMPILER},
    {"<cranelift", STARTS, JT_ROLE_COMPILER},
    {"regalloc2::", STARTS, JT_ROLE_COMPILER},
    {"winch", STARTS, JT_ROLE_COMPILER},
    {"wasmtime_cranelift", STARTS, JT_ROLE_COMPILER},
    {"wasmparser::", STARTS, JT_ROLE_COMPILER},
    {"pulley_interpreter::", STARTS, JT_ROLE_INTERPRETER},
    {"wasmtime::runtime::vm::gc::", HOLDS, JT_ROLE_GC},
};

/* ruby: vm_exec.c, gc.c, compile.c, yjit */
static const struct role_row ruby_roles[] = {
    {"vm_exec_core", STARTS, JT_ROLE_INTERPRETER},
    {"vm_exec", IS, JT_ROLE_INTERPRETER},
    {"rb_vm_exec", IS, JT_ROLE_INTERPRETER},
    {"rb_gc_", STARTS, JT_ROLE_GC},
    {"gc_", STARTS, JT_ROLE_GC},
    {"rb_gc", STARTS, JT_ROLE_GC},
    {"yjit::", STARTS, JT_ROLE_COMPILER},
    {"rb_yjit_", STARTS, JT_ROLE_COMPILER},
    {"rb_zjit_", STARTS, JT_ROLE_COMPILER},
    {"rb_iseq_compile", STARTS, JT_ROLE_COMPILER},
    {"iseq_compile", STARTS, JT_ROLE_COMPILER},
    {"yyparse", STARTS, JT_ROLE_COMPILER},
    {"ruby_yyparse", STARTS, JT_ROLE_COMPILER},
    {"pm_", STARTS, JT_ROLE_COMPILER},
};

struct role_table {
    const struct role_row *rows;
    size_t count;
};

#define TABLE(rows)                                                                                \
    {                                                                                              \
        rows, sizeof(rows) / sizeof((rows)[0])                                                     \
    }

static const struct role_table tables[JT_RUNTIME_COUNT] = {
    [JT_RUNTIME_V8] = TABLE(v8_roles),
    [JT_RUNTIME_JSC] = TABLE(jsc_roles),
    [JT_RUNTIME_SPIDERMONKEY] = TABLE(spidermonkey_roles),
    [JT_RUNTIME_HOTSPOT] = TABLE(hotspot_roles),
    [JT_RUNTIME_DOTNET] = TABLE(dotnet_roles),
    [JT_RUNTIME_MONO] = TABLE(mono_roles),
    [JT_RUNTIME_CPYTHON] = TABLE(cpython_roles),
    [JT_RUNTIME_ERLANG] = TABLE(erlang_roles),
    [JT_RUNTIME_PHP] = TABLE(php_roles),
    [JT_RUNTIME_LUAJIT] = TABLE(luajit_roles),
    [JT_RUNTIME_LLVM] = TABLE(llvm_roles),
    [JT_RUNTIME_JULIA] = TABLE(julia_roles),
    [JT_RUNTIME_WASMTIME] = TABLE(wasmtime_roles),
    [JT_RUNTIME_RUBY] = TABLE(ruby_roles),
};

static bool fits(const struct role_row *row, struct jt_slice function, struct jt_slice thread)
{
    switch (row->place) {
    case STARTS:
        return jt_slice_starts(function, row->text);
    case HOLDS:
        return jt_slice_find(function, row->text) != JT_SLICE_NONE;
    case IS:
        return jt_slice_is(function, row->text);
    case ENDS:
        return jt_slice_ends(function, row->text);
    case THREAD:
        return jt_slice_starts(thread, row->text);
    }
    return false;
}

/* A bytecode's handler is `Builtins_BYTECODE[Extra][Wide]Handler`; its time is that
 * of interpreted code. */
static bool is_v8_handler(struct jt_slice function)
{
    return jt_slice_starts(function, "Builtins_") && jt_slice_ends(function, "Handler");
}

enum jt_native_role jt_native_role(enum jt_runtime runtime, const char *function,
                                   const char *thread_name)
{
    const struct role_table *table = &tables[runtime];
    struct jt_slice function_slice = jt_slice_of(function ? function : "");
    struct jt_slice thread_slice = jt_slice_of(thread_name ? thread_name : "");

    if (runtime == JT_RUNTIME_V8 && is_v8_handler(function_slice))
        return JT_ROLE_INTERPRETER;
    for (size_t i = 0; i < table->count; i++) {
        if (fits(&table->rows[i], function_slice, thread_slice))
            return table->rows[i].role;
    }
    return JT_ROLE_NONE;
}
