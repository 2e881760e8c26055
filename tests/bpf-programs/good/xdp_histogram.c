/* log2 of the length by bisection, and a histogram for each source port modulo. */
#include "bpf.h"
struct histogram { u64 slots[32]; };
MAP(histograms, HASH, u32, struct histogram, 64);
static struct histogram empty;
INLINE u32 log2_32(u32 v)
{
	u32 shift, r = (v > 0xffff) << 4;
	v >>= r;
	shift = (v > 0xff) << 3; v >>= shift; r |= shift;
	shift = (v > 0xf) << 2; v >>= shift; r |= shift;
	shift = (v > 0x3) << 1; v >>= shift; r |= shift;
	return r | (v >> 1);
}
INLINE u32 log2_64(u64 v)
{
	u32 high = v >> 32;
	return high ? log2_32(high) + 32 : log2_32(v);
}
SEC("xdp") int sizes(struct xdp_md *ctx)
{
	u64 length = ctx->data_end - ctx->data;
	u32 key = ctx->ingress_ifindex & 63;
	struct histogram *h = map_lookup(&histograms, &key);
	if (!h) {
		map_update(&histograms, &key, &empty, 0);
		h = map_lookup(&histograms, &key);
		if (!h)
			return XDP_PASS;
	}
	u64 slot = log2_64(length * prandom());
	if (slot >= 32)
		slot = 31;
	__sync_fetch_and_add(&h->slots[slot], 1);
	return XDP_PASS;
}
