#include "programs.h"

#include <sys/stat.h>
#include <unistd.h>

static const char program[] = "static int __attribute__((noinline)) hidden_one(int x)\n"
                              "{ return x * 7; }\n"
                              "int main(int argc, char **argv) { return hidden_one(argc); }\n";

/* What a case sees of the request and the folder; NULL ends a list of files. */
struct scene {
    char *folder;
    uint8_t id[20];
    uint64_t hidden_address; /* of hidden_one, which .dynsym does not have */
};

/* FOLDER/good: the program; FOLDER/other: another build; FOLDER/stripped and
 * FOLDER/debug: the program taken apart; FOLDER/xx: its id as directories do. */
static void make_scene(struct scene *scene)
{
    FILE *stream = NULL;
    unsigned byte = 0;

    scene->folder = make_home();
    write_text(scene->folder, "p.c", program);
    run(scene->folder,
        "gcc -O1 -g p.c -o good -Wl,--build-id=sha1 && gcc -O0 p.c -o other -Wl,--build-id=sha1 && "
        "objcopy --only-keep-debug good debug && strip good -o stripped && "
        "readelf -n good | sed -n 's/.*Build ID: //p' > id && "
        "sed 's:^..:&/:' id > xx");
    stream = output_of(scene->folder, "cat id");
    for (size_t i = 0; i < sizeof(scene->id); i++) {
        assert_int_equal(fscanf(stream, "%2x", &byte), 1);
        scene->id[i] = (uint8_t)byte;
    }
    pclose(stream);
    stream = output_of(scene->folder, "nm good | grep hidden_one");
    assert_int_equal(fscanf(stream, "%" SCNx64, &scene->hidden_address), 1);
    pclose(stream);
}

static bool has_hidden_one(const struct scene *scene, struct jt_elf *elf)
{
    struct jt_elf_symbol symbol;

    return jt_elf_find(elf, scene->hidden_address, &symbol) &&
           strcmp(symbol.name, "hidden_one") == 0;
}

/* --- which file ------------------------------------------------------------------- */

struct place {
    const char *commands; /* put files in place */
    const char *path;     /* asked for; "%s" is the folder */
    bool by_id;
    int status;
    const char *found; /* below the folder */
};

static const struct place places[] = {
    {"cp good p", "%s/p", false, JITNEY_OK, "/p"},
    {"cp good p", "%s/p", true, JITNEY_OK, "/p"},
    {"cp other p", "%s/p", true, JITNEY_ERR_VERSION, NULL},
    {"objcopy -R .note.gnu.build-id good p", "%s/p", true, JITNEY_ERR_VERSION, NULL},
    {"true", "%s/p", false, JITNEY_ERR_NOT_FOUND, NULL},
    {"true", "%s/p", true, JITNEY_ERR_NOT_FOUND, NULL},
    {"true", "", false, JITNEY_ERR_NOT_FOUND, NULL},
    {"true", "[heap]", false, JITNEY_ERR_NOT_FOUND, NULL},
    {"true", "//anon", false, JITNEY_ERR_NOT_FOUND, NULL},
    {"mkdir p", "%s/p", false, JITNEY_ERR_FORMAT, NULL},
    {"mkfifo p", "%s/p", false, JITNEY_ERR_FORMAT, NULL},
    {": > p", "%s/p", false, JITNEY_ERR_FORMAT, NULL},
    {"cp p.c p", "%s/p", false, JITNEY_ERR_FORMAT, NULL},
    /* below symfs, by path and by base name, before the path itself */
    {"mkdir -p symfs/usr/bin; cp good symfs/usr/bin/p", "/usr/bin/p", false, JITNEY_OK,
     "/symfs//usr/bin/p"},
    {"mkdir symfs; cp good symfs/p", "/usr/bin/p", true, JITNEY_OK, "/symfs/p"},
    {"mkdir symfs; cp good symfs/p; cp other p", "%s/p", false, JITNEY_OK, "/symfs/p"},
    {"mkdir symfs; cp other symfs/p; cp good p", "%s/p", true, JITNEY_OK, "/p"},
    /* the trace folder, then the root of the living process */
    {"mkdir extra; cp good extra/p; cp other p", "%s/p", false, JITNEY_OK, "/extra/p"},
    {"mkdir -p root/opt; cp good root/opt/p", "/opt/p", false, JITNEY_OK, "/root//opt/p"},
    /* perf's cache and the build-id directories */
    {"mkdir -p .debug/.build-id/$(cat xx); cp good .debug/.build-id/$(cat xx)/elf", "/opt/p", true,
     JITNEY_OK, NULL},
    {"mkdir -p .debug/opt/p/$(cat id); cp good .debug/opt/p/$(cat id)/elf", "/opt/p", true,
     JITNEY_OK, NULL},
    {"mkdir -p symfs/.build-id/$(dirname $(cat xx)); cp good symfs/.build-id/$(cat xx).debug",
     "/opt/p", true, JITNEY_OK, NULL},
    {"mkdir -p symfs/usr/lib/debug/.build-id/$(dirname $(cat xx)); "
     "cp good symfs/usr/lib/debug/.build-id/$(cat xx).debug",
     "/opt/p", true, JITNEY_OK, NULL},
    {"mkdir -p .debug/.build-id/$(cat xx); cp good .debug/.build-id/$(cat xx)/elf; cp other p",
     "%s/p", true, JITNEY_OK, NULL},
    {"mkdir -p .debug/.build-id/$(cat xx); cp other .debug/.build-id/$(cat xx)/elf", "/opt/p", true,
     JITNEY_ERR_VERSION, NULL},
    /* a deleted file: what is at its path now may be anything */
    {"cp good p", "%s/p (deleted)", false, JITNEY_ERR_NOT_FOUND, NULL},
    {"cp good p", "%s/p (deleted)", true, JITNEY_OK, "/p"},
    {"cp other p", "%s/p (deleted)", true, JITNEY_ERR_VERSION, NULL},
    {"mkdir extra; cp good extra/p", "/opt/p (deleted)", false, JITNEY_OK, "/extra/p"},
    {"cp good 'p (deleted)'", "%s/p (deleted)", false, JITNEY_OK, "/p (deleted)"},
};

