/* What programs write. */
#include "lib/output.h"

#include <signal.h>
#include <unistd.h>

enum { BUFFER_BYTES = 1 << 16 };

void rj_output_init(void)
{
    setvbuf(stdout, NULL, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF, BUFFER_BYTES);
    signal(SIGPIPE, SIG_IGN);
}

bool rj_output_write(struct rj_vm *vm, FILE *stream, struct rj_string *string)
{
    size_t bytes;
    const char *text = rj_string_text(vm, string, &bytes);

    if (!text)
        return false;
    if (stream != stdout)
        fflush(stdout);
    fwrite(text, 1, bytes, stream);
    return true;
}

bool rj_output_finish(void)
{
    return fflush(stdout) == 0 && !ferror(stdout);
}
