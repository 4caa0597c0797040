/* The heads of scripts, command lines and file names that nobody vouches for. */
#include "analysis/sample/collect_files.h"
#include "analysis/sample/program.h"
#include "base/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The command that a wrapper runs is one of the words, or the end. */
static void check_wrapped(char **words)
{
    size_t count = 0;

    while (words[count])
        count++;
    if (jt_wrapped_find(words).program > count)
        abort();
    for (size_t i = 0; i < count; i++)
        free(words[i]);
    free(words);
}

/* Words of a command line, one per line. */
static void fuzz_command(const char *text)
{
    enum { MOST_WORDS = 64 };
    char **words = jt_alloc(MOST_WORDS + 1, sizeof(*words));
    size_t count = 0;

    for (; *text && count < MOST_WORDS; count++) {
        size_t bytes = strcspn(text, "\n");

        words[count] = jt_strndup(text, bytes);
        text += bytes + (text[bytes] ? 1 : 0);
    }
    check_wrapped(words);
}

/* A name carries any pid, and gives it back. */
static void fuzz_file_name(const char *name)
{
    struct jt_file_name parts;
    struct jt_file_name again;
    char *other = NULL;

    if (!jt_file_name_parse(name, &parts))
        return;
    other = jt_file_name_with(name, 4194303);
    if (!jt_file_name_parse(other, &again) || again.pid != 4194303 ||
        again.prefix != parts.prefix || again.is_map != parts.is_map)
        abort();
    free(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = jt_strndup((const char *)data, size);
    char **words = jt_shebang_words((const char *)data, size);

    if (words && !words[0])
        abort();
    if (words)
        check_wrapped(words);
    fuzz_command(text);
    fuzz_file_name(text);
    free(text);
    return 0;
}
