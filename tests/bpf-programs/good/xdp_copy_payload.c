/* Bytes of the payload, a variable number, go to a map's value and out through a ring. */
#include "bpf.h"
struct sample { u32 length; u8 bytes[128]; };
MAP(samples, ARRAY, u32, struct sample, 4);
MAP(ring, RINGBUF, u32, u32, 65536);
SEC("xdp") int copy(struct xdp_md *ctx)
{
	u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	u32 key = 0;
	struct sample *sample = map_lookup(&samples, &key);
	if (!sample)
		return XDP_PASS;
	u32 length = 0;
	for (u32 i = 0; i < sizeof(sample->bytes); i++) {
		if (data + i + 1 > end)
			break;
		sample->bytes[i] = data[i];
		length = i + 1;
	}
	sample->length = length;
	struct sample *record = reserve(&ring, sizeof(*record), 0);
	if (!record)
		return XDP_PASS;
	record->length = length;
	__builtin_memcpy(record->bytes, sample->bytes, sizeof(record->bytes));
	if (length < 14)
		discard(record, 0);
	else
		submit(record, 0);
	return XDP_PASS;
}
