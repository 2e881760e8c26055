#include "bpf.h"

MAP(programs, PROG_ARRAY, u32, u32, 8);
SEC("xdp") int f(struct xdp_md *c) { tail_call(c, &programs, 1); return 1; }
