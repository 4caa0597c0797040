/* Hashes, comparison and the table of interned strings. */
#include "vm/string.h"

#include <stdio.h>

enum { FIRST_SLOTS = 1024, SMALL_INTS = 1024, INDEX_DIGITS = 10 };

struct atoms {
    uint32_t count;
    uint32_t mask;
    struct rj_string **slots;
    struct rj_string *ints[SMALL_INTS];
};

/* ---- comparison of units ---- */

static bool equal_units(const struct rj_string *left, const struct rj_string *right)
{
    uint32_t length = left->length;

    if (rj_string_is_wide(left) == rj_string_is_wide(right))
        return !memcmp(left->chars, right->chars, (size_t)length << rj_string_is_wide(left));
    for (uint32_t i = 0; i < length; i++)
        if (rj_string_at(left, i) != rj_string_at(right, i))
            return false;
    return true;
}

bool rj_string_equal(struct rj_vm *vm, struct rj_string *left, struct rj_string *right)
{
    if (left == right)
        return true;
    if (left->length != right->length || (left->cell.flags & right->cell.flags & RJ_STRING_ATOM))
        return false;
    if (left->cell.hash && right->cell.hash && left->cell.hash != right->cell.hash)
        return false;
    return rj_flatten(vm, left) && rj_flatten(vm, right) && equal_units(left, right);
}

int rj_string_compare(struct rj_vm *vm, struct rj_string *left, struct rj_string *right)
{
    uint32_t shared = left->length < right->length ? left->length : right->length;

    if (left == right || !rj_flatten(vm, left) || !rj_flatten(vm, right))
        return 0;
    if (!rj_string_is_wide(left) && !rj_string_is_wide(right)) {
        int order = memcmp(left->chars, right->chars, shared);

        if (order)
            return order < 0 ? -1 : 1;
    } else {
        for (uint32_t i = 0; i < shared; i++) {
            int order = rj_string_at(left, i) - rj_string_at(right, i);

            if (order)
                return order < 0 ? -1 : 1;
        }
    }
    return (left->length > right->length) - (left->length < right->length);
}

/* ---- hashes: FNV-1a over units, so that width does not matter; never 0 ---- */

/* The low bits of similar texts are to differ: tables use them alone. */
static uint32_t spread(uint32_t hash)
{
    hash ^= hash >> 16;
    hash *= 0x85ebca6bu;
    hash ^= hash >> 13;
    return hash ? hash : 1;
}

static uint32_t hash_narrow(const uint8_t *units, uint32_t length)
{
    uint32_t hash = 2166136261u;

    for (uint32_t i = 0; i < length; i++)
        hash = (hash ^ units[i]) * 16777619u;
    return spread(hash);
}

static uint32_t hash_wide(const uint16_t *units, uint32_t length)
{
    uint32_t hash = 2166136261u;

    for (uint32_t i = 0; i < length; i++)
        hash = (hash ^ units[i]) * 16777619u;
    return spread(hash);
}

uint32_t rj_string_hash(struct rj_vm *vm, struct rj_string *string)
{
    if (string->cell.hash)
        return string->cell.hash;
    if (!rj_flatten(vm, string))
        return 1;
    string->cell.hash = rj_string_is_wide(string) ? hash_wide(string->chars, string->length)
                                                  : hash_narrow(string->chars, string->length);
    return string->cell.hash;
}

/* ---- atoms ---- */

static struct atoms *atoms_of(struct rj_vm *vm)
{
    struct atoms *atoms = vm->atom_table;

    if (atoms)
        return atoms;
    atoms = rj_allocate(vm, sizeof(*atoms));
    if (!atoms)
        return NULL;
    atoms->slots = rj_allocate(vm, FIRST_SLOTS * sizeof(struct rj_string *));
    if (!atoms->slots)
        return NULL;
    atoms->mask = FIRST_SLOTS - 1;
    vm->atom_table = atoms;
    return atoms;
}

static bool grow(struct rj_vm *vm, struct atoms *atoms)
{
    uint32_t mask = atoms->mask * 2 + 1;
    struct rj_string **slots = rj_allocate(vm, ((size_t)mask + 1) * sizeof(*slots));

    if (!slots)
        return false;
    for (uint32_t i = 0; i <= atoms->mask; i++) {
        struct rj_string *atom = atoms->slots[i];
        uint32_t at;

        if (!atom)
            continue;
        for (at = atom->cell.hash & mask; slots[at];)
            at = (at + 1) & mask;
        slots[at] = atom;
    }
    atoms->slots = slots;
    atoms->mask = mask;
    return true;
}