static void check_place(const struct scene *scene, const struct place *place)
{
    char *mark = strstr(place->path, "%s");
    char *path = mark ? jt_format("%s%s", scene->folder, mark + 2) : jt_strdup(place->path);
    char *symfs = jt_format("%s/symfs", scene->folder);
    char *root = jt_format("%s/root", scene->folder);
    char *extra = jt_format("%s/extra", scene->folder);
    char *found = jt_format("%s%s", scene->folder, place->found ? place->found : "");
    struct jt_elf *elf = NULL;
    struct jt_elf_request request = {
        .path = path,
        .symfs = symfs,
        .root = root,
        .extra_dirs = (const char *const *)&extra,
        .extra_dir_count = 1,
        .build_id = place->by_id ? scene->id : NULL,
        .build_id_bytes = place->by_id ? sizeof(scene->id) : 0,
    };

    run(scene->folder, "rm -rf p 'p (deleted)' symfs root extra .debug");
    run(scene->folder, place->commands);
    assert_int_equal(jt_elf_open(&request, NULL, &elf), place->status);
    assert_int_equal(elf == NULL, place->status != JITNEY_OK);
    if (elf)
        assert_true(has_hidden_one(scene, elf));
    if (place->found)
        assert_string_equal(jt_elf_path(elf), found);
    jt_elf_close(elf);
    free(path);
    free(symfs);
    free(root);
    free(extra);
    free(found);
}

static void test_right_file_is_found_and_wrong_one_refused(void **state)
{
    struct scene scene;

    make_scene(&scene);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        check_place(&scene, &places[i]);
    test_folder_remove(scene.folder);
}

/* --- the separate debug file --------------------------------------------------------- */

struct debug_place {
    const char *commands; /* make `p` and its debug file */
    bool found;
};

#define STRIP "cp stripped p; "
#define STRIP_WITHOUT_ID "objcopy -R .note.gnu.build-id stripped p; "
#define DEBUG_WITHOUT_ID "objcopy -R .note.gnu.build-id debug p.debug; "
#define LINK "objcopy --add-gnu-debuglink=p.debug p; "

