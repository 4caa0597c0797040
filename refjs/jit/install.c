/* Versions: from a finished compilation to running code, and to its end. */
#include "jit/internal.h"

#include "jit/context.h"
#include "jit/helpers.h"
#include "jit/link.h"
#include "vm/interpret.h"
#include "vm/operations.h"

#include <gc.h>
#include <setjmp.h>
#include <stdlib.h>

enum { SWEEP_AFTER = 8 /* burials */ };

rj_entry rj_version_entry(const struct rj_version *version)
{
    union {
        uint8_t *address;
        rj_entry entry;
    } code = {.address = version->object.start + version->object.entry};

    return code.entry;
}

void rj_job_free(struct rj_job *job)
{
    rj_product_release(&job->product);
    rj_snapshot_release(&job->snapshot);
    rj_arena_release(&job->arena);
    GC_FREE(job);
}

/* ---- linking ---- */

struct resolving {
    const struct rj_job *job;
    struct rj_version *version;
};

/* "kind.number" is a link, all else a helper. */
static bool resolve(void *context, const char *name, uint64_t *value)
{
    const struct resolving *resolving = context;
    const struct rj_snapshot *snapshot = &resolving->job->snapshot;
    const char *dot = strrchr(name, '.');
    const struct rj_helper *helper;
    unsigned long number;
    char *end;

    if (!dot) {
        static const struct rj_helper library[] = {
            {"memcpy", (uintptr_t)&memcpy, 0},
            {"memset", (uintptr_t)&memset, 0},
            {"memmove", (uintptr_t)&memmove, 0},
            {"bcmp", (uintptr_t)&memcmp, 0},
        };

        helper = rj_helper_find(name);
        for (size_t i = 0; !helper && i < sizeof(library) / sizeof(library[0]); i++)
            if (strcmp(library[i].name, name) == 0)
                helper = &library[i];
        *value = helper ? helper->address : 0;
        return helper != NULL;
    }
    number = strtoul(dot + 1, &end, 10);
    if (*end || end == dot + 1 || number >= snapshot->link_count)
        return false;
    *value = snapshot->links[number].kind == RJ_LINK_VERSION
                 ? (uint64_t)(uintptr_t)resolving->version
                 : snapshot->links[number].address;
    return true;
}

static const char *link_version(struct rj_vm *vm, struct rj_job *job, struct rj_version *version)
{
    struct resolving resolving = {.job = job, .version = version};
    LLVMMemoryBufferRef object = job->product.object;

    version->block = job->product.block;
    version->block_bytes = job->product.block_bytes;
    if (!version->block || !rj_meta_unpack(&version->meta, version->block, version->block_bytes))
        return "bad metadata";
    version->failures = calloc(version->meta.count[RJ_META_guards] + 1, sizeof(*version->failures));
    if (!version->failures)
        return "out of memory";
    return rj_link(vm->jit->memory, LLVMGetBufferStart(object), LLVMGetBufferSize(object), resolve,
                   &resolving, &version->object);
}

/* ---- installing ---- */

static void free_version_memory(struct rj_vm *vm, struct rj_version *version)
{
    if (version->object.region)
        rj_code_memory_give(vm->jit->memory, version->object.region, version->object.total_bytes);
    free(version->block);
    free(version->lines);
    free(version->failures);
    memset(&version->object, 0, sizeof(version->object));
    memset(&version->meta, 0, sizeof(version->meta));
    version->block = NULL;
    version->lines = NULL;
    version->failures = NULL;
}

static struct rj_version *make_version(struct rj_vm *vm, struct rj_job *job)
{
    struct rj_version *version = rj_allocate(vm, sizeof(*version));
    uint64_t start = rj_now_ns();

    if (!version) {
        vm->exception = RJ_UNDEFINED; /* a program does not see that the compiler lacked memory */
        job->product.why = "out of memory";
        return NULL;
    }
    version->code = job->code;
    /* Links to helpers were added behind those of the snapshot: they are no cells. */
    version->cells = job->cells;
    version->number = job->told.number;
    version->is_osr = job->told.is_osr;
    version->loop = job->told.loop;
    version->context = job->told.context;
    job->product.why = link_version(vm, job, version);
    version->lines = job->product.lines;
    version->line_count = job->product.line_count;
    job->product.block = NULL;
    job->product.lines = NULL;
    job->product.stage_ns[RJ_STAGE_LINK] = rj_now_ns() - start;
    if (!job->product.why)
        return version;
    free_version_memory(vm, version);
    return NULL;
}

