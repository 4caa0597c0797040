#include "analysis/symbol/process.h"

#include "base/hash.h"

#include <string.h>

enum {
    FIRST_KNOWN = 256,
    MOST_CHANGES_CHECKED = 32,
    /* All processes together: 512 MB of regions, far above any real system's. */
    MOST_REGIONS_TOTAL = 8 * 1024 * 1024
};

void jt_process_table_init(struct jt_process_table *processes, struct jt_strings *strings)
{
    *processes = (struct jt_process_table){.strings = strings};
    processes->kernel.regions = jt_regions_new();
}

/* Everything that only a process that runs on needs. */
static void process_clear(struct jt_process *process)
{
    jt_regions_free(process->regions);
    process->regions = NULL;
    jt_timeline_free(process->timed);
    jt_timeline_free(process->timeless);
    process->timed = NULL;
    process->timeless = NULL;
    jt_vec_release(&process->sources);
    jt_vec_release(&process->changes);
    jt_process_forget(process);
}

void jt_process_table_release(struct jt_process_table *processes)
{
    for (size_t i = 0; i < processes->list.count; i++) {
        process_clear(processes->list.at[i]);
        free(processes->list.at[i]);
    }
    process_clear(&processes->kernel);
    jt_vec_release(&processes->list);
    jt_map_release(&processes->by_pid);
    jt_map_release(&processes->commands);
}

struct jt_process *jt_process_table_peek(const struct jt_process_table *processes, uint32_t pid)
{
    uint32_t at = jt_map_find(&processes->by_pid, pid);

    return at == JT_MAP_NONE ? NULL : processes->list.at[at];
}

/* Takes over `regions`. A process of the same pid is history from now on: what
 * it had is freed and its slot used again. */
static struct jt_process *process_make(struct jt_process_table *processes, uint32_t pid,
                                       struct jt_regions *regions)
{
    uint32_t *at = jt_map_put(&processes->by_pid, pid);
    struct jt_process *process = NULL;

    processes->changes++;
    if (*at == JT_MAP_NONE) {
        *at = (uint32_t)processes->list.count;
        jt_vec_push(&processes->list, (struct jt_process *)jt_alloc(1, sizeof(*process)));
    } else {
        process_clear(processes->list.at[*at]);
    }
    process = processes->list.at[*at];
    *process = (struct jt_process){.pid = pid, .image = ++processes->images, .regions = regions};
    return process;
}

struct jt_process *jt_process_table_find(struct jt_process_table *processes, uint32_t pid)
{
    struct jt_process *process = jt_process_table_peek(processes, pid);

    return process ? process : process_make(processes, pid, jt_regions_new());
}

/* The child starts with its parent's memory, and with the code in it. */
static void fork_process(struct jt_process_table *processes, const struct jt_task *task)
{
    struct jt_process *parent = jt_process_table_peek(processes, task->parent_pid);
    struct jt_process *child = NULL;
    struct jt_process_source source = {0};

    child = process_make(processes, task->pid,
                         parent && parent->regions ? jt_regions_share(parent->regions)
                                                   : jt_regions_new());
    child->image_ns = task->time_ns == JT_TIME_NONE ? 0 : task->time_ns;
    if (!parent)
        return;
    child->command = parent->command;
    child->runtime = parent->runtime;
    child->saw_anonymous = parent->saw_anonymous;
    for (size_t i = 0; i < parent->sources.count; i++) {
        source = parent->sources.at[i];
        if (child->image_ns < source.until_ns)
            source.until_ns = child->image_ns;
        jt_vec_push(&child->sources, source);
    }
}

void jt_process_table_fork(struct jt_process_table *processes, const struct jt_task *task)
{
    uint32_t command = jt_map_find(&processes->commands, task->parent_tid);

    processes->changes++;
    if (task->pid != task->parent_pid)
        fork_process(processes, task);
    if (command != JT_MAP_NONE)
        *jt_map_put(&processes->commands, task->tid) = command;
}