/* Does it read as an array index, "0" to "4294967294", with no zero before it? */
static bool reads_as_index(const struct rj_string *string, uint32_t *index)
{
    uint64_t number = 0;

    if (!string->length || string->length > INDEX_DIGITS)
        return false;
    if (string->length > 1 && rj_string_at(string, 0) == '0')
        return false;
    for (uint32_t i = 0; i < string->length; i++) {
        uint32_t digit = (uint32_t)rj_string_at(string, i) - '0';

        if (digit > 9)
            return false;
        number = number * 10 + digit;
    }
    if (number >= UINT32_MAX)
        return false;
    *index = (uint32_t)number;
    return true;
}

/* The cell that stays in the table for good: not one that holds on to a long text it is part of,
 * and none wider than it must be. */
static struct rj_string *compact(struct rj_vm *vm, struct rj_string *string)
{
    struct rj_string *copy;
    bool wide = rj_string_is_wide(string);

    if (string->chars == (const void *)&string->left && !wide)
        return string;
    if (wide) {
        const uint16_t *units = string->chars;

        wide = false;
        for (uint32_t i = 0; i < string->length && !wide; i++)
            wide = units[i] > 255;
    }
    copy = rj_string_new(vm, string->length, wide);
    if (copy) {
        rj_string_copy(string, 0, string->length, rj_string_units(copy), wide);
        copy->cell.hash = string->cell.hash;
    }
    return copy;
}

struct rj_string *rj_atom(struct rj_vm *vm, struct rj_string *string)
{
    struct atoms *atoms = atoms_of(vm);
    uint32_t hash;
    uint32_t at;

    if (string->cell.flags & RJ_STRING_ATOM)
        return string;
    if (!atoms || !rj_flatten(vm, string))
        return NULL;
    hash = rj_string_hash(vm, string);
    for (at = hash & atoms->mask; atoms->slots[at]; at = (at + 1) & atoms->mask) {
        struct rj_string *atom = atoms->slots[at];

        if (atom->cell.hash == hash && atom->length == string->length && equal_units(atom, string))
            return atom;
    }
    string = compact(vm, string);
    if (!string)
        return NULL;
    string->cell.flags |= RJ_STRING_ATOM;
    if (reads_as_index(string, &string->index))
        string->cell.flags |= RJ_STRING_INDEX;
    atoms->slots[at] = string;
    atoms->count++;
    if (atoms->count > atoms->mask / 4 * 3 && !grow(vm, atoms) && atoms->count >= atoms->mask)
        return NULL;
    return string;
}

/* The atom of narrow text; a string is made only if there is none yet. */
static struct rj_string *atom_of(struct rj_vm *vm, const char *text, uint32_t length)
{
    struct atoms *atoms = atoms_of(vm);
    uint32_t hash = hash_narrow((const uint8_t *)text, length);
    struct rj_string *string;

    if (!atoms)
        return NULL;
    for (uint32_t at = hash & atoms->mask; atoms->slots[at]; at = (at + 1) & atoms->mask) {
        struct rj_string *atom = atoms->slots[at];

        if (atom->cell.hash == hash && atom->length == length && !rj_string_is_wide(atom) &&
            !memcmp(atom->chars, text, length))
            return atom;
    }
    string = rj_string_new(vm, length, false);
    if (!string)
        return NULL;
    memcpy(rj_string_units(string), text, length);
    return rj_atom(vm, string);
}

struct rj_string *rj_atom_text(struct rj_vm *vm, const char *ascii)
{
    return atom_of(vm, ascii, (uint32_t)strlen(ascii));
}

enum { INT_TEXT = 12 };

/* Writes the digits at the end of `text`; returns where they begin. */
static int int_text(int32_t number, char text[INT_TEXT])
{
    uint32_t rest = number < 0 ? -(uint32_t)number : (uint32_t)number;
    int from = INT_TEXT;

    do {
        text[--from] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (number < 0)
        text[--from] = '-';
    return from;
}

struct rj_string *rj_int_atom(struct rj_vm *vm, int32_t number)
{
    struct atoms *atoms = atoms_of(vm);
    bool is_small = number >= 0 && number < SMALL_INTS;
    char text[INT_TEXT];
    struct rj_string *atom;
    int from;

    if (!atoms)
        return NULL;
    if (is_small && atoms->ints[number])
        return atoms->ints[number];
    from = int_text(number, text);
    atom = atom_of(vm, text + from, (uint32_t)(INT_TEXT - from));
    if (is_small)
        atoms->ints[number] = atom;
    return atom;
}

struct rj_string *rj_int_string(struct rj_vm *vm, int32_t number)
{
    char text[INT_TEXT];
    int from;

    if (number >= 0 && number < SMALL_INTS)
        return rj_int_atom(vm, number);
    from = int_text(number, text);
    return rj_string_latin1(vm, (const uint8_t *)text + from, (uint32_t)(INT_TEXT - from));
}
