#include "names.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct text {
    char *at;
    size_t room; /* with the NUL */
    size_t used;
};

static void add(struct text *text, char c)
{
    if (text->used + 1 < text->room)
        text->at[text->used++] = c;
}

static void add_text(struct text *text, const char *from)
{
    for (; *from; from++)
        add(text, *from);
}

static void finish(struct text *text)
{
    if (text->room == 0)
        return;
    /* A character that was cut in the middle goes. */
    if (text->used + 1 == text->room) {
        while (text->used > 0 && ((unsigned char)text->at[text->used - 1] & 0xc0) == 0x80)
            text->used--;
        if (text->used > 0 && (unsigned char)text->at[text->used - 1] >= 0xc0)
            text->used--;
    }
    text->at[text->used] = '\0';
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* The bytes of a class's name in `from`: without L and ;, and without what makes hidden classes
 * differ from run to run: `/0x00007f…`, also behind `.` or `+`. */
static size_t class_bytes(const char **from)
{
    const char *name = *from;
    size_t bytes = strlen(name);
    size_t digits = 0;

    if (bytes > 1 && name[0] == 'L' && name[bytes - 1] == ';') {
        name++;
        bytes -= 2;
    }
    *from = name;
    while (digits < bytes && is_hex(name[bytes - 1 - digits]))
        digits++;
    if (digits > 0 && bytes > digits + 3 && name[bytes - digits - 1] == 'x' &&
        name[bytes - digits - 2] == '0' && strchr("/.+", name[bytes - digits - 3]))
        bytes -= digits + 3;
    return bytes;
}

static void add_class(struct text *text, const char *name)
{
    size_t bytes = class_bytes(&name);

    for (size_t i = 0; i < bytes; i++)
        add(text, name[i] == '/' ? '.' : name[i]);
}

/* A class as the type of an argument: without its package, `Map.Entry` for `java/util/Map$Entry`,
 * but `App$1` stays, for it has no other name. */
static void add_simple_class(struct text *text, const char *name, size_t bytes)
{
    size_t start = 0;

    for (size_t i = 0; i < bytes; i++)
        if (name[i] == '/')
            start = i + 1;
    for (size_t i = start; i < bytes; i++) {
        bool is_nested = name[i] == '$' && i > start && i + 1 < bytes && name[i + 1] != '$' &&
                         !(name[i + 1] >= '0' && name[i + 1] <= '9');

        add(text, is_nested ? '.' : name[i]);
    }
}

static const char *primitive(char letter)
{
    static const char letters[] = "BCDFIJSZV";
    static const char *const words[] = {"byte", "char",  "double",  "float", "int",
                                        "long", "short", "boolean", "void"};
    const char *at = letter ? strchr(letters, letter) : NULL;

    return at ? words[at - letters] : NULL;
}

/* Write the type that begins at `types` and return what follows it; NULL when it is none. */
static const char *add_type(struct text *text, const char *types)
{
    unsigned arrays = 0;
    const char *end = types;

    for (; *types == '['; types++)
        arrays++;
    if (*types == 'L') {
        end = strchr(types, ';');
        if (!end)
            return NULL;
        add_simple_class(text, types + 1, (size_t)(end - types - 1));
    } else if (primitive(*types)) {
        add_text(text, primitive(*types));
        end = types;
    } else {
        return NULL;
    }
    for (; arrays > 0 && arrays < 256; arrays--)
        add_text(text, "[]");
    return end + 1;
}

void jvm_name_write_class(const char *class_name, char *name, size_t room)
{
    struct text text = {name, room, 0};

    add_class(&text, class_name);
    finish(&text);
}

static bool is_linker(const struct jvm_signature *signature)
{
    return strcmp(signature->class_name, "Ljava/lang/invoke/MethodHandle;") == 0 &&
           (strncmp(signature->method, "linkTo", 6) == 0 ||
            strcmp(signature->method, "invokeBasic") == 0);
}

void jvm_name_write(const struct jvm_signature *signature, char *name, size_t room)
{
    struct text text = {name, room, 0};
    const char *types = signature->types;
    bool is_first = true;

    add_class(&text, signature->class_name);
    add(&text, '.');
    add_text(&text, signature->method);
    if (*types != '(') {
        finish(&text);
        return;
    }
    add(&text, '(');
    for (types++; types && *types && *types != ')'; is_first = false) {
        if (!is_first)
            add_text(&text, ", ");
        types = add_type(&text, types);
    }
    add(&text, ')');
    if (types && *types == ')' && is_linker(signature)) {
        add_text(&text, " -> ");
        add_type(&text, types + 1);
    }
    finish(&text);
}

void jvm_name_write_file(const char *class_name, const char *file, char *path, size_t room)
{
    struct text text = {path, room, 0};
    size_t bytes = class_bytes(&class_name);
    size_t package = 0;

    for (size_t i = 0; i < bytes; i++)
        if (class_name[i] == '/')
            package = i + 1;
    for (size_t i = 0; i < package && !strchr(file, '/'); i++)
        add(&text, class_name[i]);
    add_text(&text, file);
    finish(&text);
}

static uint64_t mix(uint64_t key, char c)
{
    return (key ^ (unsigned char)c) * UINT64_C(0x100000001b3); /* FNV-1a */
}

uint64_t jvm_name_key(const struct jvm_signature *signature)
{
    const char *name = signature->class_name;
    size_t bytes = class_bytes(&name);
    uint64_t key = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < bytes; i++)
        key = mix(key, name[i] == '/' ? '.' : name[i]);
    key = mix(key, ' ');
    for (const char *c = signature->method; *c; c++)
        key = mix(key, *c);
    key = mix(key, ' ');
    for (const char *c = signature->types; *c; c++)
        key = mix(key, *c);
    return key ? key : 1;
}

/* Copy a part behind what `split` holds and end it; NULL when there is no room. */
static const char *keep(struct jvm_split *split, const char *from, size_t bytes)
{
    char *kept = split->text + split->used;

    if (bytes == 0 || bytes >= sizeof(split->text) - split->used)
        return NULL;
    memcpy(kept, from, bytes);
    kept[bytes] = '\0';
    split->used += bytes + 1;
    return kept;
}

bool jvm_name_split(const char *text, struct jvm_split *split)
{
    const char *open = strchr(text, '(');
    const char *gap = strchr(text, ' ');
    const char *method = open;
    size_t method_bytes = 0;

    split->used = 0;
    if (!open || open == text)
        return false;
    if (gap && gap < open) {
        method = gap;
        method_bytes = open[-1] == ' ' && open - 1 > gap ? (size_t)(open - 1 - gap - 1) : 0;
    } else {
        while (method > text && *method != '.')
            method--;
        method_bytes = (size_t)(open - method - 1);
    }
    split->signature.class_name = keep(split, text, (size_t)(method - text));
    split->signature.method = keep(split, method + 1, method_bytes);
    split->signature.types = keep(split, open, strlen(open));
    return split->signature.class_name && split->signature.method && split->signature.types;
}
