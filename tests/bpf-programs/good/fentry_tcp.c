/* Pointers of the kernel are followed directly, and a chain of fields. */
#include "bpf.h"
struct common { u32 daddr, saddr; u16 dport, num, family; u8 state; } __attribute__((preserve_access_index));
struct sock { struct common common; void *data; struct sock *parent; u64 bytes; } __attribute__((preserve_access_index));
struct flow { u32 source, target; u16 port, family; };
MAP(sent, HASH, struct flow, u64, 4096);
SEC("fentry/tcp_sendmsg") int sends(u64 *ctx)
{
	struct sock *sk = (void *)ctx[0];
	u64 size = ctx[2];
	struct flow flow = { sk->common.saddr, sk->common.daddr, sk->common.dport, sk->common.family };
	struct sock *parent = sk->parent;
	if (parent && parent->bytes > 100)
		flow.port = parent->common.num;
	u64 *total = map_lookup(&sent, &flow);
	if (total)
		__sync_fetch_and_add(total, size);
	else
		map_update(&sent, &flow, &size, 0);
	return 0;
}
SEC("fexit/tcp_close") int closes(u64 *ctx) { struct sock *sk = (void *)ctx[0]; return sk ? 0 : 0; }
SEC("lsm/file_open") int opens(u64 *ctx) { return (int)ctx[1] ? -1 : 0; }
SEC("tp_btf/sched_switch") int switches(u64 *ctx) { struct sock *p = (void *)ctx[2]; return p->bytes == 0; }
