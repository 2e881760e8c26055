#include "bpf.h"

SEC("xdp") int f(struct xdp_md *c) { void *d = (void *)(long)c->data, *e = (void *)(long)c->data_end; s64 n = e - d; if (n < 34) return 1; return ((u8 *)d)[33]; }
