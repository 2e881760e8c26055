#include "bpf.h"

SEC("xdp") int f(struct xdp_md *c) { u32 a[8]; for (int i = 0; i < 8; i++) a[i] = prandom(); for (int i = 0; i < 7; i++) for (int j = 0; j < 7; j++) if (a[j] > a[j + 1]) { u32 t = a[j]; a[j] = a[j + 1]; a[j + 1] = t; } return a[0] & 1; }
