/* The checksum of a UDP payload of any length up to 1480, two bytes a round. */
#include "bpf.h"
SEC("xdp") int sum(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ip4 *ip = data + sizeof(struct eth);
	struct udp *udp = (void *)(ip + 1);
	if ((void *)(udp + 1) > end)
		return XDP_PASS;
	u32 sum = (ip->src & 0xffff) + (ip->src >> 16) + (ip->dst & 0xffff) + (ip->dst >> 16) + htons(17) + udp->len;
	u16 *word = (u16 *)udp;
	for (int i = 0; i < 740; i++) {
		if ((void *)(word + 1) > end)
			break;
		sum += *word++;
	}
	if ((void *)word + 1 <= end)
		sum += *(u8 *)word;
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (u16)~sum ? XDP_DROP : XDP_PASS;
}
