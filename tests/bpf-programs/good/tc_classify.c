#include "bpf.h"

SEC("tc") int f(struct sk_buff *c) { void *d = (void *)(long)c->data, *e = (void *)(long)c->data_end; if (d + 34 > e) return 0; struct ip4 *ip = d + 14; c->mark = ip->tos; c->cb[1] = ip->ttl; return 0; }
