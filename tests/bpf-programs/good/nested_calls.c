#include "bpf.h"

NOINLINE int three(u32 *p) { return *p + 3; } NOINLINE int two(u32 *p) { u32 x = *p * 2; return three(&x) + *p; } NOINLINE int one(u32 n) { u32 x = n; return two(&x); }
SEC("xdp") int f(struct xdp_md *c) { return one(c->rx_queue_index) & 3; }
