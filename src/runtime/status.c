/* Texts of statuses. */
#include "jitney/session.h"

const char *jitney_status_text(int status)
{
    switch (status) {
#define STATUS_CASE(name, value, text)                                                             \
    case name:                                                                                     \
        return text;
        JITNEY_STATUS_LIST(STATUS_CASE)
#undef STATUS_CASE
    default:
        return "a status this library does not know";
    }
}
