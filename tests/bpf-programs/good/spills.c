#include "bpf.h"

SEC("xdp") int f(struct xdp_md *c) { volatile u32 a[24]; u32 s = 0; for (int i = 0; i < 24; i++) a[i] = i * c->rx_queue_index; for (int i = 0; i < 24; i++) s += a[23 - i]; return s; }
