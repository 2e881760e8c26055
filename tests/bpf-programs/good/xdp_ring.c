#include "bpf.h"

struct event { u32 src; u16 len; u16 kind; }; struct { uint(type, RINGBUF); uint(max_entries, 4096); } events SEC(".maps");
SEC("xdp") int f(struct xdp_md *c) { void *d = (void *)(long)c->data, *e = (void *)(long)c->data_end; struct ip4 *ip = d + 14; if ((void *)(ip + 1) > e) return 2;
 struct event *v = reserve(&events, sizeof(*v), 0); if (!v) return 2; v->src = ip->src; v->len = ip->len; v->kind = 0; if (v->len == 0) { discard(v, 0); return 1; } submit(v, 0); return 2; }