static const struct debug_place debug_places[] = {
    {STRIP, false},
    /* the link, proven by the build id: beside the file, in .debug, below symfs */
    {STRIP "cp debug p.debug; " LINK, true},
    {STRIP "cp debug p.debug; " LINK "mkdir .debug; mv p.debug .debug", true},
    {STRIP "cp debug p.debug; " LINK "mkdir -p symfs/usr/lib/debug$PWD; "
           "mv p.debug symfs/usr/lib/debug$PWD",
     true},
    {STRIP "cp debug p.debug; " LINK "objcopy --only-keep-debug other p.debug", false},
    {STRIP "cp debug p.debug; " LINK "rm p.debug", false},
    /* without ids its checksum must be right */
    {STRIP_WITHOUT_ID DEBUG_WITHOUT_ID LINK, true},
    {STRIP_WITHOUT_ID DEBUG_WITHOUT_ID LINK "echo >> p.debug", false},
    {STRIP_WITHOUT_ID DEBUG_WITHOUT_ID LINK "rm p.debug; mkfifo p.debug", false},
    /* the build id alone */
    {STRIP "mkdir -p symfs/usr/lib/debug/.build-id/$(dirname $(cat xx)); "
           "cp debug symfs/usr/lib/debug/.build-id/$(cat xx).debug",
     true},
    {STRIP "mkdir -p root/usr/lib/debug/.build-id/$(dirname $(cat xx)); "
           "cp debug root/usr/lib/debug/.build-id/$(cat xx).debug",
     true},
    {STRIP "mkdir -p symfs/usr/lib/debug/.build-id/$(dirname $(cat xx)); "
           "objcopy --only-keep-debug other symfs/usr/lib/debug/.build-id/$(cat xx).debug",
     false},
    /* a link that leads to the file itself */
    {STRIP "cp debug p.debug; " LINK "rm p.debug; ln p p.debug", false},
};

static void check_debug_place(const struct scene *scene, const struct debug_place *place)
{
    char *path = jt_format("%s/p", scene->folder);
    char *symfs = jt_format("%s/symfs", scene->folder);
    char *root = jt_format("%s/root", scene->folder);
    struct jt_elf *elf = NULL;
    struct jt_elf_frame frames[4];
    struct jt_elf_request request = {.path = path, .symfs = symfs, .root = root};

    run(scene->folder, "rm -rf p p.debug symfs root .debug");
    run(scene->folder, place->commands);
    assert_int_equal(jt_elf_open(&request, NULL, &elf), JITNEY_OK);
    assert_int_equal(has_hidden_one(scene, elf), place->found);
    assert_int_equal(jt_elf_is_stripped(elf), !place->found);
    assert_int_equal(jt_elf_frames(elf, scene->hidden_address, frames, 4), place->found ? 1 : 0);
    if (place->found) {
        assert_string_equal(frames[0].function, "hidden_one");
        assert_true(frames[0].line == 1 || frames[0].line == 2);
    }
    jt_elf_close(elf);
    free(path);
    free(symfs);
    free(root);
}

static void test_debug_file_is_found_and_foreign_one_refused(void **state)
{
    struct scene scene;

    make_scene(&scene);
    for (size_t i = 0; i < sizeof(debug_places) / sizeof(debug_places[0]); i++)
        check_debug_place(&scene, &debug_places[i]);
    test_folder_remove(scene.folder);
}

/* perf.data has room for 20 bytes and fills up with zeros. */
static void test_short_build_id_may_be_filled_up_with_zeros(void **state)
{
    static const uint8_t padded[20] = {0x12, 0x34, 0x56, 0x78};
    static const uint8_t longer[20] = {0x12, 0x34, 0x56, 0x78, 0x9a};
    char *folder = make_home();
    char *path = jt_format("%s/p", folder);
    struct jt_elf *elf = NULL;
    struct jt_elf_request request = {.path = path, .build_id = padded, .build_id_bytes = 20};

    write_text(folder, "p.c", program);
    run(folder, "gcc p.c -o p -Wl,--build-id=0x12345678");
    assert_int_equal(jt_elf_open(&request, NULL, &elf), JITNEY_OK);
    jt_elf_close(elf);
    request.build_id = longer;
    assert_int_equal(jt_elf_open(&request, NULL, &elf), JITNEY_ERR_VERSION);
    free(path);
    test_folder_remove(folder);
}

/* Another file at the path would have other lines. */
static void test_lines_of_a_file_replaced_meanwhile_are_not_used(void **state)
{
    struct scene scene;
    struct jt_elf_frame frames[4];
    struct jt_elf *elf = NULL;

    make_scene(&scene);
    run(scene.folder, "cp good p");
    elf = open_program(scene.folder, "p");
    run(scene.folder, "cp good p2; mv p2 p");
    assert_true(has_hidden_one(&scene, elf));
    assert_int_equal(jt_elf_frames(elf, scene.hidden_address, frames, 4), 0);
    jt_elf_close(elf);
    test_folder_remove(scene.folder);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_right_file_is_found_and_wrong_one_refused),
        cmocka_unit_test(test_debug_file_is_found_and_foreign_one_refused),
        cmocka_unit_test(test_short_build_id_may_be_filled_up_with_zeros),
        cmocka_unit_test(test_lines_of_a_file_replaced_meanwhile_are_not_used),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
