/* IP in IP as load balancers do it: room at the head, everything checked again, checksum of the new header. */
#include "bpf.h"
struct real { u32 source, target; u8 mac[6]; u16 flags; };
MAP(reals, HASH, u32, struct real, 512);
INLINE u16 fold(u64 sum)
{
#pragma unroll
	for (int i = 0; i < 4; i++)
		if (sum >> 16)
			sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}
SEC("xdp") int encapsulate(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct eth *eth = data;
	struct ip4 *ip = (void *)(eth + 1);
	if ((void *)(ip + 1) > end || eth->proto != htons(0x0800))
		return XDP_PASS;
	u32 key = ip->dst;
	u16 payload = ntohs(ip->len);
	struct real *real = map_lookup(&reals, &key);
	if (!real)
		return XDP_PASS;
	if (adjust_head(ctx, -(int)sizeof(struct ip4)))
		return XDP_DROP;
	data = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	struct eth *new_eth = data;
	struct ip4 *outer = data + sizeof(struct eth);
	struct eth *old_eth = data + sizeof(struct ip4);
	if ((void *)(new_eth + 1) > end || (void *)(old_eth + 1) > end || (void *)(outer + 1) > end)
		return XDP_DROP;
	__builtin_memcpy(new_eth->src, old_eth->dst, 6);
	__builtin_memcpy(new_eth->dst, real->mac, 6);
	new_eth->proto = htons(0x0800);
	__builtin_memset(outer, 0, sizeof(*outer));
	outer->vihl = 0x45;
	outer->ttl = 64;
	outer->proto = 4;
	outer->len = htons(payload + sizeof(*outer));
	outer->src = real->source;
	outer->dst = real->target;
	u64 sum = 0;
	u16 *words = (u16 *)outer;
#pragma unroll
	for (int i = 0; i < sizeof(*outer) / 2; i++)
		sum += words[i];
	outer->sum = fold(sum);
	return XDP_TX;
}
