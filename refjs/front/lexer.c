#include "front/lexer_state.h"

static const char *const token_texts[RJ_T_COUNT] = {[RJ_T_END] = "end of input",
                                                    [RJ_T_ERROR] = "error",
                                                    [RJ_T_NAME] = "identifier",
                                                    [RJ_T_NUMBER] = "number",
                                                    [RJ_T_STRING] = "string",
                                                    [RJ_T_TEMPLATE] = "template string",
                                                    [RJ_T_TEMPLATE_OPEN] = "template string",
#define TEXT_ROW(name, text) [RJ_T_##name] = text,
                                                    RJ_PUNCTUATOR_LIST(TEXT_ROW)
                                                        RJ_KEYWORD_LIST(TEXT_ROW)
#undef TEXT_ROW
};

const char *rj_token_text(enum rj_token_kind kind)
{
    return token_texts[kind];
}

int32_t rj_lexer_point(const struct rj_lexer *lexer, uint32_t *length)
{
    int first = rj_lexer_peek(lexer, 0);
    int32_t point;
    uint32_t count = first < 0xc2 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : first < 0xf5 ? 3 : 0;

    *length = 1;
    if (first < 0x80)
        return first;
    if (!count)
        return 0xfffd;
    point = first & (0x3f >> count);
    for (uint32_t i = 1; i <= count; i++) {
        int byte = rj_lexer_peek(lexer, i);

        if (byte < 0 || (byte & 0xc0) != 0x80)
            return 0xfffd;
        point = point << 6 | (byte & 0x3f);
    }
    if ((count == 2 && (point < 0x800 || (point >= 0xd800 && point < 0xe000))) ||
        (count == 3 && (point < 0x10000 || point > 0x10ffff)))
        return 0xfffd;
    *length = count + 1;
    return point;
}

void rj_lexer_unit(struct rj_lexer *lexer, uint16_t unit)
{
    if (lexer->unit_count == lexer->unit_capacity)
        lexer->units = rj_grow(lexer->front, lexer->units, lexer->unit_count, &lexer->unit_capacity,
                               sizeof(*lexer->units));
    lexer->units[lexer->unit_count++] = unit;
}

void rj_lexer_append(struct rj_lexer *lexer, uint32_t point)
{
    if (point >= 0x10000) {
        rj_lexer_unit(lexer, (uint16_t)(0xd7c0 + (point >> 10)));
        point = 0xdc00 + (point & 0x3ff);
    }
    rj_lexer_unit(lexer, (uint16_t)point);
}

struct rj_string *rj_lexer_atom(struct rj_lexer *lexer)
{
    struct rj_front *front = lexer->front;
    struct rj_string *string =
        rj_check(front, rj_string_utf16(front->vm, lexer->units, lexer->unit_count));

    return rj_check(front, rj_atom(front->vm, string));
}

uint32_t rj_lexer_line_end(const struct rj_lexer *lexer)
{
    int c = rj_lexer_peek(lexer, 0);

    if (c == '\n')
        return 1;
    if (c == '\r')
        return rj_lexer_peek(lexer, 1) == '\n' ? 2 : 1;
    /* U+2028, U+2029 */
    if (c == 0xe2 && rj_lexer_peek(lexer, 1) == 0x80 && (rj_lexer_peek(lexer, 2) | 1) == 0xa9)
        return 3;
    return 0;
}

void rj_lexer_line(struct rj_lexer *lexer, uint32_t length)
{
    lexer->at += length;
    lexer->line++;
    lexer->line_start = lexer->at;
}

static bool is_space(int32_t point)
{
    return point == ' ' || point == '\t' || point == '\v' || point == '\f' || point == 0xa0 ||
           point == 0xfeff || point == 0x1680 || (point >= 0x2000 && point <= 0x200a) ||
           point == 0x202f || point == 0x205f || point == 0x3000;
}