void jt_process_table_comm(struct jt_process_table *processes, const struct jt_comm *comm)
{
    uint32_t command = jt_strings_put_text(processes->strings, comm->command);
    struct jt_process *process = NULL;

    processes->changes++;
    *jt_map_put(&processes->commands, comm->tid) = command;
    if (comm->is_exec) {
        process = process_make(processes, comm->pid, jt_regions_new());
        process->image_ns = comm->time_ns == JT_TIME_NONE ? 0 : comm->time_ns;
    } else {
        process = jt_process_table_find(processes, comm->pid);
    }
    if (comm->pid == comm->tid)
        process->command = command;
}

void jt_process_table_map(struct jt_process_table *processes, struct jt_process *process,
                          const struct jt_region *region)
{
    size_t before = jt_regions_count(process->regions);

    if (processes->regions_total >= MOST_REGIONS_TOTAL ||
        !jt_regions_map(&process->regions, region)) {
        processes->refused_mappings++;
        return;
    }
    processes->regions_total += jt_regions_count(process->regions) - before;
    jt_vec_push(&process->changes, (struct jt_change){region->start, region->end});
}

uint32_t jt_process_table_command(const struct jt_process_table *processes,
                                  const struct jt_process *process, uint32_t tid)
{
    uint32_t command = jt_map_find(&processes->commands, tid);

    return command == JT_MAP_NONE ? process->command : command;
}

static struct jt_known_address *known_slot(struct jt_process *process, uint64_t address)
{
    size_t at = jt_hash_u64(address) & process->known_mask;

    while (process->known[at].answer && process->known[at].address != address)
        at = (at + 1) & process->known_mask;
    return &process->known[at];
}

/* Whether something was mapped over the address since the answer was given. */
static bool has_changed(const struct jt_process *process, const struct jt_known_address *known)
{
    size_t changes = process->changes.count;

    if (changes - known->changes > MOST_CHANGES_CHECKED)
        return true;
    for (size_t i = known->changes; i < changes; i++)
        if (known->address >= process->changes.at[i].start &&
            known->address < process->changes.at[i].end)
            return true;
    return false;
}

const struct jt_answer *jt_process_recall(struct jt_process *process, uint64_t address,
                                          uint64_t time_ns)
{
    struct jt_known_address *known = NULL;
    const struct jt_answer *answer = NULL;

    if (!process->known)
        return NULL;
    known = known_slot(process, address);
    if (!known->answer)
        return NULL;
    answer = &process->answers.at[known->answer - 1];
    if (time_ns >= answer->valid_until)
        return NULL;
    if (known->changes != process->changes.count) {
        if (has_changed(process, known))
            return NULL;
        known->changes = (uint32_t)process->changes.count;
    }
    return answer;
}

static void grow_known(struct jt_process *process)
{
    struct jt_known_address *old = process->known;
    size_t slots = old ? (process->known_mask + 1) * 2 : FIRST_KNOWN;

    process->known = jt_alloc(slots, sizeof(*process->known));
    for (size_t i = 0, mask = process->known_mask; old && i <= mask; i++) {
        process->known_mask = slots - 1;
        if (old[i].answer)
            *known_slot(process, old[i].address) = old[i];
    }
    process->known_mask = slots - 1;
    free(old);
}

/* The number of this answer, plus 1. Other addresses of the same code have it already. */
static uint32_t put_answer(struct jt_process *process, const struct jt_answer *answer)
{
    uint32_t *latest = jt_map_put(&process->answer_of, answer->resolution.first);

    if (*latest == JT_MAP_NONE || process->answers.at[*latest].valid_until != answer->valid_until) {
        *latest = (uint32_t)process->answers.count;
        jt_vec_push(&process->answers, *answer);
    }
    return *latest + 1;
}

const struct jt_answer *jt_process_keep(struct jt_process *process, uint64_t address,
                                        const struct jt_answer *answer)
{
    struct jt_known_address *known = NULL;

    if (!process->known || process->known_count * 3 > (process->known_mask + 1) * 2)
        grow_known(process);
    known = known_slot(process, address);
    if (!known->answer)
        process->known_count++;
    known->address = address;
    known->answer = put_answer(process, answer);
    known->changes = (uint32_t)process->changes.count;
    return &process->answers.at[known->answer - 1];
}

void jt_process_forget(struct jt_process *process)
{
    free(process->known);
    process->known = NULL;
    process->known_count = 0;
    process->known_mask = 0;
    jt_vec_release(&process->answers);
    jt_map_release(&process->answer_of);
    process->forgets++;
}
