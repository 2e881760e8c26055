/* A flow's hash by bytes and rotations, a ring of backends, consistent. */
#include "bpf.h"
#define RING 65537
MAP(ring, ARRAY, u32, u32, RING);
MAP(stats, PERCPU_ARRAY, u32, u64, 512);
struct flow { u32 source[4], target[4]; u16 ports[2]; u8 proto; };
INLINE u32 rotated(u32 v, u32 by) { return v << by | v >> (32 - by); }
INLINE u32 hashed(u32 a, u32 b, u32 c)
{
	c ^= b; c -= rotated(b, 14); a ^= c; a -= rotated(c, 11); b ^= a; b -= rotated(a, 25);
	c ^= b; c -= rotated(b, 16); return c;
}
static __attribute__((noinline)) u32 of_flow(struct flow *flow)
{
	u32 h = 0xdeadbeef;
#pragma unroll
	for (int i = 0; i < 4; i++)
		h = hashed(h, flow->source[i], flow->target[i]);
	return hashed(h, flow->ports[0] << 16 | flow->ports[1], flow->proto);
}
SEC("xdp") int balance(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ip4 *ip = data + sizeof(struct eth);
	struct udp *udp = (void *)(ip + 1);
	if ((void *)(udp + 1) > end)
		return XDP_PASS;
	struct flow flow = {};
	flow.source[0] = ip->src;
	flow.target[0] = ip->dst;
	flow.ports[0] = udp->src;
	flow.ports[1] = udp->dst;
	flow.proto = ip->proto;
	u32 key = of_flow(&flow) % RING;
	u32 *backend = map_lookup(&ring, &key);
	if (!backend || *backend >= 512)
		return XDP_DROP;
	u32 index = *backend;
	u64 *count = map_lookup(&stats, &index);
	if (count)
		*count += end - data;
	return XDP_TX;
}
