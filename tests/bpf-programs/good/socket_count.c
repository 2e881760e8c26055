#include "bpf.h"

MAP(counts, ARRAY, u32, u64, 256); SEC("socket") int f(struct sk_buff *c) { u8 p = 0; skb_load(c, 23, &p, 1); u32 k = p; u64 *v = map_lookup(&counts, &k); if (v) __sync_fetch_and_add(v, c->len); return 0; }
