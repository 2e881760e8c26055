/*
 * The programs of bench/bpf.cs, compiled twice: by clang for BPF and by gcc for this machine. Each takes memory and its
 * length and returns a number, which must be the same everywhere. Tests run them too.
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#ifdef __bpf__
#define PROGRAM __attribute__((section("record"), used))
#else
#define PROGRAM __attribute__((visibility("default")))
#endif

#define CRC_TABLE 256
#define CRC_BYTES 4096
#define PACKETS 512
#define PACKET_BYTES 64
#define SLOTS 1024
#define PROBES 1000
#define RECORDS 1024
#define RECORD_BYTES 256
#define SORTS 32
#define SORT_KEYS 16

PROGRAM u64 b_sum(u8 *memory, u64 length)
{
	u32 *words = (u32 *)memory;
	u64 sum = 0;
	for (u64 i = 0; i < length / 4; i++)
		sum += words[i];
	return sum;
}

PROGRAM u64 b_arith(u8 *memory, u64 length)
{
	u64 a = length, b = 0x9e3779b97f4a7c15ull;
	for (u32 i = 0; i < 10000; i++) {
		a ^= b >> 7;
		a *= 0xff51afd7ed558ccdull;
		b += a ^ i;
	}
	return a + b;
}

/* A table of 256 entries, then the bytes. */
PROGRAM u64 b_crc(u8 *memory, u64 length)
{
	u32 *table = (u32 *)memory;
	u8 *bytes = memory + CRC_TABLE * 4;
	u32 crc = ~0u;
	if (length < CRC_TABLE * 4 + CRC_BYTES)
		return 0;
	for (u32 i = 0; i < CRC_BYTES; i++)
		crc = table[(crc ^ bytes[i]) & 255] ^ (crc >> 8);
	return ~crc;
}

static u16 be16(const u8 *p)
{
	return (u16)(p[0] << 8 | p[1]);
}

PROGRAM u64 b_packet(u8 *memory, u64 length)
{
	u64 accepted = 0;
	if (length < PACKETS * PACKET_BYTES)
		return 0;
	for (u32 i = 0; i < PACKETS; i++) {
		u8 *p = memory + i * PACKET_BYTES;
		u32 at = 12;
		u16 type = be16(p + 12);
		if (type == 0x8100) {
			type = be16(p + 16);
			at = 16;
		}
		if (type != 0x0800)
			continue;
		u8 *ip = p + at + 2;
		if ((ip[0] >> 4) != 4 || ip[9] != 6)
			continue;
		u8 *tcp = ip + ((ip[0] & 15) < 7 ? (ip[0] & 15) * 4 : 28);
		u16 port = be16(tcp + 2);
		if (port == 80 || port == 443)
			accepted += ip[15] + 1;
	}
	return accepted;
}

/* 1,024 slots of key and value, then keys to look for. */
PROGRAM u64 b_hash(u8 *memory, u64 length)
{
	u64 *slots = (u64 *)memory;
	u64 *keys = (u64 *)(memory + SLOTS * 16);
	u64 found = 0;
	if (length < SLOTS * 16 + PROBES * 8)
		return 0;
	for (u32 i = 0; i < PROBES; i++) {
		u64 key = keys[i];
		u32 at = (u32)((key * 0x9e3779b97f4a7c15ull) >> 54);
		for (u32 tries = 0; tries < 8; tries++) {
			u64 *slot = slots + ((at + tries) & (SLOTS - 1)) * 2;
			if (slot[0] == key) {
				found += slot[1];
				break;
			}
			if (slot[0] == 0)
				break;
		}
	}
	return found;
}

static u64 matches(u8 *record)
{
	u16 mode = *(u16 *)record;
	u64 size = *(u64 *)(record + 16);
	u32 flags = *(u32 *)(record + 36);
	return (mode & 0xf000) == 0x8000 && size > 1048576 && (flags & 2) == 0;
}

PROGRAM u64 b_inode(u8 *memory, u64 length)
{
	u64 count = 0;
	if (length < RECORDS * RECORD_BYTES)
		return 0;
	for (u32 i = 0; i < RECORDS; i++)
		count += matches(memory + i * RECORD_BYTES);
	return count;
}

/* The same predicate, one call a record. */
PROGRAM u64 b_rec1(u8 *memory, u64 length)
{
	if (length < RECORD_BYTES)
		return 0;
	return matches(memory);
}

PROGRAM u64 b_stack(u8 *memory, u64 length)
{
	u64 keys[SORT_KEYS];
	u64 sum = 0, seed = length;
	for (u32 round = 0; round < SORTS; round++) {
		for (u32 i = 0; i < SORT_KEYS; i++) {
			seed = seed * 6364136223846793005ull + 1442695040888963407ull;
			keys[i] = seed >> 33;
		}
		for (u32 i = 1; i < SORT_KEYS; i++) {
			u64 key = keys[i];
			u32 j = i;
			while (j > 0 && j < SORT_KEYS && keys[j - 1] > key) {
				keys[j] = keys[j - 1];
				j--;
			}
			if (j < SORT_KEYS)
				keys[j] = key;
		}
		sum += keys[round & (SORT_KEYS - 1)];
	}
	return sum;
}
