/* The kernel's symbol list as /proc/kallsyms prints it: `ADDRESS TYPE NAME`,
 * for a module's symbol a tab and `[MODULE]` behind. The text is kept and its
 * names are used where they lie. */
#include "analysis/symbol/kernel.h"

#include "base/vec.h"
#include "jitney/status.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    READ_STEP = 1 << 20,
    TEXT_LIMIT = 64 << 20, /* a real list is 5 to 30 MB */
};

static const uint64_t page_bytes = 4096;

struct entry {
    uint64_t start;
    uint32_t name;   /* offset in the text */
    uint32_t module; /* offset in the text; 0: the kernel itself */
    char type;
};

struct jt_kernel {
    char *text;
    struct jt_vec(struct entry) entries; /* by address, one for each */
    size_t skipped_lines;
};

static const char kernel_module[] = "[kernel.kallsyms]";

static bool is_code(char type)
{
    return type == 't' || type == 'T' || type == 'w' || type == 'W';
}

/* Data ends the function before it but is no answer itself. */
static bool is_bound(char type)
{
    return is_code(type) || strchr("dDbBrRvV", type) != NULL;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Cut a line `[at, end)` into `entry`; NULs are put behind its name and module.
 * False when it is no symbol. */
static bool parse_line(char *text, char *at, char *end, struct entry *entry)
{
    char *tab = NULL;
    size_t digits = 0;
    size_t length = 0;

    entry->start = 0;
    entry->module = 0;
    for (; at < end && hex_digit(*at) >= 0; at++, digits++)
        entry->start = entry->start << 4 | (uint64_t)hex_digit(*at);
    if (digits == 0 || digits > 16 || end - at < 4 || at[0] != ' ' || at[2] != ' ')
        return false;
    entry->type = at[1];
    at += 3;
    entry->name = (uint32_t)(at - text);
    length = (size_t)(end - at);
    while (length > 0 && isspace((unsigned char)at[length - 1]))
        length--;
    at[length] = '\0';
    if (length == 0 || (unsigned char)*at <= ' ')
        return false;
    tab = memchr(at, '\t', length);
    if (tab && tab[1] == '[') {
        *tab = '\0';
        entry->module = (uint32_t)(tab + 1 - text);
    }
    return true;
}

static void parse(struct jt_kernel *kernel, size_t bytes)
{
    char *at = kernel->text;
    char *end = kernel->text + bytes;
    struct entry entry = {0};

    jt_vec_reserve(&kernel->entries, bytes / 40);
    while (at < end) {
        char *newline = memchr(at, '\n', (size_t)(end - at));
        char *line_end = newline ? newline : end;

        if (!parse_line(kernel->text, at, line_end, &entry))
            kernel->skipped_lines++;
        else if (is_bound(entry.type))
            jt_vec_push(&kernel->entries, entry);
        at = line_end + 1;
    }
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *left = a;
    const struct entry *right = b;

    if (left->start != right->start)
        return left->start < right->start ? -1 : 1;
    /* Offsets in the text keep the list's own order. */
    return left->name < right->name ? -1 : left->name > right->name;
}

static bool is_sorted(const struct jt_kernel *kernel)
{
    for (size_t i = 1; i < kernel->entries.count; i++)
        if (kernel->entries.at[i].start < kernel->entries.at[i - 1].start)
            return false;
    return true;
}

/* Of the aliases of one address perf keeps the last in the list, because only
 * that one gets a length before duplicates go (linux: tools/perf/util/symbol.c,
 * symbols__fixup_end). Data gives way to code. */
static void drop_aliases(struct jt_kernel *kernel)
{
    size_t kept = 0;

    for (size_t i = 0; i < kernel->entries.count; i++) {
        struct entry *entry = &kernel->entries.at[i];
        struct entry *last = kept > 0 ? &kernel->entries.at[kept - 1] : NULL;

        if (!last || last->start != entry->start)
            kernel->entries.at[kept++] = *entry;
        else if (is_code(entry->type) || !is_code(last->type))
            *last = *entry;
    }
    kernel->entries.count = kept;
}

static int finish(struct jt_kernel *kernel, size_t bytes)
{
    parse(kernel, bytes);
    if (kernel->entries.count == 0)
        return JITNEY_ERR_FORMAT;
    if (!is_sorted(kernel))
        qsort(kernel->entries.at, kernel->entries.count, sizeof(struct entry), compare_entries);
    if (kernel->entries.at[kernel->entries.count - 1].start == 0)
        return JITNEY_ERR_PERMISSION;
    drop_aliases(kernel);
    return JITNEY_OK;
}

static int read_all(int fd, char **text, size_t *bytes)
{
    size_t room = 0;
    ssize_t got = 0;

    do {
        if (room - *bytes < READ_STEP) {
            room = room * 2 + 8 * (size_t)READ_STEP;
            *text = jt_realloc(*text, room, 1);
        }
        got = read(fd, *text + *bytes, room - *bytes - 1);
        if (got > 0)
            *bytes += (size_t)got;
        if (*bytes > TEXT_LIMIT)
            return JITNEY_ERR_LIMIT;
    } while (got > 0 || (got < 0 && errno == EINTR));
    (*text)[*bytes] = '\0';
    return got < 0 ? JITNEY_ERR_IO : JITNEY_OK;
}

static int open_list(const char *path, int *fd)
{
    struct stat status;

    /* A FIFO must not make us wait. */
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0 && (errno == EACCES || errno == EPERM))
        return JITNEY_ERR_PERMISSION;
    if (*fd < 0)
        return JITNEY_ERR_NOT_FOUND;
    if (fstat(*fd, &status) != 0 || !S_ISREG(status.st_mode))
        return JITNEY_ERR_FORMAT;
    return JITNEY_OK;
}

