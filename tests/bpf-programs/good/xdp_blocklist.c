#include "bpf.h"

struct stat { u64 packets, bytes; }; MAP(blocked, HASH, u32, struct stat, 1024);
SEC("xdp") int f(struct xdp_md *c) { void *d = (void *)(long)c->data, *e = (void *)(long)c->data_end; struct eth *h = d; struct ip4 *ip = (void *)(h + 1);
 if ((void *)(ip + 1) > e) return 2; u32 src = ip->src; struct stat *s = map_lookup(&blocked, &src); if (s) { s->packets++; s->bytes += e - d; return 1; }
 struct stat n = { 1, e - d }; map_update(&blocked, &src, &n, 1); return 2; }
