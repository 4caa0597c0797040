/* Copies of functions for the compiler. */
#include "jit/snapshot.h"

#include "jit/tiering.h"
#include "vm/operations.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    LARGEST_FUNCTION = 8000, /* instructions; more take LLVM seconds */
    INLINED_TOTAL = 2500,
    LARGEST_PATH = 32,
};

/* ---- links ---- */

static uint32_t link_hash(const struct rj_link *link)
{
    uint64_t kind = link->kind == RJ_LINK_EPOCH || link->kind == RJ_LINK_HELPER ? link->kind : 63;
    uint64_t hash = (link->address ^ kind << 56) * UINT64_C(0x9e3779b97f4a7c15);

    return (uint32_t)(hash >> 32);
}

static void grow_link_table(struct rj_snapshot *snapshot)
{
    uint32_t size = snapshot->link_table_size ? snapshot->link_table_size * 2 : 256;

    free(snapshot->link_table);
    snapshot->link_table = calloc(size, sizeof(*snapshot->link_table));
    if (!snapshot->link_table)
        abort();
    snapshot->link_table_size = size;
    for (uint32_t i = 0; i < snapshot->link_count; i++) {
        uint32_t at = link_hash(&snapshot->links[i]) & (size - 1);

        while (snapshot->link_table[at])
            at = (at + 1) & (size - 1);
        snapshot->link_table[at] = i + 1;
    }
}

/* Two symbols must not stand for one cell: LLVM takes different globals for different addresses.
 * Numbers (epochs) and names (helpers) are told apart by more. */
static bool is_same(const struct rj_link *a, const struct rj_link *b)
{
    bool a_is_cell = a->kind != RJ_LINK_EPOCH && a->kind != RJ_LINK_HELPER;
    bool b_is_cell = b->kind != RJ_LINK_EPOCH && b->kind != RJ_LINK_HELPER;

    if (a_is_cell && b_is_cell)
        return a->address == b->address;
    if (a->kind != b->kind || a->address != b->address)
        return false;
    return a->kind == RJ_LINK_EPOCH || strcmp(a->text, b->text) == 0;
}

uint32_t rj_link_add(struct rj_snapshot *snapshot, struct rj_link link)
{
    uint32_t at;

    if (snapshot->link_count * 2 >= snapshot->link_table_size)
        grow_link_table(snapshot);
    for (at = link_hash(&link) & (snapshot->link_table_size - 1); snapshot->link_table[at];
         at = (at + 1) & (snapshot->link_table_size - 1))
        if (is_same(&snapshot->links[snapshot->link_table[at] - 1], &link))
            return snapshot->link_table[at] - 1;
    snapshot->links =
        rj_jit_grow(snapshot->links, snapshot->link_count, &snapshot->link_capacity, sizeof(link));
    snapshot->links[snapshot->link_count] = link;
    snapshot->link_table[at] = ++snapshot->link_count;
    return snapshot->link_count - 1;
}

static const char *const kind_names[] = {
#define RJ_LINK_ROW(id, name) name,
    RJ_LINK_LIST(RJ_LINK_ROW)
#undef RJ_LINK_ROW
};

const char *rj_link_name(const struct rj_snapshot *snapshot, uint32_t link, char *out, size_t bytes)
{
    const struct rj_link *row = &snapshot->links[link];

    if (row->kind == RJ_LINK_HELPER)
        snprintf(out, bytes, "%s", row->text);
    else
        snprintf(out, bytes, "%s.%u", kind_names[row->kind], link);
    return out;
}

struct adding { /* where links are found, while a slot is copied */
    struct rj_snapshot *snapshot;
    struct rj_vm *vm;
    uint32_t function;
    uint32_t index;
};

static uint32_t add_cell(const struct adding *adding, enum rj_link_kind kind, uint32_t way,
                         const void *cell)
{
    struct rj_link link = {.kind = kind,
                           .function = adding->function,
                           .index = adding->index,
                           .way = way,
                           .address = (uint64_t)(uintptr_t)cell,
                           .text = ""};

    return cell ? rj_link_add(adding->snapshot, link) : RJ_NOWHERE;
}

/* ---- feedback ---- */

