/* bpf_loop over a packet, for_each over a map, with contexts on the stack. */
#include "bpf.h"
struct walk { void *data, *end; u32 at, sum; };
struct totals { u64 sum, max; u32 count; };
MAP(values, HASH, u32, u64, 64);
static long word(u32 index, struct walk *walk)
{
	u32 at = index * 2 & 0x7fe;
	u16 *p = walk->data + at;
	if ((void *)(p + 1) > walk->end)
		return 1;
	walk->sum += *p;
	return 0;
}
static long total(void *map, u32 *key, u64 *value, struct totals *totals)
{
	totals->sum += *value;
	if (*value > totals->max)
		totals->max = *value;
	totals->count += *key & 1;
	return totals->count > 10;
}
SEC("xdp") int f(struct xdp_md *ctx)
{
	struct walk walk = { (void *)(long)ctx->data, (void *)(long)ctx->data_end };
	struct totals totals = {};
	loop(1024, word, &walk, 0);
	for_each(&values, total, &totals, 0);
	return (walk.sum + totals.sum) & 1 ? XDP_PASS : XDP_DROP;
}
