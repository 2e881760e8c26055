#include "bpf.h"

MAP(counts, PERCPU_ARRAY, u32, u64, 4);
SEC("xdp") int f(struct xdp_md *c) { u32 k = 2; u64 *v = map_lookup(&counts, &k); if (v) *v += 1; return XDP_PASS; }
