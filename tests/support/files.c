#include "support/files.h"

#include "base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void give_up(const char *what, const char *path)
{
    fprintf(stderr, "%s: %s\n", path, what);
    abort();
}

char *test_folder_make(void)
{
    char *folder = jt_strdup("/tmp/jitney-test-XXXXXX");

    if (!mkdtemp(folder))
        give_up("no folder", folder);
    return folder;
}

void test_folder_remove(char *folder)
{
    char *command = jt_format("rm -rf '%s'", folder);

    if (system(command) != 0) /* NOLINT(cert-env33-c): our own path */
        give_up("cannot be removed", folder);
    free(command);
    free(folder);
}

char *test_fixture(const char *name)
{
    const char *root = getenv("JITNEY_FIXTURES");

    return jt_format("%s/%s", root ? root : "tests/fixtures", name);
}

static uint8_t *read_stream(FILE *stream, const char *path, size_t *bytes)
{
    size_t room = 1 << 16;
    uint8_t *content = jt_alloc(room, 1);

    if (!stream)
        give_up("cannot be read", path);
    *bytes = 0;
    while (!feof(stream)) {
        if (*bytes == room) {
            room *= 2;
            content = jt_realloc(content, room, 1);
        }
        *bytes += fread(content + *bytes, 1, room - *bytes, stream);
        if (ferror(stream))
            give_up("cannot be read", path);
    }
    return content;
}

uint8_t *test_read_file(const char *path, size_t *bytes)
{
    FILE *stream = fopen(path, "re");
    char *command = NULL;
    uint8_t *content = NULL;

    if (stream) {
        content = read_stream(stream, path, bytes);
        fclose(stream);
        return content;
    }
    command = jt_format("gzip -dc '%s.gz'", path);
    stream = popen(command, "r"); /* NOLINT(cert-env33-c): our own path */
    content = read_stream(stream, path, bytes);
    if (pclose(stream) != 0)
        give_up("cannot be unpacked", path);
    free(command);
    return content;
}

char *test_unpacked_fixture(const char *folder, const char *name)
{
    const char *base = strrchr(name, '/');
    char *fixture = test_fixture(name);
    char *copy = NULL;
    uint8_t *content = NULL;
    size_t bytes = 0;

    if (access(fixture, R_OK) == 0)
        return fixture;
    content = test_read_file(fixture, &bytes);
    copy = jt_format("%s/%s", folder, base ? base + 1 : name);
    test_write_file(copy, content, bytes);
    free(content);
    free(fixture);
    return copy;
}

void test_write_file(const char *path, const void *bytes, size_t count)
{
    FILE *stream = fopen(path, "we");

    if (!stream || fwrite(bytes, 1, count, stream) != count || fclose(stream) != 0)
        give_up("cannot be written", path);
}
