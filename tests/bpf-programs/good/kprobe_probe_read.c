#include "bpf.h"

struct event { u64 pid; char name[16]; char path[64]; }; struct { uint(type, RINGBUF); uint(max_entries, 65536); } ring SEC(".maps");
SEC("kprobe/do_open") int f(struct pt_regs *c) { struct event *e = reserve(&ring, sizeof(*e), 0); if (!e) return 0; e->pid = pid_tgid(); comm(e->name, 16); probe_str(e->path, 64, (void *)c->si); submit(e, 0); return 0; }
