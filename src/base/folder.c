#include "base/folder.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <unistd.h>

bool jt_folder_has(const char *folder, const char *name, int access_mode)
{
    char *path = jt_format("%s/%s", folder, name);
    bool is_there = access(path, access_mode) == 0;

    free(path);
    return is_there;
}
