/* Questions about a folder. */
#ifndef JT_BASE_FOLDER_H
#define JT_BASE_FOLDER_H

#include <stdbool.h>

/* Whether `folder` has `name`, for somebody who wants it for `access_mode` (F_OK: that it is there,
 * or R_OK …, of access(2)). */
bool jt_folder_has(const char *folder, const char *name, int access_mode);

#endif
