#include "bpf.h"

SEC("xdp") int f(struct xdp_md *c) { void *d = (void *)(long)c->data, *e = (void *)(long)c->data_end; struct ip6 *ip = d + 14; if ((void *)(ip + 1) > e) return 1;
 u8 n = ip->next; void *p = ip + 1;
 for (int i = 0; i < 4; i++) { if (n != 0 && n != 43 && n != 60) break; u8 *x = p; if ((void *)(x + 8) > e) return 1; n = x[0]; p += 8 + x[1] * 8; }
 u8 *l4 = p; if ((void *)(l4 + 4) > e) return 1; return l4[3] & 3; }
