/* What every jitney function that can fail returns. */
#ifndef JITNEY_STATUS_H
#define JITNEY_STATUS_H

/** One row per status: name, value, text. Released values stay. */
#define JITNEY_STATUS_LIST(ROW)                                                                    \
    ROW(JITNEY_OK, 0, "done")                                                                      \
    ROW(JITNEY_ERR_ARGUMENT, -1, "an argument is wrong")                                           \
    ROW(JITNEY_ERR_MEMORY, -2, "no memory")                                                        \
    ROW(JITNEY_ERR_IO, -3, "input or output failed")                                               \
    ROW(JITNEY_ERR_VERSION, -4, "a version this library does not know")                            \
    ROW(JITNEY_ERR_FORMAT, -5, "the bytes are not of the expected format")                         \
    ROW(JITNEY_ERR_LIMIT, -6, "a limit was reached")                                               \
    ROW(JITNEY_ERR_NOT_FOUND, -7, "not found")                                                     \
    ROW(JITNEY_ERR_PERMISSION, -8, "not permitted")                                                \
    ROW(JITNEY_ERR_STOPPED, -9, "stopped at the caller's wish")

enum jitney_status {
#define JITNEY_STATUS_ROW(name, value, text) name = value,
    JITNEY_STATUS_LIST(JITNEY_STATUS_ROW)
#undef JITNEY_STATUS_ROW
};

#endif
