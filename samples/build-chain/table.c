#include "limits.inc"

/* The header comes by -include; the table is what the program embeds. */
const unsigned table[LIMIT] = { [0] = red, [1] = green };
