/* Which file holds the code of a mapping, and which its debug symbols. */
#include "analysis/symbol/elf_parts.h"
#include "jitney/status.h"

#include <elfutils/libdwelf.h>
#include <string.h>

static const char debug_root[] = "/usr/lib/debug";
static const char deleted_mark[] = " (deleted)"; /* linux: fs/d_path.c */

enum { ID_TEXT_MOST = 2 * JT_ELF_BUILD_ID_MOST + 2 };

struct search {
    const struct jt_elf_request *request;
    struct jt_elf_file *file;
    int status; /* the best reason so far why there is no file */
};

/* --- build ids ------------------------------------------------------------------ */

/* perf.data has room for 20 bytes and fills a shorter id up with zeros. */
static bool is_same_id(const uint8_t *wanted, size_t wanted_bytes, const uint8_t *id, size_t bytes)
{
    if (bytes == 0 || wanted_bytes < bytes || memcmp(wanted, id, bytes) != 0)
        return false;
    for (size_t i = bytes; i < wanted_bytes; i++)
        if (wanted[i] != 0)
            return false;
    return true;
}

/* `xx/yyyy`, as build-id directories are laid out. */
static void id_text(const uint8_t *id, size_t bytes, char text[ID_TEXT_MOST])
{
    static const char digits[] = "0123456789abcdef";
    char *at = text;

    for (size_t i = 0; i < bytes && i < JT_ELF_BUILD_ID_MOST; i++) {
        *at++ = digits[id[i] >> 4];
        *at++ = digits[id[i] & 15];
        if (i == 0)
            *at++ = '/';
    }
    *at = '\0';
}

/* --- the file ---------------------------------------------------------------------- */

static bool wants_id(const struct jt_elf_request *request)
{
    return request->build_id && request->build_id_bytes > 0;
}

/* A wrong build says more than a file that is none, and that more than nothing. */
static void keep_reason(struct search *search, int status)
{
    static const int by_weight[] = {JITNEY_ERR_NOT_FOUND, JITNEY_ERR_PERMISSION, JITNEY_ERR_FORMAT,
                                    JITNEY_ERR_VERSION};
    size_t old = 0;
    size_t new = 0;

    for (size_t i = 0; i < sizeof(by_weight) / sizeof(by_weight[0]); i++) {
        old = by_weight[i] == search->status ? i : old;
        new = by_weight[i] == status ? i : new;
    }
    if (new > old)
        search->status = status;
}

static bool check(struct search *search, int status)
{
    const struct jt_elf_request *request = search->request;

    if (!status && wants_id(request) &&
        !is_same_id(request->build_id, request->build_id_bytes, search->file->build_id,
                    search->file->build_id_bytes)) {
        jt_elf_file_close(search->file);
        status = JITNEY_ERR_VERSION;
    }
    if (status)
        keep_reason(search, status);
    return !status;
}

/* `path` is freed. */
static bool try_path(struct search *search, char *path)
{
    int status = jt_elf_file_open(path, search->file);

    free(path);
    return check(search, status);
}

static bool try_id_directory(struct search *search, const char *root, const char *directory)
{
    static const char *const endings[] = {"/elf", "/vdso", ".debug", ""};
    char id[ID_TEXT_MOST];

    id_text(search->request->build_id, search->request->build_id_bytes, id);
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
        if (try_path(search, jt_format("%s%s/.build-id/%s%s", root, directory, id, endings[i])))
            return true;
    return false;
}

/* perf's cache of files: by build id, and by path and build id (linux:
 * tools/perf/util/build-id.c). */
static bool try_perf_cache(struct search *search)
{
    const char *directory = getenv("PERF_BUILDID_DIR");
    const char *home = getenv("HOME");
    char *cache = NULL;
    char id[ID_TEXT_MOST];
    bool found = false;

    if (directory && directory[0])
        cache = jt_strdup(directory);
    else if (home && home[0])
        cache = jt_format("%s/.debug", home);
    if (!cache)
        return false;
    id_text(search->request->build_id, search->request->build_id_bytes, id);
    memmove(id + 2, id + 3, strlen(id + 2)); /* without the slash, with the NUL */
    found = try_id_directory(search, "", cache) ||
            try_path(search, jt_format("%s/%s/%s/elf", cache, search->request->path, id));
    free(cache);
    return found;
}

