/* Any bytes as R data: what is shown is whole, every writer of events can print
 * it, and what is written for R again reads as the same events. */
#include "analysis/load/rds.h"
#include "analysis/load/rir.h"
#include "analysis/report/events_rds.h"
#include "base/vec.h"
#include "jitney/status.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { EVENTS_MOST = 300, FUNCTIONS_MOST = 300, OUT_MOST = 64 << 20 };

/* ---- the tree ---- */

static void check_item(const struct jt_rds_item *item, unsigned depth)
{
    uint64_t number = 0;

    if (depth > 1000 || (item->type != JT_RDS_LIST && item->kept > item->length))
        abort();
    jt_rds_number(item, &number);
    if (item->type == JT_RDS_STRING)
        for (uint32_t i = 0; i < item->kept; i++)
            if (strlen(item->texts[i].text) > item->texts[i].kept)
                abort();
    if (item->type != JT_RDS_LIST)
        return;
    for (const struct jt_rds_item *child = item->first; child; child = child->next) {
        if (strlen(child->name) > JT_RDS_TEXT_KEPT * 2)
            abort();
        check_item(child, depth + 1);
    }
}

static int see_list(void *context, const struct jt_rds_item *list, bool *is_taken)
{
    unsigned *seen = context;

    if (*seen % 4 == 0)
        check_item(list, 0);
    *is_taken = ++*seen % 3 == 0;
    return JITNEY_OK;
}

/* ---- events ---- */

struct written {
    struct jt_rir *rir;
    struct jt_buf functions;
    struct jt_buf events;
    struct jt_event_rds function_rds;
    struct jt_event_rds event_rds;
    struct jt_buf line;
    uint64_t function_count;
    uint64_t event_count;
};

static const struct jitney_function *find_function(const void *context, uint32_t number)
{
    return jt_rir_function(context, number);
}

static uint64_t find_place(void *context, uint32_t number)
{
    struct written *written = context;

    return number > 0 && number <= written->function_count ? number - 1 : written->function_count;
}

static void print_all(struct written *written, const struct jt_event_view *view)
{
    static const struct jt_event_table_style narrow = {.columns = 80, .shows_time = true};
    static const struct jt_event_table_style wide = {.shows_pid = true};

    jt_buf_clear(&written->line);
    jt_event_table_row(&written->line, &narrow, view);
    jt_event_table_row(&written->line, &wide, view);
    jt_event_csv_row(&written->line, view);
    jt_event_json_line(&written->line, view);
    jt_event_dump_line(&written->line, view);
}

static int see_event(void *context, const struct jitney_event *event)
{
    struct written *written = context;
    const struct jt_event_names names = {written->rir, find_function, jt_rir_context_append,
                                         jt_rir_function_append};
    const struct jt_event_view view = {.event = event, .index = 1, .names = &names};

    if (event->type == JITNEY_FUNCTION) {
        jt_event_rds_function(&written->function_rds, event->function);
        return ++written->function_count < FUNCTIONS_MOST ? JITNEY_OK : JITNEY_ERR_STOPPED;
    }
    print_all(written, &view);
    jt_event_rds_event(&written->event_rds, &view);
    return ++written->event_count < EVENTS_MOST ? JITNEY_OK : JITNEY_ERR_STOPPED;
}

static int count_event(void *context, const struct jitney_event *event)
{
    uint64_t *counts = context;

    counts[event->type != JITNEY_FUNCTION]++;
    return JITNEY_OK;
}

/* The three parts were written apart, for each could be the first to use a symbol. */
static void read_again(struct written *written)
{
    uint64_t counts[2] = {0};
    const struct jitney_recording_visitor visitor = {sizeof(visitor), count_event, counts};
    struct jt_buf whole = JT_BUF_INIT(3 * (size_t)OUT_MOST);
    struct jt_event_rds head = {.out = &whole};
    struct jt_diag diag = {0};
    struct jt_rds *rds = NULL;
    struct jt_rir *rir = NULL;

    jt_event_rds_begin(&head, written->function_count + 1);
    jt_buf_append(&whole, written->functions.bytes, written->functions.length);
    head.symbols = written->event_rds.symbols;
    head.names_at = written->event_rds.names_at;
    head.class_at = written->event_rds.class_at;
    jt_event_rds_begin_events(&head, written->event_count);
    jt_buf_append(&whole, written->events.bytes, written->events.length);
    jt_event_rds_end(&head);
    jt_rds_open_memory(whole.bytes, whole.length, "again", &diag, &rds);
    jt_rir_open(rds, &rir);
    if (jt_rir_read(rir, &visitor) || diag.errors > 0 || counts[1] != written->event_count ||
        counts[0] != written->function_count + 1)
        abort();
    jt_rir_close(rir);
    jt_buf_release(&whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned seen = 0;
    const struct jt_rds_visitor lists = {&seen, see_list};
    struct written written = {.functions = JT_BUF_INIT(OUT_MOST),
                              .events = JT_BUF_INIT(OUT_MOST),
                              .line = JT_BUF_INIT(JT_EVENT_LINE_LIMIT)};
    const struct jitney_recording_visitor visitor = {sizeof(visitor), see_event, &written};
    struct jt_diag diag = {0};
    struct jt_rds *rds = NULL;

    jt_rds_probe(data, size);
    jt_rds_open_memory(data, size, "fuzz", &diag, &rds);
    jt_rds_read(rds, &lists);
    jt_rir_open(rds, &written.rir);
    written.function_rds = (struct jt_event_rds){.out = &written.functions};
    written.event_rds = (struct jt_event_rds){
        .out = &written.events, .place = find_place, .context = &written, .symbols = 2};
    written.event_rds.names_at = 1; /* the function that is always there is the first to use them */
    written.event_rds.class_at = 2;
    jt_event_rds_function(&written.function_rds, NULL);
    if (!jt_rir_read(written.rir, &visitor) && !jt_buf_status(&written.functions) &&
        !jt_buf_status(&written.events))
        read_again(&written);
    jt_rir_close(written.rir);
    jt_buf_release(&written.functions);
    jt_buf_release(&written.events);
    jt_buf_release(&written.line);
    return 0;
}
