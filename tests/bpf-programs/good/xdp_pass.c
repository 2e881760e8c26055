#include "bpf.h"

SEC("xdp") int f(struct xdp_md *c) { return XDP_PASS; }
