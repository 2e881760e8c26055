#include "bpf.h"

SEC("xdp") int f(struct xdp_md *c) { u8 *d = (void *)(long)c->data, *e = (void *)(long)c->data_end; if (d + 1 > e) return 1; u32 n = d[0]; u8 *p = d + 1 + n; if (p + 2 > e) return 1; return p[0] + p[1]; }
