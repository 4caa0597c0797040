/* All of libjitney. */
#ifndef JITNEY_JITNEY_H
#define JITNEY_JITNEY_H

#include "jitney/allocator.h"
#include "jitney/codemap.h"
#include "jitney/event.h"
#include "jitney/recording.h"
#include "jitney/session.h"
#include "jitney/status.h"
#include "jitney/version.h"

#endif
