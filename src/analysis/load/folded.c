/* The folded stacks of FlameGraph and its like. What is not said there is
 * decided here: a count with a fraction is rounded to the nearest whole number,
 * and of the two counts of a differential file (difffolded.pl) the second, the
 * later run, is the one that counts, as in flamegraph.pl. */
#include "analysis/load/folded.h"

#include "analysis/load/lines.h"
#include "base/vec.h"
#include "jitney/status.h"

#include <errno.h>
#include <string.h>

enum { FRAMES_MOST = 1 << 16 };

struct folded {
    const struct jt_sample_sink *sink;
    struct jt_text_facts *facts;
    struct jt_vec(struct jt_named_frame) frames;
    bool is_differential;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t trimmed(const char *text, size_t bytes)
{
    while (bytes > 0 && (is_blank(text[bytes - 1]) || text[bytes - 1] == '\r'))
        bytes--;
    return bytes;
}

/* The decimal number in `text`, rounded; false when it is none or too large. */
static bool parse_count(const char *text, size_t bytes, uint64_t *count)
{
    size_t at = 0;

    *count = 0;
    for (; at < bytes && is_digit(text[at]); at++)
        if (__builtin_mul_overflow(*count, 10, count) ||
            __builtin_add_overflow(*count, (uint64_t)(text[at] - '0'), count))
            return false;
    if (at == bytes)
        return bytes > 0;
    if (at == 0 || text[at] != '.')
        return false;
    for (size_t i = at + 1; i < bytes; i++)
        if (!is_digit(text[i]))
            return false;
    if (at + 1 < bytes && text[at + 1] >= '5' && *count < UINT64_MAX)
        ++*count;
    return true;
}

/* Take a blank and a number from the end of the text. */
static bool take_count(const char *text, size_t *bytes, uint64_t *count)
{
    size_t end = trimmed(text, *bytes);
    size_t start = end;

    while (start > 0 && !is_blank(text[start - 1]))
        start--;
    if (start == 0 || !parse_count(text + start, end - start, count))
        return false;
    *bytes = trimmed(text, start);
    return *bytes > 0;
}

static bool has_two_counts(const char *text, size_t bytes)
{
    uint64_t later = 0;
    uint64_t earlier = 0;

    return take_count(text, &bytes, &later) && take_count(text, &bytes, &earlier);
}

struct survey {   /* of the lines in the first block */
    size_t lines; /* with a meaning */
    size_t counted;
    size_t counted_twice;
    bool is_binary;
};

static void survey_line(struct survey *survey, const char *text, size_t bytes)
{
    uint64_t count = 0;
    size_t rest = bytes;

    if (memchr(text, '\0', bytes))
        survey->is_binary = true;
    if (trimmed(text, bytes) == 0 || (text[0] == '#' && !take_count(text, &rest, &count)))
        return;
    rest = bytes;
    survey->lines++;
    survey->counted += take_count(text, &rest, &count);
    survey->counted_twice += has_two_counts(text, bytes);
}

/* A last line without a newline counts only when it is all there is. */
static struct survey survey_text(const char *text, size_t bytes)
{
    struct survey survey = {0};
    const char *newline = NULL;
    size_t whole_lines = 0;

    while (bytes > 0) {
        newline = memchr(text, '\n', bytes);
        if (!newline)
            break;
        survey_line(&survey, text, (size_t)(newline - text));
        bytes -= (size_t)(newline - text) + 1;
        text = newline + 1;
        whole_lines++;
    }
    if (bytes > 0 && whole_lines == 0)
        survey_line(&survey, text, bytes);
    return survey;
}

bool jt_folded_probe(const void *bytes, size_t count)
{
    struct survey survey = survey_text(bytes, count);

    return survey.lines > 0 && survey.counted == survey.lines && !survey.is_binary;
}

/* Root first in the text, leaf first in the sample. Empty frames say nothing. */
static bool split_frames(struct folded *folded, const char *text, size_t bytes)
{
    const char *separator = NULL;
    struct jt_named_frame frame = {0};

    jt_vec_clear(&folded->frames);
    while (bytes > 0) {
        separator = memrchr(text, ';', bytes);
        frame.name = separator ? separator + 1 : text;
        frame.name_bytes = bytes - (size_t)(frame.name - text);
        if (frame.name_bytes > 0) {
            if (folded->frames.count == FRAMES_MOST)
                return false;
            jt_vec_push(&folded->frames, frame);
        }
        bytes = separator ? (size_t)(separator - text) : 0;
    }
    return folded->frames.count > 0;
}

static int take_line(struct folded *folded, const struct jt_text_line *line)
{
    struct jt_named_sample sample = {.time_ns = JT_TIME_NONE};
    size_t bytes = trimmed(line->text, line->bytes);
    uint64_t earlier = 0;

    if (bytes == 0)
        return JITNEY_OK;
    if (line->is_cut || !take_count(line->text, &bytes, &sample.weight) ||
        (folded->is_differential && !take_count(line->text, &bytes, &earlier)) ||
        !split_frames(folded, line->text, bytes)) {
        folded->facts->skipped_lines += line->text[0] != '#';
        return JITNEY_OK;
    }
    if (sample.weight == 0)
        return JITNEY_OK;
    sample.frames = folded->frames.at;
    sample.frame_count = folded->frames.count;
    folded->facts->samples++;
    return folded->sink->named ? folded->sink->named(folded->sink->context, &sample) : JITNEY_OK;
}

int jt_folded_read(FILE *stream, const char *name, struct jt_diag *diag,
                   const struct jt_sample_sink *sink, struct jt_text_facts *facts)
{
    struct folded folded = {.sink = sink, .facts = facts};
    struct jt_lines lines;
    struct jt_text_line line;
    struct survey survey;
    const char *first = NULL;
    size_t first_bytes = 0;
    int status = JITNEY_OK;

    *facts = (struct jt_text_facts){0};
    jt_lines_init(&lines, stream);
    jt_lines_peek(&lines, &first, &first_bytes);
    survey = survey_text(first, first_bytes);
    folded.is_differential = survey.counted > 0 && survey.counted_twice == survey.counted;
    while (!status && jt_lines_next(&lines, &line))
        status = take_line(&folded, &line);
    if (!status && ferror(stream)) {
        jt_diag_error(diag, name, JT_DIAG_NO_OFFSET, "cannot be read: %s", strerror(errno));
        status = JITNEY_ERR_IO;
    }
    jt_lines_release(&lines);
    jt_vec_release(&folded.frames);
    return status;
}
