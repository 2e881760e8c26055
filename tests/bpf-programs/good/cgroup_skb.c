#include "bpf.h"

SEC("cgroup_skb/egress") int f(struct sk_buff *c) { void *d = (void *)(long)c->data, *e = (void *)(long)c->data_end; if (d + 20 > e) return 0; struct ip4 *ip = d; return ip->proto == 6; }
