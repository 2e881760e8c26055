#include "bpf.h"

struct state { u32 sum; }; static long body(u32 i, struct state *s) { s->sum += i; return 0; }
SEC("xdp") int f(struct xdp_md *c) { struct state s = { 0 }; loop(100, body, &s, 0); return s.sum & 3; }
