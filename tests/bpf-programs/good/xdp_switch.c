#include "bpf.h"

SEC("xdp") int f(struct xdp_md *c) { switch (c->ingress_ifindex) { case 1: return 1; case 2: return 3; case 5: return 0; case 9: return 2; default: return 2; } }
