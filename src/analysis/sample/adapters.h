/* Where the adapters are that `record` has runtimes load. */
#ifndef JT_SAMPLE_ADAPTERS_H
#define JT_SAMPLE_ADAPTERS_H

/* The folder of adapters: $JITNEY_ADAPTERS, that of the installation, or that of the build
 * this program lies in. Free it. NULL when there is none. */
char *jt_adapters_folder(void);

#endif
