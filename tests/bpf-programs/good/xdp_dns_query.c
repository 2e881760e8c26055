/* The labels of a DNS question, byte by byte, lower case, hashed and kept. */
#include "bpf.h"
struct question { u8 name[64]; u32 length; };
MAP(scratch, PERCPU_ARRAY, u32, struct question, 1);
MAP(blocked, HASH, u32, u8, 1024);
SEC("xdp") int dns(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ip4 *ip = data + sizeof(struct eth);
	struct udp *udp = (void *)(ip + 1);
	u8 *name = (u8 *)(udp + 1) + 12;
	if ((void *)name > end || ip->proto != 17 || udp->dst != htons(53))
		return XDP_PASS;
	u32 zero = 0, hash = 5381;
	struct question *q = map_lookup(&scratch, &zero);
	if (!q)
		return XDP_PASS;
	q->length = 0;
	for (u32 i = 0; i < 63; i++) {
		if ((void *)(name + i + 1) > end)
			return XDP_DROP;
		u8 c = name[i];
		if (c == 0)
			break;
		if (c >= 'A' && c <= 'Z')
			c += 32;
		q->name[i] = c;
		q->length = i + 1;
		hash = hash * 33 ^ c;
	}
	return map_lookup(&blocked, &hash) ? XDP_DROP : XDP_PASS;
}
