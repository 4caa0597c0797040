#include "vmstructs.h"

#include <dlfcn.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    MOST_ENTRIES = 100000, /* of a table, in case its end is not where it should be */
    FREE_SEGMENT = 0xff,   /* openjdk: heap.hpp, CodeHeap::free_sentinel */
    MOST_HOPS = 1 << 20,
};

static bool read_memory(uint64_t address, void *to, size_t bytes)
{
    struct iovec ours = {to, bytes};
    struct iovec theirs = {NULL, bytes};

    memcpy(&theirs.iov_base, &address, sizeof(address));
    return address != 0 && process_vm_readv(getpid(), &ours, 1, &theirs, 1, 0) == (ssize_t)bytes;
}

/* ---- the JVM's tables ---- */

/* A table of the JVM: where its rows begin, how far they are apart, where its columns are. */
struct rows {
    const char *at;
    uint64_t stride;
};

/* The JVM's library may be hidden from everybody else. */
static bool read_symbol(void *library, const char *name, uint64_t *value)
{
    const void *symbol = dlsym(library, name);

    if (!symbol)
        return false;
    memcpy(value, symbol, sizeof(*value));
    return true;
}

static uint64_t read_column(const char *row, uint64_t offset)
{
    uint64_t value = 0;

    memcpy(&value, row + offset, sizeof(value));
    return value;
}

static const char *read_text(const char *row, uint64_t offset)
{
    const char *text = NULL;

    memcpy(&text, row + offset, sizeof(text));
    return text;
}

static bool find_rows(void *library, const char *table, const char *stride, struct rows *rows)
{
    const void *symbol = dlsym(library, table);

    if (!symbol || !read_symbol(library, stride, &rows->stride) || rows->stride == 0)
        return false;
    rows->at = read_text(symbol, 0);
    return rows->at != NULL;
}

/* The size of a type; 0 when the JVM does not name it. */
static uint64_t size_of_type(void *library, const char *type)
{
    struct rows rows = {0};
    uint64_t name = 0, size = 0;

    if (!find_rows(library, "gHotSpotVMTypes", "gHotSpotVMTypeEntryArrayStride", &rows) ||
        !read_symbol(library, "gHotSpotVMTypeEntryTypeNameOffset", &name) ||
        !read_symbol(library, "gHotSpotVMTypeEntrySizeOffset", &size))
        return 0;
    for (int i = 0; i < MOST_ENTRIES && read_text(rows.at, name); i++, rows.at += rows.stride)
        if (strcmp(read_text(rows.at, name), type) == 0)
            return read_column(rows.at, size);
    return 0;
}

/* A field that is wanted: of a type, or static. */
struct wanted {
    const char *type;
    const char *field;
    bool found;
    uint64_t offset;  /* in its type */
    uint64_t address; /* of a static one */
    const char *kind; /* its own type */
};

static void find_fields(void *library, struct wanted *wanted, size_t count)
{
    struct rows rows = {0};
    uint64_t type = 0, field = 0, kind = 0, offset = 0, address = 0;

    if (!find_rows(library, "gHotSpotVMStructs", "gHotSpotVMStructEntryArrayStride", &rows) ||
        !read_symbol(library, "gHotSpotVMStructEntryTypeNameOffset", &type) ||
        !read_symbol(library, "gHotSpotVMStructEntryFieldNameOffset", &field) ||
        !read_symbol(library, "gHotSpotVMStructEntryTypeStringOffset", &kind) ||
        !read_symbol(library, "gHotSpotVMStructEntryOffsetOffset", &offset) ||
        !read_symbol(library, "gHotSpotVMStructEntryAddressOffset", &address))
        return;
    for (int i = 0; i < MOST_ENTRIES && read_text(rows.at, type); i++, rows.at += rows.stride) {
        for (size_t j = 0; j < count; j++) {
            if (strcmp(read_text(rows.at, type), wanted[j].type) != 0 ||
                strcmp(read_text(rows.at, field), wanted[j].field) != 0)
                continue;
            wanted[j].found = true;
            wanted[j].offset = read_column(rows.at, offset);
            wanted[j].address = read_column(rows.at, address);
            wanted[j].kind = read_text(rows.at, kind);
        }
    }
}

/* ---- code heaps ---- */

enum { HEAPS, LEN, DATA, MEMORY, SEGMAP, SHIFT, LOW, HIGH, COMPILE_ID, LEVEL, ENTRY_BCI, FIELDS };

