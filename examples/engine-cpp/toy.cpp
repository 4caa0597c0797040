// The toy engine of ../engine in C++17: what owns something gives it back, and the session is
// one of these things. The language and the machine code are those of ../engine.
//
//     JITNEY_PERFMAP=1 toy++ shapes.toy 5
#include "../engine/assembler.h"
#include "jitney/jitney.h"

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <vector>

namespace
{

// Every struct of jitney's begins with its size, and zero says "not known". Some have the name of
// the function that tells them: "struct" says which of the two is meant.
template <typename T> T sized()
{
    T value{};
    value.size = sizeof(value);
    return value;
}

// A session that is closed when it goes out of scope. One that did not open wants nothing.
class Session
{
  public:
    explicit Session(const char *engine)
    {
        auto options = sized<struct jitney_session_options>();
        jitney_session *session = nullptr;

        options.engine = engine;
        if (jitney_options_from_environment(&options) != JITNEY_OK)
            std::cerr << engine << ": a JITNEY_ variable is not understood\n";
        if (int status = jitney_session_open(&options, &session); status != JITNEY_OK)
            std::cerr << engine << ": jitney: " << jitney_status_text(status) << '\n';
        session_.reset(session);
    }

    jitney_session *get() const
    {
        return session_.get();
    }

    bool wants(jitney_event_type type) const
    {
        return jitney_wants(get(), type);
    }

    uint64_t dropped() const
    {
        auto counters = sized<struct jitney_counters>();
        return jitney_session_counters(get(), &counters) == JITNEY_OK ? counters.dropped : 0;
    }

  private:
    struct Close {
        void operator()(jitney_session *session) const
        {
            jitney_session_close(session);
        }
    };
    std::unique_ptr<jitney_session, Close> session_;
};

// Two halves of executable memory: one in use, and one to move into when that is full.
class CodeSpace
{
  public:
    CodeSpace()
        : memory_(static_cast<unsigned char *>(mmap(nullptr, 2 * half_bytes,
                                                    PROT_READ | PROT_WRITE | PROT_EXEC,
                                                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)))
    {
        if (memory_ == MAP_FAILED)
            throw std::runtime_error("no memory for code");
    }
    CodeSpace(const CodeSpace &) = delete;
    CodeSpace &operator=(const CodeSpace &) = delete;
    ~CodeSpace()
    {
        munmap(memory_, 2 * half_bytes);
    }

    // Null when the half is full.
    void *put(const void *code, std::size_t bytes, std::size_t gap)
    {
        unsigned char *to = memory_ + half_ * half_bytes + used_;

        if (bytes + gap > half_bytes - used_)
            return nullptr;
        std::memcpy(to, code, bytes);
        __builtin___clear_cache(reinterpret_cast<char *>(to), reinterpret_cast<char *>(to + bytes));
        used_ += (bytes + gap + 15) & ~std::size_t{15};
        return to;
    }

    void use_other_half()
    {
        half_ = 1 - half_;
        used_ = 0;
    }

  private:
    static constexpr std::size_t half_bytes = 4096;
    unsigned char *memory_;
    std::size_t half_ = 0, used_ = 0;
};

// Machine code that is loaded. When it goes, the session is told.
class Code
{
  public:
    Code(const Session &session, void *at, std::size_t bytes, std::size_t gap)
        : session_(session), at_(at), bytes_(bytes), gap_(gap)
    {
    }
    Code(const Code &) = delete;
    Code &operator=(const Code &) = delete;
    ~Code()
    {
        auto gone = sized<struct jitney_code_unload>();

        gone.address = reinterpret_cast<uintptr_t>(at_);
        jitney_code_unload(session_.get(), &gone);
    }

    // False when there is no space.
    bool move_into(CodeSpace &space)
    {
        auto move = sized<struct jitney_code_move>();
        void *to = space.put(at_, bytes_, gap_);

        if (!to)
            return false;
        move.from = reinterpret_cast<uintptr_t>(at_);
        move.to = reinterpret_cast<uintptr_t>(to);
        at_ = to;
        jitney_code_move(session_.get(), &move);
        return true;
    }

