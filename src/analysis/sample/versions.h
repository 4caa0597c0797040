/* Versions of runtimes that would refuse to start when asked for what they do
 * not know, told from the files around the program, without running it. */
#ifndef JT_SAMPLE_VERSIONS_H
#define JT_SAMPLE_VERSIONS_H

#include <stdbool.h>

/* OTP 24 and later. True as well when the version cannot be told. */
bool jt_erlang_knows_perf(const char *program);
/* Ruby 3.3 and later. False when the version cannot be told. */
bool jt_ruby_knows_perf(const char *program);

#endif
