#include "bpf.h"
struct inner { int a; union { u64 wide; struct { u32 low, high; }; }; };
struct task { u32 flags : 4, kind : 3; u64 started; struct inner in; struct task *parent; char name[16]; }
	__attribute__((preserve_access_index));
MAP(kinds, ARRAY, u32, u64, 8);
SEC("kprobe/do_exit") int exits(struct pt_regs *ctx)
{
	struct task *task = (void *)current_task();
	struct task *parent;
	u64 bits = 0, started;
	probe_read(&bits, 4, (void *)__builtin_preserve_access_index(&task->in.a));
	u32 kind = (bits >> 4) & 7;
	probe_read(&parent, sizeof(parent), __builtin_preserve_access_index(&task->parent));
	probe_read(&started, sizeof(started), __builtin_preserve_access_index(&parent->started));
	if (__builtin_preserve_field_info(task->kind, 2))
		kind += __builtin_preserve_field_info(task->kind, 1);
	u64 *count = map_lookup(&kinds, &kind);
	if (count)
		*count += started;
	return 0;
}
