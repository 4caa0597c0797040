/* The bytes of perf.data that its reader (analysis/load) and its writer
 * (analysis/sample) agree on: magic numbers, record types, the attribute, the
 * order of a sample's fields. Values are those of the kernel's interface and
 * of perf, so that no header of the build machine can change the format
 * (linux: include/uapi/linux/perf_event.h, tools/lib/perf/include/perf/event.h,
 * tools/perf/util/header.h). */
#ifndef JT_FORMAT_PERFDATA_H
#define JT_FORMAT_PERFDATA_H

#include <assert.h>
#include <stdint.h>

/* "PERFILE2" and "PERFFILE" as a little-endian machine reads them. */
#define JT_PERF_MAGIC2 UINT64_C(0x32454c4946524550)
#define JT_PERF_MAGIC1 UINT64_C(0x454c494646524550)

/* A part of the file: linux: tools/perf/util/header.h, perf_file_section. */
struct jt_perf_section {
    uint64_t offset;
    uint64_t size;
};

/* The whole header of a file; a pipe has only `magic` and `size` (16). */
struct jt_perf_file_header {
    uint64_t magic;
    uint64_t size;      /* of this struct: 104 */
    uint64_t attr_size; /* one entry of `attrs`: attribute + section of its ids */
    struct jt_perf_section attrs;
    struct jt_perf_section data; /* size 0: the writer did not come to the end */
    struct jt_perf_section event_types;
    uint64_t features[4]; /* bit N: there is a section for feature N, after the data */
};

#define JT_PERF_PIPE_HEADER_BYTES 16
#define JT_PERF_FILE_HEADER_BYTES 104
static_assert(sizeof(struct jt_perf_file_header) == JT_PERF_FILE_HEADER_BYTES, "a format");

enum jt_perf_feature {
    JT_PERF_FEAT_TRACING_DATA = 1,
    JT_PERF_FEAT_BUILD_ID = 2,
    JT_PERF_FEAT_HOSTNAME = 3,
    JT_PERF_FEAT_OSRELEASE = 4,
    JT_PERF_FEAT_VERSION = 5,
    JT_PERF_FEAT_ARCH = 6,
    JT_PERF_FEAT_NRCPUS = 7, /* u32 present, u32 online */
    JT_PERF_FEAT_CPUDESC = 8,
    JT_PERF_FEAT_CPUID = 9,
    JT_PERF_FEAT_TOTAL_MEM = 10, /* u64 KiB */
    JT_PERF_FEAT_CMDLINE = 11,   /* u32 count, strings */
    JT_PERF_FEAT_EVENT_DESC = 12,
    JT_PERF_FEAT_CPU_TOPOLOGY = 13,
    JT_PERF_FEAT_NUMA_TOPOLOGY = 14,
    JT_PERF_FEAT_BRANCH_STACK = 15,
    JT_PERF_FEAT_PMU_MAPPINGS = 16,
    JT_PERF_FEAT_GROUP_DESC = 17,
    JT_PERF_FEAT_AUXTRACE = 18,
    JT_PERF_FEAT_STAT = 19,
    JT_PERF_FEAT_CACHE = 20,
    JT_PERF_FEAT_SAMPLE_TIME = 21, /* u64 first, u64 last */
    JT_PERF_FEAT_MEM_TOPOLOGY = 22,
    JT_PERF_FEAT_CLOCKID = 23, /* u64 resolution in ns */
    JT_PERF_FEAT_DIR_FORMAT = 24,
    JT_PERF_FEAT_BPF_PROG_INFO = 25,
    JT_PERF_FEAT_BPF_BTF = 26,
    JT_PERF_FEAT_COMPRESSED = 27,
    JT_PERF_FEAT_CPU_PMU_CAPS = 28,
    JT_PERF_FEAT_CLOCK_DATA = 29, /* u32 version 1, u32 clockid, u64 wall ns, u64 clock ns */
    JT_PERF_FEAT_HYBRID_TOPOLOGY = 30,
    JT_PERF_FEAT_PMU_CAPS = 31,
    JT_PERF_FEAT_BITS = 256
};