static bool is_name_start(int32_t point)
{
    if (point >= 0x80)
        return rj_is_letter((uint32_t)point, false);
    return (point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z') || point == '$' ||
           point == '_';
}

static bool is_name_part(int32_t point)
{
    if (point >= 0x80)
        return rj_is_letter((uint32_t)point, true);
    return is_name_start(point) || (point >= '0' && point <= '9');
}

static void skip_line(struct rj_lexer *lexer)
{
    while (rj_lexer_peek(lexer, 0) >= 0 && !rj_lexer_line_end(lexer))
        lexer->at++;
}

static bool skip_block_comment(struct rj_lexer *lexer, bool *newline)
{
    lexer->at += 2;
    while (rj_lexer_peek(lexer, 0) != '*' || rj_lexer_peek(lexer, 1) != '/') {
        uint32_t line_end = rj_lexer_line_end(lexer);

        if (rj_lexer_peek(lexer, 0) < 0) {
            lexer->error = "Invalid or unexpected token";
            return false;
        }
        if (line_end) {
            rj_lexer_line(lexer, line_end);
            *newline = true;
        } else {
            lexer->at++;
        }
    }
    lexer->at += 2;
    return true;
}

/* False at a comment that does not end. */
static bool skip_space(struct rj_lexer *lexer, bool *newline)
{
    for (;;) {
        uint32_t length = rj_lexer_line_end(lexer);

        if (length) {
            rj_lexer_line(lexer, length);
            *newline = true;
        } else if (rj_lexer_peek(lexer, 0) == '/' && rj_lexer_peek(lexer, 1) == '/') {
            skip_line(lexer);
        } else if (rj_lexer_peek(lexer, 0) == '/' && rj_lexer_peek(lexer, 1) == '*') {
            if (!skip_block_comment(lexer, newline))
                return false;
        } else if (is_space(rj_lexer_point(lexer, &length))) {
            lexer->at += length;
        } else {
            return true;
        }
    }
}

/* ---- words ---- */

static struct word *find_word(struct rj_lexer *lexer, const char *text, uint32_t length)
{
    uint32_t hash = 2166136261u, at;

    for (uint32_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    for (at = hash;; at++) {
        struct word *word = &lexer->words[at & (lexer->word_capacity - 1)];

        if (!word->text) {
            word->hash = hash;
            return word;
        }
        if (word->hash == hash && word->length == length && !memcmp(word->text, text, length))
            return word;
    }
}

static void grow_words(struct rj_lexer *lexer)
{
    struct word *old = lexer->words;
    uint32_t old_capacity = lexer->word_capacity;

    lexer->word_capacity = old_capacity ? old_capacity * 2 : 512;
    lexer->words =
        rj_check(lexer->front, rj_allocate(lexer->front->vm, lexer->word_capacity * sizeof(*old)));
    for (uint32_t i = 0; i < old_capacity; i++) {
        if (old[i].text)
            *find_word(lexer, old[i].text, old[i].length) = old[i];
    }
}

static struct word *intern(struct rj_lexer *lexer, const char *text, uint32_t length)
{
    struct word *word;

    if (lexer->word_count * 2 >= lexer->word_capacity)
        grow_words(lexer);
    word = find_word(lexer, text, length);
    if (!word->text) {
        struct rj_front *front = lexer->front;
        struct rj_string *string =
            rj_check(front, rj_string_latin1(front->vm, (const uint8_t *)text, length));

        word->atom = rj_check(front, rj_atom(front->vm, string));
        word->text = text;
        word->length = length;
        word->kind = RJ_T_NAME;
        lexer->word_count++;
    }
    return word;
}

static void intern_keywords(struct rj_lexer *lexer)
{
    for (int kind = RJ_T_BREAK; kind < RJ_T_COUNT; kind++)
        intern(lexer, token_texts[kind], (uint32_t)strlen(token_texts[kind]))->kind = (uint8_t)kind;
}

/* Are the units one, written with escapes? */
static bool is_keyword(const struct rj_lexer *lexer)
{
    for (int kind = RJ_T_BREAK; kind < RJ_T_COUNT; kind++) {
        const char *text = token_texts[kind];
        uint32_t at = 0;

        while (at < lexer->unit_count && text[at] && lexer->units[at] == (uint8_t)text[at])
            at++;
        if (at == lexer->unit_count && !text[at])
            return true;
    }
    return false;
}

/* A name with escapes or letters beyond ASCII. */
static bool lex_wide_name(struct rj_lexer *lexer, struct rj_token *token)
{
    lexer->unit_count = 0;
    for (;;) {
        uint32_t length, value;
        int32_t point = rj_lexer_point(lexer, &length);

        if (point == '\\') {
            lexer->at++;
            if (!rj_lex_unicode_escape(lexer, &value))
                return false;
            if (lexer->unit_count ? !is_name_part((int32_t)value)
                                  : !is_name_start((int32_t)value)) {
                lexer->error = "Invalid Unicode escape sequence";
                return false;
            }
            rj_lexer_append(lexer, value);
        } else if (is_name_part(point)) {
            rj_lexer_append(lexer, (uint32_t)point);
            lexer->at += length;
        } else {
            break;
        }
    }
    token->kind = RJ_T_NAME;
    token->atom = rj_lexer_atom(lexer);
    if (is_keyword(lexer)) {
        lexer->error = "Keyword must not contain escaped characters";
        return false;
    }
    return true;
}

static bool lex_name(struct rj_lexer *lexer, struct rj_token *token)
{
    uint32_t start = lexer->at;
    struct word *word;
    int c;

    for (;; lexer->at++) {
        c = rj_lexer_peek(lexer, 0);
        if (c >= 0x80 || !is_name_part(c))
            break;
    }
    if (c == '\\' || c >= 0x80) {
        uint32_t length;
        int32_t point = rj_lexer_point(lexer, &length);

        if (c == '\\' || is_name_part(point)) {
            lexer->at = start;
            return lex_wide_name(lexer, token);
        }
    }
    word = intern(lexer, lexer->source + start, lexer->at - start);
    token->kind = word->kind;
    token->atom = word->atom;
    return true;
}

/* ---- tokens ---- */

static void open_bracket(struct rj_lexer *lexer)
{
    if (lexer->open_count == lexer->open_capacity)
        lexer->open = rj_grow(lexer->front, lexer->open, lexer->open_count, &lexer->open_capacity,
                              sizeof(*lexer->open));
    lexer->open[lexer->open_count++] = lexer->front->token_count;
}

static void close_bracket(struct rj_lexer *lexer, uint32_t kind)
{
    struct rj_token *tokens = lexer->front->tokens;
    uint32_t partner;

    if (!lexer->open_count)
        return;
    partner = lexer->open[lexer->open_count - 1];
    /* The opening brackets stand right before their partners in the list. */
    if (tokens[partner].kind + 1u != kind)
        return;
    lexer->open_count--;
    tokens[partner].match = lexer->front->token_count;
}

static bool lex_punctuator(struct rj_lexer *lexer, struct rj_token *token)
{
    for (uint32_t kind = RJ_T_USHR_ASSIGN; kind <= RJ_T_HASH; kind++) {
        const char *text = token_texts[kind];
        uint32_t length = (uint32_t)strlen(text);

        if (length > lexer->bytes - lexer->at ||
            memcmp(lexer->source + lexer->at, text, length) != 0)
            continue;
        if (kind == RJ_T_OPTIONAL && rj_lexer_peek(lexer, 2) >= '0' &&
            rj_lexer_peek(lexer, 2) <= '9') /* a ?.5 : 1 */
            continue;
        token->kind = (uint8_t)kind;
        lexer->at += length;
        if (kind == RJ_T_LBRACE || kind == RJ_T_LPAREN || kind == RJ_T_LBRACKET)
            open_bracket(lexer);
        else if (kind == RJ_T_RBRACE || kind == RJ_T_RPAREN || kind == RJ_T_RBRACKET)
            close_bracket(lexer, kind);
        return true;
    }
    lexer->error = "Invalid or unexpected token";
    return false;
}

static bool lex_template(struct rj_lexer *lexer, struct rj_token *token, bool tail)
{
    bool open;

    lexer->at++;
    if (!rj_lex_template(lexer, &open))
        return false;
    token->tail = tail;
    token->kind = open ? RJ_T_TEMPLATE_OPEN : RJ_T_TEMPLATE;
    token->atom = rj_lexer_atom(lexer);
    if (tail)
        lexer->open_count--;
    if (open)
        open_bracket(lexer);
    return true;
}

static bool in_template(const struct rj_lexer *lexer)
{
    return lexer->open_count &&
           lexer->front->tokens[lexer->open[lexer->open_count - 1]].kind == RJ_T_TEMPLATE_OPEN;
}

/* Is a / here the beginning of a regular expression? Where that cannot be told (after a closing
 * bracket) it is taken as a division, and the parser tells. */
static bool is_regexp(const struct rj_lexer *lexer)
{
    const struct rj_token *before;

    if (!lexer->front->token_count)
        return true;
    before = &lexer->front->tokens[lexer->front->token_count - 1];
    switch (before->kind) {
    case RJ_T_NAME:
    case RJ_T_NUMBER:
    case RJ_T_STRING:
    case RJ_T_TEMPLATE:
    case RJ_T_RPAREN:
    case RJ_T_RBRACKET:
    case RJ_T_RBRACE:
    case RJ_T_INC:
    case RJ_T_DEC:
        return false;
    default:
        return before->kind < RJ_T_BREAK || before->kind == RJ_T_RETURN ||
               before->kind == RJ_T_TYPEOF || before->kind == RJ_T_CASE;
    }
}

static bool lex_token(struct rj_lexer *lexer, struct rj_token *token)
{
    int c = rj_lexer_peek(lexer, 0);

    if (c < 0) {
        token->kind = RJ_T_END;
        return true;
    }
    if (c >= '0' && c <= '9') {
        token->kind = RJ_T_NUMBER;
        return rj_lex_number(lexer, &token->number);
    }
    if (c == '.' && rj_lexer_peek(lexer, 1) >= '0' && rj_lexer_peek(lexer, 1) <= '9') {
        token->kind = RJ_T_NUMBER;
        return rj_lex_number(lexer, &token->number);
    }
    if (c == '"' || c == '\'') {
        token->kind = RJ_T_STRING;
        if (!rj_lex_string(lexer))
            return false;
        token->atom = rj_lexer_atom(lexer);
        return true;
    }
    if (c == '`' || (c == '}' && in_template(lexer)))
        return lex_template(lexer, token, c == '}');
    if (c >= 0x80 || c == '\\' || is_name_start(c)) {
        uint32_t length;

        if (c != '\\' && !is_name_start(rj_lexer_point(lexer, &length))) {
            lexer->error = "Invalid or unexpected token";
            return false;
        }
        return lex_name(lexer, token);
    }
    if (c == '/' && is_regexp(lexer)) {
        lexer->error = "Regular expressions are not supported by refjs";
        return false;
    }
    return lex_punctuator(lexer, token);
}

static struct rj_token *new_token(struct rj_lexer *lexer)
{
    struct rj_front *front = lexer->front;

    if (front->token_count == lexer->token_capacity)
        front->tokens = rj_grow(front, front->tokens, front->token_count, &lexer->token_capacity,
                                sizeof(*front->tokens));
    return &front->tokens[front->token_count];
}

void rj_lex(struct rj_front *front)
{
    struct rj_lexer lexer = {
        .front = front, .source = front->source, .bytes = front->bytes, .line = 1};
    struct rj_token *token;

    grow_words(&lexer);
    intern_keywords(&lexer);
    if (lexer.bytes >= 3 && !memcmp(lexer.source, "\xef\xbb\xbf", 3))
        lexer.at = lexer.line_start = 3;
    if (rj_lexer_peek(&lexer, 0) == '#' && rj_lexer_peek(&lexer, 1) == '!')
        skip_line(&lexer);
    do {
        bool newline = false;
        bool good = skip_space(&lexer, &newline);

        token = new_token(&lexer);
        *token = (struct rj_token){.newline = newline,
                                   .line = lexer.line,
                                   .column = lexer.at - lexer.line_start + 1,
                                   .start = lexer.at};
        if (!good || !lex_token(&lexer, token)) {
            token->kind = RJ_T_ERROR;
            token->message = lexer.error;
        }
        token->end = lexer.at;
        front->token_count++;
    } while (token->kind != RJ_T_END && token->kind != RJ_T_ERROR);
}
