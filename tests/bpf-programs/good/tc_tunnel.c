#include "bpf.h"
struct tunnel_key { u32 id, remote; u8 tos, ttl; u16 ext; u32 label, local; };
MAP(ids, HASH, u32, u32, 64);
SEC("tc") int enter(struct sk_buff *skb)
{
	struct tunnel_key key = {};
	u32 mark = skb->mark;
	u32 *id = map_lookup(&ids, &mark);
	if (!id)
		return 2;
	key.id = *id;
	key.remote = 0x0a000001;
	key.ttl = 64;
	if (set_tunnel_key(skb, &key, sizeof(key), 0) < 0)
		return 2;
	return redirect(4, 0);
}
SEC("tc") int leave(struct sk_buff *skb)
{
	struct tunnel_key key;
	if (get_tunnel_key(skb, &key, sizeof(key), 0) < 0)
		return 2;
	skb->mark = key.id;
	skb->cb[0] = key.remote;
	if (adjust_room(skb, -8, 1, 0))
		return 2;
	return skb_vlan_push(skb, htons(0x8100), 100) ? 2 : 0;
}
