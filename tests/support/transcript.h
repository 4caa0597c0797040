/* What a loader of samples yields, written down as text, one record a line, so
 * that two readings can be compared and a short one be read in the test. */
#ifndef TESTS_SUPPORT_TRANSCRIPT_H
#define TESTS_SUPPORT_TRANSCRIPT_H

#include "analysis/load/samples.h"
#include "base/buf.h"

struct test_transcript {
    struct jt_buf text;
    uint64_t samples, mappings, comms, forks, exits, losses;
    uint64_t frames;   /* in all chains */
    uint64_t sum;      /* of all chains and instruction pointers */
    uint64_t last_ns;  /* of the sample before */
    uint64_t backward; /* samples earlier than the one before */
    int stop_after;    /* samples, then the sink says stop; 0: never */
    int stop_status;
};

/*
 * sample PID/TID TIME cpu CPU event EVENT period PERIOD MODE IP : CHAIN…
 * map PID/TID TIME START+BYTES@OFFSET PATH [kernel] [exec] [inode MAJOR:MINOR:INODE] [build HEX]
 * fork|exit PID/TID TIME of PID/TID
 * comm PID/TID TIME NAME [exec]
 * lost TIME COUNT
 */
struct jt_sample_sink test_transcript_begin(struct test_transcript *transcript);
/* The text so far, NUL-terminated, valid until the next record. */
const char *test_transcript_text(struct test_transcript *transcript);
void test_transcript_release(struct test_transcript *transcript);

#endif
