/* One of each of cgroup's types. */
#include "bpf.h"
struct target { u32 address; u16 port, pad; };
MAP(services, HASH, struct target, struct target, 128);
MAP(cookies, LRU_HASH, u64, struct target, 1024);
MAP(allowed, HASH, u32, u8, 16);
SEC("cgroup/connect4") int connects(struct sock_addr *ctx)
{
	struct target key = { ctx->user_ip4, ctx->user_port, 0 };
	struct target *to = map_lookup(&services, &key);
	if (!to)
		return 1;
	u64 cookie = socket_cookie(ctx);
	map_update(&cookies, &cookie, &key, 0);
	ctx->user_ip4 = to->address;
	ctx->user_port = to->port;
	return 1;
}
SEC("cgroup/getpeername4") int names(struct sock_addr *ctx)
{
	u64 cookie = socket_cookie(ctx);
	struct target *was = map_lookup(&cookies, &cookie);
	if (was) {
		ctx->user_ip4 = was->address;
		ctx->user_port = was->port;
	}
	return 1;
}
SEC("cgroup/bind6") int binds(struct sock_addr *ctx)
{
	ctx->user_ip6[3] = 0x01000000;
	return ctx->user_port == htons(80) ? 3 : 1;
}
SEC("cgroup/sendmsg4") int sends(struct sock_addr *ctx) { ctx->msg_src_ip4 = 0x0100007f; return ctx->type == 2; }
SEC("cgroup/sock_create") int creates(struct sock_fields *ctx)
{
	ctx->mark = 3;
	ctx->priority = 4;
	return ctx->family != 17;
}
SEC("cgroup/dev") int devices(struct device *ctx)
{
	u32 kind = ctx->access_type & 0xffff;
	return kind == 2 && ctx->major == 1 && (ctx->minor == 5 || ctx->minor == 9);
}
SEC("cgroup/sysctl") int controls(struct sysctl *ctx)
{
	char name[64], value[16];
	long wanted = 0;
	if (!ctx->write)
		return 1;
	if (sysctl_name(ctx, name, sizeof(name), 0) < 0)
		return 0;
	long n = sysctl_new(ctx, value, sizeof(value));
	if (n < 0 || n >= sizeof(value))
		return 0;
	if (strtol(value, sizeof(value), 0, (s64 *)&wanted) < 0)
		return 0;
	return wanted > 0 && wanted < 4096;
}
SEC("cgroup/setsockopt") int options(struct sockopt *ctx)
{
	u8 *value = ctx->optval, *end = ctx->optval_end;
	if (ctx->level != 0 || ctx->optname != 1)
		return 1;
	if (value + 1 > end)
		return 0;
	if (value[0] == 0x2d)
		value[0] = 8;
	ctx->optlen = 1;
	return 1;
}
SEC("cgroup_skb/egress") int egress(struct sk_buff *skb)
{
	u32 uid = cgroup_id();
	return map_lookup(&allowed, &uid) ? 1 : skb->len > 1000 ? 2 : 0;
}
