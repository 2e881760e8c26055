#include "bpf.h"

SEC("classifier") int f(struct sk_buff *c) { void *d = (void *)(long)c->data, *e = (void *)(long)c->data_end; if (d + 54 > e) { if (skb_pull(c, 54)) return 0; d = (void *)(long)c->data; e = (void *)(long)c->data_end; if (d + 54 > e) return 0; } struct tcp *t = d + 34; return t->flags; }
