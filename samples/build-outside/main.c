#include <stdio.h>
#include "house.h"

int main(void)
{
    printf("%d colors, red is %d\n", COLOR_COUNT, COLOR_RED);
    return 0;
}
