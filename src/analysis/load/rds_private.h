/* What the files of the reader of R's serialization share: bytes and numbers in
 * the three encodings (rds.c), items (rds_item.c), compiled functions
 * (rds_code.c), and memory for them (rds_memory.c). */
#ifndef JT_LOAD_RDS_PRIVATE_H
#define JT_LOAD_RDS_PRIVATE_H

#include "analysis/load/rds.h"
#include "analysis/load/unpacked.h"
#include "base/strings.h"
#include "base/vec.h"

enum {
    JT_RDS_DEPTH_MOST = 200,
    JT_RDS_REFERENCES_MOST = 4 << 20,
    JT_RDS_SYMBOLS_MOST = 32 << 20, /* bytes of their names */
};

/* gnur: src/main/serialize.c and src/include/Rinternals.h, SEXPTYPEs. */
enum jt_rds_code {
    JT_R_NIL = 0,
    JT_R_SYMBOL = 1,
    JT_R_PAIRS = 2,
    JT_R_CLOSURE = 3,
    JT_R_ENVIRONMENT = 4,
    JT_R_PROMISE = 5,
    JT_R_CALL = 6,
    JT_R_SPECIAL = 7,
    JT_R_BUILTIN = 8,
    JT_R_TEXT = 9,
    JT_R_LOGICAL = 10,
    JT_R_INTEGER = 13,
    JT_R_REAL = 14,
    JT_R_COMPLEX = 15,
    JT_R_STRINGS = 16,
    JT_R_DOTS = 17,
    JT_R_LIST = 19,
    JT_R_EXPRESSION = 20,
    JT_R_BYTECODE = 21,
    JT_R_POINTER = 22,
    JT_R_WEAK = 23,
    JT_R_RAW = 24,
    JT_R_S4 = 25,
    JT_R_ALTREP = 238,
    JT_R_PAIRS_WITH_ATTRIBUTES = 239,
    JT_R_CALL_WITH_ATTRIBUTES = 240,
    JT_R_BASE_ENVIRONMENT = 241,
    JT_R_EMPTY_ENVIRONMENT = 242,
    JT_R_CODE_REFERENCE = 243,
    JT_R_CODE_DEFINITION = 244,
    JT_R_PERSISTENT = 247,
    JT_R_PACKAGE = 248,
    JT_R_NAMESPACE = 249,
    JT_R_BASE_NAMESPACE = 250,
    JT_R_MISSING = 251,
    JT_R_UNBOUND = 252,
    JT_R_GLOBAL_ENVIRONMENT = 253,
    JT_R_NULL = 254,
    JT_R_REFERENCE = 255,
};

enum jt_rds_flag { JT_R_HAS_CLASS = 1 << 8, JT_R_HAS_ATTRIBUTES = 1 << 9, JT_R_HAS_TAG = 1 << 10 };

/* Of the levels of a string, which are bits 12 and up of its flags. */
enum jt_rds_level { JT_R_IS_BYTES = 1 << 13, JT_R_IS_LATIN1 = 1 << 14, JT_R_IS_UTF8 = 1 << 15 };

struct jt_rds_chunk {
    struct jt_rds_chunk *before;
    size_t used;
    size_t room;
    max_align_t bytes[];
};

/* A stack of memory: everything behind a mark is freed at once. */
struct jt_rds_memory {
    struct jt_rds_chunk *last;
    size_t total;
};

struct jt_rds_mark {
    struct jt_rds_chunk *chunk;
    size_t used;
};

enum jt_rds_encoding { JT_RDS_ASCII, JT_RDS_XDR, JT_RDS_NATIVE };

struct jt_rds {
    struct jt_unpacked *in;
    char *name;
    struct jt_diag *diag;
    enum jt_rds_encoding encoding;
    bool has_said; /* what was wrong */
    int status;    /* of the first failure; nothing is read afterwards */
    const struct jt_rds_visitor *visitor;
    struct jt_rds_memory memory;
    struct jt_strings symbols;
    size_t symbol_bytes;
    struct jt_vec(uint32_t) references; /* ids of symbols; 0: something else */
};

/* Bytes and numbers; zero after a failure. */
bool jt_rds_failed(const struct jt_rds *rds);
void jt_rds_fail(struct jt_rds *rds, int status, const char *what);
int32_t jt_rds_take_integer(struct jt_rds *rds);
double jt_rds_take_real(struct jt_rds *rds);
uint64_t jt_rds_take_length(struct jt_rds *rds);
void jt_rds_take_raw(struct jt_rds *rds, uint8_t *to, uint64_t kept, uint64_t bytes);
/* The bytes of a string, decoded; those from `kept` on are only counted. */
void jt_rds_take_text(struct jt_rds *rds, char *to, uint64_t kept, struct jt_rds_text *text);

/* Memory; NULL and a failure when there is too much. */
void *jt_rds_allocate(struct jt_rds *rds, size_t bytes);
struct jt_rds_mark jt_rds_mark(const struct jt_rds *rds);
void jt_rds_forget(struct jt_rds *rds, struct jt_rds_mark mark);

/* Items; NULL for R's NULL, for what was taken, and after a failure. */
struct jt_rds_item *jt_rds_take_item(struct jt_rds *rds, unsigned depth);
struct jt_rds_item *jt_rds_take_item_of(struct jt_rds *rds, uint32_t flags, unsigned depth);
struct jt_rds_item *jt_rds_make_item(struct jt_rds *rds, enum jt_rds_type type, uint64_t length);
/* Compiled functions: read over. */
void jt_rds_skip_code(struct jt_rds *rds, unsigned depth);
/* A compact form (R >= 3.5, version 3) as what it stands for. */
struct jt_rds_item *jt_rds_expand(struct jt_rds *rds, const struct jt_rds_item *about,
                                  const struct jt_rds_item *state);

#endif
