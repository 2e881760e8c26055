/* Longest prefix of IPv4 and IPv6, then a list of port ranges in the rule. */
#include "bpf.h"
struct key4 { u32 bits; u32 address; };
struct key6 { u32 bits; u8 address[16]; };
struct range { u16 low, high; };
struct rule { u32 count; struct range ranges[16]; u32 action; };
struct { uint(type, LPM_TRIE); uint(map_flags, 1); type(key, struct key4); type(value, struct rule);
	uint(max_entries, 1000); } rules4 SEC(".maps");
struct { uint(type, LPM_TRIE); uint(map_flags, 1); type(key, struct key6); type(value, struct rule);
	uint(max_entries, 1000); } rules6 SEC(".maps");
INLINE int judge(struct rule *rule, u16 port)
{
	for (u32 i = 0; i < 16; i++) {
		if (i >= rule->count)
			break;
		if (port >= rule->ranges[i].low && port <= rule->ranges[i].high)
			return rule->action;
	}
	return XDP_PASS;
}
SEC("xdp") int acl(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct eth *eth = data;
	if ((void *)(eth + 1) > end)
		return XDP_DROP;
	struct rule *rule;
	struct udp *udp;
	if (eth->proto == htons(0x0800)) {
		struct ip4 *ip = (void *)(eth + 1);
		if ((void *)(ip + 1) > end)
			return XDP_DROP;
		struct key4 key = { 32, ip->src };
		rule = map_lookup(&rules4, &key);
		udp = (void *)ip + (ip->vihl & 15) * 4;
	} else if (eth->proto == htons(0x86dd)) {
		struct ip6 *ip = (void *)(eth + 1);
		if ((void *)(ip + 1) > end)
			return XDP_DROP;
		struct key6 key = { .bits = 128 };
		__builtin_memcpy(key.address, ip->src, 16);
		rule = map_lookup(&rules6, &key);
		udp = (void *)(ip + 1);
	} else {
		return XDP_PASS;
	}
	if (!rule)
		return XDP_PASS;
	if ((void *)(udp + 1) > end)
		return XDP_DROP;
	return judge(rule, ntohs(udp->dst));
}