static void publish(struct rj_vm *vm, struct rj_tiering *tiering, struct rj_version *version)
{
    struct rj_version **list = version->is_osr ? &tiering->osr : &tiering->normal;

    while (!version->context && *list) /* what fits all comes last */
        list = &(*list)->next;
    version->next = *list;
    *list = version;
    if (version->is_osr)
        ;
    else if (version->context || tiering->normal != version)
        version->code->entry = rj_context_entry;
    else
        version->code->entry = rj_version_entry(version);
    rj_jit_tell_load(vm, version);
}

static void print_product(struct rj_vm *vm, const struct rj_job *job,
                          const struct rj_version *version)
{
    if (job->product.ir_text)
        fprintf(stderr, "; %s\n%s\n", job->code->name, job->product.ir_text);
    if (!vm->options.print_code || !version)
        return;
    fprintf(stderr, "%s: %zu bytes at %p\n", job->code->name, version->object.bytes,
            (void *)version->object.start);
    rj_print_code(version->object.start, version->object.bytes, stderr);
}

void rj_install_job(struct rj_vm *vm, struct rj_job *job)
{
    struct rj_tiering *tiering = rj_tiering_of(vm, job->code);
    struct rj_version *version = NULL;
    bool is_late = tiering && tiering->given_up;

    if (is_late)
        job->product.why = "given up meanwhile";
    if (tiering && job->product.object && !job->product.why)
        version = make_version(vm, job);
    for (int i = RJ_STAGE_BUILD; i < RJ_STAGE_COUNT; i++)
        job->told.stage_ns[i] = job->product.stage_ns[i];
    for (int i = 0; i < RJ_STAGE_COUNT; i++) /* what it waited for the compiler is not its time */
        job->told.duration_ns += job->told.stage_ns[i];
    job->told.ir_bytes = job->product.ir_bytes;
    job->told.bitcode_bytes = job->product.bitcode_bytes;
    job->told.abort = version ? NULL : job->product.why ? job->product.why : "no code";
    job->told.version = version;
    if (tiering) {
        tiering->pending--;
        tiering->attempts += version ? 0 : 3;
    }
    rj_trace_end(vm, &job->told);
    print_product(vm, job, version);
    if (version) {
        publish(vm, tiering, version);
        rj_jit_tell_compiled(vm, &job->told);
    } else {
        rj_jit_tell_aborted(vm, &job->told);
    }
    rj_job_free(job);
}

/* ---- the end ---- */

static void unlink_version(struct rj_version **list, const struct rj_version *version)
{
    while (*list && *list != version)
        list = &(*list)->next;
    if (*list)
        *list = version->next;
}

void rj_version_discard(struct rj_vm *vm, struct rj_version *version, bool counts)
{
    struct rj_code *code = version->code;
    struct rj_tiering *tiering = rj_tiering_of(vm, code);

    if (version->is_dead || !tiering)
        return;
    version->is_dead = true;
    unlink_version(version->is_osr ? &tiering->osr : &tiering->normal, version);
    if (!version->is_osr && !tiering->normal) {
        code->entry = rj_interpret_entry;
        tiering->contexts = 0;
    }
    version->next = vm->jit->graveyard;
    vm->jit->graveyard = version;
    code->invocations = 0;
    if (counts && ++tiering->discards >= vm->options.give_up)
        tiering->given_up = true;
    if (++vm->jit->buried >= SWEEP_AFTER)
        rj_graveyard_sweep(vm);
}

static bool is_on_stack(const struct rj_version *version, uintptr_t from, uintptr_t to)
{
    uintptr_t start = (uintptr_t)version->object.region;
    uintptr_t bytes = version->object.total_bytes;

    for (uintptr_t at = from; at + sizeof(uintptr_t) <= to; at += sizeof(uintptr_t)) {
        uintptr_t word;

        memcpy(&word, (const void *)at, sizeof(word));
        if (word - start < bytes)
            return true;
    }
    return false;
}

/* A frame of the code has its return address, or that of what it called, on the stack. */
__attribute__((noinline)) static void sweep(struct rj_vm *vm)
{
    uintptr_t from = (uintptr_t)__builtin_frame_address(0) & ~(uintptr_t)7;
    struct rj_version **list = &vm->jit->graveyard;

    while (*list) {
        struct rj_version *version = *list;

        if (is_on_stack(version, from, vm->jit->stack_base)) {
            list = &version->next;
            continue;
        }
        *list = version->next;
        rj_jit_tell_unload(vm, version);
        free_version_memory(vm, version);
        version->next = NULL; /* a stale word on the stack shall keep this one alone */
        version->cells = NULL;
    }
}

void rj_graveyard_sweep(struct rj_vm *vm)
{
    jmp_buf registers;

    if (!vm->jit->graveyard)
        return;
    setjmp(registers); /* onto the stack with them */
    vm->jit->buried = 0;
    sweep(vm);
    __asm__ volatile("" : : "r"(&registers) : "memory");
}
