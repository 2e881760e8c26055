/* Maps as they were declared before BTF. */
#include "bpf.h"
struct map { u32 type, key, value, entries, flags; };
struct map SEC("maps") counters = { .type = ARRAY, .key = 4, .value = 8, .entries = 256 };
struct map SEC("maps") seen = { .type = LRU_HASH, .key = 8, .value = 16, .entries = 1024 };
SEC("socket") int counts(struct sk_buff *skb)
{
	u8 proto = 0;
	if (skb_load(skb, 23, &proto, 1) < 0)
		return 0;
	u32 key = proto;
	u64 *count = map_lookup(&counters, &key);
	if (count)
		__sync_fetch_and_add(count, skb->len);
	u64 pair[2] = { skb->len, skb->hash }, id = skb->hash;
	map_update(&seen, &id, pair, 0);
	return -1;
}
