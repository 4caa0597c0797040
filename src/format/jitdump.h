/* The records of a jitdump file, `jit-PID.dump`, and how to decode and encode
 * them. A function reads or writes the fixed part of its record and nothing after it:
 * names, code and tables stay with the caller, who knows the record's end.
 * Layouts: linux: tools/perf/util/jitdump.h and
 * tools/perf/Documentation/jitdump-specification.txt. */
#ifndef JT_FORMAT_JITDUMP_H
#define JT_FORMAT_JITDUMP_H

#include "base/buf.h"
#include "base/bytes.h"

#include <stdint.h>

#define JT_JITDUMP_MAGIC UINT32_C(0x4A695444) /* "JiTD", in the writer's byte order */

enum {
    JT_JITDUMP_VERSION = 1,
    JT_JITDUMP_HEADER_BYTES = 40,
    JT_JITDUMP_PREFIX_BYTES = 16,
    /* Fixed parts, the prefix included. */
    JT_JITDUMP_LOAD_BYTES = 56,
    JT_JITDUMP_MOVE_BYTES = 64,
    JT_JITDUMP_DEBUG_INFO_BYTES = 32,
    JT_JITDUMP_UNWINDING_INFO_BYTES = 40,
    JT_JITDUMP_DEBUG_ENTRY_BYTES = 16,
};

enum jt_jitdump_record {
    JT_JITDUMP_LOAD = 0,
    JT_JITDUMP_MOVE = 1,
    JT_JITDUMP_DEBUG_INFO = 2,
    JT_JITDUMP_CLOSE = 3,
    JT_JITDUMP_UNWINDING_INFO = 4,
};

enum jt_jitdump_flag {
    JT_JITDUMP_ARCH_TIMESTAMP = 1, /* times are raw counts of the CPU */
};

struct jt_jitdump_header {
    uint32_t version;
    uint32_t total_bytes; /* of the header itself */
    uint32_t machine;     /* ELF e_machine */
    uint32_t pad;
    uint32_t pid;
    uint64_t time;
    uint64_t flags;
};

struct jt_jitdump_prefix {
    uint32_t id;
    uint32_t total_bytes; /* with this prefix and all that follows */
    uint64_t time;
};

/* Followed by the name, its NUL, and `code_bytes` bytes of code. */
struct jt_jitdump_load {
    uint32_t pid;
    uint32_t tid;
    uint64_t vma;
    uint64_t address;
    uint64_t code_bytes;
    uint64_t index;
};

struct jt_jitdump_move {
    uint32_t pid;
    uint32_t tid;
    uint64_t vma;
    uint64_t old_address;
    uint64_t new_address;
    uint64_t code_bytes;
    uint64_t index;
};

/* Followed by `entries` times an entry, its file name and a NUL. */
struct jt_jitdump_debug_info {
    uint64_t address;
    uint64_t entries;
};

struct jt_jitdump_debug_entry {
    uint64_t address;
    uint32_t line;
    uint32_t column; /* the specification's discriminator; V8 writes the column */
};

/* Followed by .eh_frame and .eh_frame_hdr, in an order that writers differ in. */
struct jt_jitdump_unwinding_info {
    uint64_t unwinding_bytes;
    uint64_t header_bytes;
    uint64_t mapped_bytes;
};

/* Sets `in->swap` by the magic number, for all that is decoded after it.
 * All return JITNEY_OK, or JITNEY_ERR_FORMAT when the bytes end too early (or,
 * for the header, are of no jitdump). */
int jt_jitdump_decode_header(struct jt_bytes *in, struct jt_jitdump_header *header);
int jt_jitdump_decode_prefix(struct jt_bytes *in, struct jt_jitdump_prefix *prefix);
/* These start after the prefix. */
int jt_jitdump_decode_load(struct jt_bytes *in, struct jt_jitdump_load *load);
int jt_jitdump_decode_move(struct jt_bytes *in, struct jt_jitdump_move *move);
int jt_jitdump_decode_debug_info(struct jt_bytes *in, struct jt_jitdump_debug_info *info);
int jt_jitdump_decode_debug_entry(struct jt_bytes *in, struct jt_jitdump_debug_entry *entry);
int jt_jitdump_decode_unwinding_info(struct jt_bytes *in, struct jt_jitdump_unwinding_info *info);

/* All append in our own byte order; a failure stays in `out`. The magic number is part of the
 * header; the other records start after their prefix. */
void jt_jitdump_encode_header(struct jt_buf *out, const struct jt_jitdump_header *header);
void jt_jitdump_encode_prefix(struct jt_buf *out, const struct jt_jitdump_prefix *prefix);
void jt_jitdump_encode_load(struct jt_buf *out, const struct jt_jitdump_load *load);
void jt_jitdump_encode_move(struct jt_buf *out, const struct jt_jitdump_move *move);
void jt_jitdump_encode_debug_info(struct jt_buf *out, const struct jt_jitdump_debug_info *info);
void jt_jitdump_encode_debug_entry(struct jt_buf *out, const struct jt_jitdump_debug_entry *entry);
void jt_jitdump_encode_unwinding_info(struct jt_buf *out,
                                      const struct jt_jitdump_unwinding_info *info);

#endif
