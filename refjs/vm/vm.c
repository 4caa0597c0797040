/* The engine's life: heap, stack bounds, names, globals, telling, compiling. */
#include "vm/vm.h"

#include "jit/jit.h"
#include "lib/lib.h"
#include "tell/tell.h"
#include "vm/memory.h"
#include "vm/operations.h"

#include <gc/gc.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { STACK_MARGIN = 256 * 1024, STACK_MOST = 64 * 1024 * 1024 };

/* Lowest address of this thread's stack that JavaScript may use. */
static uintptr_t stack_limit(void)
{
    pthread_attr_t attributes;
    size_t bytes = 0;
    void *low = NULL;
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    uintptr_t limit;

    if (pthread_getattr_np(pthread_self(), &attributes) != 0)
        return here - (STACK_MARGIN * 2);
    pthread_attr_getstack(&attributes, &low, &bytes);
    pthread_attr_destroy(&attributes);
    limit = (uintptr_t)low + STACK_MARGIN;
    return here > STACK_MOST && limit < here - STACK_MOST ? here - STACK_MOST : limit;
}

static bool make_atoms(struct rj_vm *vm)
{
    bool good = true;

#define ATOM_ROW(name) good = (vm->atoms.name = rj_atom_text(vm, #name)) && good;
    RJ_ATOM_LIST(ATOM_ROW)
#undef ATOM_ROW
    vm->atoms.empty = rj_atom_text(vm, "");
    vm->atoms.null = rj_atom_text(vm, "null");
    vm->atoms.true_ = rj_atom_text(vm, "true");
    vm->atoms.false_ = rj_atom_text(vm, "false");
    vm->atoms.proto = rj_atom_text(vm, "__proto__");
    for (unsigned i = 0; i < 256; i++) {
        uint8_t unit = (uint8_t)i;
        struct rj_string *string = rj_string_latin1(vm, &unit, 1);

        vm->atoms.single[i] = string ? rj_atom(vm, string) : NULL;
        good = good && vm->atoms.single[i];
    }
    return good && vm->atoms.empty && vm->atoms.null && vm->atoms.true_ && vm->atoms.false_ &&
           vm->atoms.proto;
}

/* Sleeps until the time is over. It touches nothing but one word, which outlives the program. */
static void *time_is_over(void *context)
{
    struct rj_vm *vm = context;
    struct timespec left = {.tv_sec = (time_t)(vm->options.time_limit_ms / 1000),
                            .tv_nsec = (long)(vm->options.time_limit_ms % 1000) * 1000000};

    while (nanosleep(&left, &left) != 0)
        continue;
    for (;;) { /* the interrupt that another one took with it is asked for again */
        struct timespec again = {.tv_nsec = 50000000};

        __atomic_fetch_or(&vm->interrupt, RJ_INTERRUPT_TIME, __ATOMIC_RELEASE);
        nanosleep(&again, NULL);
    }
    return NULL;
}

static void start_clock(struct rj_vm *vm)
{
    pthread_t thread;

    if (vm->options.time_limit_ms && pthread_create(&thread, NULL, time_is_over, vm) == 0)
        pthread_detach(thread);
}

struct rj_vm *rj_vm_new(const struct rj_options *options)
{
    struct rj_vm *vm;

    rj_memory_start(options->memory_limit);
    vm = GC_MALLOC_UNCOLLECTABLE(sizeof(*vm));
    if (!vm)
        return NULL;
    memset(vm, 0, sizeof(*vm));
    vm->options = *options;
    vm->exception = RJ_UNDEFINED;
    vm->stack_limit = stack_limit();
    if (!make_atoms(vm) || !rj_tell_new(vm) || !rj_lib_init(vm) || !rj_tell_init_recordings(vm)) {
        rj_vm_free(vm);
        return NULL;
    }
    if (options->jit != RJ_JIT_OFF)
        vm->jit = rj_jit_new(vm);
    start_clock(vm);
    return vm;
}

/* The heap is left to the end of the process: the clock's thread may still look at the vm. */
void rj_vm_free(struct rj_vm *vm)
{
    rj_jit_free(vm->jit);
    vm->jit = NULL;
    rj_tell_free(vm->tell);
    vm->tell = NULL;
}
