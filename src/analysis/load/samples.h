/* What a loader of samples yields, in the order of time: samples, and the
 * process events that say what was mapped where. A consumer fills in the
 * functions it wants; NULL ones are skipped. Everything a struct points to is
 * valid during the call alone. */
#ifndef JT_LOAD_SAMPLES_H
#define JT_LOAD_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Values of a call chain at or above this are markers, not addresses
 * (linux: include/uapi/linux/perf_event.h, PERF_CONTEXT_MAX). */
#define JT_CONTEXT_MAX ((uint64_t)-4095)
#define JT_CONTEXT_KERNEL ((uint64_t)-128)
#define JT_CONTEXT_USER ((uint64_t)-512)
#define JT_CONTEXT_USER_DEFERRED ((uint64_t)-640)

#define JT_TIME_NONE UINT64_MAX /* the file gives this record no time */

enum jt_cpu_mode { JT_MODE_UNKNOWN, JT_MODE_KERNEL, JT_MODE_USER, JT_MODE_OTHER };

struct jt_sample {
    uint64_t time_ns; /* JT_TIME_NONE when the file has none */
    uint64_t period;  /* events this sample stands for; 1 when the file has none */
    uint32_t pid;
    uint32_t tid;
    uint32_t cpu;   /* UINT32_MAX when the file has none */
    uint32_t event; /* index into the loader's events */
    enum jt_cpu_mode mode;
    uint64_t ip;
    /* As the kernel wrote it: leaf first, with context markers; empty when
     * the file has no call chains: then `ip` is the whole stack. */
    const uint64_t *chain;
    size_t chain_count;
};

/* A sample whose frames have names already (perf script text, folded). */
struct jt_named_frame {
    const char *name;
    size_t name_bytes;
    const char *module; /* NULL when not given */
    size_t module_bytes;
    uint64_t address; /* 0 when not given */
    const char *file; /* NULL when not given */
    size_t file_bytes;
    uint32_t line;
};

struct jt_named_sample {
    uint64_t time_ns;
    uint64_t weight;
    uint32_t pid; /* 0 when not given */
    uint32_t tid;
    const char *command;
    size_t command_bytes;
    const struct jt_named_frame *frames; /* leaf first */
    size_t frame_count;
};

struct jt_mapping {
    uint64_t time_ns;
    uint32_t pid; /* UINT32_MAX: the kernel's own */
    uint32_t tid;
    uint64_t start;
    uint64_t bytes;
    uint64_t file_offset;
    const char *path; /* NUL-terminated */
    bool is_kernel;
    bool is_executable;
    bool has_inode;
    uint64_t inode;
    uint32_t device_major;
    uint32_t device_minor;
    uint8_t build_id[20];
    uint8_t build_id_bytes; /* 0 when not given */
};

struct jt_task { /* fork and exit */
    uint64_t time_ns;
    uint32_t pid;
    uint32_t tid;
    uint32_t parent_pid;
    uint32_t parent_tid;
};

struct jt_comm {
    uint64_t time_ns;
    uint32_t pid;
    uint32_t tid;
    const char *command;
    bool is_exec;
};

struct jt_loss { /* records the kernel or the writer dropped */
    uint64_t time_ns;
    uint64_t count;
};

/* Each function returns 0 to go on; anything else stops the loader, which
 * returns that value unchanged. */
struct jt_sample_sink {
    void *context;
    int (*sample)(void *context, const struct jt_sample *sample);
    int (*named)(void *context, const struct jt_named_sample *sample);
    int (*mapping)(void *context, const struct jt_mapping *mapping);
    int (*fork)(void *context, const struct jt_task *task);
    int (*exit)(void *context, const struct jt_task *task);
    int (*comm)(void *context, const struct jt_comm *comm);
    int (*loss)(void *context, const struct jt_loss *loss);
};

#endif
