#include "bpf.h"

SEC("xdp") int f(struct xdp_md *c) { void *d = (void *)(long)c->data, *e = (void *)(long)c->data_end; struct eth *h = d;
 if (e < d + sizeof(*h)) return XDP_DROP; return h->src[0]; }
