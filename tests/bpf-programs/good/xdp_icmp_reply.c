/* Answers a ping: swaps addresses and updates the checksum with csum_diff. */
#include "bpf.h"
struct icmp { u8 type, code; u16 sum, id, sequence; };
INLINE u16 folded(u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return ~((sum & 0xffff) + (sum >> 16));
}
SEC("xdp") int reply(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct eth *eth = data;
	struct ip4 *ip = data + sizeof(*eth);
	struct icmp *icmp = (void *)(ip + 1);
	if ((void *)(icmp + 1) > end || ip->proto != 1 || icmp->type != 8)
		return XDP_PASS;
	struct icmp before = *icmp;
	icmp->type = 0;
	icmp->sum = 0;
	struct icmp after = *icmp;
	icmp->sum = folded(csum_diff((u32 *)&before, sizeof(before), (u32 *)&after, sizeof(after), ~before.sum & 0xffff));
	u32 address = ip->src;
	ip->src = ip->dst;
	ip->dst = address;
	u8 mac[6];
	__builtin_memcpy(mac, eth->src, 6);
	__builtin_memcpy(eth->src, eth->dst, 6);
	__builtin_memcpy(eth->dst, mac, 6);
	return XDP_TX;
}
