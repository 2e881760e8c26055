#include "bpf.h"

MAP(ips, HASH, u64, u64, 10000); SEC("perf_event") int f(struct { struct pt_regs r; u64 period, addr; } *c) { u64 k = c->r.ip; u64 *v = map_lookup(&ips, &k); u64 p = c->period; if (v) *v += p; else map_update(&ips, &k, &p, 1); return 0; }
