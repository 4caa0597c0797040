/* What V8's log says of optimized code (--log-code --log-source-code):
 *     code-source-info,CODE,SCRIPT,START,END,C0O97C39O136C142O45I1,F0O183F1O202I0,S0x1S0x2
 * Rows of offset, position and, if any, number of an inlined function; for each of those its
 * number among the functions, the position of its call, and in which inlined function that is;
 * the functions. v8: V8FileLogger::LogSourceCodeInformation in log.cc */
#ifndef NODE_ADAPTER_INLINING_H
#define NODE_ADAPTER_INLINING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct node_inlining_row {
    uint32_t offset;
    uint32_t position;
    uint32_t inlined; /* 0: of the function itself; n: of calls[n - 1] */
};

struct node_inlining_call {
    uint64_t function; /* as the log names it; 0: not told */
    uint32_t position;
    uint32_t caller; /* 0: the function itself; n: calls[n - 1], which comes before */
};

struct node_inlining {
    struct node_inlining_row *rows;
    struct node_inlining_call *calls;
    size_t row_count;
    size_t call_count;
};

/* Read such a line. False when it is none, says nothing of inlining or makes no sense, or without
 * memory; `inlining` is empty then. */
bool node_inlining_parse(struct node_inlining *inlining, const char *line);
void node_inlining_release(struct node_inlining *inlining);

#endif
