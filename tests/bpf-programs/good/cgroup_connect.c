#include "bpf.h"

struct addr { u32 family, ip4, ip6[4], port; }; SEC("cgroup/connect4") int f(struct addr *c) { if (c->port == htons(25)) return 0; c->ip4 = 0x0100007f; return 1; }
