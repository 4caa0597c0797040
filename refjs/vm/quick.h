/* What the interpreter does without a call: the quick ways of instructions that are too long for
 * its loop. For interpret.c alone. */
#ifndef RJ_VM_QUICK_H
#define RJ_VM_QUICK_H

#include "vm/feedback.h"
#include "vm/vm.h"

/* ---- numbers ---- */

/* 0 * -1 is -0, which no int is. */
static inline bool rj_multiply_overflows(int32_t left, int32_t right, int32_t *product)
{
    return __builtin_mul_overflow(left, right, product) ||
           (*product == 0 && (left < 0 || right < 0));
}

/* A number as the bit operators see it; false for the few that rj_double_to_int32() is for. */
static inline bool rj_as_bits(rj_value value, int32_t *bits)
{
    double number;

    if (rj_is_int(value)) {
        *bits = rj_as_int(value);
        return true;
    }
    if (!rj_is_number(value))
        return false;
    number = rj_as_double(value);
    if (!(number > -0x1p62 && number < 0x1p62))
        return false;
    *bits = (int32_t)(uint32_t)(uint64_t)(int64_t)number;
    return true;
}

/* ---- equality ---- */

/* Equality that needs no look into a string or an object; RJ_HOLE: it does. The operands are not
 * both numbers. */
static inline rj_value rj_simply_strict_equal(rj_value left, rj_value right)
{
    const struct rj_cell *a = rj_as_cell(left), *b = rj_as_cell(right);

    if (left == right)
        return RJ_TRUE;
    if (!rj_is_cell(left) || !rj_is_cell(right) || a->kind != RJ_STRING || b->kind != RJ_STRING)
        return RJ_FALSE;
    return a->flags & b->flags & RJ_STRING_ATOM ? RJ_FALSE : RJ_HOLE;
}

static inline rj_value rj_simply_equal(rj_value left, rj_value right)
{
    if (left == right)
        return RJ_TRUE;
    if (rj_is_nullish(left) || rj_is_nullish(right))
        return rj_boolean(rj_is_nullish(left) && rj_is_nullish(right));
    return rj_is_object(left) && rj_is_object(right) ? RJ_FALSE : RJ_HOLE;
}

static inline rj_value rj_not_simple(rj_value left, rj_value right)
{
    return RJ_HOLE;
}

/* ---- properties ---- */

/* Give the object the shape it has after the store that was learned, where nothing else is to be
 * done for it. */
static inline bool rj_takes_shape(const struct rj_vm *vm, struct rj_object *object,
                                  const struct rj_way *way)
{
    if (way->epoch != vm->prototype_epoch || way->next->slot_count > object->cell.extra ||
        object->cell.flags & RJ_OBJECT_IS_PROTOTYPE)
        return false;
    object->shape = way->next;
    return true;
}

/* ---- elements that are at hand; RJ_HOLE: there is none, or it takes more ---- */

static inline rj_value rj_typed_element(const struct rj_cell *cell, uint32_t index)
{
    const struct rj_typed_array *array = (const struct rj_typed_array *)cell;

    if (index >= array->length)
        return RJ_HOLE;
    if (cell->kind == RJ_FLOAT64_ARRAY)
        return rj_double(((const double *)array->data)[index]);
    return rj_int(cell->kind == RJ_INT32_ARRAY ? ((const int32_t *)array->data)[index]
                                               : ((const uint8_t *)array->data)[index]);
}

static inline rj_value rj_string_element(const struct rj_vm *vm, const struct rj_cell *cell,
                                         uint32_t index)
{
    const struct rj_string *string = (const struct rj_string *)cell;

    if (index >= string->length || cell->flags & (RJ_STRING_WIDE | RJ_STRING_ROPE))
        return RJ_HOLE;
    return rj_cell_value(vm->atoms.single[((const uint8_t *)string->chars)[index]]);
}

/* Of what is no array. */
static inline rj_value rj_element_of(const struct rj_vm *vm, const struct rj_cell *cell,
                                     uint32_t index, uint32_t *kind)
{
    if (cell->kind >= RJ_FLOAT64_ARRAY && cell->kind <= RJ_UINT8_ARRAY) {
        *kind = (uint32_t)RJ_ELEMENT_FLOAT64 << (cell->kind - RJ_FLOAT64_ARRAY);
        return rj_typed_element(cell, index);
    }
    *kind = RJ_ELEMENT_STRING;
    return cell->kind == RJ_STRING ? rj_string_element(vm, cell, index) : RJ_HOLE;
}

/* A store into what is no array; false: it takes more. */
static inline bool rj_store_element(const struct rj_cell *cell, uint32_t index, rj_value value,
                                    uint32_t *kind)
{
    const struct rj_typed_array *array = (const struct rj_typed_array *)cell;

    if (cell->kind < RJ_FLOAT64_ARRAY || cell->kind > RJ_UINT8_ARRAY || index >= array->length)
        return false;
    *kind = (uint32_t)RJ_ELEMENT_FLOAT64 << (cell->kind - RJ_FLOAT64_ARRAY);
    if (cell->kind == RJ_FLOAT64_ARRAY && rj_is_number(value))
        ((double *)array->data)[index] = rj_as_number(value);
    else if (cell->kind == RJ_INT32_ARRAY && rj_is_int(value))
        ((int32_t *)array->data)[index] = rj_as_int(value);
    else if (cell->kind == RJ_UINT8_ARRAY && rj_is_int(value))
        ((uint8_t *)array->data)[index] = (uint8_t)rj_as_int(value);
    else
        return false;
    return true;
}

/* An array's next element, where there is room; false: it takes more. */
static inline bool rj_append_element(struct rj_array *array, uint32_t index, rj_value value)
{
    if (index != array->length || index >= array->capacity ||
        array->object.cell.flags & (RJ_OBJECT_SEALED | RJ_OBJECT_FROZEN))
        return false;
    array->elements[index] = value;
    array->length = index + 1;
    return true;
}

#endif
