#include "bpf.h"

SEC("raw_tp/sched_switch") int f(u64 *c) { u64 t; probe_read(&t, 8, (void *)c[1]); static const char m[] = "switch %llu"; char fmt[12]; __builtin_memcpy(fmt, m, 12); printk(fmt, 12, t); return 0; }