/* A string is u32 bytes (a multiple of this), then the text, NUL, zeros. */
#define JT_PERF_STRING_ALIGN 64

struct jt_perf_event_header {
    uint32_t type; /* enum jt_perf_record_type */
    uint16_t misc; /* JT_PERF_MISC_* */
    uint16_t size; /* with this header */
};

#define JT_PERF_EVENT_HEADER_BYTES 8

enum jt_perf_record_type {
    JT_PERF_RECORD_MMAP = 1,       /* u32 pid, tid; u64 address, bytes, file offset; path */
    JT_PERF_RECORD_LOST = 2,       /* u64 id, lost */
    JT_PERF_RECORD_COMM = 3,       /* u32 pid, tid; name */
    JT_PERF_RECORD_EXIT = 4,       /* u32 pid, ppid, tid, ptid; u64 time */
    JT_PERF_RECORD_THROTTLE = 5,   /* u64 time, id, stream_id */
    JT_PERF_RECORD_UNTHROTTLE = 6, /* as THROTTLE */
    JT_PERF_RECORD_FORK = 7,       /* as EXIT */
    JT_PERF_RECORD_READ = 8,       /* u32 pid, tid; read_format */
    JT_PERF_RECORD_SAMPLE = 9,     /* the fields that sample_type says */
    JT_PERF_RECORD_MMAP2 = 10,     /* as MMAP with struct jt_perf_mmap2 */
    JT_PERF_RECORD_AUX = 11,       /* u64 offset, size, flags */
    JT_PERF_RECORD_ITRACE_START = 12,
    JT_PERF_RECORD_LOST_SAMPLES = 13, /* u64 lost */
    JT_PERF_RECORD_SWITCH = 14,
    JT_PERF_RECORD_SWITCH_CPU_WIDE = 15,
    JT_PERF_RECORD_NAMESPACES = 16,
    JT_PERF_RECORD_KSYMBOL = 17,
    JT_PERF_RECORD_BPF_EVENT = 18,
    JT_PERF_RECORD_CGROUP = 19,
    JT_PERF_RECORD_TEXT_POKE = 20,
    JT_PERF_RECORD_AUX_OUTPUT_HW_ID = 21,
    JT_PERF_RECORD_CALLCHAIN_DEFERRED = 22, /* u64 cookie, count, addresses */
    /* Records from here on are perf's own: they have no sample_id at their end. */
    JT_PERF_RECORD_USER_TYPE_START = 64,
    JT_PERF_RECORD_HEADER_ATTR = 64, /* attribute, u64 ids */
    JT_PERF_RECORD_HEADER_EVENT_TYPE = 65,
    JT_PERF_RECORD_HEADER_TRACING_DATA = 66, /* u32 bytes, u32 pad; so many bytes follow it */
    JT_PERF_RECORD_HEADER_BUILD_ID = 67,     /* as the entries of JT_PERF_FEAT_BUILD_ID */
    JT_PERF_RECORD_FINISHED_ROUND = 68,
    JT_PERF_RECORD_ID_INDEX = 69, /* u64 count; {u64 id, idx, cpu, tid}[count] */
    JT_PERF_RECORD_AUXTRACE_INFO = 70,
    JT_PERF_RECORD_AUXTRACE = 71, /* u64 bytes, ...; so many bytes follow it */
    JT_PERF_RECORD_AUXTRACE_ERROR = 72,
    JT_PERF_RECORD_THREAD_MAP = 73, /* u64 count; {u64 pid, char comm[16]}[count] */
    JT_PERF_RECORD_CPU_MAP = 74,
    JT_PERF_RECORD_STAT_CONFIG = 75,
    JT_PERF_RECORD_STAT = 76,
    JT_PERF_RECORD_STAT_ROUND = 77,
    JT_PERF_RECORD_EVENT_UPDATE = 78,   /* u64 type, id; data */
    JT_PERF_RECORD_TIME_CONV = 79,      /* u64 shift, mult, zero, ... */
    JT_PERF_RECORD_HEADER_FEATURE = 80, /* u64 feature number; its payload */
    JT_PERF_RECORD_COMPRESSED = 81,     /* zstd bytes, size not padded */
    JT_PERF_RECORD_FINISHED_INIT = 82,
    JT_PERF_RECORD_COMPRESSED2 = 83, /* u64 bytes; zstd bytes, padded to 8 */
    JT_PERF_RECORD_BPF_METADATA = 84
};

