#include "bpf.h"

MAP(starts, HASH, u64, u64, 1000); MAP(hist, ARRAY, u32, u64, 64);
SEC("kretprobe/vfs_read") int f(struct pt_regs *c) { u64 k = pid_tgid(); u64 *t = map_lookup(&starts, &k); if (!t) return 0; u64 d = ktime() - *t; u32 b = 0; for (int i = 0; i < 63; i++) { if (d <= 1) break; d >>= 1; b++; }
 u64 *h = map_lookup(&hist, &b); if (h) __sync_fetch_and_add(h, 1); map_delete(&starts, &k); return 0; }
