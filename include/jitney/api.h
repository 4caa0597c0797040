/* What every public header needs: the mark of exported functions. */
#ifndef JITNEY_API_H
#define JITNEY_API_H

/** Exported by the library; all other symbols are hidden. */
#define JITNEY_API __attribute__((visibility("default")))

#ifdef __cplusplus
#define JITNEY_BEGIN extern "C" {
#define JITNEY_END }
#else
#define JITNEY_BEGIN
#define JITNEY_END
#endif

#endif