/* The keys of a shape, by which another process finds its own. */
static const char *shape_text(const struct adding *adding, struct rj_shape *shape)
{
    char text[512] = "";
    size_t used = 0;
    struct rj_property *properties = rj_shape_properties(adding->vm, shape);

    for (uint32_t i = 0; properties && i < shape->property_count; i++) {
        const char *key = rj_string_text(adding->vm, properties[i].key, NULL);
        int wrote = snprintf(text + used, sizeof(text) - used, "%s%s:%u", i ? "," : "",
                             key ? key : "?", properties[i].attributes);

        if (wrote < 0 || (size_t)wrote >= sizeof(text) - used)
            break;
        used += (size_t)wrote;
    }
    return rj_arena_text(adding->snapshot->arena, text);
}

static uint32_t add_shape(const struct adding *adding, enum rj_link_kind kind, uint32_t way,
                          struct rj_shape *shape)
{
    uint32_t count = adding->snapshot->link_count;
    uint32_t link = add_cell(adding, kind, way, shape);

    if (adding->snapshot->link_count != count)
        adding->snapshot->links[link].text = shape_text(adding, shape);
    return link;
}

static struct rj_snap_way copy_way(const struct adding *adding, const struct rj_way *way,
                                   uint32_t number)
{
    struct rj_snap_way copy = {.shape = RJ_NOWHERE,
                               .holder = RJ_NOWHERE,
                               .next = RJ_NOWHERE,
                               .epoch = RJ_NOWHERE,
                               .slot = way->slot};
    struct rj_link epoch = {.kind = RJ_LINK_EPOCH,
                            .function = adding->function,
                            .index = adding->index,
                            .way = number,
                            .address = way->epoch,
                            .text = ""};

    copy.is_string = !way->shape;
    copy.kind = way->shape ? way->shape->cell.extra : RJ_STRING;
    if (way->shape)
        copy.shape = add_shape(adding, RJ_LINK_SHAPE, number, way->shape);
    copy.holder = add_cell(adding, RJ_LINK_HOLDER, number, way->holder);
    if (way->next) {
        copy.next = add_shape(adding, RJ_LINK_NEXT, number, way->next);
        copy.next_slots = way->next->slot_count;
    }
    if (way->holder || way->next)
        copy.epoch = rj_link_add(adding->snapshot, epoch);
    return copy;
}

static void copy_property(const struct adding *adding, struct rj_snap_feedback *copy,
                          const struct rj_feedback *feedback)
{
    struct rj_snap_way *ways;

    if (copy->ways > RJ_WAYS)
        return;
    ways = rj_arena_take(adding->snapshot->arena, copy->ways * sizeof(*ways));
    for (uint32_t i = 0; i < copy->ways; i++) {
        const struct rj_way *way =
            i ? feedback->more ? &feedback->more[i - 1] : NULL : &feedback->way;

        if (!way) {
            copy->ways = RJ_MANY;
            return;
        }
        ways[i] = copy_way(adding, way, i);
    }
    copy->way = ways;
}

static void copy_call(const struct adding *adding, struct rj_snap_feedback *copy,
                      const struct rj_feedback *feedback)
{
    struct rj_snap_target *targets;

    copy->function = RJ_NOWHERE;
    if (copy->ways > RJ_TARGETS)
        return;
    targets = rj_arena_take(adding->snapshot->arena, copy->ways * sizeof(*targets));
    for (uint32_t i = 0; i < copy->ways; i++) {
        const struct rj_code *code = feedback->call.targets[i];

        targets[i].link = add_cell(adding, RJ_LINK_TARGET, i, code);
        targets[i].flags = code->flags;
        targets[i].intrinsic = code->flags & RJ_CODE_NATIVE ? code->cell.extra : 0;
        targets[i].construct_slots = code->construct_slots;
        targets[i].body = RJ_NOWHERE;
    }
    if (copy->ways == 1)
        copy->function = add_cell(adding, RJ_LINK_FUNCTION, 0, feedback->call.function);
    copy->target = targets;
}

