#include "bpf.h"

SEC("xdp") int f(struct xdp_md *c) { if (adjust_meta(c, -4)) return 0; void *d = (void *)(long)c->data; u32 *m = (void *)(long)c->data_meta;
 if ((void *)(m + 1) > d) return 0; *m = 7; return 2; }
