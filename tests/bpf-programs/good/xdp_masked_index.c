#include "bpf.h"

u32 table[64]; SEC("xdp") int f(struct xdp_md *c) { u8 *d = (void *)(long)c->data, *e = (void *)(long)c->data_end; if (d + 1 > e) return 1; return table[d[0] & 0x3f]; }
