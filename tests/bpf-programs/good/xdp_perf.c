#include "bpf.h"

MAP(events, PERF_EVENT_ARRAY, u32, u32, 4); struct sample { u32 a; u32 b; u64 t; };
SEC("xdp") int f(struct xdp_md *c) { struct sample s = { 1, c->rx_queue_index, ktime() }; perf_output(c, &events, 0xffffffffULL, &s, sizeof(s)); return 2; }
