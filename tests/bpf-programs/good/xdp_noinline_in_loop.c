#include "bpf.h"

NOINLINE u32 mix(u32 h, u8 b) { h ^= b; h *= 0x01000193; return h; }
SEC("xdp") int f(struct xdp_md *c) { u8 *d = (void *)(long)c->data, *e = (void *)(long)c->data_end; if (d + 32 > e) return 1; u32 h = 0;
 for (int i = 0; i < 32; i++) h = mix(h, d[i]); return h & 1; }
