#include "bpf.h"

SEC("xdp") int f(struct xdp_md *c) { if (adjust_head(c, -14)) return 1; void *d = (void *)(long)c->data, *e = (void *)(long)c->data_end;
 if (d + 14 > e) return 1; struct eth *h = d; h->proto = htons(0x800); return 3; }