    // What calls go through: it stays where it is when the code moves.
    void *at() const
    {
        return at_;
    }

  private:
    const Session &session_;
    void *at_;
    std::size_t bytes_, gap_;
};

struct Token {
    std::string text;
    uint32_t line, column;
};

std::vector<Token> tokens_of(std::istream &source)
{
    std::vector<Token> tokens;
    std::string line;

    for (uint32_t number = 1; std::getline(source, line); number++) {
        const std::string blanks = " \t";
        line.erase(std::min(line.find('#'), line.size()));
        for (auto at = line.find_first_not_of(blanks); at != line.npos;) {
            auto end = std::min(line.find_first_of(blanks, at), line.size());
            tokens.push_back({line.substr(at, end - at), number, static_cast<uint32_t>(at) + 1});
            at = line.find_first_not_of(blanks, end);
        }
    }
    return tokens;
}

struct Word {
    uint32_t function = 0;    // the number by which events name it
    std::optional<Code> code; // none: not compiled now
    void *entry = nullptr;    // what calls of it read
};

class Engine
{
  public:
    Engine(const Session &session, std::string file) : session_(session), file_(std::move(file))
    {
    }

    // Words that are there already are compiled anew.
    void compile(const std::vector<Token> &tokens)
    {
        for (auto at = tokens.begin(); at != tokens.end();) {
            if (at->text != ":" || tokens.end() - at < 3)
                fail(*at, "expected a definition");
            at = compile_word(at + 1, tokens.end());
        }
    }

    int64_t run(const std::string &name)
    {
        auto word = words_.find(name);

        if (word == words_.end() || !word->second.entry)
            throw std::runtime_error("no word " + name);
        auto code = reinterpret_cast<int64_t *(*)(int64_t *)>(word->second.entry);
        return *code(stack_);
    }

    unsigned compilations() const
    {
        return compilations_;
    }
    unsigned moves() const
    {
        return moves_;
    }

  private:
    using Place = std::vector<Token>::const_iterator;

    [[noreturn]] void fail(const Token &token, const std::string &what) const
    {
        std::ostringstream text;

        text << file_ << ':' << token.line << ':' << token.column << ": " << token.text << ": "
             << what;
        throw std::runtime_error(text.str());
    }

    Word &define(const Token &name)
    {
        auto [place, is_new] = words_.try_emplace(name.text);
        auto function = sized<struct jitney_function>();

        if (!is_new)
            return place->second;
        function.name = name.text.c_str();
        function.file = file_.c_str();
        function.line = name.line;
        function.column = name.column;
        function.primitive_index = -1;
        jitney_function_define(session_.get(), &function, &place->second.function);
        return place->second;
    }

    Place compile_word(Place name, Place end)
    {
        using clock = std::chrono::steady_clock;
        Word &word = define(*name);
        auto code = std::make_unique<assembler>();
        std::vector<jitney_line> lines;
        std::vector<std::size_t> loops;
        auto began = clock::now();
        Place at = name + 1;

        compilations_++;
        announce(word);
        lines.push_back({0, name->line, 0, 0, nullptr});
        assemble_entry(code.get());
        for (; at != end && at->text != ";"; ++at) {
            lines.push_back(
                {static_cast<uint32_t>(code->length), at->line, at->column, 0, nullptr});
            compile_token(*at, *code, loops);
        }
        if (at == end || !loops.empty() || code->is_full)
            fail(*name, at == end ? "has no end" : code->is_full ? "is too long" : "loops on");
        lines.push_back({static_cast<uint32_t>(code->length), at->line, at->column, 0, nullptr});
        assemble_return(code.get());
        install(*name, word, *code, lines);
        conclude(word, std::chrono::nanoseconds(clock::now() - began).count());
        return at + 1;
    }

