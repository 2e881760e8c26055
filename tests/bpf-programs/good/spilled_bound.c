#include "bpf.h"

u8 table[128]; SEC("xdp") int f(struct xdp_md *c) { volatile u32 keep; u32 n = c->rx_queue_index; if (n >= 128) return 0; keep = n; cpu(); ktime(); u32 m = prandom(); return table[n] + table[m & 127] + (keep & 1); }
