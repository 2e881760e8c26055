/* Walks TCP options with a bounded loop, for the timestamp. */
#include "bpf.h"
MAP(last, LRU_HASH, u32, u32, 4096);
SEC("xdp") int timestamp(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ip4 *ip = data + sizeof(struct eth);
	struct tcp *tcp = (void *)(ip + 1);
	if ((void *)(tcp + 1) > end || ip->proto != 6)
		return XDP_PASS;
	u8 *at = (u8 *)(tcp + 1);
	u8 *stop = (u8 *)tcp + (tcp->off >> 4) * 4;
	for (int i = 0; i < 40; i++) {
		if (at >= stop || at + 1 > (u8 *)end)
			break;
		u8 kind = *at;
		if (kind == 0)
			break;
		if (kind == 1) {
			at++;
			continue;
		}
		if (at + 2 > (u8 *)end)
			break;
		u8 length = at[1];
		if (length < 2)
			break;
		if (kind == 8 && length == 10) {
			if (at + 10 > (u8 *)end)
				break;
			u32 value = *(u32 *)(at + 2), source = ip->src;
			map_update(&last, &source, &value, 0);
			break;
		}
		at += length;
	}
	return XDP_PASS;
}
