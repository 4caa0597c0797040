/* The version of this library and command. */
#ifndef JITNEY_VERSION_H
#define JITNEY_VERSION_H

#define JITNEY_VERSION_MAJOR 0
#define JITNEY_VERSION_MINOR 1
#define JITNEY_VERSION_PATCH 0
#define JITNEY_VERSION "0.1.0"

#endif
