#include "bpf.h"

SEC("socket") int f(struct sk_buff *c) { u16 p; if (skb_load(c, 12, &p, 2)) return 0; if (p != htons(0x800)) return 0; u8 q; if (skb_load(c, 23, &q, 1)) return 0; return q == 17 ? -1 : 0; }