static bool try_ids(struct search *search)
{
    const struct jt_elf_request *request = search->request;

    if (!wants_id(request))
        return false;
    if (try_perf_cache(search) || try_id_directory(search, "", debug_root))
        return true;
    if (request->symfs && (try_id_directory(search, request->symfs, "") ||
                           try_id_directory(search, request->symfs, "/.debug") ||
                           try_id_directory(search, request->symfs, debug_root)))
        return true;
    return request->root && try_id_directory(search, request->root, debug_root);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static bool try_extra_dirs(struct search *search, const char *name)
{
    const struct jt_elf_request *request = search->request;

    for (size_t i = 0; i < request->extra_dir_count; i++)
        if (try_path(search, jt_format("%s/%s", request->extra_dirs[i], name)))
            return true;
    return false;
}

static bool try_symfs(struct search *search, const char *path)
{
    const char *symfs = search->request->symfs;

    return symfs && (try_path(search, jt_format("%s/%s", symfs, path)) ||
                     try_path(search, jt_format("%s/%s", symfs, base_name(path))));
}

static bool try_path_itself(struct search *search, const char *path)
{
    const char *root = search->request->root;

    return (root && try_path(search, jt_format("%s/%s", root, path))) ||
           try_path(search, jt_strdup(path));
}

static bool try_paths(struct search *search, const char *path)
{
    return try_symfs(search, path) || try_extra_dirs(search, base_name(path)) ||
           try_path_itself(search, path);
}

/* What is at the path of a file that was deleted is another one, unless a build
 * id says that it is not. */
static bool try_deleted(struct search *search, const char *path)
{
    size_t bytes = strlen(path) - strlen(deleted_mark);
    char *real = jt_strndup(path, bytes);
    bool found = try_symfs(search, real) || try_extra_dirs(search, base_name(real)) ||
                 (wants_id(search->request) && try_path_itself(search, real));

    free(real);
    return found;
}

static bool is_deleted(const char *path)
{
    size_t bytes = strlen(path);
    size_t mark = strlen(deleted_mark);

    return bytes > mark && strcmp(path + bytes - mark, deleted_mark) == 0;
}

static bool try_vdso(struct search *search)
{
    uint8_t *image = NULL;
    size_t bytes = 0;

    if (try_extra_dirs(search, "vdso") || try_extra_dirs(search, "[vdso]"))
        return true;
    if (jt_vdso_copy(&image, &bytes) &&
        check(search, jt_elf_file_open_memory("[vdso]", image, bytes, search->file)))
        return true;
    return try_ids(search);
}

int jt_elf_search(const struct jt_elf_request *request, struct jt_elf_file *file)
{
    struct search search = {.request = request, .file = file, .status = JITNEY_ERR_NOT_FOUND};
    const char *path = request->path;
    bool found = false;

    *file = (struct jt_elf_file)JT_ELF_FILE_INIT;
    if (!path || path[0] == '\0')
        return JITNEY_ERR_NOT_FOUND;
    if (strcmp(path, "[vdso]") == 0)
        found = try_vdso(&search);
    else if (path[0] == '[')
        found = false; /* [heap], [stack] and their like are no files */
    else
        found = try_paths(&search, path) || (is_deleted(path) && try_deleted(&search, path)) ||
                try_ids(&search);
    return found ? JITNEY_OK : search.status;
}

/* --- the separate debug file -------------------------------------------------------- */

enum { CRC_BLOCK = 64 * 1024 };

/* The checksum of .gnu_debuglink: CRC-32 of IEEE 802.3, bits reflected (GDB
 * manual, "Debugging Information in Separate Files"). */
static void crc_table(uint32_t table[256])
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i;

        for (int bit = 0; bit < 8; bit++)
            value = value >> 1 ^ (value & 1 ? 0xedb88320 : 0);
        table[i] = value;
    }
}

