/* Writes an ELF object of this machine's word size and byte order into a
 * buffer, section by section. Addresses are absolute: what it describes lies in
 * memory already. Layout: the System V ABI, chapter 4, as in <elf.h>. */
#ifndef JT_FORMAT_ELF_WRITER_H
#define JT_FORMAT_ELF_WRITER_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    JT_ELF_HEADER_BYTES = 64,
    JT_ELF_SECTION_BYTES = 64,
    JT_ELF_SYMBOL_BYTES = 24,
    JT_ELF_SECTION_LIMIT = 0xff00, /* numbers from here on mean something else: SHN_LORESERVE */
    JT_ELF_NAMES_ROOM = 192,
};

/* The machine this is compiled for (EM_*), or 0 when it is none we describe code for. */
uint16_t jt_elf_machine(void);

struct jt_elf_writer {
    struct jt_buf *out;
    size_t start;      /* of the object in `out` */
    uint32_t room;     /* section headers there is room for */
    uint32_t count;    /* of them that are used */
    bool is_open;      /* a section is being filled */
    uint32_t names_at; /* used bytes of `names` */
    char names[JT_ELF_NAMES_ROOM];
};

struct jt_elf_section {
    const char *name;
    uint32_t type;    /* SHT_* */
    uint64_t flags;   /* SHF_* */
    uint64_t address; /* 0: not in memory */
    uint64_t bytes;   /* of SHT_NOBITS; others are as long as what is appended */
    uint32_t link;
    uint32_t info;
    uint64_t align; /* a power of two */
    uint64_t entry_bytes;
};

/* Begin an object with `sections` sections, the one without a name and .shstrtab not counted. A
 * failure, here and later, stays in `out`. */
void jt_elf_begin(struct jt_elf_writer *writer, struct jt_buf *out, uint16_t machine, uint16_t type,
                  uint32_t sections);
/* Begin a section, and with it end the one before. What it holds is appended to `out` from now
 * on. Returns its number. */
uint32_t jt_elf_section(struct jt_elf_writer *writer, const struct jt_elf_section *section);
/* End the last section and write the names of all. Unused headers remain empty. */
void jt_elf_end(struct jt_elf_writer *writer);

/* A function's symbol; `name` is an offset in the string table. */
void jt_elf_function(struct jt_buf *out, uint32_t name, uint16_t section, uint64_t address,
                     uint64_t bytes);

/* Turn the section whose header lies here into one that readers skip. */
void jt_elf_drop_section(uint8_t header[JT_ELF_SECTION_BYTES]);
/* The same for a symbol. */
void jt_elf_drop_symbol(uint8_t symbol[JT_ELF_SYMBOL_BYTES]);

#endif
