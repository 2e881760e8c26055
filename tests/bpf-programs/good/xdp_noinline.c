#include "bpf.h"

NOINLINE int parse(void *d, void *e, u32 *port) { struct udp *u = d + 34; if ((void *)(u + 1) > e) return -1; *port = ntohs(u->dst); return 0; }
SEC("xdp") int f(struct xdp_md *c) { u32 port = 0; if (parse((void *)(long)c->data, (void *)(long)c->data_end, &port) < 0) return 1; return port == 53 ? 1 : 2; }
