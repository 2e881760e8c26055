#include "bpf.h"

SEC("xdp") int f(struct xdp_md *c) { u8 b[64]; for (int i = 0; i < 64; i++) b[i] = i; u32 i = prandom() & 63; b[i] = 9; return b[(i + 5) & 63]; }
