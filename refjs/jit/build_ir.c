/* LLVM's IR in the engine's words. */
#include "jit/build.h"

#include "jit/helpers.h"

#include <llvm/Config/llvm-config.h>
#include <stdio.h>

/* ---- attributes and metadata ---- */

static void add_attribute(struct rj_builder *b, LLVMValueRef function, const char *name,
                          uint64_t value)
{
    unsigned kind = LLVMGetEnumAttributeKindForName(name, strlen(name));

    if (kind)
        LLVMAddAttributeAtIndex(function, LLVMAttributeFunctionIndex,
                                LLVMCreateEnumAttribute(b->context, kind, value));
}

static void add_text_attribute(struct rj_builder *b, LLVMValueRef function, const char *name,
                               const char *value)
{
    LLVMAddAttributeAtIndex(function, LLVMAttributeFunctionIndex,
                            LLVMCreateStringAttribute(b->context, name, (unsigned)strlen(name),
                                                      value, (unsigned)strlen(value)));
}

static LLVMValueRef node(struct rj_builder *b, LLVMValueRef *operands, uint32_t count)
{
    return LLVMMDNodeInContext(b->context, operands, count);
}

static LLVMValueRef text_node(struct rj_builder *b, const char *text)
{
    return LLVMMDStringInContext(b->context, text, (unsigned)strlen(text));
}

static void make_tags(struct rj_builder *b)
{
    static const char *const names[RJ_MEMORY_COUNT] = {
#define RJ_MEMORY_ROW(id, name) name,
        RJ_MEMORY_LIST(RJ_MEMORY_ROW)
#undef RJ_MEMORY_ROW
    };
    LLVMValueRef name = text_node(b, "refjs");
    LLVMValueRef root = node(b, &name, 1);
    LLVMValueRef zero = LLVMConstInt(b->i64, 0, 0);

    for (int i = 0; i < RJ_MEMORY_COUNT; i++) {
        LLVMValueRef type[3] = {text_node(b, names[i]), root, zero};
        LLVMValueRef tag[3];

        tag[0] = tag[1] = node(b, type, 3);
        tag[2] = zero;
        b->tags[i] = node(b, tag, 3);
    }
}

static unsigned metadata_kind(struct rj_builder *b, const char *name)
{
    return LLVMGetMDKindIDInContext(b->context, name, (unsigned)strlen(name));
}

static LLVMValueRef weights(struct rj_builder *b, uint32_t yes, uint32_t no)
{
    LLVMValueRef operands[3] = {text_node(b, "branch_weights"), LLVMConstInt(b->i32, yes, 0),
                                LLVMConstInt(b->i32, no, 0)};

    return node(b, operands, 3);
}

static void begin_debug(struct rj_builder *b)
{
    const struct rj_snap_function *function = b->snapshot->functions[0];
    LLVMMetadataRef file, type;

    b->debug = LLVMCreateDIBuilder(b->module);
    file = LLVMDIBuilderCreateFile(b->debug, function->file, strlen(function->file), ".", 1);
    LLVMDIBuilderCreateCompileUnit(b->debug, LLVMDWARFSourceLanguageC, file, "refjs", 5, 1, "", 0,
                                   0, "", 0, LLVMDWARFEmissionLineTablesOnly, 0, 0, 0, "", 0, "",
                                   0);
    type = LLVMDIBuilderCreateSubroutineType(b->debug, file, NULL, 0, LLVMDIFlagZero);
    b->debug_scope =
        LLVMDIBuilderCreateFunction(b->debug, file, b->symbol, strlen(b->symbol), b->symbol,
                                    strlen(b->symbol), file, 1, type, 0, 1, 1, LLVMDIFlagZero, 1);
    LLVMSetSubprogram(b->function, b->debug_scope);
    LLVMAddModuleFlag(b->module, LLVMModuleFlagBehaviorWarning, "Debug Info Version", 18,
                      LLVMValueAsMetadata(LLVMConstInt(b->i32, LLVMDebugMetadataVersion(), 0)));
    LLVMAddModuleFlag(b->module, LLVMModuleFlagBehaviorWarning, "Dwarf Version", 13,
                      LLVMValueAsMetadata(LLVMConstInt(b->i32, 4, 0)));
    LLVMAddModuleFlag(b->module, LLVMModuleFlagBehaviorWarning, "PIC Level", 9,
                      LLVMValueAsMetadata(LLVMConstInt(b->i32, 2, 0)));
}

