/* The rival that gcc -O2 compiles: the same sums over the same records, native and byte-swapped. */
#include <stdint.h>
#include <string.h>

struct dinode {
    uint16_t mode; int16_t nlink; uint32_t uid, gid, blksize; uint64_t size, blocks;
    int64_t atime, mtime, ctime, birthtime;
    int32_t mtimensec, atimensec, ctimensec, birthnsec;
    uint32_t gen, kernflags, flags; int32_t extsize; int64_t extb[2], db[12], ib[3];
    uint64_t modrev; uint32_t freelink, ckhash; uint8_t pad[8];
};
_Static_assert(sizeof(struct dinode) == 256, "dinode");

#define DINODE(NAME, S16, S32, S64)                                                            \
    uint64_t NAME(const uint8_t *bytes, long count)                                            \
    {                                                                                          \
        uint64_t a = 0, b = 0, c = 0, d = 0;                                                   \
        const struct dinode *p = (const struct dinode *)bytes;                                 \
        for (long i = 0; i < count; i++, p++) {                                                \
            a += S16(p->mode) + S16((uint16_t)p->nlink) + S32(p->uid);                         \
            b += S64(p->size) + S64(p->blocks);                                                \
            c += S64((uint64_t)p->mtime) + S32(p->gen);                                        \
            for (int k = 0; k < 12; k++)                                                       \
                d += S64((uint64_t)p->db[k]);                                                  \
            for (int k = 0; k < 3; k++)                                                        \
                c += S64((uint64_t)p->ib[k]);                                                  \
        }                                                                                      \
        return a + b + c + d;                                                                  \
    }
#define SAME(x) (x)
DINODE(dinode_native, SAME, SAME, SAME)
DINODE(dinode_swapped, __builtin_bswap16, __builtin_bswap32, __builtin_bswap64)

struct blockref {
    uint8_t type, methods, copyid, keybits, vradix, flags; uint16_t leaf_count;
    uint64_t key, mirror_tid, modify_tid, data_off, update_tid;
    union { uint8_t buf[16]; struct { uint64_t data_count, inode_count; } stats;
            struct { uint64_t inum; uint16_t namlen; } dirent; } embed;
    union { uint8_t buf[64]; uint32_t iscsi32; uint64_t xxhash64; } check;
};
_Static_assert(sizeof(struct blockref) == 128, "blockref");

uint64_t blockref_native(const uint8_t *bytes, long count)
{
    uint64_t a = 0, b = 0, c = 0, d = 0;
    const struct blockref *p = (const struct blockref *)bytes;
    for (long i = 0; i < count; i++, p++) {
        a += p->type + p->keybits + p->leaf_count + (p->data_off & 63);
        b += p->key + p->mirror_tid;
        c += p->modify_tid + p->update_tid;
        d += p->data_off & ~63ULL; /* apart from its low bits: a sum of both would be data_off itself */
        if (p->type == 1 || p->type == 2)
            a += p->embed.stats.data_count;
        int is_name = p->type == 4 && p->embed.dirent.namlen <= 64;
        if (p->methods >> 4 == 3 && !is_name)
            b += p->check.xxhash64;
        else if (p->methods >> 4 == 2 && !is_name)
            b += p->check.iscsi32;
    }
    return a + b + c + d;
}

/* Directory entries by length; each is validated before it is used. */
uint64_t directory(const uint8_t *bytes, long count)
{
    uint64_t sum = 0;
    for (long block = 0; block < count; block += 512) {
        for (long at = 0; at < 512;) {
            const uint8_t *p = bytes + block + at;
            uint32_t ino;
            uint16_t reclen;
            memcpy(&ino, p, 4);
            memcpy(&reclen, p + 4, 2);
            if (512 - at < 8 || reclen < 12 || reclen % 4 || reclen > 512 - at || p[7] > reclen - 8)
                return 0;
            sum += ino + p[7] + p[6];
            at += reclen;
        }
    }
    return sum;
}

struct order {
    uint64_t id, time, account; int64_t price;
    uint32_t quantity, instrument, flags; uint16_t venue; uint8_t side, kind;
};

/* A message: the header is compared before a field is believed. */
uint64_t order_read(const uint8_t *bytes, long count)
{
    uint64_t a = 0, b = 0, c = 0, d = 0;
    for (long i = 0; i < count; i++, bytes += 60) {
        struct { uint32_t total; uint16_t id, version, fixed, parts; } h;
        struct order o;
        memcpy(&h, bytes, sizeof h);
        if (h.total != 60 || h.id != 7 || h.fixed != 48 || h.parts != 0)
            return 0;
        memcpy(&o, bytes + 12, sizeof o);
        a += o.id + o.quantity + o.kind;
        b += o.time + o.instrument;
        c += o.account + o.flags + o.side;
        d += (uint64_t)o.price + o.venue;
    }
    return a + b + c + d;
}

#define FIELDS(NAME, S16, S32, S64)                                                            \
    uint64_t NAME(const uint8_t *bytes, long count)                                            \
    {                                                                                          \
        uint64_t a = 0, b = 0, c = 0, d = 0;                                                   \
        for (long i = 0; i < count; i++, bytes += 48) {                                        \
            struct order o;                                                                    \
            memcpy(&o, bytes, sizeof o);                                                       \
            a += S64(o.id) + S32(o.quantity) + o.kind;                                         \
            b += S64(o.time) + S32(o.instrument);                                              \
            c += S64(o.account) + S32(o.flags) + o.side;                                       \
            d += S64((uint64_t)o.price) + S16(o.venue);                                        \
        }                                                                                      \
        return a + b + c + d;                                                                  \
    }
FIELDS(fields_native, SAME, SAME, SAME)
FIELDS(fields_swapped, __builtin_bswap16, __builtin_bswap32, __builtin_bswap64)
