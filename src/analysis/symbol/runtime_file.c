/* Which runtime a program or library belongs to, by its file's name. */
#include "analysis/symbol/name.h"
#include "analysis/symbol/slice.h"

/* After the text may come a version and what distributions add. */
enum rest {
    ALONE,   /* nothing */
    VERSION, /* nothing, or digits, dots, dashes and the like: no letter first */
    ANY
};

struct file_row {
    const char *text;
    enum rest rest;
    enum jt_runtime runtime;
};

static const struct file_row files[] = {
    {"node", VERSION, JT_RUNTIME_V8},
    {"nodejs", VERSION, JT_RUNTIME_V8},
    {"libnode.so", ANY, JT_RUNTIME_V8},
    {"libnode-", ANY, JT_RUNTIME_V8},
    {"deno", VERSION, JT_RUNTIME_V8},
    {"denort", ALONE, JT_RUNTIME_V8},
    {"d8", ALONE, JT_RUNTIME_V8},
    {"libv8", ANY, JT_RUNTIME_V8},
    {"chrome", ALONE, JT_RUNTIME_V8},
    {"chrome-headless-shell", ALONE, JT_RUNTIME_V8},
    {"chromium", ALONE, JT_RUNTIME_V8},
    {"chromium-browser", ALONE, JT_RUNTIME_V8},
    {"headless_shell", ALONE, JT_RUNTIME_V8},
    {"content_shell", ALONE, JT_RUNTIME_V8},
    {"msedge", ALONE, JT_RUNTIME_V8},
    {"brave", ALONE, JT_RUNTIME_V8},
    {"electron", VERSION, JT_RUNTIME_V8},
    {"workerd", ALONE, JT_RUNTIME_V8},
    {"libcef.so", ANY, JT_RUNTIME_V8},
    {"bun", VERSION, JT_RUNTIME_JSC},
    {"bun-profile", ALONE, JT_RUNTIME_JSC},
    {"jsc", VERSION, JT_RUNTIME_JSC},
    {"libjavascriptcoregtk", ANY, JT_RUNTIME_JSC},
    {"libJavaScriptCore", ANY, JT_RUNTIME_JSC},
    {"WebKitWebProcess", ALONE, JT_RUNTIME_JSC},
    {"firefox", VERSION, JT_RUNTIME_SPIDERMONKEY},
    {"firefox-bin", ALONE, JT_RUNTIME_SPIDERMONKEY},
    {"firefox-esr", ALONE, JT_RUNTIME_SPIDERMONKEY},
    {"libxul.so", ANY, JT_RUNTIME_SPIDERMONKEY},
    {"libmozjs", ANY, JT_RUNTIME_SPIDERMONKEY},
    {"gjs", ALONE, JT_RUNTIME_SPIDERMONKEY},
    {"gjs-console", ALONE, JT_RUNTIME_SPIDERMONKEY},
    {"java", ALONE, JT_RUNTIME_HOTSPOT},
    {"javac", ALONE, JT_RUNTIME_HOTSPOT},
    {"jshell", ALONE, JT_RUNTIME_HOTSPOT},
    {"libjvm.so", ANY, JT_RUNTIME_HOTSPOT},
    {"dotnet", ALONE, JT_RUNTIME_DOTNET},
    {"corerun", ALONE, JT_RUNTIME_DOTNET},
    {"libcoreclr.so", ANY, JT_RUNTIME_DOTNET},
    {"libclrjit.so", ANY, JT_RUNTIME_DOTNET},
    {"libclrgc.so", ANY, JT_RUNTIME_DOTNET},
    {"mono", VERSION, JT_RUNTIME_MONO},
    {"mono-sgen", ANY, JT_RUNTIME_MONO},
    {"mono-boehm", ANY, JT_RUNTIME_MONO},
    {"libmono-2.0", ANY, JT_RUNTIME_MONO},
    {"libmonosgen", ANY, JT_RUNTIME_MONO},
    {"libmonoboehm", ANY, JT_RUNTIME_MONO},
    {"python", VERSION, JT_RUNTIME_CPYTHON},
    {"libpython", ANY, JT_RUNTIME_CPYTHON},
    {"beam.smp", ANY, JT_RUNTIME_ERLANG},
    {"beam.jit", ANY, JT_RUNTIME_ERLANG},
    {"beam.debug", ANY, JT_RUNTIME_ERLANG},
    {"erl", VERSION, JT_RUNTIME_ERLANG},
    {"erlexec", ALONE, JT_RUNTIME_ERLANG},
    {"escript", ALONE, JT_RUNTIME_ERLANG},
    {"php", VERSION, JT_RUNTIME_PHP},
    {"php-fpm", VERSION, JT_RUNTIME_PHP},
    {"php-cgi", VERSION, JT_RUNTIME_PHP},
    {"php-cli", VERSION, JT_RUNTIME_PHP},
    {"phpdbg", VERSION, JT_RUNTIME_PHP},
    {"libphp", ANY, JT_RUNTIME_PHP},
    {"opcache.so", ANY, JT_RUNTIME_PHP},
    {"luajit", VERSION, JT_RUNTIME_LUAJIT},
    {"luajit64", ALONE, JT_RUNTIME_LUAJIT},
    {"libluajit", ANY, JT_RUNTIME_LUAJIT},
    {"lli", VERSION, JT_RUNTIME_LLVM},
    {"libLLVM", ANY, JT_RUNTIME_LLVM},
    {"llvmjit.so", ANY, JT_RUNTIME_LLVM},
    {"postgres", ALONE, JT_RUNTIME_LLVM},
    {"julia", VERSION, JT_RUNTIME_JULIA},
    {"libjulia", ANY, JT_RUNTIME_JULIA},
    {"wasmtime", VERSION, JT_RUNTIME_WASMTIME},
    {"libwasmtime", ANY, JT_RUNTIME_WASMTIME},
    {"ruby", VERSION, JT_RUNTIME_RUBY},
    {"libruby", ANY, JT_RUNTIME_RUBY},
};

/* "3.12", "-14", "8.2", "2.1.0-beta3", "3.13t": no word of its own. */
static bool is_version(struct jt_slice rest)
{
    if (rest.bytes == 0)
        return true;
    if ((rest.at[0] == '-' || rest.at[0] == '.') && rest.bytes > 1)
        rest = jt_slice_from(rest, jt_slice_starts(rest, "-v") ? 2 : 1);
    return rest.bytes > 0 && jt_is_digit(rest.at[0]);
}

static bool fits(const struct file_row *row, struct jt_slice file)
{
    if (!jt_slice_skip(&file, row->text))
        return false;
    return row->rest == ANY || (row->rest == VERSION ? is_version(file) : file.bytes == 0);
}

enum jt_runtime jt_runtime_of_file(const char *path)
{
    struct jt_slice file = jt_slice_of(path);
    size_t slash = 0;

    /* What the kernel adds to a mapping whose file was replaced. */
    jt_slice_cut(&file, " (deleted)");
    slash = jt_slice_find_last(file, '/');
    if (slash != JT_SLICE_NONE)
        file = jt_slice_from(file, slash + 1);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (fits(&files[i], file))
            return files[i].runtime;
    }
    return JT_RUNTIME_NONE;
}
