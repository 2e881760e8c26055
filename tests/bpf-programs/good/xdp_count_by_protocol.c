#include "bpf.h"

MAP(counts, ARRAY, u32, u64, 256);
SEC("xdp") int f(struct xdp_md *c) { void *d = (void *)(long)c->data, *e = (void *)(long)c->data_end; struct ip4 *ip = d + 14;
 if ((void *)(ip + 1) > e) return 2; u32 k = ip->proto; u64 *v = map_lookup(&counts, &k); if (!v) return 0; __sync_fetch_and_add(v, 1); return 2; }
