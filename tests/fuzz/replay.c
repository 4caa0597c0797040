/* Gives every file of the folders named on the command line to the fuzz target
 * this is linked with, so that a corpus is a test without libFuzzer too. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "support/files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
    size_t replayed = 0;

    for (int i = 1; i < argc; i++) {
        struct dirent **entries = NULL;
        int count = scandir(argv[i], &entries, NULL, alphasort);

        for (int j = 0; j < count; j++) {
            char *path = jt_format("%s/%s", argv[i], entries[j]->d_name);
            size_t bytes = 0;
            uint8_t *data = NULL;

            if (entries[j]->d_name[0] != '.') {
                data = test_read_file(path, &bytes);
                LLVMFuzzerTestOneInput(data, bytes);
                replayed++;
            }
            free(data);
            free(path);
            free(entries[j]);
        }
        free(entries);
    }
    printf("%zu inputs replayed\n", replayed);
    return replayed > 0 ? 0 : 1;
}
