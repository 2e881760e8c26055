/* What is written through a library: at most 8 KiB in pieces, variable lengths behind a mask. */
#include "bpf.h"
#define PIECE 1024
struct data { u64 time; u32 pid, length; u8 bytes[PIECE]; };
MAP(scratch, PERCPU_ARRAY, u32, struct data, 1);
MAP(output, PERF_EVENT_ARRAY, u32, u32, 8);
SEC("uprobe/SSL_write") int writes(struct pt_regs *ctx)
{
	const u8 *from = (void *)ctx->si;
	u32 length = ctx->dx & 0xffff, zero = 0;
	struct data *data = map_lookup(&scratch, &zero);
	if (!data)
		return 0;
	data->time = ktime();
	data->pid = pid_tgid() >> 32;
	for (u32 i = 0; i < 8; i++) {
		u32 at = i * PIECE;
		if (at >= length)
			break;
		u32 piece = length - at;
		if (piece > PIECE)
			piece = PIECE;
		if (read_user(data->bytes, piece, from + at))
			return 0;
		data->length = piece;
		perf_output(ctx, &output, 0xffffffffULL, data, (sizeof(*data) - PIECE + piece) & 0x7ff);
	}
	return 0;
}
SEC("uretprobe/SSL_read") int reads(struct pt_regs *ctx)
{
	int got = (int)ctx->ax;
	if (got <= 0)
		return 0;
	u32 zero = 0, length = got;
	struct data *data = map_lookup(&scratch, &zero);
	if (!data)
		return 0;
	if (length > PIECE)
		length = PIECE;
	asm volatile("%0 &= 0x3ff" : "+r"(length));
	read_user(data->bytes, length, (void *)ctx->di);
	return 0;
}