int jt_kernel_open(const char *path, struct jt_diag *diag, struct jt_kernel **kernel)
{
    struct jt_kernel *fresh = jt_alloc(1, sizeof(*fresh));
    const char *name = path ? path : "/proc/kallsyms";
    size_t bytes = 0;
    int status = JITNEY_OK;
    int fd = -1;

    *kernel = NULL;
    status = open_list(name, &fd);
    if (status)
        goto out;
    status = read_all(fd, &fresh->text, &bytes);
    if (status)
        goto out;
    status = finish(fresh, bytes);
    if (fresh->skipped_lines > 0)
        jt_diag_warn(diag, name, JT_DIAG_NO_OFFSET, "%zu lines are not `ADDRESS TYPE NAME`",
                     fresh->skipped_lines);
    if (status)
        goto out;
    *kernel = fresh;
    fresh = NULL;
out:
    if (fd >= 0)
        close(fd);
    jt_kernel_close(fresh);
    return status;
}

int jt_kernel_open_memory(const char *text, size_t bytes, struct jt_kernel **kernel)
{
    struct jt_kernel *fresh = NULL;
    int status = JITNEY_OK;

    *kernel = NULL;
    if (bytes > TEXT_LIMIT)
        return JITNEY_ERR_LIMIT;
    fresh = jt_alloc(1, sizeof(*fresh));
    fresh->text = jt_alloc(bytes + 1, 1);
    if (bytes > 0)
        memcpy(fresh->text, text, bytes);
    status = finish(fresh, bytes);
    if (status) {
        jt_kernel_close(fresh);
        return status;
    }
    *kernel = fresh;
    return JITNEY_OK;
}

void jt_kernel_close(struct jt_kernel *kernel)
{
    if (!kernel)
        return;
    jt_vec_release(&kernel->entries);
    free(kernel->text);
    free(kernel);
}

static const char *module_of(const struct jt_kernel *kernel, const struct entry *entry)
{
    return entry->module ? kernel->text + entry->module : kernel_module;
}

/* Between the kernel and a module, and behind the last symbol, lies no code that
 * the list knows: there a symbol ends one page behind its own (linux:
 * tools/perf/util/symbol.c, symbols__fixup_end). */
static uint64_t end_of(const struct jt_kernel *kernel, size_t index)
{
    const struct entry *entry = &kernel->entries.at[index];
    uint64_t limit = UINT64_MAX;
    uint64_t next = 0;

    if (entry->start <= UINT64_MAX - 2 * page_bytes)
        limit = (entry->start + 2 * page_bytes - 1) & ~(page_bytes - 1);
    if (index + 1 == kernel->entries.count)
        return limit;
    next = kernel->entries.at[index + 1].start;
    if (strcmp(module_of(kernel, entry), module_of(kernel, entry + 1)) == 0 || next < limit)
        return next;
    return limit;
}

bool jt_kernel_find(const struct jt_kernel *kernel, uint64_t address,
                    struct jt_kernel_symbol *symbol)
{
    size_t low = 0;
    size_t high = kernel->entries.count;
    const struct entry *entry = NULL;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (kernel->entries.at[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return false;
    entry = &kernel->entries.at[low - 1];
    if (!is_code(entry->type) || address >= end_of(kernel, low - 1))
        return false;
    symbol->name = kernel->text + entry->name;
    symbol->module = module_of(kernel, entry);
    symbol->start = entry->start;
    symbol->bytes = end_of(kernel, low - 1) - entry->start;
    return true;
}
