/* A cursor through Ethernet, a stack of VLAN tags, IPv4 or IPv6: the way tutorials parse. */
#include "bpf.h"
struct cursor { void *at, *end; };
struct tags { u16 ids[4]; u32 count; };
MAP(counts, PERCPU_ARRAY, u32, u64, 256);
INLINE int parse_eth(struct cursor *c, struct tags *tags)
{
	struct eth *eth = c->at;
	if ((void *)(eth + 1) > c->end)
		return -1;
	u16 proto = eth->proto;
	struct vlan *vlan = (void *)(eth + 1);
#pragma unroll
	for (int i = 0; i < 4; i++) {
		if (proto != htons(0x8100) && proto != htons(0x88a8))
			break;
		if ((void *)(vlan + 1) > c->end)
			break;
		proto = vlan->proto;
		tags->ids[i] = ntohs(vlan->tci) & 0xfff;
		tags->count = i + 1;
		vlan++;
	}
	c->at = vlan;
	return proto;
}
INLINE int parse_ip4(struct cursor *c)
{
	struct ip4 *ip = c->at;
	if ((void *)(ip + 1) > c->end)
		return -1;
	int bytes = (ip->vihl & 15) * 4;
	if (bytes < sizeof(*ip) || c->at + bytes > c->end)
		return -1;
	c->at += bytes;
	return ip->proto;
}
SEC("xdp") int cursor(struct xdp_md *ctx)
{
	struct cursor c = { (void *)(long)ctx->data, (void *)(long)ctx->data_end };
	struct tags tags = {};
	int proto = parse_eth(&c, &tags);
	if (proto == htons(0x0800)) {
		proto = parse_ip4(&c);
	} else if (proto == htons(0x86dd)) {
		struct ip6 *ip = c.at;
		if ((void *)(ip + 1) > c.end)
			return XDP_DROP;
		proto = ip->next;
		c.at = ip + 1;
	}
	if (proto < 0)
		return XDP_DROP;
	if (proto == 6) {
		struct tcp *tcp = c.at;
		if ((void *)(tcp + 1) > c.end)
			return XDP_DROP;
		u32 bytes = (tcp->off >> 4) * 4;
		if (bytes < sizeof(*tcp) || c.at + bytes > c.end)
			return XDP_DROP;
		if (tcp->dst == htons(22))
			return XDP_DROP;
	}
	u32 key = proto & 255;
	u64 *count = map_lookup(&counts, &key);
	if (count)
		*count += 1 + tags.count;
	return XDP_PASS;
}
