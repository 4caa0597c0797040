/* The realm: prototypes and first shapes, then every global. */
#include "lib/builtin.h"
#include "lib/lib.h"
#include "lib/output.h"

static struct rj_object *prototype_of(struct rj_vm *vm, struct rj_object *parent)
{
    struct rj_shape *shape = rj_shape_first(vm, RJ_OBJECT, parent);

    return shape ? rj_object_new(vm, shape, sizeof(struct rj_object), 0) : NULL;
}

/* Object.prototype and Function.prototype come first: all others need them. */
static bool make_roots(struct rj_vm *vm)
{
    struct rj_realm *realm = &vm->realm;

    realm->object_prototype = prototype_of(vm, NULL);
    if (!realm->object_prototype)
        return false;
    realm->object_shape = rj_shape_first(vm, RJ_OBJECT, realm->object_prototype);
    realm->function_prototype = prototype_of(vm, realm->object_prototype);
    if (!realm->object_shape || !realm->function_prototype)
        return false;
    realm->function_shape = rj_shape_first(vm, RJ_FUNCTION, realm->function_prototype);
    realm->global = prototype_of(vm, realm->object_prototype);
    return realm->function_shape && realm->global;
}

struct row { /* a prototype to make, its parent, and the kind of objects that get a shape */
    struct rj_object **prototype;
    struct rj_object **parent;
    struct rj_shape **shape; /* or NULL */
    enum rj_kind kind;
};

static bool make_prototypes(struct rj_vm *vm)
{
    struct rj_realm *realm = &vm->realm;
    struct rj_object **root = &realm->object_prototype;
    struct rj_object **error = &realm->error_prototypes[RJ_ERROR_ERROR];
    const struct row rows[] = {
        {&realm->array_prototype, root, &realm->array_shape, RJ_ARRAY},
        {&realm->iterator_prototype, root, &realm->iterator_shape, RJ_ITERATOR},
        {&realm->map_prototype, root, &realm->map_shape, RJ_MAP},
        {&realm->set_prototype, root, &realm->set_shape, RJ_SET},
        {&realm->typed_array_prototypes[0], root, &realm->typed_array_shapes[0], RJ_FLOAT64_ARRAY},
        {&realm->typed_array_prototypes[1], root, &realm->typed_array_shapes[1], RJ_INT32_ARRAY},
        {&realm->typed_array_prototypes[2], root, &realm->typed_array_shapes[2], RJ_UINT8_ARRAY},
        {&realm->string_prototype, root, NULL, RJ_BOXED},
        {&realm->number_prototype, root, NULL, RJ_BOXED},
        {&realm->boolean_prototype, root, NULL, RJ_BOXED},
        {&realm->date_prototype, root, NULL, RJ_DATE},
        {error, root, NULL, RJ_ERROR},
        {&realm->error_prototypes[RJ_ERROR_TYPE], error, NULL, RJ_ERROR},
        {&realm->error_prototypes[RJ_ERROR_RANGE], error, NULL, RJ_ERROR},
        {&realm->error_prototypes[RJ_ERROR_REFERENCE], error, NULL, RJ_ERROR},
        {&realm->error_prototypes[RJ_ERROR_SYNTAX], error, NULL, RJ_ERROR},
        {&realm->error_prototypes[RJ_ERROR_EVAL_UNUSED], error, NULL, RJ_ERROR},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        *rows[i].prototype = prototype_of(vm, *rows[i].parent);
        if (!*rows[i].prototype)
            return false;
        if (!rows[i].shape)
            continue;
        *rows[i].shape = rj_shape_first(vm, rows[i].kind, *rows[i].prototype);
        if (!*rows[i].shape)
            return false;
    }
    return true;
}

bool rj_lib_init(struct rj_vm *vm)
{
    rj_output_init();
    if (!make_roots(vm) || !make_prototypes(vm))
        return false;
#define INIT_PART(name)                                                                            \
    if (!rj_init_##name(vm))                                                                       \
        return false;
    RJ_LIB_PARTS(INIT_PART)
#undef INIT_PART
    return true;
}
