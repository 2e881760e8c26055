#include "bpf.h"

struct flow { u32 src, dst; u16 sp, dp; u8 proto, pad[3]; }; MAP(flows, LRU_HASH, struct flow, u64, 4096);
SEC("xdp") int f(struct xdp_md *c) { void *d = (void *)(long)c->data, *e = (void *)(long)c->data_end; struct eth *h = d; struct ip4 *ip = (void *)(h + 1); struct udp *u = (void *)(ip + 1);
 if ((void *)(u + 1) > e) return 2; if (ip->vihl != 0x45) return 2; struct flow k = {}; k.src = ip->src; k.dst = ip->dst; k.proto = ip->proto; k.sp = u->src; k.dp = u->dst;
 u64 *n = map_lookup(&flows, &k); if (n) { *n += 1; return 2; } u64 one = 1; map_update(&flows, &k, &one, 0); return 2; }
