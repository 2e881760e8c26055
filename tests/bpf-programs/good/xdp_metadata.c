#include "bpf.h"
struct mark { u32 mark, stamp; };
SEC("xdp") int mark_packet(struct xdp_md *ctx)
{
	if (adjust_meta(ctx, -(int)sizeof(struct mark)))
		return XDP_PASS;
	void *data = (void *)(long)ctx->data;
	struct mark *mark = (void *)(long)ctx->data_meta;
	if ((void *)(mark + 1) > data)
		return XDP_ABORTED;
	mark->mark = 42;
	mark->stamp = ktime() >> 20;
	return XDP_PASS;
}
SEC("tc") int use_mark(struct sk_buff *skb)
{
	void *data = (void *)(long)skb->data;
	struct mark *mark = (void *)(long)skb->data_meta;
	if ((void *)(mark + 1) > data)
		return 0;
	skb->mark = mark->mark;
	return 0;
}
