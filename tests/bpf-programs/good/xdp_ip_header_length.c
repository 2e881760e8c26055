#include "bpf.h"

SEC("xdp") int f(struct xdp_md *c) { void *d = (void *)(long)c->data, *e = (void *)(long)c->data_end; struct eth *h = d;
 if (d + sizeof(*h) > e) return 1; struct ip4 *ip = (void *)(h + 1); if ((void *)(ip + 1) > e) return 1;
 u32 n = (ip->vihl & 15) * 4; if (n < 20) return 1; struct tcp *t = (void *)ip + n; if ((void *)(t + 1) > e) return 1;
 return ntohs(t->dst) == 80 ? XDP_DROP : XDP_PASS; }
