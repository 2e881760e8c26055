/* Arguments of a new program, one after the other, into a scratch buffer; lengths from the helper bound the next. */
#include "bpf.h"
#define BYTES 4096
struct event { u32 pid, count, length; char comm[16]; char arguments[BYTES]; };
MAP(scratch, PERCPU_ARRAY, u32, struct event, 1);
MAP(events, PERF_EVENT_ARRAY, u32, u32, 64);
struct enter { u64 common; s64 number; const char *file; const char *const *argv; };
SEC("tracepoint/syscalls/sys_enter_execve") int exec(struct enter *ctx)
{
	u32 zero = 0;
	struct event *event = map_lookup(&scratch, &zero);
	if (!event)
		return 0;
	event->pid = pid_tgid() >> 32;
	event->count = 0;
	event->length = 0;
	comm(event->comm, sizeof(event->comm));
	long n = probe_str(event->arguments, 256, ctx->file);
	if (n < 0 || n > 256)
		return 0;
	event->length = n;
	for (int i = 1; i < 20; i++) {
		const char *argument = NULL;
		read_user(&argument, sizeof(argument), &ctx->argv[i]);
		if (!argument)
			break;
		u32 length = event->length;
		if (length > BYTES - 256)
			break;
		n = probe_str(&event->arguments[length], 256, argument);
		if (n < 0 || n > 256)
			break;
		event->count++;
		event->length += n;
	}
	u32 length = event->length;
	if (length <= BYTES)
		perf_output(ctx, &events, 0xffffffffULL, event, sizeof(*event) - BYTES + length);
	return 0;
}