static void make_types(struct rj_builder *b)
{
    LLVMTypeRef parameters[6];

    b->i1 = LLVMInt1TypeInContext(b->context);
    b->i8 = LLVMInt8TypeInContext(b->context);
    b->i16 = LLVMInt16TypeInContext(b->context);
    b->i32 = LLVMInt32TypeInContext(b->context);
    b->i64 = LLVMInt64TypeInContext(b->context);
    b->f64 = LLVMDoubleTypeInContext(b->context);
    b->nothing = LLVMVoidTypeInContext(b->context);
    b->pointer = LLVMPointerType(b->i8, 0);
    parameters[0] = parameters[1] = parameters[4] = b->pointer;
    parameters[2] = parameters[5] = b->i64;
    parameters[3] = b->i32;
    b->entry_type = LLVMFunctionType(b->i64, parameters, 6, 0);
}

void rj_ir_begin(struct rj_builder *b, LLVMContextRef context)
{
    b->context = context;
    b->module = LLVMModuleCreateWithNameInContext(b->symbol, context);
    b->ir = LLVMCreateBuilderInContext(context);
    make_types(b);
    make_tags(b);
    b->tbaa_kind = metadata_kind(b, "tbaa");
    b->weights_kind = metadata_kind(b, "prof");
    b->deref_kind = metadata_kind(b, "dereferenceable");
    b->range_kind = metadata_kind(b, "range");
    b->likely = weights(b, 1 << 20, 1);
    b->even = weights(b, 1, 1 << 20);
    b->function = LLVMAddFunction(b->module, b->symbol, b->entry_type);
    add_attribute(b, b->function, "nounwind", 0);
    /* Since LLVM 15 it has a number: 2 is for unwinding from any instruction. */
    add_attribute(b, b->function, "uwtable", LLVM_VERSION_MAJOR >= 15 ? 2 : 0);
    add_text_attribute(b, b->function, "frame-pointer", "all");
    begin_debug(b);
    b->start = rj_block(b, "start");
    rj_go(b, b->start);
    b->vm = LLVMGetParam(b->function, 0);
    b->callee = LLVMGetParam(b->function, 1);
    b->this_value = LLVMGetParam(b->function, 2);
    b->argc = LLVMGetParam(b->function, 3);
    b->args = LLVMGetParam(b->function, 4);
    b->new_target = LLVMGetParam(b->function, 5);
}

void rj_ir_end(struct rj_builder *b)
{
    if (b->debug)
        LLVMDisposeDIBuilder(b->debug);
    if (b->ir)
        LLVMDisposeBuilder(b->ir);
    b->debug = NULL;
    b->ir = NULL;
}

/* ---- values and blocks ---- */

LLVMValueRef rj_i64(struct rj_builder *b, uint64_t number)
{
    return LLVMConstInt(b->i64, number, 0);
}

LLVMValueRef rj_i32(struct rj_builder *b, uint32_t number)
{
    return LLVMConstInt(b->i32, number, 0);
}

LLVMBasicBlockRef rj_block(struct rj_builder *b, const char *name)
{
    return LLVMAppendBasicBlockInContext(b->context, b->function, name);
}

LLVMBasicBlockRef rj_here(struct rj_builder *b)
{
    return LLVMGetInsertBlock(b->ir);
}

void rj_go(struct rj_builder *b, LLVMBasicBlockRef block)
{
    LLVMPositionBuilderAtEnd(b->ir, block);
}

