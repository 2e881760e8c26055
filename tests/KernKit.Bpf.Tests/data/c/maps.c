/* Maps in BTF style, data of all three sections, calls within and across sections, line information. */
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

#define SECTION(name) __attribute__((section(name), used))
#define UINT(name, value) int(*name)[value]
#define TYPE(name, type) type *name

static void *(*lookup)(void *map, const void *key) = (void *)1;
static long (*update)(void *map, const void *key, const void *value, u64 flags) = (void *)2;
static long (*tail_call)(void *context, void *map, u32 index) = (void *)12;

struct pair {
	u32 a;
	u64 b;
};

struct {
	UINT(type, 1);
	UINT(max_entries, 64);
	TYPE(key, u32);
	TYPE(value, struct pair);
} counts SECTION(".maps");

struct inner {
	UINT(type, 2);
	UINT(max_entries, 4);
	TYPE(key, u32);
	TYPE(value, u64);
};

struct inner first SECTION(".maps");

struct {
	UINT(type, 12);
	UINT(max_entries, 2);
	UINT(key_size, 4);
	UINT(value_size, 4);
	struct inner *values[2];
} outer SECTION(".maps") = { .values = { 0, &first } };

long never(void *context);

struct {
	UINT(type, 3);
	UINT(max_entries, 2);
	UINT(key_size, 4);
	UINT(value_size, 4);
	long (*values[2])(void *);
} programs SECTION(".maps") = { .values = { 0, (void *)&never } };

volatile const u32 factor = 3;
u32 start = 100;
u64 calls;
static u64 hidden;
static const char text[] = "kernkit";

__attribute__((noinline)) u64 twice(u64 x)
{
	return x * 2;
}

static __attribute__((noinline)) u64 thrice(u64 x)
{
	return twice(x) + x;
}

SECTION("record") u64 count(u8 *memory, u64 length)
{
	u32 key = length ? memory[0] : 0;
	struct pair *found = lookup(&counts, &key);
	calls++;
	hidden += 2;
	if (!found) {
		struct pair fresh = { 1, factor };
		update(&counts, &key, &fresh, 0);
		return hidden;
	}
	found->a++;
	found->b += factor;
	return found->b;
}

SECTION("record") u64 call(u8 *memory, u64 length)
{
	return thrice(length) + twice(1) + start + text[length & 7];
}

SECTION("record/inner") u64 nested(u8 *memory, u64 length)
{
	u32 key = 1;
	void *map = lookup(&outer, &key);
	if (!map)
		return 1;
	key = 2;
	u64 *value = lookup(map, &key);
	if (!value)
		return 2;
	return (*value)++;
}

SECTION("record/tail") long never(void *context)
{
	return 77;
}

SECTION("record") long jump(void *context)
{
	tail_call(context, &programs, 1);
	return 5;
}

char _license[] SECTION("license") = "BSD";
