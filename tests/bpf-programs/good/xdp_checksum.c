#include "bpf.h"

SEC("xdp") int f(struct xdp_md *c) { void *d = (void *)(long)c->data, *e = (void *)(long)c->data_end; u16 *w = d + 14; if ((void *)(w + 10) > e) return 1;
 u32 s = 0; for (int i = 0; i < 10; i++) s += w[i]; s = (s & 0xffff) + (s >> 16); return s & 1; }
