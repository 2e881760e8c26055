/* IPv6 extension headers, up to six, then the port of TCP or UDP. */
#include "bpf.h"
struct option { u8 next, length; };
MAP(ports, HASH, u16, u64, 1024);
SEC("xdp") int chain(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct eth *eth = data;
	struct ip6 *ip = (void *)(eth + 1);
	if ((void *)(ip + 1) > end || eth->proto != htons(0x86dd))
		return XDP_PASS;
	u8 next = ip->next;
	u8 *at = (u8 *)(ip + 1);
	for (int i = 0; i < 6; i++) {
		struct option *option = (void *)at;
		if (next == 6 || next == 17)
			break;
		if ((void *)(option + 1) > end)
			return XDP_DROP;
		if (next == 44)
			at += 8;
		else if (next == 0 || next == 43 || next == 60)
			at += (option->length + 1) * 8;
		else if (next == 51)
			at += (option->length + 2) * 4;
		else
			return XDP_PASS;
		next = option->next;
	}
	struct udp *udp = (void *)at;
	if ((void *)(udp + 1) > end)
		return XDP_DROP;
	u16 port = ntohs(udp->dst);
	u64 *count = map_lookup(&ports, &port);
	if (count)
		__sync_fetch_and_add(count, 1);
	return XDP_PASS;
}
