/* Functions that are verified with whatever they get, global variables in all three sections. */
#include "bpf.h"
int seen, limit = 100;
const volatile int table[8] = { 1, 2, 3, 5, 8, 13, 21, 34 };
static u64 history[16];
__attribute__((noinline)) int weight(u32 n) { return table[n & 7]; }
NOINLINE int sum(const u64 *values, u32 count)
{
	u64 all = 0;
	for (u32 i = 0; i < 16; i++) {
		if (i >= count)
			break;
		all += values[i];
	}
	return (int)all;
}
NOINLINE void remember(u64 value) { history[seen & 15] = value; seen++; }
SEC("xdp") int f(struct xdp_md *ctx)
{
	u64 length = ctx->data_end - ctx->data;
	remember(length);
	int all = 0;
	for (u32 i = 0; i < 8; i++)
		all += weight(i + length);
	all += sum(history, seen);
	return all > limit ? XDP_DROP : XDP_PASS;
}
