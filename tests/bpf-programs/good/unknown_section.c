#include "bpf.h"
struct __sk_buff { struct sk_buff skb; };
SEC("from-container") int f(struct __sk_buff *ctx)
{
	struct sk_buff *skb = &ctx->skb;
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	return data + 14 > end ? 2 : *(u8 *)data & 1;
}
