#include "bpf.h"

SEC("xdp") int f(struct xdp_md *c) { u32 x = c->rx_queue_index; for (int i = 0; i < 5000; i++) { x ^= x << 13; x ^= x >> 17; x ^= x << 5; } return x & 3; }
