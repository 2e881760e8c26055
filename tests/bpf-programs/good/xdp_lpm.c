#include "bpf.h"

struct key { u32 bits; u32 addr; }; MAP(routes, LPM_TRIE, struct key, u32, 100);
SEC("xdp") int f(struct xdp_md *c) { void *d = (void *)(long)c->data, *e = (void *)(long)c->data_end; struct ip4 *ip = d + 14; if ((void *)(ip + 1) > e) return 2;
 struct key k = { 32, ip->dst }; u32 *v = map_lookup(&routes, &k); return v && *v ? 1 : 2; }
