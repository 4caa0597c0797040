/* What HotSpot tells debuggers about its own data (openjdk: vmStructs.cpp, an
 * exported table of types and fields, which its Serviceability Agent reads): with
 * it the level and number of a compilation are found, of which JVMTI says
 * nothing. Whatever does not fit is "not known"; memory is read in a way
 * that survives a wrong address. */
#ifndef JVM_VMSTRUCTS_H
#define JVM_VMSTRUCTS_H

#include <stdbool.h>
#include <stdint.h>

enum { JVM_CODE_HEAPS = 8, JVM_SYMBOL_BYTES = 512 };

/* A field of an nmethod. */
struct jvm_field {
    uint64_t offset;
    uint32_t bytes; /* 0: not known */
};

struct jvm_code_heap {
    uint64_t low;    /* of the code */
    uint64_t high;   /* how far it may grow */
    uint64_t segmap; /* of its segments, one byte each */
    uint32_t segment_shift;
};

/* From an nmethod to the words for its method. */
struct jvm_method_fields {
    uint64_t method;       /* in an nmethod */
    uint64_t const_part;   /* in a method */
    uint64_t constants;    /* in its constant part */
    uint64_t name, types;  /* there too: numbers of constants, 2 bytes each */
    uint64_t head_bytes;   /* in front of the constants */
    uint64_t length, text; /* in a symbol */
};

struct jvm_structs {
    struct jvm_field compile_id;
    struct jvm_field level;
    struct jvm_field entry_bci;
    uint64_t block_bytes; /* of the header in front of each blob */
    struct jvm_code_heap heaps[JVM_CODE_HEAPS];
    uint32_t heap_count; /* 0: nothing can be told */
    bool has_method;
    struct jvm_method_fields method;
};

/* What the JVM knows about one piece of compiled code. */
struct jvm_nmethod {
    uint32_t compilation; /* its number */
    int32_t level;        /* 0 to 4 */
    bool is_osr;
};

/* Find out how the JVM is built whose code `inside` points into, once it runs. */
void jvm_structs_read(const void *inside, struct jvm_structs *structs);

/* What lies at `address`, the start of compiled code that cannot go meanwhile. */
bool jvm_structs_find(const struct jvm_structs *structs, uint64_t address,
                      struct jvm_nmethod *nmethod);

/* Name and types of the method whose code this is: "linkToStatic", "(Ljava/lang/Object;)V". */
bool jvm_structs_method(const struct jvm_structs *structs, uint64_t address,
                        char name[JVM_SYMBOL_BYTES], char types[JVM_SYMBOL_BYTES]);

#endif
