#include "bpf.h"
struct key { u32 pid; int stack; u64 address; };
MAP(counts, HASH, struct key, u64, 40960);
struct { uint(type, STACK_TRACE); uint(key_size, 4); uint(value_size, 127 * 8); uint(max_entries, 1024); } stacks SEC(".maps");
struct event { struct pt_regs regs; u64 period, address; };
struct trace { u64 addresses[127]; };
MAP(kept, PERCPU_ARRAY, u32, struct trace, 1);
SEC("perf_event") int sample(struct event *ctx)
{
	struct key key = { .pid = pid_tgid() >> 32, .address = ctx->regs.ip };
	key.stack = stackid(ctx, &stacks, 0);
	u64 one = 1, *count = map_lookup(&counts, &key);
	if (count)
		*count += ctx->period;
	else
		map_update(&counts, &key, &one, 0);
	u32 zero = 0;
	struct trace *kept_stack = map_lookup(&kept, &zero);
	u64 *stack = kept_stack ? kept_stack->addresses : NULL;
	if (stack) {
		long bytes = get_stack(ctx, stack, 127 * 8, 0);
		if (bytes > 0 && bytes <= 127 * 8) {
			u64 sum = 0;
			for (int i = 0; i < 127; i++) {
				if (i * 8 >= bytes)
					break;
				sum += stack[i];
			}
			stack[0] = sum;
		}
	}
	return 0;
}
