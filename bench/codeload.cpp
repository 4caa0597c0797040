/* What it costs to tell a perf map and a jitdump of one function: libjitney, LLVM's
 * PerfJITEventListener with the same function, and the system calls alone. Rounds are
 * interleaved; the figures are medians of processor time, for others may use the machine.
 * bench/codeload builds and runs it:
 *
 *     codeload OBJECT FOLDER ROUNDS LOADS
 *
 * OBJECT holds the function `work`, compiled with -g. FOLDER must be $JITDUMPDIR too. */
#include "jitney/jitney.h"

#include <llvm/DebugInfo/DWARF/DWARFContext.h>
#include <llvm/ExecutionEngine/JITEventListener.h>
#include <llvm/ExecutionEngine/RTDyldMemoryManager.h>
#include <llvm/ExecutionEngine/RuntimeDyld.h>
#include <llvm/ExecutionEngine/SectionMemoryManager.h>
#include <llvm/Object/ObjectFile.h>
#include <llvm/Object/SymbolSize.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/TargetSelect.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include <vector>

using namespace llvm;

namespace
{

/* The function as both are told it. */
struct Work {
    std::vector<uint8_t> code;
    std::vector<std::string> files;
    std::vector<jitney_line> lines;
    uint64_t address = 0;
};

void check(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "codeload: %s\n", what);
    exit(1);
}

double now_us()
{
    timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

Work find_work(const object::ObjectFile &loaded)
{
    Work function;
    auto dwarf = DWARFContext::create(loaded);

    for (const auto &[symbol, bytes] : object::computeSymbolSizes(loaded)) {
        if (!symbol.getName() || *symbol.getName() != "work")
            continue;
        function.address = cantFail(symbol.getAddress());
        const auto *code = (const uint8_t *)function.address;
        function.code.assign(code, code + bytes);
        auto section = cantFail(symbol.getSection())->getIndex();
        auto rows = dwarf->getLineInfoForAddressRange(
            {function.address, section}, bytes,
            DILineInfoSpecifier(DILineInfoSpecifier::FileLineInfoKind::AbsoluteFilePath));
        for (const auto &[address, info] : rows) {
            jitney_line row = {};
            row.offset = (uint32_t)(address - function.address);
            row.line = info.Line;
            row.column = info.Column;
            function.lines.push_back(row);
            function.files.push_back(info.FileName);
        }
    }
    check(function.address != 0 && !function.lines.empty(), "no function `work` with lines");
    return function;
}

/* Pages of its own, so that the address of each load differs as an engine's would. */
double run_jitney(jitney_session *session, const Work &function, int loads)
{
    static const uint8_t frame[] = {0x41, 0x0e, 0x10, 0x86, 0x02, 0x43, 0x0d, 0x06};
    struct jitney_code_load load = {};
    double start = now_us();

    for (int i = 0; i < loads; i++) {
        load.size = sizeof(load);
        load.name = "work";
        load.file = function.files[0].c_str();
        load.line = function.lines[0].line;
        load.tier = JITNEY_TIER_OPTIMIZED;
        load.address = 0x10000000000 + (uint64_t)i * 2048;
        load.code = function.code.data();
        load.bytes = function.code.size();
        load.lines = function.lines.data();
        load.line_count = (uint32_t)function.lines.size();
        load.unwind_kind = JITNEY_UNWIND_CFI;
        load.unwind = frame;
        load.unwind_bytes = sizeof(frame);
        check(jitney_code_load(session, &load) == JITNEY_OK, "a load is dropped");
    }
    return (now_us() - start) / loads;
}

double run_llvm(JITEventListener *listener, const object::ObjectFile &object,
                const RuntimeDyld::LoadedObjectInfo &info, int loads)
{
    static uint64_t key;
    double start = now_us();

    for (int i = 0; i < loads; i++)
        listener->notifyObjectLoaded(++key, object, info);
    return (now_us() - start) / loads;
}

/* The two system calls, with as many bytes as libjitney writes. */
double run_calls(int map, int dump, size_t map_bytes, size_t dump_bytes, int loads)
{
    std::vector<uint8_t> bytes(dump_bytes);
    double start = now_us();

    for (int i = 0; i < loads; i++) {
        iovec parts[2] = {{bytes.data(), dump_bytes / 2},
                          {bytes.data(), dump_bytes - dump_bytes / 2}};
        check(write(map, bytes.data(), map_bytes) == (ssize_t)map_bytes, "write");
        check(writev(dump, parts, 2) == (ssize_t)dump_bytes, "writev");
    }
    return (now_us() - start) / loads;
}

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

jitney_session *open_session(const char *folder, uint32_t sinks)
{
    jitney_session_options options = {};
    jitney_session *session = nullptr;

    options.size = sizeof(options);
    options.directory = folder;
    options.sinks = sinks;
    check(jitney_session_open(&options, &session) == JITNEY_OK, "session");
    return session;
}

off_t size_of(const std::string &path)
{
    int fd = open(path.c_str(), O_RDONLY);
    off_t bytes = lseek(fd, 0, SEEK_END);

    close(fd);
    return bytes;
}

} // namespace

