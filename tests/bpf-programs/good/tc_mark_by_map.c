#include "bpf.h"

MAP(marks, HASH, u32, u32, 64); SEC("tc") int f(struct sk_buff *c) { u32 k = c->ifindex; u32 *v = map_lookup(&marks, &k); if (v && *v < 100) c->mark = *v; return 0; }