static void read_heap(struct jvm_structs *structs, uint64_t heap, const struct wanted *at)
{
    struct jvm_code_heap *kept = &structs->heaps[structs->heap_count];

    if (read_memory(heap + at[MEMORY].offset + at[LOW].offset, &kept->low, sizeof(kept->low)) &&
        read_memory(heap + at[MEMORY].offset + at[HIGH].offset, &kept->high, sizeof(kept->high)) &&
        read_memory(heap + at[SEGMAP].offset + at[LOW].offset, &kept->segmap,
                    sizeof(kept->segmap)) &&
        read_memory(heap + at[SHIFT].offset, &kept->segment_shift, sizeof(kept->segment_shift)) &&
        kept->low < kept->high && kept->segment_shift < 32)
        structs->heap_count++;
}

static void read_heaps(struct jvm_structs *structs, const struct wanted *at)
{
    uint64_t list = 0, data = 0, heap = 0;
    int32_t count = 0;

    if (!read_memory(at[HEAPS].address, &list, sizeof(list)) ||
        !read_memory(list + at[LEN].offset, &count, sizeof(count)) ||
        !read_memory(list + at[DATA].offset, &data, sizeof(data)))
        return;
    for (int32_t i = 0; i < count && structs->heap_count < JVM_CODE_HEAPS; i++)
        if (read_memory(data + (uint64_t)i * sizeof(heap), &heap, sizeof(heap)))
            read_heap(structs, heap, at);
}

static struct jvm_field field_of(void *library, const struct wanted *wanted)
{
    uint64_t bytes = wanted->found && wanted->kind ? size_of_type(library, wanted->kind) : 0;

    return (struct jvm_field){wanted->offset, bytes == 1 || bytes == 4 ? (uint32_t)bytes : 0};
}

/* ---- methods ---- */

enum { METHOD, OLD_METHOD, CONST_PART, CONSTANTS, NAME, TYPES, LENGTH, TEXT, METHOD_FIELDS };

static void read_method_fields(void *library, struct jvm_structs *structs)
{
    struct wanted wanted[METHOD_FIELDS] = {
        [METHOD] = {.type = "nmethod", .field = "_method"},
        [OLD_METHOD] = {.type = "CompiledMethod", .field = "_method"}, /* until JDK 22 */
        [CONST_PART] = {.type = "Method", .field = "_constMethod"},
        [CONSTANTS] = {.type = "ConstMethod", .field = "_constants"},
        [NAME] = {.type = "ConstMethod", .field = "_name_index"},
        [TYPES] = {.type = "ConstMethod", .field = "_signature_index"},
        [LENGTH] = {.type = "Symbol", .field = "_length"},
        [TEXT] = {.type = "Symbol", .field = "_body[0]"},
    };

    find_fields(library, wanted, METHOD_FIELDS);
    for (int i = CONST_PART; i < METHOD_FIELDS; i++)
        if (!wanted[i].found)
            return;
    structs->method = (struct jvm_method_fields){
        .method = wanted[wanted[METHOD].found ? METHOD : OLD_METHOD].offset,
        .const_part = wanted[CONST_PART].offset,
        .constants = wanted[CONSTANTS].offset,
        .name = wanted[NAME].offset,
        .types = wanted[TYPES].offset,
        .head_bytes = size_of_type(library, "ConstantPool"),
        .length = wanted[LENGTH].offset,
        .text = wanted[TEXT].offset};
    structs->has_method =
        (wanted[METHOD].found || wanted[OLD_METHOD].found) && structs->method.head_bytes > 0;
}

static void read_structs(void *library, struct jvm_structs *structs)
{
    struct wanted wanted[FIELDS] = {
        [HEAPS] = {.type = "CodeCache", .field = "_heaps"},
        [LEN] = {.type = "GrowableArrayBase", .field = "_len"},
        [DATA] = {.type = "GrowableArray<int>", .field = "_data"},
        [MEMORY] = {.type = "CodeHeap", .field = "_memory"},
        [SEGMAP] = {.type = "CodeHeap", .field = "_segmap"},
        [SHIFT] = {.type = "CodeHeap", .field = "_log2_segment_size"},
        [LOW] = {.type = "VirtualSpace", .field = "_low_boundary"},
        [HIGH] = {.type = "VirtualSpace", .field = "_high_boundary"},
        [COMPILE_ID] = {.type = "nmethod", .field = "_compile_id"},
        [LEVEL] = {.type = "nmethod", .field = "_comp_level"},
        [ENTRY_BCI] = {.type = "nmethod", .field = "_entry_bci"},
    };

    find_fields(library, wanted, FIELDS);
    for (int i = 0; i < FIELDS; i++)
        if (!wanted[i].found)
            return;
    structs->compile_id = field_of(library, &wanted[COMPILE_ID]);
    structs->level = field_of(library, &wanted[LEVEL]);
    structs->entry_bci = field_of(library, &wanted[ENTRY_BCI]);
    structs->block_bytes = size_of_type(library, "HeapBlock");
    if (structs->compile_id.bytes == 4 && structs->level.bytes && structs->entry_bci.bytes == 4 &&
        structs->block_bytes)
        read_heaps(structs, wanted);
    read_method_fields(library, structs);
}

