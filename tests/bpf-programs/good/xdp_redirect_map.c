#include "bpf.h"

MAP(ports, DEVMAP, u32, u32, 64);
SEC("xdp") int f(struct xdp_md *c) { return redirect_map(&ports, c->ingress_ifindex & 63, 0); }