/* Bits of jt_perf_event_header.misc; some mean another thing in each type. */
#define JT_PERF_MISC_CPUMODE_MASK 7
#define JT_PERF_MISC_KERNEL 1
#define JT_PERF_MISC_USER 2
#define JT_PERF_MISC_HYPERVISOR 3
#define JT_PERF_MISC_GUEST_KERNEL 4
#define JT_PERF_MISC_GUEST_USER 5
#define JT_PERF_MISC_PROC_MAP_PARSE_TIMEOUT (1 << 12)
#define JT_PERF_MISC_MMAP_DATA (1 << 13)
#define JT_PERF_MISC_COMM_EXEC (1 << 13)
#define JT_PERF_MISC_FORK_EXEC (1 << 13)
#define JT_PERF_MISC_SWITCH_OUT (1 << 13)
#define JT_PERF_MISC_EXACT_IP (1 << 14)
#define JT_PERF_MISC_MMAP_BUILD_ID (1 << 14)
#define JT_PERF_MISC_LOST_SAMPLES_BPF (1 << 15)
#define JT_PERF_MISC_BUILD_ID_SIZE (1 << 15) /* in HEADER_BUILD_ID: the size byte counts */

/* The part of MMAP2 between `file offset` and the path. */
struct jt_perf_mmap2 {
    union {
        struct {
            uint32_t major;
            uint32_t minor;
            uint64_t inode;
            uint64_t inode_generation;
        } file;
        struct { /* when misc has JT_PERF_MISC_MMAP_BUILD_ID */
            uint8_t bytes;
            uint8_t reserved[3];
            uint8_t id[20];
        } build_id;
    };
    uint32_t protection; /* PROT_* of sys/mman.h */
    uint32_t flags;      /* MAP_* */
};
static_assert(sizeof(struct jt_perf_mmap2) == 32, "a format");

#define JT_PERF_BUILD_ID_BYTES 20

/* JT_PERF_RECORD_EVENT_UPDATE's type. */
enum { JT_PERF_UPDATE_UNIT, JT_PERF_UPDATE_SCALE, JT_PERF_UPDATE_NAME, JT_PERF_UPDATE_CPUS };

/* Bits of attr.sample_type. The fields of a sample come in the order:
 * IDENTIFIER IP TID TIME ADDR ID STREAM_ID CPU PERIOD READ CALLCHAIN RAW
 * BRANCH_STACK REGS_USER STACK_USER WEIGHT DATA_SRC TRANSACTION REGS_INTR
 * PHYS_ADDR CGROUP DATA_PAGE_SIZE CODE_PAGE_SIZE AUX. The sample_id at the end
 * of the kernel's other records (when sample_id_all is set) has, in this order:
 * TID TIME ID STREAM_ID CPU IDENTIFIER. */
