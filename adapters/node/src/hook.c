/* See hook.h. The entries of the object's global offset table for fopen(), fclose() and vprintf()
 * are found by its relocations (System V ABI, dynamic section). */
#include "hook.h"

#include <elf.h>
#include <link.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__x86_64__)
enum { JUMP_SLOT = R_X86_64_JUMP_SLOT, GLOBAL_DATA = R_X86_64_GLOB_DAT };
#elif defined(__aarch64__)
enum { JUMP_SLOT = R_AARCH64_JUMP_SLOT, GLOBAL_DATA = R_AARCH64_GLOB_DAT };
#else
enum { JUMP_SLOT = -1, GLOBAL_DATA = -1 };
#endif

enum { SLOTS = 4, PATH_ROOM = 64 };

/* Places that hold the address of one function. */
struct slots {
    void **at[SLOTS];
    int count;
};

struct search {
    uintptr_t inside;
    uintptr_t base;
    const ElfW(Dyn) * dynamic;
    struct slots opens;
    struct slots closes;
    struct slots prints;
};

/* One for the process, as the tables are that lead here. */
static struct {
    char path[PATH_ROOM];
    FILE *stream;
    void (*closed)(void);
} hook;

static FILE *open_stream(const char *path, const char *mode)
{
    return path && strcmp(path, hook.path) == 0 ? hook.stream : fopen(path, mode);
}

static int close_stream(FILE *stream)
{
    int status = 0;

    if (stream != hook.stream)
        return fclose(stream);
    status = fflush(stream);
    hook.closed();
    return status;
}

/* Where V8 tells that code depends on what has changed, it writes the end of its line to standard
 * output by mistake (v8: Code::TraceMarkForDeoptimization). */
static int print(FILE *stream, const char *format, va_list arguments)
{
    static const char stray[] = ") (opt id ";
    bool is_stray =
        stream == stdout && hook.stream && strncmp(format, stray, sizeof(stray) - 1) == 0;

    return vfprintf(is_stray ? hook.stream : stream, format, arguments);
}

static int find_object(struct dl_phdr_info *info, size_t size, void *context)
{
    struct search *search = context;
    const ElfW(Dyn) *dynamic = NULL;
    bool is_it = false;

    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + part->p_vaddr;

        if (part->p_type == PT_DYNAMIC)
            dynamic = (const void *)start; // NOLINT(performance-no-int-to-ptr)
        is_it |= part->p_type == PT_LOAD && search->inside - start < part->p_memsz;
    }
    if (!is_it)
        return 0;
    search->base = info->dlpi_addr;
    search->dynamic = dynamic;
    return 1;
}

static void add_slot(struct slots *slots, void **at)
{
    if (slots->count < SLOTS)
        slots->at[slots->count++] = at;
}

static void scan(struct search *search, const ElfW(Rela) * rows, size_t bytes,
                 const ElfW(Sym) * symbols, const char *names)
{
    for (size_t i = 0; rows && i < bytes / sizeof(*rows); i++) {
        int type = (int)ELF64_R_TYPE(rows[i].r_info);
        const char *name = names + symbols[ELF64_R_SYM(rows[i].r_info)].st_name;
        void **at = (void **)(search->base + rows[i].r_offset); // NOLINT

        if (type != JUMP_SLOT && type != GLOBAL_DATA)
            continue;
        if (strcmp(name, "fopen") == 0 || strcmp(name, "fopen64") == 0)
            add_slot(&search->opens, at);
        else if (strcmp(name, "fclose") == 0)
            add_slot(&search->closes, at);
        else if (strcmp(name, "vfprintf") == 0)
            add_slot(&search->prints, at);
    }
}

/* The C library has made addresses of the pointers in a dynamic section. */
static void find_slots(struct search *search)
{
    const ElfW(Sym) *symbols = NULL;
    const char *names = NULL;
    const ElfW(Rela) *plt = NULL;
    const ElfW(Rela) *data = NULL;
    size_t plt_bytes = 0;
    size_t data_bytes = 0;

    for (const ElfW(Dyn) *row = search->dynamic; row && row->d_tag != DT_NULL; row++) {
        const void *address = (const void *)row->d_un.d_ptr; // NOLINT

        if (row->d_tag == DT_SYMTAB)
            symbols = address;
        else if (row->d_tag == DT_STRTAB)
            names = address;
        else if (row->d_tag == DT_JMPREL)
            plt = address;
        else if (row->d_tag == DT_RELA)
            data = address;
        else if (row->d_tag == DT_PLTRELSZ)
            plt_bytes = row->d_un.d_val;
        else if (row->d_tag == DT_RELASZ)
            data_bytes = row->d_un.d_val;
    }
    if (!symbols || !names)
        return;
    scan(search, plt, plt_bytes, symbols, names);
    scan(search, data, data_bytes, symbols, names);
}

/* What protects this address now. */
static int protection_of(uintptr_t address)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[512];
    int protection = -1;

    while (maps && protection < 0 && fgets(line, sizeof(line), maps)) {
        char *at = line;
        uintptr_t start = strtoul(at, &at, 16);
        uintptr_t end = *at == '-' ? strtoul(at + 1, &at, 16) : 0;

        /* `START-END rwxp …` */
        if (address >= start && address < end && strlen(at) > 4)
            protection =
                PROT_READ | (at[2] == 'w' ? PROT_WRITE : 0) | (at[3] == 'x' ? PROT_EXEC : 0);
    }
    if (maps)
        fclose(maps);
    return protection;
}

static bool set_slot(void **at, void *function)
{
    uintptr_t page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t page = (uintptr_t)at & ~(page_bytes - 1);
    int protection = protection_of((uintptr_t)at);
    bool is_writable = protection >= 0 && (protection & PROT_WRITE);

    if (protection < 0 || (!is_writable && mprotect((void *)page, page_bytes, // NOLINT
                                                    protection | PROT_WRITE) != 0))
        return false;
    __atomic_store_n(at, function, __ATOMIC_RELEASE);
    if (!is_writable)
        mprotect((void *)page, page_bytes, protection); // NOLINT
    return true;
}

static bool set_all(const struct slots *slots, void *function)
{
    bool is_set = slots->count > 0;

    for (int i = 0; i < slots->count; i++)
        is_set &= set_slot(slots->at[i], function);
    return is_set;
}

bool node_hook_trace(const void *inside, const char *path, FILE *stream, void (*closed)(void))
{
    struct search search = {.inside = (uintptr_t)inside};

    if (hook.stream || strlen(path) >= sizeof(hook.path))
        return false;
    dl_iterate_phdr(find_object, &search);
    find_slots(&search);
    if (search.opens.count == 0 || search.closes.count == 0 || search.prints.count == 0)
        return false;
    snprintf(hook.path, sizeof(hook.path), "%s", path);
    hook.closed = closed;
    __atomic_store_n(&hook.stream, stream, __ATOMIC_RELEASE);
    /* Closing first: what opens must find it. */
    return set_all(&search.prints, (void *)print) &&
           set_all(&search.closes, (void *)close_stream) &&
           set_all(&search.opens, (void *)open_stream);
}
