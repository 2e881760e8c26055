/* Time between two events by thread, stacks as keys, a log2 histogram by loop. */
#include "bpf.h"
struct key { u32 pid, kernel_stack, user_stack; char name[16]; };
MAP(starts, HASH, u32, u64, 10240);
MAP(times, HASH, struct key, u64, 10240);
struct { uint(type, STACK_TRACE); uint(key_size, 4); uint(value_size, 127 * 8); uint(max_entries, 1024); } stacks SEC(".maps");
u64 slots[64];
SEC("kprobe/finish_task_switch") int leave(struct pt_regs *ctx)
{
	u32 pid = pid_tgid();
	u64 now = ktime(), *start = map_lookup(&starts, &pid);
	if (!start) {
		map_update(&starts, &pid, &now, 0);
		return 0;
	}
	u64 delta = now - *start;
	map_delete(&starts, &pid);
	struct key key = { .pid = pid };
	key.kernel_stack = stackid(ctx, &stacks, 0);
	key.user_stack = stackid(ctx, &stacks, 256);
	comm(key.name, sizeof(key.name));
	u64 *time = map_lookup(&times, &key);
	if (time)
		__sync_fetch_and_add(time, delta);
	else
		map_update(&times, &key, &delta, 1);
	int slot = 0;
	for (int i = 0; i < 64; i++) {
		if (!delta)
			break;
		delta >>= 1;
		slot = i;
	}
	slots[slot & 63]++;
	return 0;
}
