#include "bpf.h"
struct key { u32 source, target, sport, dport; };
struct { uint(type, SOCKHASH); type(key, struct key); type(value, u32); uint(max_entries, 65535); } sockets SEC(".maps");
SEC("sockops") int established(struct sock_ops *ops)
{
	if (ops->family != 2)
		return 0;
	switch (ops->op) {
	case 4: case 5: {
		struct key key = { ops->local_ip4, ops->remote_ip4, ops->local_port, ops->remote_port };
		sock_hash_update(ops, &sockets, &key, 1);
		ops_flags(ops, ops->cb_flags | 4);
		break;
	}
	case 10:
		ops->args[0] = ops->args[1];
		break;
	default:
		break;
	}
	return 1;
}
SEC("sk_msg") int redirect_message(struct sk_msg *msg)
{
	struct key key = { msg->remote_ip4, msg->local_ip4, msg->remote_port, msg->local_port };
	void *data = msg->data, *end = msg->data_end;
	if (data + 4 <= end && *(u32 *)data == 0x20544547)
		return 1;
	return msg_redirect_hash(msg, &sockets, &key, 1);
}
SEC("sk_skb/stream_parser") int parser(struct sk_buff *skb) { return skb->len; }
SEC("sk_skb/stream_verdict") int verdict(struct sk_buff *skb) { return skb->local_port == 80; }
