// The conditions of bench/predicates.cs as a C programmer would write them: one verdict a record.
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static uint16_t u16(const unsigned char *p) { uint16_t v; memcpy(&v, p, 2); return v; }
static uint64_t u64(const unsigned char *p) { uint64_t v; memcpy(&v, p, 8); return v; }

void files(const unsigned char *records, size_t count, unsigned char *verdicts)
{
    for (size_t i = 0; i < count; i++) {
        const unsigned char *r = records + i * 256;
        verdicts[i] = u16(r) >> 12 == 8 && u64(r + 16) > 1 << 20;
    }
}

void files_be(const unsigned char *records, size_t count, unsigned char *verdicts)
{
    for (size_t i = 0; i < count; i++) {
        const unsigned char *r = records + i * 256;
        verdicts[i] = __builtin_bswap16(u16(r)) >> 12 == 8 && __builtin_bswap64(u64(r + 16)) > 1 << 20;
    }
}

void recent(const unsigned char *records, size_t count, unsigned char *verdicts)
{
    for (size_t i = 0; i < count; i++) {
        const unsigned char *r = records + i * 256;
        verdicts[i] = (int64_t)u64(r + 40) >= 1714521600 && (u16(r) & 04000) != 0 && (int64_t)u64(r + 112) != 0;
    }
}
