/* See activity.h: the summary for a terminal and for programs. */
#include "analysis/report/activity.h"

#include "analysis/report/activity_private.h"
#include "analysis/report/out.h"
#include "base/alloc.h"
#include "base/thousands.h"
#include "jitney/status.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    NS_PER_MS = 1000000,
    OTHER_COLUMNS = 36,
    LEAST_NAME_COLUMNS = 24,
    LONGEST_SHOWN = 10, /* unless all is asked for */
};

#define NS_PER_S 1e9

/* ---- text ---- */

static void print_count(FILE *stream, uint64_t count, const char *one, const char *many)
{
    char text[JT_THOUSANDS_BYTES];

    fprintf(stream, "%s %s", jt_thousands(count, text), count == 1 ? one : many);
}

/* A name as a terminal shows it, cut to its column. */
static void print_name(FILE *stream, const struct jt_activity *activity, uint32_t name,
                       unsigned columns)
{
    const char *text = jt_strings_text(&activity->strings, name);
    size_t bytes = jt_strings_bytes(&activity->strings, name);
    unsigned most =
        columns > OTHER_COLUMNS + LEAST_NAME_COLUMNS ? columns - OTHER_COLUMNS : LEAST_NAME_COLUMNS;
    unsigned used = 0;
    uint32_t point = 0;
    size_t step = 0;

    if (bytes == 0)
        fputs("(no name)", stream);
    for (size_t i = 0; i < bytes; i += step, used++) {
        step = jt_utf8_next(text + i, bytes - i, &point);
        if (used == most - 2 && i + step < bytes) {
            fputs("..", stream);
            return;
        }
        if (point < 0x20 || (point >= 0x7f && point < 0xa0) || (point == 0xfffd && step == 1))
            fputc('?', stream);
        else
            fwrite(text + i, 1, step, stream);
    }
}

static uint64_t compilations(const struct jt_activity *activity)
{
    uint64_t ended = activity->classes[JITNEY_COMPILE_END];

    return ended ? ended : activity->classes[JITNEY_COMPILE];
}

static void print_head(FILE *stream, const struct jt_activity *activity,
                       const struct jt_activity_about *about)
{
    const char *engine = about->engine && about->engine[0] ? about->engine : "recording";

    fprintf(stream, "%s: ", engine);
    print_count(stream, activity->events, "event", "events");
    if (activity->has_times)
        fprintf(stream, " in %.3f s", (double)(activity->last_ns - activity->first_ns) / NS_PER_S);
    if (about->processes > 1)
        fprintf(stream, " of %" PRIu32 " processes", about->processes);
    fputs(about->is_growing ? ", still being written\n" : "\n", stream);
}

static void print_compilations(FILE *stream, const struct jt_activity *activity)
{
    double ms = (double)activity->compile_ns / NS_PER_MS;
    uint64_t span_ns = activity->has_times ? activity->last_ns - activity->first_ns : 0;

    fputs("  ", stream);
    print_count(stream, compilations(activity), "compilation", "compilations");
    if (activity->compile_ns) {
        fprintf(stream, " took %.3f ms", ms);
        if (span_ns > activity->compile_ns)
            fprintf(stream, " (%.1f %% of the time)",
                    100.0 * (double)activity->compile_ns / (double)span_ns);
    }
    if (activity->classes[JITNEY_COMPILE_ABORT]) {
        fputs(", ", stream);
        print_count(stream, activity->classes[JITNEY_COMPILE_ABORT], "was given up",
                    "were given up");
    }
    fputc('\n', stream);
}

