#include "bpf.h"

SEC("xdp") int f(struct xdp_md *c) { u32 a = c->rx_queue_index, b = c->ingress_ifindex; return (a / b + a % 7) & 3; }
