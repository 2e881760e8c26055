#include "bpf.h"

SEC("xdp") int f(struct xdp_md *c) { void *d = (void *)(long)c->data, *e = (void *)(long)c->data_end; struct eth *h = d;
 u64 at = sizeof(*h); if (d + at > e) return 1; u16 p = h->proto;
 for (int i = 0; i < 3; i++) { if (p != htons(0x8100)) break; struct vlan *v = d + at; if ((void *)(v + 1) > e) return 1; p = v->proto; at += 4; }
 struct ip4 *ip = d + at; if ((void *)(ip + 1) > e) return 1; return ip->proto; }