static void print_others(FILE *stream, const struct jt_activity *activity)
{
    static const struct {
        enum jitney_event_type type;
        const char *one;
        const char *many;
    } rows[] = {
        {JITNEY_DEOPT, "deoptimization", "deoptimizations"},
        {JITNEY_OSR_ENTRY, "loop continued in compiled code", "loops continued in compiled code"},
        {JITNEY_INVOCATION, "invocation", "invocations"},
        {JITNEY_TYPE_FEEDBACK, "change of type feedback", "changes of type feedback"},
        {JITNEY_CONTEXTUAL_FEEDBACK, "change of contextual type feedback",
         "changes of contextual type feedback"},
        {JITNEY_CACHE, "question to the code cache", "questions to the code cache"},
        {JITNEY_CODE_LOAD, "piece of code loaded", "pieces of code loaded"},
        {JITNEY_CODE_MOVE, "piece of code moved", "pieces of code moved"},
        {JITNEY_CODE_UNLOAD, "piece of code unloaded", "pieces of code unloaded"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (activity->classes[rows[i].type] == 0)
            continue;
        fputs("  ", stream);
        print_count(stream, activity->classes[rows[i].type], rows[i].one, rows[i].many);
        fputc('\n', stream);
    }
}

static bool is_enough(size_t i, const struct jt_activity_style *style)
{
    return style->most > 0 && i == style->most;
}

static void print_reasons(FILE *stream, const struct jt_activity *activity, const char *title,
                          const struct jt_activity_reasons *reasons,
                          const struct jt_activity_style *style)
{
    char text[JT_THOUSANDS_BYTES];

    if (reasons->count == 0)
        return;
    fprintf(stream, "\n%s\n", title);
    for (size_t i = 0; i < reasons->count; i++) {
        if (is_enough(i, style)) {
            fprintf(stream, "  and %zu more reasons (-n 0 shows all)\n", reasons->count - i);
            return;
        }
        fprintf(stream, "  %9s  ", jt_thousands(reasons->at[i].count, text));
        print_name(stream, activity, reasons->at[i].name, style->columns);
        fputc('\n', stream);
    }
}

static void print_functions(FILE *stream, const struct jt_activity *activity,
                            const struct jt_activity_style *style)
{
    size_t count = 0;
    const struct jt_activity_function **list = jt_activity_deoptimized(activity, &count);
    char text[JT_THOUSANDS_BYTES];

    if (count > 0)
        fputs("\nFunctions that were deoptimized, most first\n"
              "     deopts  compiled  compiling      function\n",
              stream);
    for (size_t i = 0; i < count; i++) {
        if (is_enough(i, style)) {
            fprintf(stream, "  and %zu more functions (-n 0 shows all)\n", count - i);
            break;
        }
        fprintf(stream, "  %9s", jt_thousands(list[i]->deopts, text));
        fprintf(stream, "  %8s  %10.3f ms  ", jt_thousands(list[i]->compilations, text),
                (double)list[i]->compile_ns / NS_PER_MS);
        print_name(stream, activity, list[i]->name, style->columns);
        fputc('\n', stream);
    }
    free(list);
}

static void print_longest(FILE *stream, const struct jt_activity *activity,
                          const struct jt_activity_style *style)
{
    if (activity->longest.count == 0 || activity->compile_ns == 0)
        return;
    fprintf(stream, "\nLongest compilations\n%14s  %s function\n", "took",
            activity->has_times ? "ended at     " : "");
    for (size_t i = 0; i < activity->longest.count && !is_enough(i, style); i++) {
        const struct jt_activity_long *one = &activity->longest.at[i];

        if ((i == LONGEST_SHOWN && style->most > 0) || i == JT_ACTIVITY_LONGEST_KEPT ||
            one->duration_ns == 0)
            break;
        fprintf(stream, "  %9.3f ms  ", (double)one->duration_ns / NS_PER_MS);
        if (activity->has_times)
            fprintf(stream, "%11.6f s  ", (double)one->since_ns / NS_PER_S);
        print_name(stream, activity, one->name, style->columns);
        fputs(one->is_abort ? " (given up)\n" : "\n", stream);
    }
}

static void print_losses(FILE *stream, const struct jt_activity_about *about)
{
    if (about->lost == 0 && about->bad_records == 0)
        return;
    fputs("\nTo be kept in mind\n", stream);
    if (about->lost > 0) {
        fputs("  ", stream);
        print_count(stream, about->lost, "event was", "events were");
        fputs(" lost: the writer could not keep them\n", stream);
    }
    if (about->bad_records > 0) {
        fputs("  ", stream);
        print_count(stream, about->bad_records, "record", "records");
        fputs(" could not be understood\n", stream);
    }
}

int jt_activity_write_text(FILE *stream, struct jt_activity *activity,
                           const struct jt_activity_about *about,
                           const struct jt_activity_style *style)
{
    jt_activity_sort(activity);
    print_head(stream, activity, about);
    if (activity->events == 0)
        fputs("  nothing was recorded\n", stream);
    else
        print_compilations(stream, activity);
    print_others(stream, activity);
    print_reasons(stream, activity, "Compilations given up, by reason", &activity->aborts, style);
    print_reasons(stream, activity, "Deoptimizations, by reason", &activity->deopts, style);
    print_functions(stream, activity, style);
    print_longest(stream, activity, style);
    print_losses(stream, about);
    return ferror(stream) ? JITNEY_ERR_IO : JITNEY_OK;
}

/* ---- JSON ---- */

static void put_name(struct jt_buf *out, const struct jt_activity *activity, const char *key,
                     uint32_t name)
{
    jt_buf_printf(out, "\"%s\": ", key);
    jt_event_append_json(out, jt_strings_text(&activity->strings, name),
                         jt_strings_bytes(&activity->strings, name));
}

static void put_reasons(struct jt_buf *out, const struct jt_activity *activity, const char *key,
                        const struct jt_activity_reasons *reasons)
{
    jt_buf_printf(out, ",\n \"%s\": [", key);
    for (size_t i = 0; i < reasons->count; i++) {
        jt_buf_append_text(out, i > 0 ? ",\n  {" : "\n  {");
        put_name(out, activity, "reason", reasons->at[i].name);
        jt_buf_printf(out, ", \"count\": %" PRIu64 "}", reasons->at[i].count);
    }
    jt_buf_append_text(out, reasons->count > 0 ? "\n ]" : "]");
}

static void put_classes(struct jt_buf *out, const struct jt_activity *activity)
{
    const char *comma = "";

    jt_buf_append_text(out, ",\n \"classes\": {");
    for (uint32_t type = 0; type <= JITNEY_FUNCTION; type++) {
        if (activity->classes[type] == 0)
            continue;
        jt_buf_printf(out, "%s\"%s\": %" PRIu64, comma, jt_event_class(type),
                      activity->classes[type]);
        comma = ", ";
    }
    jt_buf_append_text(out, "}");
}

static void put_functions(struct jt_buf *out, const struct jt_activity *activity)
{
    jt_buf_append_text(out, ",\n \"functions\": [");
    for (size_t i = 0; i < activity->functions.count; i++) {
        const struct jt_activity_function *function = &activity->functions.at[i];

        jt_buf_append_text(out, i > 0 ? ",\n  {" : "\n  {");
        put_name(out, activity, "name", function->name);
        jt_buf_printf(out,
                      ", \"compilations\": %" PRIu64 ", \"aborts\": %" PRIu64
                      ", \"compile_ns\": %" PRIu64 ", \"longest_ns\": %" PRIu64
                      ", \"deopts\": %" PRIu64 "}",
                      function->compilations, function->aborts, function->compile_ns,
                      function->longest_ns, function->deopts);
    }
    jt_buf_append_text(out, activity->functions.count > 0 ? "\n ]" : "]");
}

static void put_longest(struct jt_buf *out, const struct jt_activity *activity)
{
    jt_buf_append_text(out, ",\n \"longest\": [");
    for (size_t i = 0; i < activity->longest.count && i < JT_ACTIVITY_LONGEST_KEPT; i++) {
        const struct jt_activity_long *one = &activity->longest.at[i];

        jt_buf_append_text(out, i > 0 ? ",\n  {" : "\n  {");
        put_name(out, activity, "name", one->name);
        jt_buf_printf(out, ", \"duration_ns\": %" PRIu64, one->duration_ns);
        if (one->has_time)
            jt_buf_printf(out, ", \"since_ns\": %" PRIu64, one->since_ns);
        jt_buf_append_text(out, one->is_abort ? ", \"aborted\": true}" : "}");
    }
    jt_buf_append_text(out, activity->longest.count > 0 ? "\n ]" : "]");
}

int jt_activity_write_json(FILE *stream, struct jt_activity *activity,
                           const struct jt_activity_about *about)
{
    struct jt_buf out = JT_BUF_INIT(SIZE_MAX / 4);
    const char *engine = about->engine ? about->engine : "";

    jt_activity_sort(activity);
    jt_buf_append_text(&out, "{\n \"engine\": ");
    jt_event_append_json(&out, engine, strlen(engine));
    jt_buf_printf(&out, ",\n \"processes\": %" PRIu32 ",\n \"events\": %" PRIu64, about->processes,
                  activity->events);
    if (activity->has_times)
        jt_buf_printf(&out, ",\n \"duration_ns\": %" PRIu64,
                      activity->last_ns - activity->first_ns);
    jt_buf_printf(&out,
                  ",\n \"growing\": %s,\n \"lost_events\": %" PRIu64 ",\n \"bad_records\": %" PRIu64
                  ",\n \"compilations\": %" PRIu64 ",\n \"compile_ns\": %" PRIu64
                  ",\n \"aborts\": %" PRIu64 ",\n \"deopts\": %" PRIu64,
                  about->is_growing ? "true" : "false", about->lost, about->bad_records,
                  compilations(activity), activity->compile_ns,
                  activity->classes[JITNEY_COMPILE_ABORT], activity->classes[JITNEY_DEOPT]);
    put_classes(&out, activity);
    put_reasons(&out, activity, "abort_reasons", &activity->aborts);
    put_reasons(&out, activity, "deopt_reasons", &activity->deopts);
    put_functions(&out, activity);
    put_longest(&out, activity);
    jt_buf_append_text(&out, "\n}\n");
    if (!jt_buf_status(&out))
        fwrite(out.bytes, 1, out.length, stream);
    jt_buf_release(&out);
    return ferror(stream) ? JITNEY_ERR_IO : JITNEY_OK;
}
