#include "bpf.h"
struct { uint(type, SOCKMAP); type(key, u32); type(value, u64); uint(max_entries, 16); } listeners SEC(".maps");
struct { uint(type, SK_STORAGE); uint(map_flags, 1); type(key, int); type(value, u64); } storage SEC(".maps");
SEC("sk_lookup") int chooses(struct sk_lookup *ctx)
{
	if (ctx->protocol != 6 || ctx->local_port != 7)
		return 1;
	u32 key = ctx->remote_ip4 & 15;
	void *sk = map_lookup(&listeners, &key);
	if (!sk)
		return 1;
	long failed = sk_assign(ctx, sk, 0);
	sk_release(sk);
	return failed ? 0 : 1;
}
SEC("sk_reuseport") int spreads(struct reuseport *ctx)
{
	u32 key = ctx->hash & 15;
	return select_reuseport(ctx, &listeners, &key, 0) == 0;
}
SEC("cgroup_skb/ingress") int counts(struct sk_buff *skb)
{
	struct sock_fields *sk = skb->sk;
	if (!sk)
		return 1;
	sk = sk_fullsock(sk);
	if (!sk)
		return 1;
	u64 *bytes = sk_storage_get(&storage, sk, 0, 1);
	if (bytes)
		*bytes += skb->len;
	return 1;
}
SEC("flow_dissector") int dissects(struct sk_buff *skb)
{
	struct flow_keys *keys = (void *)skb->flow_keys;
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct ip4 *ip = data + 14;
	if ((void *)(ip + 1) > end)
		return 2;
	keys->nhoff = 14;
	keys->thoff = 14 + (ip->vihl & 15) * 4;
	keys->ip_proto = ip->proto;
	keys->addr_proto = htons(0x0800);
	return 0;
}
SEC("lwt_xmit") int transmits(struct sk_buff *skb) { skb->mark = skb->len; return 0; }