    void compile_token(const Token &token, assembler &code, std::vector<std::size_t> &loops)
    {
        char *end = nullptr;
        long number = std::strtol(token.text.c_str(), &end, 10);

        if (*end == '\0') {
            assemble_number(&code, static_cast<int32_t>(number));
        } else if (token.text == "times") {
            loops.push_back(assemble_times(&code));
        } else if (token.text == "end" && !loops.empty()) {
            assemble_end(&code, loops.back());
            loops.pop_back();
        } else if (auto callee = words_.find(token.text); callee != words_.end()) {
            assemble_call(&code, &callee->second.entry);
        } else if (!assemble_builtin(&code, token.text.c_str())) {
            fail(token, "not understood");
        }
    }

    void announce(const Word &word) const
    {
        auto start = sized<struct jitney_compile_start>();

        if (!session_.wants(JITNEY_COMPILE_START))
            return; // nobody listens: collect nothing
        start.function = word.function;
        start.tier = JITNEY_TIER_BASELINE;
        start.compilation = compilations_;
        start.condition.name = "defined anew";
        jitney_compile_start(session_.get(), &start);
    }

    void conclude(const Word &word, int64_t duration_ns) const
    {
        auto done = sized<struct jitney_compile_end>();

        done.function = word.function;
        done.tier = JITNEY_TIER_BASELINE;
        done.compilation = compilations_;
        done.duration_ns = static_cast<uint64_t>(duration_ns);
        jitney_compile_end(session_.get(), &done);
    }

    void install(const Token &name, Word &word, const assembler &code,
                 const std::vector<jitney_line> &lines)
    {
        auto load = sized<struct jitney_code_load>();

        load.bytes = code.length;
        load.name = name.text.c_str();
        load.tier = JITNEY_TIER_BASELINE;
        load.file = file_.c_str();
        load.line = name.line;
        load.column = name.column;
        load.function = word.function;
        load.version = compilations_;
        load.lines = lines.data();
        load.line_count = static_cast<uint32_t>(lines.size());
        load.unwind_kind = JITNEY_UNWIND_FRAME_POINTER;

        const std::size_t gap = jitney_code_gap(&load);
        word.code.reset(); // the old code is gone
        void *at = space_.put(code.bytes, code.length, gap);
        if (!at) {
            compact();
            at = space_.put(code.bytes, code.length, gap);
        }
        if (!at)
            fail(name, "no space for code");
        load.address = reinterpret_cast<uintptr_t>(at);
        jitney_code_load(session_.get(), &load);
        word.code.emplace(session_, at, code.length, gap);
        word.entry = at;
    }

    // Move all living code to the other half; nothing of it runs now.
    void compact()
    {
        space_.use_other_half();
        for (auto &[name, word] : words_) {
            if (!word.code)
                continue;
            if (!word.code->move_into(space_))
                throw std::runtime_error("no space for " + name);
            word.entry = word.code->at();
            moves_++;
        }
    }

    const Session &session_;
    std::string file_;
    CodeSpace space_;
    std::map<std::string, Word> words_; // words stay where they are: code calls through them
    int64_t stack_[4096] = {};
    unsigned compilations_ = 0, moves_ = 0;
};

int run(const char *file, double seconds)
{
    using clock = std::chrono::steady_clock;
    const auto end = clock::now() + std::chrono::duration<double>(seconds);
    std::ifstream source(file);

    if (!source)
        throw std::runtime_error(std::string(file) + ": cannot be read");
    const auto tokens = tokens_of(source);
    Session session("toy++"); // outlives the code that tells it of its end
    Engine engine(session, file);
    int64_t result = 0;
    unsigned rounds = 0;
    do {
        engine.compile(tokens);
        result = engine.run("main");
        rounds++;
    } while (clock::now() < end);
    std::cout << "main: " << result << " (" << rounds << " rounds, " << engine.compilations()
              << " compilations, " << engine.moves() << " moves)\n";
    if (auto dropped = session.dropped(); dropped > 0)
        std::cerr << "toy++: " << dropped << " events were lost\n";
    return 0;
}

} // namespace

int main(int count, char **words)
{
    if (count < 2) {
        std::cerr << "usage: toy++ FILE [SECONDS]\n";
        return 2;
    }
    try {
        return run(words[1], count > 2 ? std::strtod(words[2], nullptr) : 3);
    } catch (const std::exception &error) {
        std::cerr << "toy++: " << error.what() << '\n';
        return 1;
    }
}
