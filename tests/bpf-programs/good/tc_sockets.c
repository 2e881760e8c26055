/* Looks a socket up, looks into it, assigns it and gives it back on every way. */
#include "bpf.h"
SEC("tc") int steer(struct sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct ip4 *ip = data + sizeof(struct eth);
	struct udp *ports = (void *)(ip + 1);
	if ((void *)(ports + 1) > end)
		return 0;
	struct tuple4 tuple = { ip->src, ip->dst, ports->src, ports->dst };
	struct sock_fields *sk = lookup_tcp(skb, &tuple, sizeof(tuple), -1, 0);
	if (!sk)
		return 0;
	if (sk->state == 10) {
		sk_release(sk);
		return 0;
	}
	int failed = sk_assign(skb, sk, 0);
	sk_release(sk);
	return failed ? 2 : 0;
}
SEC("tc") int own(struct sk_buff *skb)
{
	struct sock_fields *sk = skb->sk;
	if (!sk)
		return 0;
	sk = sk_fullsock(sk);
	if (!sk)
		return 0;
	return sk->mark == 7 ? 2 : 0;
}
