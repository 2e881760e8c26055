#include "bpf.h"

SEC("xdp") int f(struct xdp_md *c) { u32 a = 0, b = 0; for (int i = 0; i < 200; i++) { if (prandom() & 1) a++; if (prandom() & 2) b++; } return a > b; }