#define JT_PERF_SAMPLE_IP (UINT64_C(1) << 0)
#define JT_PERF_SAMPLE_TID (UINT64_C(1) << 1) /* u32 pid, tid */
#define JT_PERF_SAMPLE_TIME (UINT64_C(1) << 2)
#define JT_PERF_SAMPLE_ADDR (UINT64_C(1) << 3)
#define JT_PERF_SAMPLE_READ (UINT64_C(1) << 4)
#define JT_PERF_SAMPLE_CALLCHAIN (UINT64_C(1) << 5) /* u64 count, addresses */
#define JT_PERF_SAMPLE_ID (UINT64_C(1) << 6)
#define JT_PERF_SAMPLE_CPU (UINT64_C(1) << 7) /* u32 cpu, reserved */
#define JT_PERF_SAMPLE_PERIOD (UINT64_C(1) << 8)
#define JT_PERF_SAMPLE_STREAM_ID (UINT64_C(1) << 9)
#define JT_PERF_SAMPLE_RAW (UINT64_C(1) << 10)
#define JT_PERF_SAMPLE_BRANCH_STACK (UINT64_C(1) << 11)
#define JT_PERF_SAMPLE_REGS_USER (UINT64_C(1) << 12)
#define JT_PERF_SAMPLE_STACK_USER (UINT64_C(1) << 13)
#define JT_PERF_SAMPLE_WEIGHT (UINT64_C(1) << 14)
#define JT_PERF_SAMPLE_DATA_SRC (UINT64_C(1) << 15)
#define JT_PERF_SAMPLE_IDENTIFIER (UINT64_C(1) << 16)
#define JT_PERF_SAMPLE_TRANSACTION (UINT64_C(1) << 17)
#define JT_PERF_SAMPLE_REGS_INTR (UINT64_C(1) << 18)
#define JT_PERF_SAMPLE_PHYS_ADDR (UINT64_C(1) << 19)
#define JT_PERF_SAMPLE_AUX (UINT64_C(1) << 20)
#define JT_PERF_SAMPLE_CGROUP (UINT64_C(1) << 21)
#define JT_PERF_SAMPLE_DATA_PAGE_SIZE (UINT64_C(1) << 22)
#define JT_PERF_SAMPLE_CODE_PAGE_SIZE (UINT64_C(1) << 23)
#define JT_PERF_SAMPLE_WEIGHT_STRUCT (UINT64_C(1) << 24)

/* Bits of attr.read_format. */
#define JT_PERF_FORMAT_TOTAL_TIME_ENABLED (1 << 0)
#define JT_PERF_FORMAT_TOTAL_TIME_RUNNING (1 << 1)
#define JT_PERF_FORMAT_ID (1 << 2)
#define JT_PERF_FORMAT_GROUP (1 << 3)
#define JT_PERF_FORMAT_LOST (1 << 4)

/* Bits of attr.branch_sample_type that change the layout. */
#define JT_PERF_BRANCH_HW_INDEX (1 << 17)
#define JT_PERF_BRANCH_COUNTERS (1 << 19)

/* attr.type */
enum jt_perf_type {
    JT_PERF_TYPE_HARDWARE,
    JT_PERF_TYPE_SOFTWARE,
    JT_PERF_TYPE_TRACEPOINT,
    JT_PERF_TYPE_HW_CACHE,
    JT_PERF_TYPE_RAW,
    JT_PERF_TYPE_BREAKPOINT
};

/* attr.config of JT_PERF_TYPE_HARDWARE and _SOFTWARE that a sampler uses. */
enum { JT_PERF_HW_CPU_CYCLES = 0, JT_PERF_HW_INSTRUCTIONS = 1 };
enum { JT_PERF_SW_CPU_CLOCK = 0, JT_PERF_SW_TASK_CLOCK = 1, JT_PERF_SW_DUMMY = 9 };

