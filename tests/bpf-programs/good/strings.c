#include "bpf.h"
struct name { char text[16]; };
MAP(names, HASH, struct name, u64, 64);
INLINE int same(const char *a, const char *b, int n)
{
	for (int i = 0; i < n; i++) {
		if (a[i] != b[i])
			return 0;
		if (!a[i])
			break;
	}
	return 1;
}
SEC("kprobe/vfs_unlink") int f(struct pt_regs *ctx)
{
	char name[16] = {}, path[64] = {};
	const char wanted[16] = "secret";
	comm(name, sizeof(name));
	if (!same(name, wanted, sizeof(name)))
		return 0;
	long n = read_kernel_str(path, sizeof(path), (void *)ctx->si);
	if (n <= 1 || n > sizeof(path))
		return 0;
	int slash = -1;
	for (int i = 0; i < sizeof(path); i++) {
		if (i >= n - 1)
			break;
		if (path[i] == '/')
			slash = i;
	}
	if (slash >= 0)
		path[slash] = '|';
	u64 one = 1, *count = map_lookup(&names, name);
	if (count)
		*count += slash;
	else
		map_update(&names, name, &one, 0);
	const char format[] = "%s %d\n";
	printk(format, sizeof(format), path, slash);
	return 0;
}
