/* What the programs of this corpus need: types, contexts, and helpers by their public numbers. */
#ifndef CORPUS_BPF_H
#define CORPUS_BPF_H
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int s32;
typedef long long s64;
#define SEC(name) __attribute__((section(name), used))
#define INLINE static inline __attribute__((always_inline))
#define NOINLINE static __attribute__((noinline))
#define uint(name, value) int (*name)[value]
#define type(name, value) value *name
#define htons(x) ((u16)__builtin_bswap16(x))
#define ntohs(x) ((u16)__builtin_bswap16(x))
#define ntohl(x) ((u32)__builtin_bswap32(x))
#define NULL ((void *)0)

enum { HASH = 1, ARRAY = 2, PROG_ARRAY = 3, PERF_EVENT_ARRAY = 4, PERCPU_HASH = 5, PERCPU_ARRAY = 6, LRU_HASH = 9,
       LPM_TRIE = 11, ARRAY_OF_MAPS = 12, HASH_OF_MAPS = 13, DEVMAP = 14, QUEUE = 22, STACK = 23, RINGBUF = 27 };
enum { XDP_ABORTED, XDP_DROP, XDP_PASS, XDP_TX, XDP_REDIRECT };
#define MAP(name, kind, K, V, n) struct { uint(type, kind); type(key, K); type(value, V); uint(max_entries, n); } \
    name SEC(".maps")

struct xdp_md { u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex; };
struct sk_buff { u32 len, pkt_type, mark, queue_mapping, protocol, vlan_present, vlan_tci, vlan_proto, priority,
    ingress_ifindex, ifindex, tc_index, cb[5], hash, tc_classid, data, data_end, napi_id; };
struct pt_regs { u64 r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, cs, flags, sp, ss; };

struct eth { u8 dst[6], src[6]; u16 proto; } __attribute__((packed));
struct vlan { u16 tci, proto; } __attribute__((packed));
struct ip4 { u8 vihl, tos; u16 len, id, frag; u8 ttl, proto; u16 sum; u32 src, dst; } __attribute__((packed));
struct ip6 { u32 flow; u16 len; u8 next, hops; u8 src[16], dst[16]; } __attribute__((packed));
struct tcp { u16 src, dst; u32 seq, ack; u8 off, flags; u16 win, sum, urg; } __attribute__((packed));
struct udp { u16 src, dst, len, sum; } __attribute__((packed));

static void *(*map_lookup)(void *map, const void *key) = (void *)1;
static long (*map_update)(void *map, const void *key, const void *value, u64 flags) = (void *)2;
static long (*map_delete)(void *map, const void *key) = (void *)3;
static u64 (*ktime)(void) = (void *)5;
static long (*printk)(const char *format, u32 size, ...) = (void *)6;
static u32 (*prandom)(void) = (void *)7;
static u32 (*cpu)(void) = (void *)8;
static long (*skb_store)(void *ctx, u32 at, const void *from, u32 size, u64 flags) = (void *)9;
static long (*tail_call)(void *ctx, void *map, u32 index) = (void *)12;
static u64 (*pid_tgid)(void) = (void *)14;
static long (*comm)(void *to, u32 size) = (void *)16;
static long (*redirect)(u32 ifindex, u64 flags) = (void *)23;
static long (*perf_output)(void *ctx, void *map, u64 flags, void *from, u64 size) = (void *)25;
static long (*skb_load)(const void *ctx, u32 at, void *to, u32 size) = (void *)26;
static s64 (*csum_diff)(u32 *from, u32 fs, u32 *to, u32 ts, u32 seed) = (void *)28;
static long (*skb_pull)(void *ctx, u32 size) = (void *)39;
static long (*adjust_head)(void *ctx, int by) = (void *)44;
static long (*redirect_map)(void *map, u32 key, u64 flags) = (void *)51;
static long (*adjust_meta)(void *ctx, int by) = (void *)54;
static long (*push)(void *map, const void *value, u64 flags) = (void *)87;
static long (*pop)(void *map, void *value) = (void *)88;
static long (*spin_lock)(void *lock) = (void *)93;
static long (*spin_unlock)(void *lock) = (void *)94;
static long (*probe_read)(void *to, u32 size, const void *from) = (void *)113;
static long (*probe_str)(void *to, u32 size, const void *from) = (void *)114;
static void *(*reserve)(void *ring, u64 size, u64 flags) = (void *)131;
static void (*submit)(void *record, u64 flags) = (void *)132;
static void (*discard)(void *record, u64 flags) = (void *)133;
static long (*for_each)(void *map, void *function, void *ctx, u64 flags) = (void *)164;
static long (*loop)(u32 rounds, void *function, void *ctx, u64 flags) = (void *)181;
#endif
