/* The register bytecode: one table of operations that emitter, interpreter, disassembler, liveness
 * analysis and compiler all read.
 *
 * A frame has `register_count` registers: 0 is this, 1 to parameter_count are the parameters (the
 * missing ones undefined), then variables, then temporaries. Every instruction has the same form.
 * Operand letters of a row, for a, b, c, d in this order:
 *     D register written   U register read   X register read and written
 *     R first of a run of registers read: `this` and then d arguments (see CALL)
 *     K number of a constant   J instruction to jump to   F number of an inner function
 *     N plain number   - not used
 * A row with 1 in the last column has a feedback slot of the kind named. */
#ifndef RJ_VM_BYTECODE_H
#define RJ_VM_BYTECODE_H

#include <stdint.h>

struct rj_instruction {
    uint16_t op; /* enum rj_op */
    uint16_t a, b, c;
    int32_t d;
    uint32_t slot; /* of the feedback; RJ_NO_SLOT */
};

#define RJ_NO_SLOT UINT32_MAX

/* ROW(name, operands, feedback kind). Semantics are JavaScript's where nothing is said. */
#define RJ_OP_LIST(ROW)                                                                            \
    /* a := constant d; a := number d; a := b */                                                   \
    ROW(LOAD_CONST, "D--K", NONE)                                                                  \
    ROW(LOAD_INT, "D--N", NONE)                                                                    \
    ROW(MOVE, "DU--", NONE)                                                                        \
    /* of this call: the function called, new.target, its scope, arguments from the d'th on as an  \
     * array, all arguments as an array */                                                         \
    ROW(LOAD_CALLEE, "D---", NONE)                                                                 \
    ROW(LOAD_NEW_TARGET, "D---", NONE)                                                             \
    ROW(LOAD_SCOPE, "D---", NONE)                                                                  \
    ROW(LOAD_REST, "D--N", NONE)                                                                   \
    ROW(LOAD_ARGUMENTS, "D---", NONE)                                                              \
    /* a := new scope of d values (RJ_UNINITIALIZED) inside scope b; a := copy of scope b */       \
    ROW(NEW_SCOPE, "DU-N", NONE)                                                                   \
    ROW(COPY_SCOPE, "DU--", NONE)                                                                  \
    /* variable c of the scope d parents up from scope b: a := it; it := a. No check. */           \
    ROW(GET_SCOPED, "DUNN", TYPE)                                                                  \
    ROW(SET_SCOPED, "UUNN", NONE)                                                                  \
    /* ReferenceError if a is RJ_UNINITIALIZED; constant d is its name ("this" before super()) */  \
    ROW(CHECK_INITIALIZED, "U--K", NONE)                                                           \
    /* TypeError: assignment to constant d */                                                      \
    ROW(THROW_CONST, "---K", NONE)                                                                 \
    /* property d (an atom) of the global object; ReferenceError if there is none (GET) unless b   \
     * is 1 (typeof) */                                                                            \
    ROW(GET_GLOBAL, "DN-K", PROPERTY)                                                              \
    ROW(SET_GLOBAL, "U--K", PROPERTY)                                                              \
    /* a := b op c */                                                                              \
    ROW(ADD, "DUU-", ARITHMETIC)                                                                   \
    ROW(SUB, "DUU-", ARITHMETIC)                                                                   \
    ROW(MUL, "DUU-", ARITHMETIC)                                                                   \
    ROW(DIV, "DUU-", ARITHMETIC)                                                                   \
    ROW(MOD, "DUU-", ARITHMETIC)                                                                   \
    ROW(EXP, "DUU-", ARITHMETIC)                                                                   \
    ROW(BIT_AND, "DUU-", ARITHMETIC)                                                               \
    ROW(BIT_OR, "DUU-", ARITHMETIC)                                                                \
    ROW(BIT_XOR, "DUU-", ARITHMETIC)                                                               \
    ROW(SHL, "DUU-", ARITHMETIC)                                                                   \
    ROW(SHR, "DUU-", ARITHMETIC)                                                                   \
    ROW(USHR, "DUU-", ARITHMETIC)                                                                  \
    ROW(EQ, "DUU-", COMPARE)                                                                       \
    ROW(NE, "DUU-", COMPARE)                                                                       \
    ROW(SEQ, "DUU-", COMPARE)                                                                      \
    ROW(SNE, "DUU-", COMPARE)                                                                      \
    ROW(LT, "DUU-", COMPARE)                                                                       \
    ROW(LE, "DUU-", COMPARE)                                                                       \
    ROW(GT, "DUU-", COMPARE)                                                                       \
    ROW(GE, "DUU-", COMPARE)                                                                       \
    ROW(INSTANCEOF, "DUU-", NONE)                                                                  \
    ROW(IN, "DUU-", NONE)                                                                          \
    /* a := op b */                                                                                \
    ROW(NEG, "DU--", ARITHMETIC)                                                                   \
    ROW(TO_NUMBER, "DU--", ARITHMETIC)                                                             \
    ROW(INC, "DU--", ARITHMETIC)                                                                   \
    ROW(DEC, "DU--", ARITHMETIC)                                                                   \
    ROW(BIT_NOT, "DU--", ARITHMETIC)                                                               \
    ROW(NOT, "DU--", TYPE)                                                                         \
    ROW(TYPEOF, "DU--", NONE)                                                                      \
    ROW(TO_STRING, "DU--", TYPE)                                                                   \
    ROW(TO_KEY, "DU--", NONE) /* a property key: an int or an atom */                              \
    /* jumps; LOOP stands at the head of each loop, d is the loop's number: counting and OSR */    \
    ROW(JUMP, "---J", NONE)                                                                        \
    ROW(LOOP, "---N", BRANCH)                                                                      \
    ROW(JUMP_TRUE, "U--J", BRANCH)                                                                 \
    ROW(JUMP_FALSE, "U--J", BRANCH)                                                                \
    ROW(JUMP_NULLISH, "U--J", BRANCH)                                                              \
    ROW(JUMP_UNDEFINED, "U--J", BRANCH)                                                            \
    /* jump if (b op c) is a (0 or 1). A NaN makes b op c false */                                 \
    ROW(JUMP_EQ, "NUUJ", COMPARE)                                                                  \
    ROW(JUMP_SEQ, "NUUJ", COMPARE)                                                                 \
    ROW(JUMP_LT, "NUUJ", COMPARE)                                                                  \
    ROW(JUMP_LE, "NUUJ", COMPARE)                                                                  \
    ROW(JUMP_GT, "NUUJ", COMPARE)                                                                  \
    ROW(JUMP_GE, "NUUJ", COMPARE)                                                                  \
    /* named property d (an atom that is no index): a := b.d; a.d := b; a := delete b.d;           \
     * a := super[c] with this b; super[b] := c with this a */                                     \
    ROW(GET_PROPERTY, "DU-K", PROPERTY)                                                            \
    ROW(SET_PROPERTY, "UU-K", PROPERTY)                                                            \
    ROW(DELETE_PROPERTY, "DU-K", NONE)                                                             \
    ROW(GET_SUPER, "DUU-", NONE)                                                                   \
    ROW(SET_SUPER, "UUU-", NONE)                                                                   \
    ROW(GET_LENGTH, "DU--", ELEMENT) /* a := b.length */                                           \
    /* computed property: a := b[c]; a[b] := c; a := delete b[c] */                                \
    ROW(GET_ELEMENT, "DUU-", ELEMENT)                                                              \
    ROW(SET_ELEMENT, "UUU-", ELEMENT)                                                              \
    ROW(DELETE_ELEMENT, "DUU-", NONE)                                                              \
    /* define an own property, as literals and classes do: a.d := b; a[b] := c; method a[b] :=     \
     * function c, whose home becomes a, hidden unless d is 1 (of a literal); accessor a[b] :=     \
     * function c, d: 0 getter, 1 setter, +2 enumerable */                                         \
    ROW(DEFINE_PROPERTY, "UU-K", PROPERTY)                                                         \
    ROW(DEFINE_ELEMENT, "UUU-", NONE)                                                              \
    ROW(DEFINE_METHOD, "UUUN", NONE)                                                               \
    ROW(DEFINE_ACCESSOR, "UUUN", NONE)                                                             \
    /* a := {} ; d: how many properties the literal has. a := [registers c to c+d-1]; append b to  \
     * array a; append all of iterable b to array a; copy own enumerable properties of b to a;     \
     * a := object of b's own enumerable properties but those in array c */                        \
    ROW(NEW_OBJECT, "D--N", NONE)                                                                  \
    ROW(NEW_ARRAY, "D-RN", NONE)                                                                   \
    ROW(ARRAY_APPEND, "UU--", NONE)                                                                \
    ROW(ARRAY_SPREAD, "UU--", NONE)                                                                \
    ROW(OBJECT_SPREAD, "UU--", NONE)                                                               \
    ROW(OBJECT_REST, "DUU-", NONE)                                                                 \
    /* a := closure of inner function d in scope b; an arrow's home is that of this call. Class:   \
     * a := constructor (inner function d in scope b) with superclass c (register holding RJ_HOLE: \
     * no extends); its .prototype is made; its home is the prototype. a := b.prototype */         \
    ROW(NEW_CLOSURE, "DU-F", NONE)                                                                 \
    ROW(NEW_CLASS, "DUUF", NONE)                                                                   \
    ROW(GET_PROTOTYPE, "DU--", NONE)                                                               \
    ROW(SET_PROTOTYPE, "UU--", NONE) /* __proto__ in a literal */                                  \
    /* a := call of b with this c, arguments c+1 to c+d. NEW: c is not read, new.target is b.      \
     * SPREAD: this c, arguments in array c+1. SUPER: the parent of the callee is constructed with \
     * this frame's new.target; a and register 0 become the new this, ReferenceError if it was     \
     * initialized */                                                                              \
    ROW(CALL, "DURN", CALL)                                                                        \
    ROW(CALL_SPREAD, "DUR-", NONE)                                                                 \
    ROW(NEW, "DURN", CALL)                                                                         \
    ROW(NEW_SPREAD, "DUR-", NONE)                                                                  \
    ROW(SUPER_CALL, "D-RN", CALL)                                                                  \
    ROW(SUPER_SPREAD, "D-R-", NONE)                                                                \
    ROW(RETURN, "U---", NONE)                                                                      \
    ROW(THROW, "U---", NONE)                                                                       \
    /* a := iterator over b's values; over b's enumerable keys (null: none). a := next value of b, \
     * or jump to d at the end. b.return() for what has one, errors of it dropped if c is 1 */     \
    ROW(ITERATE, "DU--", NONE)                                                                     \
    ROW(ITERATE_KEYS, "DU--", NONE)                                                                \
    ROW(NEXT, "DU-J", TYPE)                                                                        \
    /* TypeError if a is undefined or null: "Cannot destructure" */                                \
    ROW(CHECK_OBJECT, "U---", NONE)                                                                \
    ROW(DEBUGGER, "----", NONE)

enum rj_op {
#define RJ_OP_ROW(name, operands, feedback) RJ_OP_##name,
    RJ_OP_LIST(RJ_OP_ROW)
#undef RJ_OP_ROW
        RJ_OP_COUNT
};

/* ---- the table as data (bytecode.c); `op` below RJ_OP_COUNT ---- */

const char *rj_op_name(uint32_t op);
const char *rj_op_operands(uint32_t op); /* four letters */
uint32_t rj_op_feedback(uint32_t op);    /* enum rj_feedback_kind */

#endif