static void copy_feedback(struct adding *adding, struct rj_snap_feedback *copy,
                          const struct rj_feedback *feedback)
{
    copy->kind = feedback->kind;
    copy->seen = feedback->seen;
    copy->result = feedback->result;
    copy->element = feedback->element;
    copy->ways = feedback->ways;
    copy->failures = feedback->failures;
    copy->accessor = feedback->accessor;
    copy->function = RJ_NOWHERE;
    copy->link = add_cell(adding, RJ_LINK_FEEDBACK, 0, feedback);
    if (feedback->kind == RJ_FEEDBACK_BRANCH || feedback->kind == RJ_FEEDBACK_COMPARE) {
        copy->taken = feedback->branch.taken;
        copy->not_taken = feedback->branch.not_taken;
    } else if (feedback->kind == RJ_FEEDBACK_PROPERTY) {
        copy_property(adding, copy, feedback);
    } else if (feedback->kind == RJ_FEEDBACK_CALL) {
        copy_call(adding, copy, feedback);
    }
}

/* ---- functions ---- */

static const char *path_of(struct rj_arena *arena, const struct rj_code *code)
{
    uint32_t steps[LARGEST_PATH];
    uint32_t count = 0;
    char text[LARGEST_PATH * 12] = "";
    size_t used = 0;

    for (; code && code->outer && count < LARGEST_PATH; code = code->outer)
        steps[count++] = code->outer_index;
    while (count--)
        used +=
            (size_t)snprintf(text + used, sizeof(text) - used, used ? ".%u" : "%u", steps[count]);
    return rj_arena_text(arena, text);
}

static const struct rj_snap_constant *copy_constants(struct adding *adding,
                                                     const struct rj_code *code)
{
    struct rj_snap_constant *constants =
        rj_arena_take(adding->snapshot->arena, code->constant_count * sizeof(*constants));

    for (uint32_t i = 0; i < code->constant_count; i++) {
        rj_value value = code->constants[i];

        adding->index = i;
        constants[i].link = RJ_NOWHERE;
        if (rj_is_cell(value)) {
            constants[i].kind = rj_as_cell(value)->kind;
            constants[i].link = add_cell(adding, RJ_LINK_CONSTANT, 0, rj_as_cell(value));
        } else {
            constants[i].value = value;
        }
    }
    return constants;
}

static const struct rj_snap_feedback *copy_slots(struct adding *adding, const struct rj_code *code)
{
    struct rj_snap_feedback *feedback =
        rj_arena_take(adding->snapshot->arena, code->slot_count * sizeof(*feedback));

    for (uint32_t i = 0; i < code->slot_count; i++) {
        adding->index = i;
        copy_feedback(adding, &feedback[i], &code->feedback[i]);
    }
    return feedback;
}

/* Operations that need the frame that an inlined body has not. */
static bool needs_frame(const struct rj_instruction *at)
{
    return at->op == RJ_OP_LOAD_REST || at->op == RJ_OP_LOAD_ARGUMENTS ||
           at->op == RJ_OP_LOAD_NEW_TARGET || at->op == RJ_OP_SUPER_CALL ||
           at->op == RJ_OP_SUPER_SPREAD;
}

static bool can_inline(const struct rj_options *options, const struct rj_code *code)
{
    if (code->flags & (RJ_CODE_NATIVE | RJ_CODE_DERIVED | RJ_CODE_SCRIPT | RJ_CODE_NEW_TARGET))
        return false;
    if (code->instruction_count > options->inline_limit || code->handler_count)
        return false;
    for (uint32_t i = 0; i < code->instruction_count; i++)
        if (needs_frame(&code->instructions[i]))
            return false;
    return true;
}