/* Bits of attr.flags, the bit-field of struct perf_event_attr. */
#define JT_PERF_ATTR_DISABLED (UINT64_C(1) << 0)
#define JT_PERF_ATTR_INHERIT (UINT64_C(1) << 1)
#define JT_PERF_ATTR_PINNED (UINT64_C(1) << 2)
#define JT_PERF_ATTR_EXCLUSIVE (UINT64_C(1) << 3)
#define JT_PERF_ATTR_EXCLUDE_USER (UINT64_C(1) << 4)
#define JT_PERF_ATTR_EXCLUDE_KERNEL (UINT64_C(1) << 5)
#define JT_PERF_ATTR_EXCLUDE_HV (UINT64_C(1) << 6)
#define JT_PERF_ATTR_EXCLUDE_IDLE (UINT64_C(1) << 7)
#define JT_PERF_ATTR_MMAP (UINT64_C(1) << 8)
#define JT_PERF_ATTR_COMM (UINT64_C(1) << 9)
#define JT_PERF_ATTR_FREQ (UINT64_C(1) << 10)
#define JT_PERF_ATTR_INHERIT_STAT (UINT64_C(1) << 11)
#define JT_PERF_ATTR_ENABLE_ON_EXEC (UINT64_C(1) << 12)
#define JT_PERF_ATTR_TASK (UINT64_C(1) << 13)
#define JT_PERF_ATTR_WATERMARK (UINT64_C(1) << 14)
#define JT_PERF_ATTR_PRECISE_IP_SHIFT 15 /* two bits */
#define JT_PERF_ATTR_MMAP_DATA (UINT64_C(1) << 17)
#define JT_PERF_ATTR_SAMPLE_ID_ALL (UINT64_C(1) << 18)
#define JT_PERF_ATTR_EXCLUDE_HOST (UINT64_C(1) << 19)
#define JT_PERF_ATTR_EXCLUDE_GUEST (UINT64_C(1) << 20)
#define JT_PERF_ATTR_EXCLUDE_CALLCHAIN_KERNEL (UINT64_C(1) << 21)
#define JT_PERF_ATTR_EXCLUDE_CALLCHAIN_USER (UINT64_C(1) << 22)
#define JT_PERF_ATTR_MMAP2 (UINT64_C(1) << 23)
#define JT_PERF_ATTR_COMM_EXEC (UINT64_C(1) << 24)
#define JT_PERF_ATTR_USE_CLOCKID (UINT64_C(1) << 25)
#define JT_PERF_ATTR_CONTEXT_SWITCH (UINT64_C(1) << 26)
#define JT_PERF_ATTR_WRITE_BACKWARD (UINT64_C(1) << 27)
#define JT_PERF_ATTR_NAMESPACES (UINT64_C(1) << 28)
#define JT_PERF_ATTR_KSYMBOL (UINT64_C(1) << 29)
#define JT_PERF_ATTR_BPF_EVENT (UINT64_C(1) << 30)
#define JT_PERF_ATTR_AUX_OUTPUT (UINT64_C(1) << 31)
#define JT_PERF_ATTR_CGROUP (UINT64_C(1) << 32)
#define JT_PERF_ATTR_TEXT_POKE (UINT64_C(1) << 33)
#define JT_PERF_ATTR_BUILD_ID (UINT64_C(1) << 34)
#define JT_PERF_ATTR_INHERIT_THREAD (UINT64_C(1) << 35)
#define JT_PERF_ATTR_REMOVE_ON_EXEC (UINT64_C(1) << 36)
#define JT_PERF_ATTR_SIGTRAP (UINT64_C(1) << 37)
#define JT_PERF_ATTR_DEFER_CALLCHAIN (UINT64_C(1) << 38)
#define JT_PERF_ATTR_DEFER_OUTPUT (UINT64_C(1) << 39)

#define JT_PERF_CLOCK_MONOTONIC 1 /* attr.clockid */

/* struct perf_event_attr: its first version ended after bp_type (64 bytes with
 * config1), the eighth has all of this. A shorter one reads as zeros. */
struct jt_perf_attr {
    uint32_t type; /* enum jt_perf_type, or of a PMU of the machine */
    uint32_t size; /* bytes of this struct that the writer filled in */
    uint64_t config;
    uint64_t sample_period; /* Hz when flags has JT_PERF_ATTR_FREQ */
    uint64_t sample_type;
    uint64_t read_format;
    uint64_t flags;
    uint32_t wakeup;
    uint32_t bp_type;
    uint64_t config1;
    uint64_t config2;
    uint64_t branch_sample_type;
    uint64_t sample_regs_user;
    uint32_t sample_stack_user;
    int32_t clockid;
    uint64_t sample_regs_intr;
    uint32_t aux_watermark;
    uint16_t sample_max_stack;
    uint16_t reserved2;
    uint32_t aux_sample_size;
    uint32_t reserved3;
    uint64_t sig_data;
    uint64_t config3;
};

#define JT_PERF_ATTR_BYTES_MIN 64
#define JT_PERF_ATTR_BYTES 136
static_assert(sizeof(struct jt_perf_attr) == JT_PERF_ATTR_BYTES, "a format");

#endif