/* `base` + offset as a pointer to `type`: typed pointers need the cast, opaque ones fold it. */
static LLVMValueRef place(struct rj_builder *b, LLVMTypeRef type, LLVMValueRef base,
                          uint64_t offset)
{
    LLVMValueRef number = rj_i64(b, offset);

    if (offset)
        base = LLVMBuildInBoundsGEP2(b->ir, b->i8, base, &number, 1, "");
    return LLVMBuildBitCast(b->ir, base, LLVMPointerType(type, 0), "");
}

/* Loads claim no alignment: then LLVM may do them early wherever it knows the object. */
LLVMValueRef rj_load(struct rj_builder *b, LLVMTypeRef type, LLVMValueRef base, uint64_t offset,
                     enum rj_memory memory)
{
    LLVMValueRef load = LLVMBuildLoad2(b->ir, type, place(b, type, base, offset), "");

    LLVMSetAlignment(load, 1);
    LLVMSetMetadata(load, b->tbaa_kind, b->tags[memory]);
    return load;
}

void rj_store(struct rj_builder *b, LLVMValueRef value, LLVMValueRef base, uint64_t offset,
              enum rj_memory memory)
{
    LLVMTypeRef type = LLVMTypeOf(value);
    LLVMValueRef store = LLVMBuildStore(b->ir, value, place(b, type, base, offset));

    LLVMSetAlignment(store, 1);
    LLVMSetMetadata(store, b->tbaa_kind, b->tags[memory]);
    b->effects += memory != RJ_M_FRAME;
}

/* The address of element `index` (i32, not negative). */
LLVMValueRef rj_address(struct rj_builder *b, LLVMValueRef base, LLVMValueRef index, uint32_t size)
{
    LLVMTypeRef type = size == 8 ? b->i64 : size == 4 ? b->i32 : size == 2 ? b->i16 : b->i8;
    LLVMValueRef wide = LLVMBuildZExt(b->ir, index, b->i64, "");
    LLVMValueRef cast = LLVMBuildBitCast(b->ir, base, LLVMPointerType(type, 0), "");

    return LLVMBuildBitCast(b->ir, LLVMBuildInBoundsGEP2(b->ir, type, cast, &wide, 1, ""),
                            b->pointer, "");
}

static void say_bytes(struct rj_builder *b, LLVMValueRef pointer, uint32_t bytes)
{
    LLVMValueRef number = rj_i64(b, bytes);

    if (bytes && LLVMIsAInstruction(pointer))
        LLVMSetMetadata(pointer, b->deref_kind, node(b, &number, 1));
}

LLVMValueRef rj_pointer_of(struct rj_builder *b, LLVMValueRef boxed, uint32_t bytes)
{
    LLVMValueRef pointer = LLVMBuildIntToPtr(b->ir, boxed, b->pointer, "");

    say_bytes(b, pointer, bytes);
    return pointer;
}

LLVMValueRef rj_load_pointer(struct rj_builder *b, LLVMValueRef base, uint64_t offset,
                             enum rj_memory memory, uint32_t bytes)
{
    LLVMValueRef pointer = rj_load(b, b->pointer, base, offset, memory);

    say_bytes(b, pointer, bytes);
    return pointer;
}

LLVMValueRef rj_bits(struct rj_builder *b, LLVMValueRef value, LLVMTypeRef type)
{
    return LLVMBuildBitCast(b->ir, value, type, "");
}

LLVMValueRef rj_compare(struct rj_builder *b, LLVMIntPredicate how, LLVMValueRef left,
                        LLVMValueRef right)
{
    return LLVMBuildICmp(b->ir, how, left, right, "");
}

LLVMValueRef rj_compare_doubles(struct rj_builder *b, LLVMRealPredicate how, LLVMValueRef left,
                                LLVMValueRef right)
{
    return LLVMBuildFCmp(b->ir, how, left, right, "");
}

