/* Allocation: free lists over Boehm's collector. */
#include "vm/memory.h"
#include "vm/operations.h"

#include <gc/gc.h>
#include <gc/gc_inline.h>
#include <gc/gc_mark.h>

enum {
    KIND_PLAIN = 0, /* GC_I_PTRFREE and GC_I_NORMAL of gc_inline.h */
    KIND_SCANNED = 1,
};

#define INITIAL_BYTES (UINT64_C(64) << 20)
#define RESERVE_BYTES (UINT64_C(2) << 20) /* for the error that tells of exhaustion */
#define LARGEST_BYTES (UINT64_C(1) << 36)

/* The collector's callback takes no argument; a process has one engine. */
static struct rj_heap *open_heap;

/* Cells on plain lists are found by nobody (their links are not scanned), and those on scanned
 * lists need not be marked: the sweep finds them all again. */
static void drop_lists(void)
{
    if (!open_heap)
        return;
    memset(open_heap->scanned, 0, sizeof(open_heap->scanned));
    memset(open_heap->plain, 0, sizeof(open_heap->plain));
}

void rj_memory_start(uint64_t limit)
{
    uint64_t initial = INITIAL_BYTES;

    if (GC_is_init_called())
        return;
    /* No library (LLVM's are large) holds a pointer to our cells in its data. */
    GC_set_no_dls(1);
    GC_INIT();
    GC_set_warn_proc(GC_ignore_warn_proc);
    GC_set_free_space_divisor(1);
    if (limit && initial > limit / 4)
        initial = limit / 4;
    GC_expand_hp((size_t)initial);
}

static void open_lists(struct rj_vm *vm)
{
    struct rj_heap *heap = &vm->heap;

    rj_memory_start(vm->options.memory_limit);
    GC_set_warn_proc(GC_ignore_warn_proc);
    heap->limit = vm->options.memory_limit;
    if (heap->limit)
        GC_set_max_heap_size((GC_word)heap->limit);
    open_heap = heap;
    GC_set_start_callback(drop_lists);
    heap->is_open = true;
}

static void *allocate_large(struct rj_vm *vm, size_t bytes, int kind)
{
    void *cell = NULL;

    if (bytes < LARGEST_BYTES)
        cell = kind == KIND_SCANNED ? GC_malloc(bytes) : GC_malloc_atomic(bytes);
    if (!cell)
        rj_throw_memory(vm);
    return cell;
}

/* The list is empty: fill it and take the first. */
static void *allocate_slowly(struct rj_vm *vm, size_t bytes, int kind)
{
    struct rj_heap *heap = &vm->heap;
    size_t class = rj_heap_class(bytes);
    void **list;
    void *cells = NULL;

    if (!heap->is_open)
        open_lists(vm);
    if (class >= RJ_HEAP_CLASSES || bytes > LARGEST_BYTES)
        return allocate_large(vm, bytes, kind);
    GC_generic_malloc_many(class * RJ_HEAP_GRAIN, kind, &cells);
    if (!cells) {
        rj_throw_memory(vm);
        return NULL;
    }
    list = kind == KIND_SCANNED ? &heap->scanned[class] : &heap->plain[class];
    *list = *(void **)cells;
    *(void **)cells = NULL;
    return cells;
}

void *rj_allocate(struct rj_vm *vm, size_t bytes)
{
    size_t class = rj_heap_class(bytes);

    void *cell = class < RJ_HEAP_CLASSES ? rj_heap_take(&vm->heap, class) : NULL;

    return cell ? cell : allocate_slowly(vm, bytes, KIND_SCANNED);
}

void *rj_allocate_atomic(struct rj_vm *vm, size_t bytes)
{
    size_t class = rj_heap_class(bytes);

    if (class < RJ_HEAP_CLASSES) {
        void **cell = vm->heap.plain[class];

        if (cell) {
            vm->heap.plain[class] = *cell;
            return cell;
        }
    }
    return allocate_slowly(vm, bytes, KIND_PLAIN);
}

/* The error itself needs a little memory: the limit is lifted for it. When even that fails, the
 * exception is undefined. */
rj_value rj_throw_memory(struct rj_vm *vm)
{
    struct rj_heap *heap = &vm->heap;
    rj_value thrown;

    if (heap->is_throwing) {
        vm->exception = RJ_UNDEFINED;
        return RJ_THROWN;
    }
    heap->is_throwing = true;
    if (heap->limit)
        GC_set_max_heap_size((GC_word)(GC_get_heap_size() + RESERVE_BYTES));
    thrown = rj_throw_error(vm, RJ_ERROR_RANGE, "Out of memory");
    if (heap->limit)
        GC_set_max_heap_size((GC_word)heap->limit);
    heap->is_throwing = false;
    return thrown;
}
