/* Loads functions in a process that gdb or nobody watches, and prints how many milliseconds it took
 * until all of them were in the list that debuggers read. Started by bench/gdb.py. */
#include "base/clock.h"
#include "jitney/jitney.h"
#include "runtime/debugger.h"
#include "runtime/debugobject.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PLACE_BYTES = 64, WAIT_NS = 2000 * 1000 };

struct descriptor {
    uint32_t version;
    uint32_t action;
    struct jt_debugger_entry *relevant;
    struct jt_debugger_entry *first;
};
extern struct descriptor __jit_debug_descriptor;

static struct jitney_code_load load_of(uintptr_t base, int i)
{
    static const struct jitney_line lines[] = {
        {.offset = 0, .line = 1}, {.offset = 10, .line = 2}, {.offset = 20, .line = 3}};
    static char name[32];

    snprintf(name, sizeof(name), "function_%d", i);
    return (struct jitney_code_load){.size = sizeof(struct jitney_code_load),
                                     .address = base + (uintptr_t)i * PLACE_BYTES,
                                     .bytes = PLACE_BYTES,
                                     .name = name,
                                     .file = "/toys/bench.toy",
                                     .line = 1,
                                     .lines = lines,
                                     .line_count = 3,
                                     .unwind_kind = JITNEY_UNWIND_FRAME_POINTER};
}

/* What most runtimes do: an object and a call for each function. */
static bool has_no_neighbours(void *context, uint64_t start, uint64_t end)
{
    return false;
}

static void register_each(uintptr_t base, int count)
{
    static const struct jt_debug_neighbours neighbours = {has_no_neighbours, NULL};
    struct jt_heap heap;

    jt_heap_init(&heap, NULL);
    for (int i = 0; i < count; i++) {
        struct jitney_code_load load = load_of(base, i);
        struct jt_debug_object *draft = jt_debug_object_new(&heap);
        struct jt_debug_object *object = jt_debug_object_new(&heap);

        if (!draft || !object || jt_debug_draft_add(draft, &load) ||
            jt_debug_object_reserve(object, &draft, 1) ||
            jt_debug_object_merge(object, &draft, 1, &neighbours))
            exit(1);
        jt_debugger_register(&object->entry);
        jt_debug_object_free(&heap, draft);
    }
}

static size_t symbols_of(const struct jt_debugger_entry *entry)
{
    const Elf64_Ehdr *header = (const void *)entry->object;
    const Elf64_Shdr *sections = (const void *)(entry->object + header->e_shoff);

    for (int i = 1; i < header->e_shnum; i++)
        if (sections[i].sh_type == SHT_SYMTAB)
            return sections[i].sh_size / sizeof(Elf64_Sym) - 1;
    return 0;
}

static size_t count_known(void)
{
    size_t count = 0;

    jt_debugger_lock();
    for (const struct jt_debugger_entry *entry = __jit_debug_descriptor.first; entry;
         entry = entry->next)
        count += symbols_of(entry);
    jt_debugger_unlock();
    return count;
}

static void load_all(uintptr_t base, int count, bool is_always)
{
    struct jitney_session_options options = {.size = sizeof(options),
                                             .sinks = JITNEY_SINK_GDB,
                                             .flags = is_always ? JITNEY_SESSION_GDB_ALWAYS : 0};
    struct jitney_session *session = NULL;

    if (jitney_session_open(&options, &session))
        exit(1);
    for (int i = 0; i < count; i++) {
        struct jitney_code_load load = load_of(base, i);

        jitney_code_load(session, &load);
    }
    while ((is_always || jt_debugger_is_listening()) && count_known() < (size_t)count)
        usleep(WAIT_NS / 1000);
}

int main(int count, char **arguments)
{
    int functions = count > 2 ? atoi(arguments[2]) : 0;
    void *memory = functions > 0 ? malloc((size_t)functions * PLACE_BYTES) : NULL;
    uint64_t start_ns = jt_clock_ns();

    if (!memory) {
        fprintf(stderr, "usage: gdb each|session|always FUNCTIONS\n");
        return 2;
    }
    if (strcmp(arguments[1], "each") == 0)
        register_each((uintptr_t)memory, functions);
    else
        load_all((uintptr_t)memory, functions, strcmp(arguments[1], "always") == 0);
    printf("milliseconds %.3f\n", (double)(jt_clock_ns() - start_ns) / 1e6);
    return 0;
}
