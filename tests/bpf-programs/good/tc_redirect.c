#include "bpf.h"

SEC("tc") int f(struct sk_buff *c) { if (c->protocol == htons(0x800)) return redirect(c->ifindex + 1, 0); return 0; }
