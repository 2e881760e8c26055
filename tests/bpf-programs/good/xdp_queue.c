#include "bpf.h"

MAP(dummy, ARRAY, u32, u32, 1); struct { uint(type, QUEUE); uint(key_size, 0); uint(value_size, 8); uint(max_entries, 16); } jobs SEC(".maps");
SEC("xdp") int f(struct xdp_md *c) { u64 v = c->ingress_ifindex; push(&jobs, &v, 0); u64 w; if (pop(&jobs, &w)) return 1; return w & 1; }
