#include "bpf.h"

SEC("tc") int f(struct sk_buff *c) { u8 ttl = 64; if (skb_store(c, 22, &ttl, 1, 0)) return 2; void *d = (void *)(long)c->data, *e = (void *)(long)c->data_end; if (d + 23 > e) return 2; return ((u8 *)d)[22]; }
