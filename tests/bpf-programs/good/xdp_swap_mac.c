#include "bpf.h"

SEC("xdp") int f(struct xdp_md *c) { void *d = (void *)(long)c->data, *e = (void *)(long)c->data_end; struct eth *h = d;
 if ((void *)(h + 1) > e) return XDP_DROP; for (int i = 0; i < 6; i++) { u8 t = h->dst[i]; h->dst[i] = h->src[i]; h->src[i] = t; } return XDP_TX; }
