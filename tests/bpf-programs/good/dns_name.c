#include "bpf.h"

SEC("xdp") int f(struct xdp_md *c) { u8 *d = (void *)(long)c->data, *e = (void *)(long)c->data_end; u8 *p = d + 54; u32 labels = 0;
 for (int i = 0; i < 16; i++) { if (p + 1 > e) return 2; u8 n = *p; if (n == 0) break; if (n > 63) return 1; p += n + 1; labels++; } return labels > 5 ? 1 : 2; }
