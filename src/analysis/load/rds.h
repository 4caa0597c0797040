/* R's serialization: files of save() and saveRDS(), text or binary, plain or in
 * gzip (docs/formats/rds.md). The reader walks through a file of any size in
 * little memory: each list with names or a class is shown when it is complete,
 * and forgotten if the visitor has taken what it needs. */
#ifndef JT_LOAD_RDS_H
#define JT_LOAD_RDS_H

#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum jt_rds_type {
    JT_RDS_SYMBOL,
    JT_RDS_LOGICAL,
    JT_RDS_INTEGER,
    JT_RDS_REAL,
    JT_RDS_STRING,
    JT_RDS_RAW,
    JT_RDS_LIST,  /* also pairlists, expressions, calls and functions */
    JT_RDS_OTHER, /* environments and what else has no use here */
};

enum {
    JT_RDS_TEXT_KEPT = 64 << 10,    /* bytes kept of each string */
    JT_RDS_ELEMENTS_KEPT = 1 << 12, /* of each vector of strings or numbers */
    JT_RDS_RAW_KEPT = 4 << 20,      /* bytes of each raw vector */
    JT_RDS_MEMORY_MOST = 128 << 20, /* of what was not taken */
};

struct jt_rds_text {
    const char *text;    /* NUL-terminated UTF-8 or, when it is none, as it is; "" for NA */
    uint32_t kept;       /* bytes at `text` */
    uint64_t bytes;      /* of the whole string */
    uint64_t characters; /* of the whole string */
    bool is_na;
};

struct jt_rds_item {
    enum jt_rds_type type;
    const char *name; /* in its list; "" when it has none */
    uint32_t index;   /* in its list, from 0 */
    uint32_t kept;    /* elements at the pointers below */
    uint64_t length;  /* as the file says */
    const struct jt_rds_item *next;
    union {
        const struct jt_rds_item *first; /* LIST: NULL elements and taken ones are left out */
        const struct jt_rds_text *texts; /* STRING, and SYMBOL (one) */
        const int32_t *integers;         /* LOGICAL and INTEGER; INT32_MIN is NA */
        const double *reals;
        const uint8_t *raw;
    };
    const char *class_name; /* the first of its class attribute; NULL: has none */
    bool has_names;
};

struct jt_rds_visitor {
    void *context;
    /* A complete list that has names or a class; what it points to is valid during the call, or,
     * when it is not taken, until the list that holds it is taken. 0 to go on. */
    int (*list)(void *context, const struct jt_rds_item *list, bool *is_taken);
};

struct jt_rds;

/* Whether a file that begins so is one. A gzip file is looked into. */
bool jt_rds_probe(const void *bytes, size_t count);
/* The name of a compression of R's that these bytes begin and that is not read; or NULL. */
const char *jt_rds_unread_compression(const void *bytes, size_t count);

int jt_rds_open(const char *path, struct jt_diag *diag, struct jt_rds **rds);
/* `bytes` stay the caller's and outlive the reader. */
int jt_rds_open_memory(const void *bytes, size_t count, const char *name, struct jt_diag *diag,
                       struct jt_rds **rds);
void jt_rds_close(struct jt_rds *rds);

/* Walk through the file from its beginning. JITNEY_OK; what the visitor returned; after saying so
 * (the first time) JITNEY_ERR_FORMAT (damaged, or cut short), JITNEY_ERR_VERSION or
 * JITNEY_ERR_LIMIT (nested too deep, too large). */
int jt_rds_read(struct jt_rds *rds, const struct jt_rds_visitor *visitor);

/* The element of this name, or NULL. */
const struct jt_rds_item *jt_rds_find(const struct jt_rds_item *list, const char *name);
/* The first string of an item of that type; NULL otherwise, and for NA. */
const struct jt_rds_text *jt_rds_text(const struct jt_rds_item *item);
/* The first element as a number: of a string its decimal digits, of a number its value. false when
 * it is none. Negative numbers are in two's complement. */
bool jt_rds_number(const struct jt_rds_item *item, uint64_t *number);

#endif
