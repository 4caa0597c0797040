/* Source text to tokens: all of it at once, with each bracket's partner, so that the parser sees
 * at an opening one whether an arrow or an assignment follows the closing one. */
#ifndef RJ_FRONT_LEXER_H
#define RJ_FRONT_LEXER_H

#include "vm/vm.h"

struct rj_front;

/* ROW(name, text), longer ones before their beginnings. */
#define RJ_PUNCTUATOR_LIST(ROW)                                                                    \
    ROW(USHR_ASSIGN, ">>>=")                                                                       \
    ROW(DOTS, "...")                                                                               \
    ROW(SEQ, "===")                                                                                \
    ROW(SNE, "!==")                                                                                \
    ROW(USHR, ">>>")                                                                               \
    ROW(SHL_ASSIGN, "<<=")                                                                         \
    ROW(SHR_ASSIGN, ">>=")                                                                         \
    ROW(EXP_ASSIGN, "**=")                                                                         \
    ROW(AND_ASSIGN, "&&=")                                                                         \
    ROW(OR_ASSIGN, "||=")                                                                          \
    ROW(NULLISH_ASSIGN, "?\?=")                                                                    \
    ROW(ARROW, "=>")                                                                               \
    ROW(EQ, "==")                                                                                  \
    ROW(NE, "!=")                                                                                  \
    ROW(LE, "<=")                                                                                  \
    ROW(GE, ">=")                                                                                  \
    ROW(AND, "&&")                                                                                 \
    ROW(OR, "||")                                                                                  \
    ROW(NULLISH, "??")                                                                             \
    ROW(OPTIONAL, "?.")                                                                            \
    ROW(INC, "++")                                                                                 \
    ROW(DEC, "--")                                                                                 \
    ROW(EXP, "**")                                                                                 \
    ROW(SHL, "<<")                                                                                 \
    ROW(SHR, ">>")                                                                                 \
    ROW(ADD_ASSIGN, "+=")                                                                          \
    ROW(SUB_ASSIGN, "-=")                                                                          \
    ROW(MUL_ASSIGN, "*=")                                                                          \
    ROW(DIV_ASSIGN, "/=")                                                                          \
    ROW(MOD_ASSIGN, "%=")                                                                          \
    ROW(BIT_AND_ASSIGN, "&=")                                                                      \
    ROW(BIT_OR_ASSIGN, "|=")                                                                       \
    ROW(BIT_XOR_ASSIGN, "^=")                                                                      \
    ROW(LBRACE, "{")                                                                               \
    ROW(RBRACE, "}")                                                                               \
    ROW(LPAREN, "(")                                                                               \
    ROW(RPAREN, ")")                                                                               \
    ROW(LBRACKET, "[")                                                                             \
    ROW(RBRACKET, "]")                                                                             \
    ROW(SEMICOLON, ";")                                                                            \
    ROW(COMMA, ",")                                                                                \
    ROW(LT, "<")                                                                                   \
    ROW(GT, ">")                                                                                   \
    ROW(ADD, "+")                                                                                  \
    ROW(SUB, "-")                                                                                  \
    ROW(MUL, "*")                                                                                  \
    ROW(DIV, "/")                                                                                  \
    ROW(MOD, "%")                                                                                  \
    ROW(BIT_AND, "&")                                                                              \
    ROW(BIT_OR, "|")                                                                               \
    ROW(BIT_XOR, "^")                                                                              \
    ROW(NOT, "!")                                                                                  \
    ROW(BIT_NOT, "~")                                                                              \
    ROW(QUESTION, "?")                                                                             \
    ROW(COLON, ":")                                                                                \
    ROW(ASSIGN, "=")                                                                               \
    ROW(DOT, ".")                                                                                  \
    ROW(HASH, "#")

#define RJ_KEYWORD_LIST(ROW)                                                                       \
    ROW(BREAK, "break")                                                                            \
    ROW(CASE, "case")                                                                              \
    ROW(CATCH, "catch")                                                                            \
    ROW(CLASS, "class")                                                                            \
    ROW(CONST, "const")                                                                            \
    ROW(CONTINUE, "continue")                                                                      \
    ROW(DEBUGGER, "debugger")                                                                      \
    ROW(DEFAULT, "default")                                                                        \
    ROW(DELETE, "delete")                                                                          \
    ROW(DO, "do")                                                                                  \
    ROW(ELSE, "else")                                                                              \
    ROW(ENUM, "enum")                                                                              \
    ROW(EXPORT, "export")                                                                          \
    ROW(EXTENDS, "extends")                                                                        \
    ROW(FALSE, "false")                                                                            \
    ROW(FINALLY, "finally")                                                                        \
    ROW(FOR, "for")                                                                                \
    ROW(FUNCTION, "function")                                                                      \
    ROW(IF, "if")                                                                                  \
    ROW(IMPORT, "import")                                                                          \
    ROW(IN, "in")                                                                                  \
    ROW(INSTANCEOF, "instanceof")                                                                  \
    ROW(LET, "let")                                                                                \
    ROW(NEW, "new")                                                                                \
    ROW(NULL, "null")                                                                              \
    ROW(RETURN, "return")                                                                          \
    ROW(SUPER, "super")                                                                            \
    ROW(SWITCH, "switch")                                                                          \
    ROW(THIS, "this")                                                                              \
    ROW(THROW, "throw")                                                                            \
    ROW(TRUE, "true")                                                                              \
    ROW(TRY, "try")                                                                                \
    ROW(TYPEOF, "typeof")                                                                          \
    ROW(VAR, "var")                                                                                \
    ROW(VOID, "void")                                                                              \
    ROW(WHILE, "while")                                                                            \
    ROW(WITH, "with")                                                                              \
    /* from here on: only in strict mode, which is everywhere */                                   \
    ROW(IMPLEMENTS, "implements")                                                                  \
    ROW(INTERFACE, "interface")                                                                    \
    ROW(PACKAGE, "package")                                                                        \
    ROW(PRIVATE, "private")                                                                        \
    ROW(PROTECTED, "protected")                                                                    \
    ROW(PUBLIC, "public")                                                                          \
    ROW(STATIC, "static")                                                                          \
    ROW(YIELD, "yield")

enum rj_token_kind {
    RJ_T_END,
    RJ_T_ERROR, /* message; the last token */
    RJ_T_NAME,
    RJ_T_NUMBER,
    RJ_T_STRING,
    RJ_T_TEMPLATE,      /* `...` or }...` */
    RJ_T_TEMPLATE_OPEN, /* `...${ or }...${ */
#define RJ_TOKEN_ROW(name, text) RJ_T_##name,
    RJ_PUNCTUATOR_LIST(RJ_TOKEN_ROW) RJ_KEYWORD_LIST(RJ_TOKEN_ROW)
#undef RJ_TOKEN_ROW
        RJ_T_COUNT
};

struct rj_token {
    uint8_t kind;
    bool newline; /* a line ends between the token before and this one */
    bool tail;    /* a template's part that is not its first */
    uint32_t line, column;
    uint32_t start, end; /* bytes */
    uint32_t match;      /* of an opening bracket: its partner's number; 0 for none */
    union {
        struct rj_string *atom; /* names, keywords, strings */
        double number;
        const char *message;
    };
};

/* Fill front->tokens. What cannot be read becomes an RJ_T_ERROR at the end. */
void rj_lex(struct rj_front *front);

/* For messages. */
const char *rj_token_text(enum rj_token_kind kind);

#endif
