#include "bpf.h"

SEC("xdp") int f(struct xdp_md *c) { void *d = (void *)(long)c->data, *e = (void *)(long)c->data_end; struct eth *h = d;
 if (d + sizeof(*h) > e) return XDP_DROP; return h->proto == htons(0x800) ? XDP_PASS : XDP_DROP; }
