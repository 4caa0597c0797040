#include "analysis/symbol/modules.h"

#include "analysis/symbol/name.h"
#include "base/hash.h"
#include "jitney/status.h"

#include <string.h>

void jt_modules_init(struct jt_modules *modules, struct jt_strings *strings, struct jt_diag *diag,
                     const struct jt_modules_options *options)
{
    *modules = (struct jt_modules){.strings = strings, .diag = diag, .options = *options};
}

void jt_modules_release(struct jt_modules *modules)
{
    for (size_t i = 0; i < modules->list.count; i++)
        jt_elf_close(modules->list.at[i].elf);
    jt_vec_release(&modules->list);
    jt_vec_release(&modules->build_id_list);
    jt_map_release(&modules->by_key);
    jt_map_release(&modules->build_ids);
}

/* Mapped memory that a JIT compiler may have filled: what perf calls anonymous
 * (linux: tools/perf/util/map.h, is_anon_memory and is_no_dso_memory), and shared
 * memory, where runtimes with W^X put code (perf names nothing there). */
static bool is_anonymous_path(const char *path)
{
    static const char *const prefixes[] = {
        "//anon", "/dev/zero", "/anon_hugepage", "[anon",       "[stack",
        "/SYSV",  "[heap]",    "/memfd:",        "anon_inode:", "/dev/shm/"};

    if (path[0] == '\0')
        return true;
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
        if (strncmp(path, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return false;
}

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash && slash[1] ? slash + 1 : path;
}

bool jt_modules_is_injected(const char *base)
{
    size_t bytes = strlen(base);

    return strncmp(base, "jitted-", 7) == 0 && bytes > 10 && strcmp(base + bytes - 3, ".so") == 0;
}

void jt_modules_expect(struct jt_modules *modules, const char *path, const uint8_t *build_id,
                       size_t bytes)
{
    struct jt_module known = {.path = jt_strings_put_text(modules->strings, path)};

    if (bytes == 0 || bytes > sizeof(known.build_id))
        return;
    memcpy(known.build_id, build_id, bytes);
    known.build_id_bytes = (uint8_t)bytes;
    *jt_map_put(&modules->build_ids, known.path) = (uint32_t)modules->build_id_list.count;
    jt_vec_push(&modules->build_id_list, known);
}

static void take_build_id(struct jt_modules *modules, const struct jt_mapping *mapping,
                          struct jt_module *module)
{
    uint32_t expected = jt_map_find(&modules->build_ids, module->path);

    if (mapping->build_id_bytes > 0 && mapping->build_id_bytes <= sizeof(module->build_id)) {
        memcpy(module->build_id, mapping->build_id, mapping->build_id_bytes);
        module->build_id_bytes = mapping->build_id_bytes;
    } else if (expected != JT_MAP_NONE) {
        memcpy(module->build_id, modules->build_id_list.at[expected].build_id,
               sizeof(module->build_id));
        module->build_id_bytes = modules->build_id_list.at[expected].build_id_bytes;
    }
}

uint32_t jt_modules_put(struct jt_modules *modules, const struct jt_mapping *mapping)
{
    struct jt_module module = {.path = jt_strings_put_text(modules->strings, mapping->path)};
    const char *base = base_of(mapping->path);
    uint64_t key = module.path;
    uint32_t *number = NULL;

    take_build_id(modules, mapping, &module);
    if (module.build_id_bytes > 0)
        key = jt_hash_pair(key, jt_hash_bytes(module.build_id, module.build_id_bytes));
    number = jt_map_put(&modules->by_key, key);
    if (*number != JT_MAP_NONE)
        return *number;
    *number = (uint32_t)modules->list.count;
    module.base_name = jt_strings_put_text(modules->strings, base);
    module.is_anonymous = is_anonymous_path(mapping->path);
    module.is_injected = jt_modules_is_injected(base);
    if (!module.is_anonymous)
        module.runtime = jt_runtime_of_file(mapping->path);
    jt_vec_push(&modules->list, module);
    return (uint32_t)modules->list.count - 1;
}

struct jt_module *jt_modules_at(struct jt_modules *modules, uint32_t number)
{
    return &modules->list.at[number];
}

struct jt_elf *jt_modules_elf(struct jt_modules *modules, uint32_t number)
{
    struct jt_module *module = &modules->list.at[number];
    struct jt_elf_request request = {.path = jt_strings_text(modules->strings, module->path),
                                     .symfs = modules->options.symfs,
                                     .extra_dirs = modules->options.dirs,
                                     .extra_dir_count = modules->options.dir_count};

    if (module->was_opened || module->is_anonymous)
        return module->elf;
    module->was_opened = true;
    if (module->build_id_bytes > 0) {
        request.build_id = module->build_id;
        request.build_id_bytes = module->build_id_bytes;
    }
    module->status = jt_elf_open(&request, modules->diag, &module->elf);
    if (module->status != JITNEY_OK)
        module->elf = NULL;
    return module->elf;
}
