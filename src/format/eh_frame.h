/* Building .eh_frame and .eh_frame_hdr for a piece of code, from what its engine
 * knows (jitney_code_load: unwind_kind and unwind). What an engine hands over is checked and
 * written anew: garbage yields nothing, never a crash, and personality routines and language data,
 * which mean nothing to a profiler or debugger, are left out.
 *
 * The reader sees the code and the section at places of its own; tell them in the layout:
 *   - jitdump, by way of perf inject: text 0, section ALIGN8(code bytes), with a search table.
 *     Addresses are differences, so only the distance counts.
 *   - an object in memory for a debugger: is_absolute, text where the code runs. The section may
 *     then lie anywhere, and needs no relocation.
 * Nothing here allocates, so measuring is async-signal-safe.
 * Layouts: DWARF 5 §6.4, Linux Standard Base Core 5.0 §10.6, System V ABI. */
#ifndef JT_FORMAT_EH_FRAME_H
#define JT_FORMAT_EH_FRAME_H

#include "jitney/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jt_eh_frame_layout {
    uint16_t machine;   /* ELF e_machine; x86-64 and aarch64 have unwinding */
    bool is_absolute;   /* addresses of 8 bytes; else differences of 4 */
    bool has_header;    /* .eh_frame_hdr follows directly; not with is_absolute */
    bool may_read_code; /* load->code (or its address) is readable: look at its prologue */
    uint64_t text;      /* where the reader sees the first byte of the code */
    uint64_t section;   /* and the first byte of .eh_frame */
};

struct jt_eh_frame_size {
    size_t frame_bytes;
    size_t header_bytes;
    size_t fdes;
};

/* How large the sections of `load` become; the code itself is not looked at, and when its address
 * is 0 (not known yet) what is measured is enough for any.
 * JITNEY_OK; JITNEY_ERR_NOT_FOUND: the load has no unwinding data, or none for its addresses;
 * JITNEY_ERR_FORMAT: what it has is damaged; JITNEY_ERR_LIMIT: it is unreasonably large. */
int jt_eh_frame_measure(const struct jitney_code_load *load,
                        const struct jt_eh_frame_layout *layout, struct jt_eh_frame_size *size);
/* Fill `out` with the `frame_bytes` + `header_bytes` that were measured with the same arguments.
 * Between the two calls `load->unwind` must not change. Returns as above. */
int jt_eh_frame_build(const struct jitney_code_load *load, const struct jt_eh_frame_layout *layout,
                      const struct jt_eh_frame_size *size, uint8_t *out);

/* The e_machine of this very program. */
uint16_t jt_eh_frame_host_machine(void);
/* The layout that perf inject gives to code of a jitdump. */
struct jt_eh_frame_layout jt_eh_frame_layout_of_perf(uint64_t code_bytes);

#endif
