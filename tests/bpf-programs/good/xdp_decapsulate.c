#include "bpf.h"
SEC("xdp") int decapsulate(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct eth *eth = data, copy;
	struct ip4 *ip = data + sizeof(*eth);
	if ((void *)(ip + 1) > end || ip->proto != 4)
		return XDP_PASS;
	__builtin_memcpy(&copy, eth, sizeof(copy));
	if (adjust_head(ctx, sizeof(struct ip4)))
		return XDP_DROP;
	data = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	if (data + sizeof(copy) > end)
		return XDP_DROP;
	__builtin_memcpy(data, &copy, sizeof(copy));
	return adjust_tail(ctx, 0) ? XDP_DROP : XDP_PASS;
}
