/* Which of several names of a function is shown, decided when it is first asked
 * for: the choice depends on the demangled names, and most are never asked for. */
#include "analysis/symbol/demangle.h"
#include "analysis/symbol/elf_parts.h"

#include <string.h>

enum {
    ALIASES_MOST = 4096, /* real ones are under a hundred, when equal code was folded */
    BUDGET_FACTOR = 16,  /* a demangled name is a few times as long as the raw one */
    BUDGET_LEAST = 1 << 20
};

void jt_elf_names_init(struct jt_elf_names *names, size_t count, uint64_t file_bytes)
{
    names->at = jt_alloc(count + 1, sizeof(*names->at));
    names->count = count;
    jt_elf_budget_init(&names->budget, file_bytes);
}

void jt_elf_names_release(struct jt_elf_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->at[i].readable);
    free(names->at);
}

void jt_elf_budget_init(uint64_t *budget, uint64_t file_bytes)
{
    *budget = file_bytes * BUDGET_FACTOR + BUDGET_LEAST;
}

bool jt_elf_budget_take(uint64_t *budget, const char *text)
{
    size_t bytes = strnlen(text, JT_ELF_NAME_LIMIT + 1);

    if (bytes > JT_ELF_NAME_LIMIT || bytes > *budget)
        return false;
    *budget -= bytes;
    return true;
}

/* A trampoline is shown as the function that it leads to, with the mark. */
static char *make_readable(const char *raw)
{
    static const char mark[] = "@plt";
    size_t bytes = strnlen(raw, JT_ELF_NAME_LIMIT);
    size_t mark_bytes = sizeof(mark) - 1;
    char *name = NULL;
    char *base = NULL;
    char *readable = NULL;

    if (bytes <= mark_bytes || memcmp(raw + bytes - mark_bytes, mark, sizeof(mark)) != 0)
        return jt_demangle(raw);
    base = jt_strndup(raw, bytes - mark_bytes);
    name = jt_demangle(base);
    if (name)
        readable = jt_format("%s%s", name, mark);
    free(name);
    free(base);
    return readable;
}

static const char *shown(const struct jt_elf_name *name)
{
    return name->readable ? name->readable : name->raw;
}

static size_t underscores(const char *text)
{
    size_t count = 0;

    while (count < JT_ELF_NAME_LIMIT && text[count] == '_')
        count++;
    return count;
}

/* Fewer underscores, then the longer name, then the earlier, all of the
 * readable form (linux: tools/perf/util/symbol.c, choose_best_symbol). */
static bool is_better(const struct jt_elf_name *name, const struct jt_elf_name *than)
{
    size_t count = underscores(shown(name));
    size_t than_count = underscores(shown(than));

    if (count != than_count)
        return count < than_count;
    return strnlen(shown(name), JT_ELF_NAME_LIMIT) > strnlen(shown(than), JT_ELF_NAME_LIMIT);
}

static struct jt_elf_name choose(const struct jt_elf_symbols *symbols,
                                 const struct jt_elf_entry *entry)
{
    struct jt_elf_name best = {.raw = entry->name};
    struct jt_elf_name other;

    if (entry->alias_count > 0)
        best.raw = symbols->aliases.at[entry->alias_first];
    best.readable = make_readable(best.raw);
    for (uint32_t i = 1; i < entry->alias_count && i < ALIASES_MOST; i++) {
        other.raw = symbols->aliases.at[entry->alias_first + i];
        other.readable = make_readable(other.raw);
        if (is_better(&other, &best)) {
            free(best.readable);
            best = other;
        } else {
            free(other.readable);
        }
    }
    return best;
}

bool jt_elf_names_find(struct jt_elf_names *names, const struct jt_elf_symbols *symbols,
                       uint32_t entry, struct jt_elf_symbol *symbol)
{
    struct jt_elf_name *name = &names->at[entry];

    if (!name->raw) {
        *name = choose(symbols, &symbols->entries.at[entry]);
        name->is_refused = !jt_elf_budget_take(&names->budget, name->raw) ||
                           !jt_elf_budget_take(&names->budget, shown(name));
    }
    symbol->raw = name->raw;
    symbol->name = shown(name);
    return !name->is_refused;
}