static struct rj_snap_function *copy_function(struct rj_snapshot *snapshot, struct rj_vm *vm,
                                              struct rj_code *code)
{
    struct rj_snap_function *copy = rj_arena_take(snapshot->arena, sizeof(*copy));
    struct adding adding = {.snapshot = snapshot, .vm = vm, .function = snapshot->function_count};
    uint32_t *functions = rj_arena_take(snapshot->arena, code->function_count * sizeof(*functions));

#define COPY(items, count)                                                                         \
    rj_arena_copy(snapshot->arena, code->items, (size_t)(count) * sizeof(*code->items))
    copy->number = adding.function;
    copy->code = add_cell(&adding, RJ_LINK_CODE, 0, code);
    copy->flags = code->flags;
    copy->parameter_count = code->parameter_count;
    copy->register_count = code->register_count;
    copy->instruction_count = code->instruction_count;
    copy->constant_count = code->constant_count;
    copy->function_count = code->function_count;
    copy->handler_count = code->handler_count;
    copy->position_count = code->position_count;
    copy->slot_count = code->slot_count;
    copy->line = code->line;
    copy->column = code->column;
    copy->discards = rj_tiering_discards(code);
    copy->path = path_of(snapshot->arena, code);
    copy->name = rj_arena_text(snapshot->arena, code->name);
    copy->file = rj_arena_text(snapshot->arena, code->file);
    copy->instructions = COPY(instructions, code->instruction_count);
    copy->handlers = COPY(handlers, code->handler_count);
    copy->positions = COPY(positions, code->position_count);
    copy->argument_seen = COPY(argument_seen, code->parameter_count + 1);
#undef COPY
    copy->origin = code;
    copy->constants = copy_constants(&adding, code);
    copy->feedback = copy_slots(&adding, code);
    for (uint32_t i = 0; i < code->function_count; i++)
        functions[i] = add_cell(&adding, RJ_LINK_CODE, i, code->functions[i]);
    copy->functions = functions;
    copy->inlines = can_inline(&vm->options, code);
    return copy;
}

static uint32_t find_or_add(struct rj_snapshot *snapshot, struct rj_vm *vm, struct rj_code *code,
                            uint32_t depth)
{
    struct rj_snap_function *copy;

    for (uint32_t i = 0; i < snapshot->function_count; i++)
        if (snapshot->functions[i]->origin == code)
            return snapshot->functions[i]->inlines ? i : RJ_NOWHERE;
    if (!can_inline(&vm->options, code) ||
        snapshot->instruction_total + code->instruction_count > INLINED_TOTAL)
        return RJ_NOWHERE;
    copy = copy_function(snapshot, vm, code);
    copy->depth = depth;
    snapshot->instruction_total += code->instruction_count;
    snapshot->functions = rj_jit_grow(snapshot->functions, snapshot->function_count,
                                      &snapshot->function_capacity, sizeof(*snapshot->functions));
    snapshot->functions[snapshot->function_count] = copy;
    return snapshot->function_count++;
}

/* The bodies of whatever `function` calls one of. */
static void add_bodies(struct rj_snapshot *snapshot, struct rj_vm *vm,
                       struct rj_snap_function *function)
{
    for (uint32_t i = 0; i < function->slot_count; i++) {
        const struct rj_snap_feedback *feedback = &function->feedback[i];

        if (feedback->kind != RJ_FEEDBACK_CALL || feedback->ways == 0 ||
            feedback->ways > RJ_TARGETS)
            continue;
        for (uint32_t j = 0; j < feedback->ways; j++) {
            struct rj_code *code = function->origin->feedback[i].call.targets[j];
            struct rj_snap_target *target = (struct rj_snap_target *)&feedback->target[j];

            target->body = find_or_add(snapshot, vm, code, function->depth + 1);
        }
    }
}

bool rj_snapshot_take(struct rj_snapshot *snapshot, struct rj_vm *vm, struct rj_code *code)
{
    if (code->instruction_count > LARGEST_FUNCTION)
        return false;
    snapshot->options = rj_arena_copy(snapshot->arena, &vm->options, sizeof(vm->options));
    snapshot->functions =
        rj_jit_grow(NULL, 0, &snapshot->function_capacity, sizeof(*snapshot->functions));
    snapshot->functions[0] = copy_function(snapshot, vm, code);
    snapshot->function_count = 1;
    if (vm->options.no_inline)
        return true;
    for (uint32_t i = 0; i < snapshot->function_count; i++)
        if (snapshot->functions[i]->depth < vm->options.inline_depth)
            add_bodies(snapshot, vm, snapshot->functions[i]);
    return true;
}

void rj_snapshot_release(struct rj_snapshot *snapshot)
{
    free(snapshot->functions);
    free(snapshot->links);
    free(snapshot->link_table);
    memset(snapshot, 0, sizeof(*snapshot));
}

struct rj_position rj_snap_position(const struct rj_snap_function *function, uint32_t at)
{
    struct rj_position found = {0};

    for (uint32_t i = 0; i < function->position_count && function->positions[i].instruction <= at;
         i++)
        found = function->positions[i];
    return found;
}
