#include "bpf.h"

u64 total; u32 last = 3; SEC("xdp") int f(struct xdp_md *c) { total++; last = c->ingress_ifindex; return total > 100 ? 1 : 2; }
