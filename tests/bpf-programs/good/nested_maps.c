#include "bpf.h"
struct inner { uint(type, HASH); type(key, u32); type(value, u64); uint(max_entries, 32); } first SEC(".maps"), second SEC(".maps");
struct { uint(type, HASH_OF_MAPS); type(key, u32); uint(max_entries, 8); __attribute__((aligned(8))) struct inner *values[]; }
	outer SEC(".maps") = { .values = { [1] = &first, [2] = &second } };
SEC("xdp") int f(struct xdp_md *ctx)
{
	u64 all = 0;
	for (u32 i = 0; i < 4; i++) {
		u32 key = i;
		void *inner = map_lookup(&outer, &key);
		if (!inner)
			continue;
		for (u32 j = 0; j < 4; j++) {
			u32 index = ctx->ingress_ifindex + j;
			u64 *value = map_lookup(inner, &index), one = 1;
			if (value)
				all += ++*value;
			else
				map_update(inner, &index, &one, 0);
		}
	}
	return all & 1 ? XDP_PASS : XDP_DROP;
}
