#include "bpf.h"

SEC("tc") int f(struct sk_buff *c) { u32 a[4] = { c->mark, c->hash, 3, 4 }; return csum_diff(0, 0, a, sizeof(a), 0) & 0xff; }
