/* Files for tests: a folder of their own, and the fixtures. */
#ifndef TESTS_SUPPORT_FILES_H
#define TESTS_SUPPORT_FILES_H

#include <stddef.h>
#include <stdint.h>

/* A fresh folder, removed with everything in it by test_folder_remove(). Free the name. */
char *test_folder_make(void);
void test_folder_remove(char *folder);
/* The path of a file below tests/fixtures. Free it. */
char *test_fixture(const char *name);
/* The bytes of a file; of NAME.gz unpacked when only that exists. Free them.
 * Ends the test program when there is no such file. */
uint8_t *test_read_file(const char *path, size_t *bytes);
/* The fixture's path, or that of an unpacked copy in `folder`. Free it. */
char *test_unpacked_fixture(const char *folder, const char *name);
void test_write_file(const char *path, const void *bytes, size_t count);

#endif