int main(int argc, char **argv)
{
    check(argc == 5, "usage: codeload OBJECT FOLDER ROUNDS LOADS");
    std::string folder = argv[2];
    int rounds = atoi(argv[3]), loads = atoi(argv[4]);
    std::string map_path = folder + "/perf-" + std::to_string(getpid()) + ".map";
    std::string dump_path = folder + "/jit-" + std::to_string(getpid()) + ".dump";
    std::vector<double> ours, theirs, calls;

    InitializeNativeTarget();
    auto buffer = MemoryBuffer::getFile(argv[1]);
    check((bool)buffer, "no object");
    auto object = cantFail(object::ObjectFile::createObjectFile((*buffer)->getMemBufferRef()));
    SectionMemoryManager memory;
    RuntimeDyld linker(memory, memory);
    linker.setProcessAllSections(true);
    auto info = linker.loadObject(*object);
    check(info && !linker.hasError(), "the object cannot be linked");
    linker.resolveRelocations();
    check(!memory.finalizeMemory(), "memory");
    auto debug = info->getObjectForDebug(*object);
    Work function = find_work(*debug.getBinary());
    JITEventListener *listener = JITEventListener::createPerfJITEventListener();
    check(listener != nullptr, "this LLVM has no PerfJITEventListener");

    jitney_session *session = open_session(argv[2], JITNEY_SINK_PERFMAP | JITNEY_SINK_JITDUMP);
    run_jitney(session, function, loads);
    size_t map_bytes = (size_t)(size_of(map_path) / loads);
    size_t dump_bytes = (size_t)(size_of(dump_path) / loads);
    int flags = O_CREAT | O_WRONLY | O_APPEND;
    int map = open((folder + "/plain.map").c_str(), flags, 0600);
    int dump = open((folder + "/plain.dump").c_str(), flags, 0600);
    for (int i = 0; i < rounds; i++) {
        ours.push_back(run_jitney(session, function, loads));
        theirs.push_back(run_llvm(listener, *object, *info, loads));
        calls.push_back(run_calls(map, dump, map_bytes, dump_bytes, loads));
    }
    jitney_session_close(session);
    printf("function: %zu bytes, %zu rows; written: %zu + %zu bytes\n", function.code.size(),
           function.lines.size(), map_bytes, dump_bytes);
    printf("libjitney, perf map + jitdump  %6.2f us\n", median(ours));
    printf("LLVM PerfJITEventListener      %6.2f us  (%.1f times)\n", median(theirs),
           median(theirs) / median(ours));
    printf("the two system calls alone     %6.2f us\n", median(calls));
    return 0;
}
