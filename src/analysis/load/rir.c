#include "analysis/load/rir.h"

#include "analysis/load/rir_private.h"
#include "base/alloc.h"
#include "base/strings.h"
#include "jitney/status.h"

#include <stdlib.h>
#include <string.h>

enum { BODIES_MOST = 128 << 20, NAMES_MOST = 128 << 20, FUNCTIONS_MOST = 1 << 22 };

struct jt_rir {
    struct jt_rds *rds;
    const struct jitney_recording_visitor *visitor;
    struct jt_vec(struct jitney_function) functions;
    struct jt_strings names;
    size_t name_bytes;
    size_t body_bytes;
    struct jt_rir_event event;
    struct jt_rir_facts facts;
    bool gives_functions; /* in this walk */
    bool gives_events;
    bool has_early_events; /* met before any function */
};

/* ---- functions ---- */

static bool is_function(const struct jt_rds_item *list)
{
    return jt_rds_find(list, "primIdx") && jt_rds_find(list, "name");
}

static const char *keep_text(struct jt_rir *rir, const struct jt_rds_item *list, const char *name)
{
    const struct jt_rds_text *text = jt_rds_text(jt_rds_find(list, name));

    if (!text || text->kept == 0 || rir->name_bytes + text->kept > NAMES_MOST)
        return NULL;
    rir->name_bytes += text->kept;
    return jt_strings_text(&rir->names, jt_strings_put(&rir->names, text->text, text->kept));
}

/* One that was cut for its length is of no use to anybody. */
static void keep_body(struct jt_rir *rir, struct jitney_function *function,
                      const struct jt_rds_item *closure)
{
    uint8_t *copy = NULL;

    if (!closure || closure->type != JT_RDS_RAW || closure->kept == 0 ||
        closure->kept < closure->length || rir->body_bytes + closure->kept > BODIES_MOST)
        return;
    copy = jt_alloc(closure->kept, 1);
    memcpy(copy, closure->raw, closure->kept);
    function->body = copy;
    function->body_bytes = closure->kept;
    rir->body_bytes += closure->kept;
}

static int take_function(struct jt_rir *rir, const struct jt_rds_item *list)
{
    struct jitney_function function = {.size = sizeof(function), .primitive_index = -1};
    struct jitney_event event = {.size = sizeof(event), .type = JITNEY_FUNCTION};
    uint64_t number = 0;

    if (!rir->gives_functions)
        return JITNEY_OK;
    if (rir->functions.count == FUNCTIONS_MOST) {
        rir->facts.bad++;
        return JITNEY_OK;
    }
    if (jt_rds_number(jt_rds_find(list, "primIdx"), &number) && number <= INT32_MAX)
        function.primitive_index = (int32_t)number;
    jt_rds_number(jt_rds_find(list, "address"), &function.address);
    function.name = keep_text(rir, list, "name");
    function.name_space = keep_text(rir, list, "env");
    keep_body(rir, &function, jt_rds_find(list, "closure"));
    jt_vec_push(&rir->functions, function);
    rir->facts.functions++;
    event.number = (uint32_t)rir->functions.count;
    event.function = &rir->functions.at[rir->functions.count - 1];
    return rir->visitor->event(rir->visitor->context, &event);
}

/* ---- the walk ---- */

static int take_event(struct jt_rir *rir, const struct jt_rds_item *list)
{
    if (rir->gives_functions && rir->functions.count == 0)
        rir->has_early_events = true;
    if (!rir->gives_events || rir->has_early_events)
        return JITNEY_OK;
    rir->facts.events++;
    if (!jt_rir_event_fill(&rir->event, list))
        rir->facts.bad++;
    return rir->visitor->event(rir->visitor->context, &rir->event.event);
}

static int see_list(void *context, const struct jt_rds_item *list, bool *is_taken)
{
    struct jt_rir *rir = context;

    *is_taken = true;
    if (jt_rir_is_event(list))
        return take_event(rir, list);
    if (is_function(list))
        return take_function(rir, list);
    *is_taken = false;
    return JITNEY_OK;
}

static void forget_functions(struct jt_rir *rir)
{
    for (size_t i = 0; i < rir->functions.count; i++)
        free((void *)rir->functions.at[i].body);
    jt_vec_clear(&rir->functions);
    rir->body_bytes = 0;
}

/* Ř writes the functions first. When somebody else's order is the other one, the file
 * is walked through again for the events. */
int jt_rir_read(struct jt_rir *rir, const struct jitney_recording_visitor *visitor)
{
    const struct jt_rds_visitor lists = {.context = rir, .list = see_list};
    int status = JITNEY_OK;

    rir->visitor = visitor;
    rir->facts = (struct jt_rir_facts){0};
    rir->gives_functions = true;
    rir->gives_events = true;
    rir->has_early_events = false;
    forget_functions(rir);
    status = jt_rds_read(rir->rds, &lists);
    if (rir->has_early_events && (!status || status == JITNEY_ERR_FORMAT)) {
        rir->has_early_events = false;
        rir->gives_functions = false;
        status = jt_rds_read(rir->rds, &lists);
    }
    if ((status == JITNEY_ERR_FORMAT || status == JITNEY_ERR_LIMIT) &&
        rir->facts.functions + rir->facts.events > 0) {
        rir->facts.is_cut_short = true;
        status = JITNEY_OK;
    }
    return status;
}

void jt_rir_open(struct jt_rds *rds, struct jt_rir **rir)
{
    *rir = jt_alloc(1, sizeof(**rir));
    (*rir)->rds = rds;
    jt_strings_init(&(*rir)->names);
}

void jt_rir_close(struct jt_rir *rir)
{
    if (!rir)
        return;
    forget_functions(rir);
    jt_vec_release(&rir->functions);
    jt_strings_release(&rir->names);
    jt_rir_event_release(&rir->event);
    jt_rds_close(rir->rds);
    free(rir);
}

const struct jt_rir_facts *jt_rir_facts(const struct jt_rir *rir)
{
    return &rir->facts;
}

const struct jitney_function *jt_rir_function(const struct jt_rir *rir, uint32_t number)
{
    return number > 0 && number <= rir->functions.count ? &rir->functions.at[number - 1] : NULL;
}
