/* What may stand in names. Code points that are not assigned count as the one before them. */
#include "front/lexer_state.h"

/* By code point, rising: four times the first of a range, plus 2 if they may begin a name, 1 if
 * they may only be inside one. */
#include "front/letter_data.h"

bool rj_is_letter(uint32_t point, bool inside)
{
    uint32_t low = 0, high = sizeof(rows) / sizeof(*rows);

    while (low < high) { /* the first row behind the point */
        uint32_t middle = low + (high - low) / 2;

        if (rows[middle] >> 2 <= point)
            low = middle + 1;
        else
            high = middle;
    }
    return low && (rows[low - 1] & 3) >= (inside ? 1 : 2);
}
