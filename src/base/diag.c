#include "base/diag.h"

#include <inttypes.h>
#include <stdarg.h>

static void print_line(struct jt_diag *diag, const char *file, int64_t offset, const char *format,
                       va_list arguments)
{
    if (!diag->stream)
        return;
    fputs("jitney: ", diag->stream);
    if (file)
        fprintf(diag->stream, "%s: ", file);
    if (offset >= 0)
        fprintf(diag->stream, "offset %" PRId64 ": ", offset);
    vfprintf(diag->stream, format, arguments);
    fputc('\n', diag->stream);
}

void jt_diag_error(struct jt_diag *diag, const char *file, int64_t offset, const char *format, ...)
{
    va_list arguments;

    diag->errors++;
    va_start(arguments, format);
    print_line(diag, file, offset, format, arguments);
    va_end(arguments);
}

void jt_diag_warn(struct jt_diag *diag, const char *file, int64_t offset, const char *format, ...)
{
    va_list arguments;

    diag->warnings++;
    if (diag->most && diag->warnings > diag->most)
        return;
    va_start(arguments, format);
    print_line(diag, file, offset, format, arguments);
    va_end(arguments);
}

void jt_diag_note(struct jt_diag *diag, const char *format, ...)
{
    va_list arguments;

    if (!diag->verbose)
        return;
    va_start(arguments, format);
    print_line(diag, NULL, JT_DIAG_NO_OFFSET, format, arguments);
    va_end(arguments);
}

void jt_diag_finish(struct jt_diag *diag)
{
    if (diag->stream && diag->most && diag->warnings > diag->most)
        fprintf(diag->stream, "jitney: %u more warnings like these\n", diag->warnings - diag->most);
}
