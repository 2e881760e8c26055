#include "bpf.h"

MAP(values, ARRAY, u32, u64, 16); static long add(void *m, u32 *k, u64 *v, u64 *s) { *s += *v + *k; return 0; }
SEC("xdp") int f(struct xdp_md *c) { u64 s = 0; for_each(&values, add, &s, 0); return s & 3; }
