#include "bpf.h"

struct args { u64 pad; long nr; const char *name; long flags; }; MAP(counts, HASH, u32, u64, 100);
SEC("tracepoint/syscalls/sys_enter_open") int f(struct args *c) { u32 pid = pid_tgid() >> 32; u64 *v = map_lookup(&counts, &pid); if (v) (*v)++; else { u64 one = 1; map_update(&counts, &pid, &one, 0); } char b[32]; return probe_str(b, 32, c->name) < 0; }
