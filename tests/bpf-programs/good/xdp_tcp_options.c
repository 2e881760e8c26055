#include "bpf.h"

SEC("xdp") int f(struct xdp_md *c) { void *d = (void *)(long)c->data, *e = (void *)(long)c->data_end; struct tcp *t = d + 34; if ((void *)(t + 1) > e) return 2;
 int n = (t->off >> 4) * 4 - 20; u8 *o = (void *)(t + 1); int at = 0;
 for (int i = 0; i < 10; i++) { if (at >= n || at > 39) break; u8 *p = o + at; if ((void *)(p + 2) > e) break; if (p[0] == 0) break; if (p[0] == 1) { at++; continue; } if (p[1] < 2) break; at += p[1]; }
 return 2; }
