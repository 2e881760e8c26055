#include "bpf.h"

SEC("xdp") int f(struct xdp_md *c) { u8 *d = (void *)(long)c->data, *e = (void *)(long)c->data_end;
 if (d + 20 <= e) return d[19]; if (e >= d + 4) return d[3]; return 0; }
