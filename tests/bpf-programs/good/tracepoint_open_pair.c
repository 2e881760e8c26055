/* Entry and exit of open paired by thread, the result through a ring buffer. */
#include "bpf.h"
struct args { const char *name; u64 flags; };
struct event { u64 time; u32 pid, uid; int result, flags; char comm[16], name[255]; };
MAP(pending, HASH, u32, struct args, 10240);
MAP(ring, RINGBUF, u32, u32, 262144);
const volatile u32 target_pid = 0;
const volatile int only_failed = 0;
struct enter { u64 common; s64 number; s64 dir; const char *name; s64 flags; };
struct leave { u64 common; s64 number; s64 result; };
SEC("tracepoint/syscalls/sys_enter_openat") int entered(struct enter *ctx)
{
	u64 id = pid_tgid();
	u32 tid = id;
	if (target_pid && target_pid != id >> 32)
		return 0;
	struct args args = { ctx->name, ctx->flags };
	map_update(&pending, &tid, &args, 0);
	return 0;
}
SEC("tracepoint/syscalls/sys_exit_openat") int left(struct leave *ctx)
{
	u32 tid = pid_tgid();
	struct args *args = map_lookup(&pending, &tid);
	if (!args)
		return 0;
	int result = ctx->result;
	if (only_failed && result >= 0)
		goto out;
	struct event *event = reserve(&ring, sizeof(*event), 0);
	if (!event)
		goto out;
	event->time = ktime();
	event->pid = pid_tgid() >> 32;
	event->result = result;
	event->flags = args->flags;
	comm(event->comm, sizeof(event->comm));
	probe_str(event->name, sizeof(event->name), args->name);
	submit(event, 0);
out:
	map_delete(&pending, &tid);
	return 0;
}
