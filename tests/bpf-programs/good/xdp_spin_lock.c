#include "bpf.h"

struct lock { u32 v; }; struct cell { struct lock l; u32 n; }; MAP(cells, ARRAY, u32, struct cell, 1);
SEC("xdp") int f(struct xdp_md *c) { u32 k = 0; struct cell *v = map_lookup(&cells, &k); if (!v) return 1; spin_lock(&v->l); v->n++; spin_unlock(&v->l); return 2; }