void jvm_structs_read(const void *inside, struct jvm_structs *structs)
{
    Dl_info info;
    void *library = NULL;

    memset(structs, 0, sizeof(*structs));
    if (!dladdr(inside, &info) || !info.dli_fname)
        return;
    library = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    if (!library)
        return;
    read_structs(library, structs);
    dlclose(library);
}

/* ---- one nmethod ---- */

/* The blob that `address` is in. The map of segments tells for each segment how far to go back; the
 * first one of a block says 0. */
static uint64_t find_blob(const struct jvm_structs *structs, const struct jvm_code_heap *heap,
                          uint64_t address)
{
    uint64_t segment = (address - heap->low) >> heap->segment_shift;
    uint8_t back = 0;

    for (int i = 0; i < MOST_HOPS; i++) {
        if (!read_memory(heap->segmap + segment, &back, 1) || back == FREE_SEGMENT ||
            back > segment)
            return 0;
        if (back == 0)
            return heap->low + (segment << heap->segment_shift) + structs->block_bytes;
        segment -= back;
    }
    return 0;
}

static bool read_field(uint64_t blob, struct jvm_field field, int32_t *value)
{
    *value = 0; /* a small field is its lowest byte; what is negative there is refused */
    return read_memory(blob + field.offset, value, field.bytes);
}

/* The blob that begins with `address`; 0: none is known. */
static uint64_t blob_of(const struct jvm_structs *structs, uint64_t address)
{
    for (uint32_t i = 0; i < structs->heap_count; i++) {
        const struct jvm_code_heap *heap = &structs->heaps[i];
        uint64_t blob = 0;

        if (address < heap->low || address >= heap->high)
            continue;
        blob = find_blob(structs, heap, address);
        return blob <= address ? blob : 0;
    }
    return 0;
}

bool jvm_structs_find(const struct jvm_structs *structs, uint64_t address,
                      struct jvm_nmethod *nmethod)
{
    int32_t compile_id = 0, level = 0, entry_bci = 0;
    uint64_t blob = blob_of(structs, address);

    if (!blob || !read_field(blob, structs->compile_id, &compile_id) ||
        !read_field(blob, structs->level, &level) ||
        !read_field(blob, structs->entry_bci, &entry_bci) || compile_id <= 0 || level < 0 ||
        level > 4)
        return false;
    *nmethod = (struct jvm_nmethod){(uint32_t)compile_id, level, entry_bci >= 0};
    return true;
}

/* ---- its method ---- */

/* The n-th constant, which is a symbol, as text. */
static bool read_symbol_text(const struct jvm_method_fields *at, uint64_t constants,
                             uint16_t number, char text[JVM_SYMBOL_BYTES])
{
    uint64_t symbol = 0;
    uint16_t length = 0;

    if (!read_memory(constants + at->head_bytes + number * sizeof(symbol), &symbol,
                     sizeof(symbol)) ||
        !read_memory(symbol + at->length, &length, sizeof(length)) || length == 0 ||
        length >= JVM_SYMBOL_BYTES || !read_memory(symbol + at->text, text, length))
        return false;
    text[length] = '\0';
    return true;
}

bool jvm_structs_method(const struct jvm_structs *structs, uint64_t address,
                        char name[JVM_SYMBOL_BYTES], char types[JVM_SYMBOL_BYTES])
{
    const struct jvm_method_fields *at = &structs->method;
    uint64_t blob = structs->has_method ? blob_of(structs, address) : 0;
    uint64_t method = 0, const_part = 0, constants = 0;
    uint16_t name_number = 0, types_number = 0;

    return blob && read_memory(blob + at->method, &method, sizeof(method)) && method &&
           read_memory(method + at->const_part, &const_part, sizeof(const_part)) && const_part &&
           read_memory(const_part + at->constants, &constants, sizeof(constants)) && constants &&
           read_memory(const_part + at->name, &name_number, sizeof(name_number)) &&
           read_memory(const_part + at->types, &types_number, sizeof(types_number)) &&
           read_symbol_text(at, constants, name_number, name) &&
           read_symbol_text(at, constants, types_number, types) && types[0] == '(';
}