LLVMValueRef rj_intrinsic(struct rj_builder *b, const char *name, LLVMTypeRef type,
                          LLVMValueRef *args, uint32_t count)
{
    unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
    LLVMValueRef function = LLVMGetIntrinsicDeclaration(b->module, id, &type, type ? 1 : 0);
    LLVMTypeRef function_type = LLVMIntrinsicGetType(b->context, id, &type, type ? 1 : 0);

    return LLVMBuildCall2(b->ir, function_type, function, args, count, "");
}

LLVMValueRef rj_branch(struct rj_builder *b, LLVMValueRef condition, LLVMBasicBlockRef yes,
                       LLVMBasicBlockRef no, int likely)
{
    LLVMValueRef branch = LLVMBuildCondBr(b->ir, condition, yes, no);

    if (likely)
        LLVMSetMetadata(branch, b->weights_kind, likely > 0 ? b->likely : b->even);
    return branch;
}

LLVMValueRef rj_phi2(struct rj_builder *b, LLVMTypeRef type, LLVMValueRef one,
                     LLVMBasicBlockRef from_one, LLVMValueRef two, LLVMBasicBlockRef from_two)
{
    LLVMValueRef phi = LLVMBuildPhi(b->ir, type, "");
    LLVMValueRef values[2] = {one, two};
    LLVMBasicBlockRef blocks[2] = {from_one, from_two};

    LLVMAddIncoming(phi, values, blocks, 2);
    return phi;
}

/* ---- symbols and calls ---- */

LLVMValueRef rj_link_value(struct rj_builder *b, uint32_t link)
{
    char name[64];
    LLVMValueRef symbol;

    rj_link_name(b->snapshot, link, name, sizeof(name));
    symbol = LLVMGetNamedGlobal(b->module, name);
    if (!symbol)
        symbol = LLVMAddGlobal(b->module, b->i8, name);
    return symbol;
}

static LLVMValueRef declare(struct rj_builder *b, const struct rj_helper *helper, LLVMTypeRef type)
{
    LLVMValueRef function = LLVMAddFunction(b->module, helper->name, type);
    struct rj_link link = {
        .kind = RJ_LINK_HELPER, .address = helper->address, .text = helper->name};

    rj_link_add(b->snapshot, link);
    add_attribute(b, function, "nounwind", 0);
    if (helper->flags & RJ_HELPER_PURE) {
        add_attribute(b, function, "readnone", 0);
        add_attribute(b, function, "willreturn", 0);
    }
    if (helper->flags & RJ_HELPER_READS)
        add_attribute(b, function, "readonly", 0);
    if (helper->flags & RJ_HELPER_COLD)
        add_attribute(b, function, "cold", 0);
    return function;
}

LLVMValueRef rj_call_helper(struct rj_builder *b, const char *name, LLVMTypeRef type,
                            LLVMValueRef *args, uint32_t count)
{
    const struct rj_helper *helper = rj_helper_find(name);
    LLVMTypeRef types[8];
    LLVMTypeRef function_type;
    LLVMValueRef function;

    if (!helper || count > 8)
        rj_build_fail(b, "a helper is missing");
    for (uint32_t i = 0; i < count; i++)
        types[i] = LLVMTypeOf(args[i]);
    function_type = LLVMFunctionType(type, types, count, 0);
    b->effects += helper->flags == 0;
    function = LLVMGetNamedFunction(b->module, name);
    if (!function)
        function = declare(b, helper, function_type);
    return LLVMBuildCall2(b->ir, function_type, function, args, count, "");
}

LLVMValueRef rj_call_entry(struct rj_builder *b, LLVMValueRef entry, LLVMValueRef *args)
{
    LLVMValueRef function = LLVMBuildBitCast(b->ir, entry, LLVMPointerType(b->entry_type, 0), "");

    b->effects++;
    return LLVMBuildCall2(b->ir, b->entry_type, function, args, 6, "");
}
