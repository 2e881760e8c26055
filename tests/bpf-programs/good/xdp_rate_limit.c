/* A token bucket for each source, in an LRU map. */
#include "bpf.h"
struct bucket { u64 last, tokens; };
MAP(buckets, LRU_HASH, u32, struct bucket, 65536);
const volatile u64 rate = 1000, burst = 2000;
u64 dropped;
SEC("xdp") int limit(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ip4 *ip = data + sizeof(struct eth);
	if ((void *)(ip + 1) > end)
		return XDP_PASS;
	u32 key = ip->src;
	u64 now = ktime();
	struct bucket *bucket = map_lookup(&buckets, &key);
	if (!bucket) {
		struct bucket fresh = { now, burst };
		map_update(&buckets, &key, &fresh, 1);
		return XDP_PASS;
	}
	u64 gained = (now - bucket->last) * rate / 1000000000;
	u64 tokens = bucket->tokens + gained;
	if (tokens > burst)
		tokens = burst;
	bucket->last = now;
	if (!tokens) {
		__sync_fetch_and_add(&dropped, 1);
		return XDP_DROP;
	}
	bucket->tokens = tokens - 1;
	return XDP_PASS;
}
