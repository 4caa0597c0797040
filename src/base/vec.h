/* A growing array of one type:
 *     struct jt_vec(struct code) codes = {0};
 *     jt_vec_push(&codes, code);
 *     for (size_t i = 0; i < codes.count; i++) use(codes.at[i]);
 *     jt_vec_release(&codes);
 * Pointers into it are valid until the next push. Outside half only. */
#ifndef JT_BASE_VEC_H
#define JT_BASE_VEC_H

#include "base/alloc.h"

#include <stddef.h>
#include <stdlib.h>

#define jt_vec(type)                                                                               \
    {                                                                                              \
        type *at;                                                                                  \
        size_t count;                                                                              \
        size_t room;                                                                               \
    }

/* For the macros below: `old` with room for `needed` elements and some more. */
void *jt_vec_grown(void *old, size_t *room, size_t needed, size_t element_bytes)
    __attribute__((returns_nonnull));

/* Make room for `extra` more elements. (The second condition says to readers
 * that `at` is not NULL behind it.) */
#define jt_vec_reserve(vec, extra)                                                                 \
    ((vec)->count + (extra) > (vec)->room || !(vec)->at                                            \
         ? (void)((vec)->at = jt_vec_grown((vec)->at, &(vec)->room, (vec)->count + (extra),        \
                                           sizeof(*(vec)->at)))                                    \
         : (void)0)

#define jt_vec_push(vec, ...)                                                                      \
    (jt_vec_reserve(vec, 1), (void)((vec)->at[(vec)->count++] = (__VA_ARGS__)))

#define jt_vec_clear(vec) ((void)((vec)->count = 0))

#define jt_vec_release(vec)                                                                        \
    (free((vec)->at), (vec)->at = NULL, (void)((vec)->count = (vec)->room = 0))

#endif
