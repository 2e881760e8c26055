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

enum { CGROUP_ARRAY = 8, STACK_TRACE = 7, LRU_PERCPU_HASH = 10, SOCKMAP = 15, CPUMAP = 16, XSKMAP = 17, SOCKHASH = 18,
       SK_STORAGE = 24, TASK_STORAGE = 29 };
enum { HASH = 1, ARRAY = 2, PROG_ARRAY = 3, PERF_EVENT_ARRAY = 4, PERCPU_HASH = 5, PERCPU_ARRAY = 6, LRU_HASH = 9,
       LPM_TRIE = 11, ARRAY_OF_MAPS = 12, HASH_OF_MAPS = 13, DEVMAP = 14, QUEUE = 22, STACK = 23, RINGBUF = 27 };
enum { XDP_ABORTED, XDP_DROP, XDP_PASS, XDP_TX, XDP_REDIRECT };
#define MAP(name, kind, K, V, n) struct { uint(type, kind); type(key, K); type(value, V); uint(max_entries, n); } \
    name SEC(".maps")

struct xdp_md { u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex; };
struct sk_buff { u32 len, pkt_type, mark, queue_mapping, protocol, vlan_present, vlan_tci, vlan_proto, priority,
    ingress_ifindex, ifindex, tc_index, cb[5], hash, tc_classid, data, data_end, napi_id, family, remote_ip4, local_ip4,
    remote_ip6[4], local_ip6[4], remote_port, local_port, data_meta; u64 flow_keys, tstamp; u32 wire_len, gso_segs;
    struct sock_fields *sk; u32 gso_size; u8 tstamp_type; u64 hwtstamp; };
struct sock_fields { u32 bound_dev_if, family, type, protocol, mark, priority, src_ip4, src_ip6[4], src_port; u16 dst_port;
    u32 dst_ip4, dst_ip6[4], state; int rx_queue_mapping; };
struct sock_addr { u32 user_family, user_ip4, user_ip6[4], user_port, family, type, protocol, msg_src_ip4,
    msg_src_ip6[4]; struct sock_fields *sk; };
struct sock_ops { u32 op, args[4], family, remote_ip4, local_ip4, remote_ip6[4], local_ip6[4], remote_port, local_port,
    is_fullsock, snd_cwnd, srtt_us, cb_flags, state, rtt_min; };
struct sk_msg { void *data, *data_end; u32 family, remote_ip4, local_ip4, remote_ip6[4], local_ip6[4], remote_port,
    local_port, size; struct sock_fields *sk; };
struct sk_lookup { struct sock_fields *sk; u32 family, protocol, remote_ip4, remote_ip6[4]; u16 remote_port, pad;
    u32 local_ip4, local_ip6[4], local_port, ingress_ifindex; };
struct sockopt { struct sock_fields *sk; void *optval, *optval_end; int level, optname, optlen, retval; };
struct sysctl { u32 write, file_pos; };
struct device { u32 access_type, major, minor; };
struct reuseport { void *data, *data_end; u32 len, eth_protocol, ip_protocol, bind_inany, hash; struct sock_fields *sk,
    *migrating_sk; };
struct tuple4 { u32 saddr, daddr; u16 sport, dport; };
struct flow_keys { u16 nhoff, thoff, addr_proto; u8 is_frag, is_first_frag, is_encap, ip_proto; u16 n_proto, sport, dport;
    u32 addresses[8], flags, flow_label; };
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
static long (*skb_vlan_push)(void *ctx, u16 proto, u16 tci) = (void *)18;
static long (*l3_replace)(void *ctx, u32 at, u64 from, u64 to, u64 size) = (void *)10;
static long (*l4_replace)(void *ctx, u32 at, u64 from, u64 to, u64 flags) = (void *)11;
static long (*get_tunnel_key)(void *ctx, void *key, u32 size, u64 flags) = (void *)20;
static long (*set_tunnel_key)(void *ctx, void *key, u32 size, u64 flags) = (void *)21;
static long (*stackid)(void *ctx, void *map, u64 flags) = (void *)27;
static u64 (*current_task)(void) = (void *)35;
static long (*under_cgroup)(void *map, u32 index) = (void *)37;
static u32 (*hash_recalc)(void *ctx) = (void *)34;
static long (*old_probe_str)(void *to, u32 size, const void *from) = (void *)45;
static u64 (*socket_cookie)(void *ctx) = (void *)46;
static long (*setsockopt)(void *ctx, int level, int name, void *value, int size) = (void *)49;
static long (*adjust_room)(void *ctx, int by, u32 mode, u64 flags) = (void *)50;
static long (*sock_map_update)(void *ctx, void *map, void *key, u64 flags) = (void *)53;
static long (*ops_flags)(void *ctx, int flags) = (void *)59;
static long (*msg_redirect_hash)(void *ctx, void *map, void *key, u64 flags) = (void *)71;
static long (*adjust_tail)(void *ctx, int by) = (void *)65;
static long (*get_stack)(void *ctx, void *to, u32 size, u64 flags) = (void *)67;
static long (*fib_lookup)(void *ctx, void *params, int size, u32 flags) = (void *)69;
static long (*sock_hash_update)(void *ctx, void *map, void *key, u64 flags) = (void *)70;
static u64 (*cgroup_id)(void) = (void *)80;
static long (*select_reuseport)(void *ctx, void *map, void *key, u64 flags) = (void *)82;
static struct sock_fields *(*lookup_tcp)(void *ctx, void *tuple, u32 size, u64 netns, u64 flags) = (void *)84;
static long (*sk_release)(void *sk) = (void *)86;
static struct sock_fields *(*sk_fullsock)(void *sk) = (void *)95;
static long (*sysctl_name)(void *ctx, char *to, u64 size, u64 flags) = (void *)101;
static long (*sysctl_new)(void *ctx, char *to, u64 size) = (void *)103;
static long (*strtol)(const char *text, u64 size, u64 flags, s64 *result) = (void *)105;
static void *(*sk_storage_get)(void *map, void *sk, void *value, u64 flags) = (void *)107;
static long (*sk_assign)(void *ctx, void *sk, u64 flags) = (void *)124;
static long (*ring_output)(void *ring, void *data, u64 size, u64 flags) = (void *)130;
static long (*read_user)(void *to, u32 size, const void *from) = (void *)112;
static long (*read_kernel_str)(void *to, u32 size, const void *from) = (void *)115;
static void *(*task_storage_get)(void *map, void *task, void *value, u64 flags) = (void *)156;
static void *(*task_btf)(void) = (void *)158;
static long (*snprintf)(char *to, u32 size, const char *format, u64 *values, u32 bytes) = (void *)165;
static long (*strncmp)(const char *a, u32 size, const char *b) = (void *)182;
static void *(*percpu_lookup)(void *map, const void *key, u32 cpu) = (void *)195;
static long (*loop)(u32 rounds, void *function, void *ctx, u64 flags) = (void *)181;
#endif
