/* A policy for an identity, a wildcard after that, counters, an event: the chain that container networks have. */
#include "bpf.h"
struct key { u32 identity; u16 port; u8 proto, direction; };
struct entry { u16 proxy; u8 deny, pad; u64 packets, bytes; };
struct event { u32 source, verdict; u16 port; u8 proto, pad; };
MAP(policy, HASH, struct key, struct entry, 16384);
MAP(events, PERF_EVENT_ARRAY, u32, u32, 64);
MAP(calls, PROG_ARRAY, u32, u32, 8);
NOINLINE int judged(struct sk_buff *skb, u32 identity, u16 port, u8 proto)
{
	struct key key = { .identity = identity, .port = port, .proto = proto };
	struct entry *entry = map_lookup(&policy, &key);
	if (!entry) {
		key.port = 0;
		key.proto = 0;
		entry = map_lookup(&policy, &key);
	}
	if (!entry) {
		key.identity = 0;
		entry = map_lookup(&policy, &key);
	}
	if (!entry)
		return 2;
	__sync_fetch_and_add(&entry->packets, 1);
	__sync_fetch_and_add(&entry->bytes, skb->len);
	return entry->deny ? 2 : entry->proxy;
}
SEC("tc/ingress") int from_container(struct sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct ip4 *ip = data + sizeof(struct eth);
	struct udp *udp = (void *)(ip + 1);
	if ((void *)(udp + 1) > end)
		return 2;
	u16 port = udp->dst;
	u8 proto = ip->proto;
	int verdict = judged(skb, skb->cb[1], port, proto);
	if (verdict == 2) {
		struct event event = { skb->cb[1], verdict, port, proto };
		perf_output(skb, &events, 0xffffffffULL, &event, sizeof(event));
		return 2;
	}
	skb->cb[2] = verdict;
	tail_call(skb, &calls, verdict & 7);
	return 2;
}
