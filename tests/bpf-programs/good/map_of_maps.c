#include "bpf.h"

struct inner { uint(type, ARRAY); type(key, u32); type(value, u64); uint(max_entries, 4); } one SEC(".maps"); struct { uint(type, ARRAY_OF_MAPS); uint(max_entries, 2); type(key, u32); __typeof__(struct inner) *values[]; } outer SEC(".maps") = { .values = { &one } };
SEC("xdp") int f(struct xdp_md *c) { u32 k = 0; void *m = map_lookup(&outer, &k); if (!m) return 0; u64 *v = map_lookup(m, &k); return v ? *v & 3 : 1; }
