/* Numbers as text. */
#ifndef RJ_VM_NUMBER_H
#define RJ_VM_NUMBER_H

#include "vm/operations.h"

enum { RJ_DIGITS = 17 };

/* The shortest decimal digits that read as `number` (finite, > 0): writes up to RJ_DIGITS digits
 * and returns how many; the number is 0.DIGITS times ten to the power of *point. */
int rj_shortest_digits(double number, char digits[RJ_DIGITS + 1], int *point);

/* As String(number): at most RJ_NUMBER_TEXT bytes with the NUL; returns the length. */
enum { RJ_NUMBER_TEXT = 32 };
int rj_number_text(double number, char text[RJ_NUMBER_TEXT]);

/* parseFloat: the longest prefix that is a decimal number; NaN if there is none. */
double rj_parse_float(struct rj_vm *vm, struct rj_string *string);

/* White space and line ends of JavaScript. */
bool rj_is_space(uint16_t unit);

#endif