static bool has_crc(const struct jt_elf_file *file, uint32_t wanted)
{
    uint32_t table[256];
    uint32_t crc = UINT32_MAX;

    crc_table(table);
    for (uint64_t at = 0; at < file->bytes; at += CRC_BLOCK) {
        uint64_t count = file->bytes - at < CRC_BLOCK ? file->bytes - at : CRC_BLOCK;
        uint8_t *block = jt_elf_file_read(file, at, count);

        if (!block)
            return false;
        for (uint64_t i = 0; i < count; i++)
            crc = table[(crc ^ block[i]) & 0xff] ^ crc >> 8;
        free(block);
    }
    return ~crc == wanted;
}

struct debug_search {
    const struct jt_elf_file *main_file;
    struct jt_elf_file *debug;
    uint32_t crc;
    bool by_crc; /* the link's checksum is known */
};

/* A build id proves more than the checksum and costs nothing. */
static bool belongs(const struct debug_search *search)
{
    const struct jt_elf_file *wanted = search->main_file;
    const struct jt_elf_file *debug = search->debug;

    if (debug->device == wanted->device && debug->inode == wanted->inode && wanted->fd >= 0)
        return false;
    if (wanted->build_id_bytes > 0 && debug->build_id_bytes > 0)
        return wanted->build_id_bytes == debug->build_id_bytes &&
               memcmp(wanted->build_id, debug->build_id, debug->build_id_bytes) == 0;
    return search->by_crc && has_crc(debug, search->crc);
}

/* `path` is freed. */
static bool try_debug(struct debug_search *search, char *path)
{
    int status = jt_elf_file_open(path, search->debug);

    free(path);
    if (status)
        return false;
    if (belongs(search))
        return true;
    jt_elf_file_close(search->debug);
    return false;
}

static bool try_debug_ids(struct debug_search *search, const struct jt_elf_request *request)
{
    const char *const roots[] = {request->symfs, request->root, ""};
    char id[ID_TEXT_MOST];

    if (search->main_file->build_id_bytes == 0)
        return false;
    id_text(search->main_file->build_id, search->main_file->build_id_bytes, id);
    for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
        if (roots[i] &&
            (try_debug(search, jt_format("%s%s/.build-id/%s.debug", roots[i], debug_root, id)) ||
             try_debug(search, jt_format("%s/.build-id/%s.debug", roots[i], id))))
            return true;
    return false;
}

/* The three places that GDB looks at, for a file in `directory`. */
static bool try_link_near(struct debug_search *search, const char *root, const char *directory,
                          const char *name)
{
    return try_debug(search, jt_format("%s%s/%s", root, directory, name)) ||
           try_debug(search, jt_format("%s%s/.debug/%s", root, directory, name)) ||
           try_debug(search, jt_format("%s%s%s/%s", root, debug_root, directory, name));
}

/* The folder of a path, without the slash at its end. */
static char *folder_of(const char *path)
{
    return jt_strndup(path, (size_t)(base_name(path) - path) - (strchr(path, '/') ? 1 : 0));
}

static bool try_link(struct debug_search *search, const struct jt_elf_request *request)
{
    GElf_Word crc = 0;
    const char *name = dwelf_elf_gnu_debuglink(search->main_file->elf, &crc);
    char *found_in = NULL;
    char *recorded_in = NULL;
    bool found = false;

    if (!name || name[0] == '\0' || strchr(name, '/') || strlen(name) > 255)
        return false;
    search->crc = crc;
    search->by_crc = true;
    found_in =
        strchr(search->main_file->path, '/') ? folder_of(search->main_file->path) : jt_strdup(".");
    recorded_in = folder_of(request->path);
    found = try_link_near(search, "", found_in, name) ||
            (request->symfs && try_link_near(search, request->symfs, recorded_in, name)) ||
            (request->root && try_link_near(search, request->root, recorded_in, name));
    for (size_t i = 0; !found && i < request->extra_dir_count; i++)
        found = try_debug(search, jt_format("%s/%s", request->extra_dirs[i], name));
    free(found_in);
    free(recorded_in);
    return found;
}

bool jt_elf_search_debug(const struct jt_elf_request *request, const struct jt_elf_file *main_file,
                         struct jt_elf_file *debug)
{
    struct debug_search search = {.main_file = main_file, .debug = debug};

    *debug = (struct jt_elf_file)JT_ELF_FILE_INIT;
    return try_debug_ids(&search, request) || try_link(&search, request);
}
