/* Definitions that all hold at once, as the lines of a perf map do: the last one
 * that covers an address has it, and those below keep what is left of them. */
#ifndef JT_SYMBOL_LAYERS_H
#define JT_SYMBOL_LAYERS_H

#include "base/vec.h"

#include <stddef.h>
#include <stdint.h>

#define JT_LAYER_HOLE UINT32_MAX /* a layer without code: it only hides those below */

struct jt_layer {
    uint64_t start;
    uint64_t last; /* the last address of it */
    uint32_t code; /* or JT_LAYER_HOLE */
};

struct jt_layers {
    struct jt_vec(struct jt_layer) pieces;
};

/* Append what can be seen of `layers`, later ones on top, to `seen`: pieces that
 * do not overlap, in the order of addresses, at most two for each layer. */
void jt_layers_flatten(const struct jt_layer *layers, size_t count, struct jt_layers *seen);

#endif
