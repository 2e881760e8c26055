/* Rewrites address and port, both checksums by helpers, and reads everything again afterwards. */
#include "bpf.h"
struct backend { u32 address; u16 port; };
MAP(backends, HASH, u32, struct backend, 256);
SEC("tc") int nat(struct sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct ip4 *ip = data + sizeof(struct eth);
	if ((void *)(ip + 1) > end) {
		if (skb_pull(skb, sizeof(struct eth) + sizeof(*ip)))
			return 2;
		data = (void *)(long)skb->data;
		end = (void *)(long)skb->data_end;
		ip = data + sizeof(struct eth);
		if ((void *)(ip + 1) > end)
			return 2;
	}
	if (ip->proto != 6)
		return -1;
	u32 key = ip->dst, at = sizeof(struct eth);
	struct backend *b = map_lookup(&backends, &key);
	if (!b)
		return -1;
	u32 address = b->address;
	u16 port = b->port;
	if (l4_replace(skb, at + 20 + 16, key, address, 0x10 | 4))
		return 2;
	l3_replace(skb, at + 10, key, address, 4);
	skb_store(skb, at + 16, &address, 4, 0);
	skb_store(skb, at + 20 + 2, &port, 2, 0);
	return redirect(skb->ifindex, 0);
}
